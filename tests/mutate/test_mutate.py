"""The tool itself: which faults it makes, and that a test which holds a line is told from one which only runs it."""

import math
from pathlib import Path

import pytest

from tests.mutate.__main__ import Results, drawn, report, run
from tests.mutate.mutants import KINDS, mutants
from tests.mutate.reach import digest_of_tests, learn
from tests.mutate.trying import Result, module_of

SOURCE = '''"""A toy."""

LIMIT = 4


def admit(size: int = 1, *, strict: bool = True) -> int:
    """Refuses what is too large."""
    check_sign(size)
    if size > LIMIT and not strict:
        raise ValueError(f"{size + 1}")
    return size


def check_sign(size: int) -> None:
    if size < 0:
        raise ValueError
'''
HELD = """
import pytest
from toy.limits import admit, check_sign

def test_bounds():
    assert admit(4) == admit(5, strict=True) + -1 == admit(4, strict=False) == 4
    assert admit() == 1
    assert admit(9) == 9
    for size in (5, 9):
        with pytest.raises(ValueError):
            admit(size, strict=False)

def test_sign():
    check_sign(0)
    with pytest.raises(ValueError):
        check_sign(-1)
    with pytest.raises(ValueError):
        admit(-1)
"""
LOOSE = """
from toy.limits import admit

def test_runs():
    admit(2)
"""


@pytest.fixture
def toy(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "limits.py").write_text(SOURCE, "utf-8")
    (tmp_path / "checks").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\nmarkers =\n    slow: x\n    end_to_end: x\n")
    return tmp_path


def changes(root: Path) -> list[tuple[int, str, str, str]]:
    raw, found = (root / "toy/limits.py").read_bytes(), mutants(root, "toy/limits.py")
    return [(one.line, one.kind, raw[one.start : one.end].decode(), one.replacement) for one in found]


def test_the_faults_of_a_source(toy) -> None:
    assert changes(toy) == [
        (3, "constant", "4", "3"),
        (3, "constant", "4", "5"),
        (6, "constant", "1", "0"),
        (6, "constant", "1", "2"),
        (6, "boolean", "True", "False"),
        (8, "check", "check_sign(size)", "pass"),
        (9, "comparison", ">", ">="),
        (9, "boolean", "and", "or"),
        (9, "boolean", "not strict", "(strict)"),
        (10, "raise", 'raise ValueError(f"{size + 1}")', "pass"),
        (15, "comparison", "<", "<="),
        (15, "constant", "0", "1"),
        (16, "raise", "raise ValueError", "pass"),
    ]
    assert {kind for _, kind, _, _ in changes(toy)} == set(KINDS)


def test_operators_of_words_and_of_several_lines(toy) -> None:
    (toy / "toy/limits.py").write_text("é = a not in b\nc = (a is\n  b) or d in e\nf = x < y <= z\n", "utf-8")
    assert changes(toy) == [
        (1, "comparison", "not in", "in"),
        (2, "comparison", "is", "is not"),
        (3, "boolean", "or", "and"),
        (3, "comparison", "in", "not in"),
        (4, "comparison", "<", "<="),
        (4, "comparison", "<=", "<"),
    ]


def test_the_same_seed_draws_the_same_sample() -> None:
    one, again, other = (drawn(["didkit_fr/status"], list(KINDS), 20, seed) for seed in ("a", "a", "b"))
    assert one == again != other
    assert len(set(one)) == 20


def tried(toy: Path, test: str) -> tuple[list[str], Results]:
    """Learns and tries the removed raises and checks, with one test of the toy."""
    (toy / "checks/test_limits.py").write_text(test, "utf-8")
    todo = [one for one in mutants(toy, "toy/limits.py") if one.kind in ("raise", "check")]
    results = Results(toy / "results.jsonl", digest_of_tests(toy, "checks"))
    run(todo, learn(toy, toy, ["toy"], ["checks"], jobs=1), results, jobs=2, until=math.inf, root=toy)
    return list(report(todo, results, root=toy)), results


@pytest.mark.slow
def test_what_no_test_holds_is_printed_and_tried_again_when_a_test_has_changed(toy) -> None:
    lines, _ = tried(toy, LOOSE)
    assert lines == [
        "survived: toy/limits.py:8 (check, 1 tests)",
        "    - check_sign(size)\n    + pass",
        "unreached: toy/limits.py:10 (raise, 0 tests)",
        '    - raise ValueError(f"{size + 1}")\n    + pass',
        "unreached: toy/limits.py:16 (raise, 0 tests)",
        "    - raise ValueError\n    + pass",
        "toy/limits.py: 0 of 3 killed, 0.0 %; 0 not tried",
        "all: 0 of 3 killed, 0.0 %; 0 not tried",
        "results: 1 survived, 2 unreached",
    ]
    lines, results = tried(toy, HELD)
    assert lines[-1] == "results: 3 killed"
    assert "all: 3 of 3 killed, 100.0 %; 0 not tried" in lines
    again = Results(toy / "results.jsonl", "another digest of tests")
    first = mutants(toy, "toy/limits.py")[5]
    assert again.of(first) == results.of(first)
    assert results.of(first).by.startswith("checks/test_limits.py::")


def test_what_survived_is_forgotten_with_the_tests_that_it_survived(tmp_path, toy) -> None:
    one, other, *_ = mutants(toy, "toy/limits.py")
    kept = Results(tmp_path / "kept", "a")
    kept.add(Result(one.name, "survived", 1, "", 0.5))
    kept.add(Result(other.name, "killed", 1, "t", 0.5))
    same, changed = Results(tmp_path / "kept", "a"), Results(tmp_path / "kept", "b")
    assert [same.of(one).status, same.of(other).status] == ["survived", "killed"]
    assert changed.of(one) is None
    assert changed.of(other).status == "killed"
    (toy / "toy/limits.py").write_text(SOURCE.replace("LIMIT = 4", "LIMIT = 7"), "utf-8")
    assert same.of(mutants(toy, "toy/limits.py")[1]) is None


def test_a_run_ends_with_its_time(tmp_path, toy) -> None:
    results = Results(tmp_path / "kept", "a")
    todo = mutants(toy, "toy/limits.py")
    run(todo, None, results, jobs=1, until=-math.inf, root=toy)
    assert list(report(todo, results, root=toy))[-2:] == ["all: 0 of 0 killed, -; 13 not tried", "results: "]


def test_modules_by_their_names() -> None:
    assert module_of("didkit_fr/status/token.py") == "didkit_fr.status.token"
    assert module_of("didkit_fr/__init__.py") == "didkit_fr"
