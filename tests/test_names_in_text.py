"""Modules and functions that documentation, docstrings and comments name exist: what is moved takes its name along."""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APPLICATIONS = ("didkit_fr", "issuer_service", "wallet_cli")
TEXTS = sorted(
    path
    for path in (
        *(one for folder in APPLICATIONS for one in (ROOT / folder).rglob("*.py")),
        *(one for one in (ROOT / "specs").rglob("*.md")),
        *ROOT.glob("*.md"),
    )
    if path.name != "CHANGELOG.md"  # it says what things were called
)
FILES = {"py", "md", "toml", "lock", "sealed", "sqlite", "json", "log"}
"""Endings of names of files, which are no names of modules."""
NAME = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\([^`]*\))?`")


def packages() -> dict[str, list[str]]:
    """What a dotted name may begin with, and where that lies; a package of two applications lies in both."""
    found: dict[str, list[str]] = {one: [one] for one in APPLICATIONS}
    for application in APPLICATIONS:
        for path in (ROOT / application).iterdir():
            if not path.name.startswith("_") and (path.is_dir() or path.suffix == ".py"):
                found.setdefault(path.stem, []).append(f"{application}.{path.stem}")
    return found


def exists(dotted: str) -> bool:
    """Whether a name is a module, or what one has; members of classes may be declared only."""
    parts = dotted.split(".")
    length = next(size for size in range(len(parts), 0, -1) if is_module(".".join(parts[:size])))
    found: object = import_module(".".join(parts[:length]))
    for part in parts[length:]:
        if part in getattr(found, "__annotations__", {}):
            return True
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def is_module(dotted: str) -> bool:
    try:
        return find_spec(dotted) is not None
    except (ModuleNotFoundError, AttributeError):
        return False


def named(text: str) -> Iterator[str]:
    return (one for one in NAME.findall(text) if one.rpartition(".")[2] not in FILES)


@pytest.mark.parametrize(
    "name", ["proofs.jose.jws.parse", "did.resolve", "shell.mark", "verification.policy.Policy.leeway"]
)
def test_a_name_that_exists_is_found(name) -> None:
    assert any(exists(f"{where}{name[len(name.split('.')[0]) :]}") for where in packages()[name.split(".")[0]])


@pytest.mark.parametrize(
    "name", ["didkit_fr.proofs.jose.parse", "didkit_fr.verification.key", "issuer_service.cli.main"]
)
def test_a_name_of_before_is_not(name) -> None:
    assert not exists(name)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_and_function_that_a_text_names_exists(path) -> None:
    known = packages()
    for name in named(path.read_text(encoding="utf-8")):
        first, _, rest = name.partition(".")
        assert first not in known or any(exists(f"{where}.{rest}") for where in known[first]), name
