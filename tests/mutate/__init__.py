"""`make mutate`: small faults are put into the sources, one at a time, and the tests that reach the line should notice.

What survives is a line that no test holds. The command, its arguments and its files are in `__main__`.
"""
