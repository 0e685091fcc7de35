"""One mutant: a fresh interpreter runs the tests that reach it, and stops at the first that notices."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.mutate.mutants import Mutant

__all__ = ["ENDED", "Result", "attempt", "module_of"]

CHECKOUT = Path(__file__).resolve().parents[2]
"""Where the plugin of pytest is found, whatever is tried."""

KILLED, SURVIVED, TOO_LONG, UNREACHED, BROKEN = "killed", "survived", "too long", "unreached", "broken"
ENDED = (KILLED, TOO_LONG)
"""A mutant that makes a test run without end was noticed."""

START = 60.0
"""Seconds that an interpreter may take to start and to collect the tests, on a machine that others use too."""
TIMES = 10.0
"""How many times longer than without the fault the tests may take."""

_STATUS = {0: SURVIVED, 1: KILLED, 2: KILLED, 4: KILLED}
"""By pytest's exit status: 2 and 4 are those of a module that cannot be imported any more, and of a `conftest.py`."""
_NOTICED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a mutant: how many tests reach it, which noticed it, and how long that took, in seconds."""

    name: str
    status: str
    tests: int
    by: str
    seconds: float


def module_of(path: str) -> str:
    """The name that a source is imported by."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def attempt(root: Path, mutant: Mutant, tests: list[str], expected: float) -> Result:
    """Tries one mutant; `expected` are the seconds of its tests without the fault."""
    if not tests:
        return Result(mutant.name, UNREACHED, 0, "", 0)
    told = {"module": module_of(mutant.path), "path": str(root / mutant.path)}
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="didkit-mutant-") as folder:
        note = Path(folder) / "mutant.json"
        note.write_text(json.dumps({**told, "source": mutant.source(root).decode(), "tests": tests}), "utf-8")
        status, out = _run(root, tests, note, START + TIMES * expected)
    by = next(iter(_NOTICED.findall(out)), "")
    return Result(mutant.name, status, len(tests), by, round(time.monotonic() - began, 2))


def _run(root: Path, tests: list[str], note: Path, limit: float) -> tuple[str, str]:
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    options = ["-x", "-p", "no:cacheprovider", "-p", "tests.mutate.plugin", "--tb=no", "-rfE"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, f"--basetemp={note.parent / 'tmp'}", *files],
        cwd=root,
        env={**os.environ, "CI": "1", "DIDKIT_MUTANT": str(note), "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        out, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        # Its group is its own: what a test started ends with it.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return TOO_LONG, ""
    return _STATUS.get(process.returncode, BROKEN), out
