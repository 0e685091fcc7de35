"""Words are the field's own: those that readers stumbled over do not come back, in text, in names, or as file names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]

INSTEAD = {
    "house": "project",
    "room": "package, quota or space",
    "door": "endpoint",
    "stranger": "unknown issuer, unknown party, untrusted",
    "thief": "attacker",
    "thieves": "attackers",
    "twin": "reference implementation, fast path, original, counterpart",
    "desk": "relying party, or the name of what it holds",
}
"""A word that is not used, and what is said instead."""


class Exempt(NamedTuple):
    """The names with such a word that one file may have, and whose names they are."""

    names: frozenset[str]
    why: str


EXEMPT = {
    "specs/credentials/pid/parent-type-metadata.json": Exempt(
        frozenset({"house_number", "House number"}), "address claims of the EU's PID rulebook"
    ),
    "tests/credentials/test_titles.py": Exempt(
        frozenset({"resident_house_number"}), "an element of the EU's PID rulebook"
    ),
    "didkit_fr/testing.py": Exempt(
        frozenset({'"stranger"', "_stranger", '"thief"', "_thief"}),
        "the person `thief` and the trick `stranger` are names that the tests of relying parties use",
    ),
}

FOLDERS = (".ci", ".github", "didkit_fr", "issuer_service", "specs", "tests", "wallet_cli")
"""What the project wrote; beside them, the files of the project's own folder."""

SUFFIXES = {".cff", ".html", ".css", ".js", ".json", ".jsonld", ".md", ".py", ".sql", ".toml", ".txt", ".yaml", ".yml"}
NAMES = {"Makefile", "run"}
NOT_OURS = {"CHANGELOG.md": "says what things were called", "tests/test_words.py": "has the list itself"}

FOUND = re.compile(rf"(?<![a-z])({'|'.join(INSTEAD)})s?(?![a-z])", re.IGNORECASE)
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
"""Where a word begins inside of a name like `OpenDoor`."""


def found(text: str) -> Iterator[re.Match[str]]:
    return FOUND.finditer(HUMP.sub("_", text))


def paths() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file())
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file())


def files() -> Iterator[str]:
    for path in paths():
        name = path.relative_to(ROOT).as_posix()
        if (path.suffix in SUFFIXES or path.name in NAMES) and name not in NOT_OURS:
            yield name


def without_exempt(path: str, line: str) -> str:
    for name in EXEMPT[path].names if path in EXEMPT else ():
        line = line.replace(name, "")
    return line


@pytest.mark.parametrize("word", INSTEAD)
def test_the_search_finds_a_word_in_text_and_in_names(word: str) -> None:
    capital = word.capitalize()
    for text in (word, f"a {word.upper()}", f"{word}s", f"_{word}_of", f"at-the-{word}", f"Open{capital}", f"{word}Of"):
        assert list(found(text)), text
    assert not list(found(f"in{word}"))
    assert not list(found(f"{word}ing"))


def test_no_file_has_a_word_of_our_own() -> None:
    wrong = []
    for path in files():
        wrong += [f"{path}: its name has {match[1]}" for match in found(path)]
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
            for match in found(without_exempt(path, line)):
                wrong.append(f"{path}:{number}: {match[1]!r}; say: {INSTEAD[match[1].lower()]}")
    assert wrong == []


def test_the_search_reads_the_whole_project() -> None:
    read = set(files())
    assert {"README.md", "Makefile", ".ci/run", "didkit_fr/flow.py", "specs/guarantees.md", *EXEMPT} <= read
    assert len(read) > 1500


@pytest.mark.parametrize("path", EXEMPT)
def test_each_exempt_name_is_in_its_file(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert {name for name in EXEMPT[path].names if name not in text} == set()
