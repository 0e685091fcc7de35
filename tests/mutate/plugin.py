"""What pytest loads (`-p tests.mutate.plugin`) in the two kinds of run: to learn which test reaches which line, and to
try one mutant.

`DIDKIT_REACH` names the file that the names and seconds of passed tests are added to; each test is a context of
coverage then. `DIDKIT_MUTANT` names a JSON file: the module and its source with the fault, and the tests to run.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
from pathlib import Path
from types import CodeType

import pytest

__all__: list[str] = []


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles the source with the fault, under the name of the true file."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Never from a cache of compiled modules, and not into one."""
        return compile(self._source, self.get_filename(fullname), "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the one module; all others are found as ever."""

    def __init__(self, name: str, path: str, source: str) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(self, fullname: str, path: object = None, target: object = None):  # noqa: ARG002 - its callers' words
        """The module under the name."""
        if fullname != self._name:
            return None
        loader = _Loader(fullname, self._path, self._source)
        is_package = self._path.endswith("__init__.py")
        places = [str(Path(self._path).parent)] if is_package else None
        return importlib.util.spec_from_file_location(
            fullname, self._path, loader=loader, submodule_search_locations=places
        )


class _Reach:
    """Tells coverage which test runs, and notes the tests that passed."""

    def __init__(self, notes: Path, *, worker: bool) -> None:
        self._notes, self._worker = notes, worker
        self._prepared: dict[str, float] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        """Lines that run now are this test's."""
        import coverage

        current = coverage.Coverage.current()
        if current is not None:
            current.switch_context(item.nodeid)
        yield
        if current is not None:
            current.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes a test that passed; a worker of pytest-xdist notes nothing, the process that started it does."""
        if self._worker:
            return
        if report.when == "setup":
            self._prepared[report.nodeid] = report.duration
        if report.when == "call" and report.passed:
            seconds = self._prepared.pop(report.nodeid, 0.0) + report.duration
            with self._notes.open("a", encoding="utf-8") as notes:
                notes.write(json.dumps([report.nodeid, round(seconds, 4)]) + "\n")


class _Chosen:
    """Runs the chosen tests in the chosen order: the likeliest to notice first."""

    def __init__(self, tests: list[str]) -> None:
        self._order = {nodeid: at for at, nodeid in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """In place, as pytest asks for it."""
        items[:] = sorted((one for one in items if one.nodeid in self._order), key=lambda one: self._order[one.nodeid])


def pytest_configure(config: pytest.Config) -> None:
    """Registers what the environment asks for."""
    if notes := os.environ.get("DIDKIT_REACH"):
        config.pluginmanager.register(_Reach(Path(notes), worker=hasattr(config, "workerinput")))
    if mutant := os.environ.get("DIDKIT_MUTANT"):
        config.pluginmanager.register(_Chosen(json.loads(Path(mutant).read_text("utf-8"))["tests"]))


if _mutant := os.environ.get("DIDKIT_MUTANT"):
    _told = json.loads(Path(_mutant).read_text("utf-8"))
    sys.meta_path.insert(0, _Finder(_told["module"], _told["path"], _told["source"]))
