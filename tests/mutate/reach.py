"""Which tests reach which line: one run of the tests under coverage, kept until a source or a test changes."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from coverage import CoverageData

from tests.mutate.mutants import Mutant
from tests.mutate.trying import CHECKOUT

__all__ = ["Reach", "digest_of_tests", "files", "learn"]

SETTINGS = """[run]
include =
    {include}
parallel = true
data_file = {data}
patch = subprocess
disable_warnings = no-data-collected
"""
PACKAGES = ("didkit_fr", "issuer_service", "wallet_cli")
QUICK = "not slow and not end_to_end"
"""Tests in other processes reach no line of this one, and slow ones would be run for each mutant."""


class Reach:
    """What one run of the tests found."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        lines = (folder / "passed.jsonl").read_text("utf-8").splitlines()
        self.seconds: dict[str, float] = dict(json.loads(line) for line in lines)
        self._data = CoverageData(str(folder / ".coverage"))
        self._data.read()

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that reach its line, or its statement; of a line that only an import reaches, those of the file."""
        reached = self._data.contexts_by_lineno(str(self._root / mutant.path))
        statement = range(mutant.first, mutant.last + 1)
        for lines in ([mutant.line], statement, reached if any(line in reached for line in statement) else ()):
            found = {test for line in lines for test in reached.get(line, ())} & self.seconds.keys()
            if found:
                return sorted(found, key=lambda test: (not _mirrors(test, mutant.path), self.seconds[test], test))
        return []


def _mirrors(test: str, path: str) -> bool:
    """Whether the test lies where the tests of this source lie."""
    folder = Path(path).parent.name
    return f"/{folder}/" in test or Path(path).stem in test.partition("::")[0]


def files(root: Path, paths: Sequence[str]) -> list[str]:
    """The sources below the paths, in the order of the paths."""
    found: dict[str, None] = {}
    for path in paths:
        under = [root / path] if path.endswith(".py") else sorted((root / path).rglob("*.py"))
        found |= dict.fromkeys(one.relative_to(root).as_posix() for one in under)
    return list(found)


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _below(place: Path) -> list[Path]:
    return [place] if place.is_file() else list(place.rglob("*"))


def digest_of_tests(root: Path, folder: str = "tests") -> str:
    """Changes with any test: what survived is tried again then."""
    return _digest([path for path in _below(root / folder) if path.suffix in (".py", ".toml", ".json")])


def learn(root: Path, store: Path, paths: Sequence[str], tests: Sequence[str], jobs: int) -> Reach:
    """Runs the tests, unless the same run is kept."""
    sources = [root / one for one in files(root, [*PACKAGES, *paths])]
    told = "\0".join([*paths, "", *tests, *(digest_of_tests(root, one) for one in ("tests", *tests)), _digest(sources)])
    folder = store / f"reach-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        _run(root, folder, paths, tests, jobs)
        (folder / "done").touch()
    return Reach(root, folder)


def _run(root: Path, folder: Path, paths: Sequence[str], tests: Sequence[str], jobs: int) -> None:
    include = "\n    ".join(str(root / one) + ("" if one.endswith(".py") else "/*") for one in paths)
    settings = folder / "settings.ini"
    settings.write_text(SETTINGS.format(include=include, data=folder / ".coverage"), "utf-8")
    coverage = [sys.executable, "-m", "coverage"]
    pytest = ["-m", "pytest", "-n", str(jobs), "--dist", "worksteal", "-m", QUICK, "-p", "tests.mutate.plugin", *tests]
    environment = {**os.environ, "CI": "1", "DIDKIT_REACH": str(folder / "passed.jsonl"), "PYTHONPATH": str(CHECKOUT)}
    print(f"learning which tests reach what: {' '.join(tests)}", file=sys.stderr)
    ran = subprocess.run(
        [*coverage, "run", f"--rcfile={settings}", *pytest], cwd=root, env=environment, stdout=sys.stderr, check=False
    )
    if not (folder / "passed.jsonl").exists():
        raise SystemExit(f"no test passed: pytest ended with {ran.returncode}")
    subprocess.run([*coverage, "combine", f"--rcfile={settings}", "-q"], cwd=root, env=environment, check=True)
