"""How Hypothesis runs here, and what a run says at its end: which official vectors were not there.

Hypothesis makes new examples on a developer's machine, and the same ones each time in CI.
"""

import gc
import os
import signal

from hypothesis import settings

from tests.vectors import home
from tests.vectors_lock import LOCK, locked

# A shell that runs this in the background ignores Ctrl-C for it and for all that it starts; tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: the machines that run this are shared, and a slow example is not a wrong one.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", derandomize=True, database=None, deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_collection_finish():
    """Leaves what was collected out of the garbage collector's sight.

    It would walk through the objects of thousands of tests again whenever a test makes many of its own: an input of a
    megabyte took forty times as long as alone.
    """
    gc.collect()
    gc.freeze()


LONGEST = 40
"""Characters of a parameter's text in the name of a test."""


def pytest_make_parametrize_id(val, argname):
    """Names a long text or octets by the argument: keys are drawn anew in each process, and names must be the same."""
    return argname if isinstance(val, bytes) or (isinstance(val, str) and len(val) > LONGEST) else None


def pytest_terminal_summary(terminalreporter):
    """Says which folders of official vectors are absent: their tests were skipped, and nothing else was."""
    folders = sorted({one.path.partition("/")[0] for one in locked(LOCK.read_text(encoding="utf-8"))})
    absent = [folder for folder in folders if not (home() / folder).is_dir()]
    if absent:
        terminalreporter.write_line(f"official vectors absent, their tests skipped: {', '.join(absent)}")
