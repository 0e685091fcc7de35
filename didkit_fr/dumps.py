"""Keeps what a process holds in memory from its neighbours: no core dump, and no reader with the same user.

It is for programs that hold keys, as the first thing they do. A program that is started by one of them is not covered,
nor is memory that is swapped out, nor anything from who administers the machine.
"""

import sys

__all__ = ["forbid_dumps"]

_PR_SET_DUMPABLE = 4


def forbid_dumps() -> None:
    """Forbids core dumps of this process, and on Linux that others of its user read or trace it (prctl(2)).

    Raises:
        OSError: the system refuses; the process must not go on with keys in it.
    """
    import ctypes  # noqa: PLC0415 - only for programs
    import resource  # noqa: PLC0415 - absent where there are no core dumps

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Without this, a debugger or a look into /proc/PID/mem of any process of the same user reads every key.
        library = ctypes.CDLL(None, use_errno=True)
        if library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "memory cannot be protected")
