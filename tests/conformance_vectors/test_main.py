import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance_vectors.__main__ import HEADING, RUNNERS, judge, reasons
from tests.vectors import home, vectors

ROOT = Path(__file__).resolve().parents[2]
ROWS = "| Folder | Left out |\n|---|---|\n| a | why: b |\n| a | x |"
TEXT = f"# S\n\n| a | not here |\n\n{HEADING}\n\n{ROWS}\n\n## N\n| a | y |\n"


def command(**environment):
    parts = [sys.executable, "-m", "tests.conformance_vectors"]
    return subprocess.run(parts, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | environment)


def test_reasons_are_the_tables_rows():
    assert reasons(TEXT) == {"a": ["why: b", "x"]}
    assert reasons("nothing") == {}


@pytest.mark.parametrize(
    ("case", "counts"),
    [
        (("n", True, None), (1, 0, ())),
        (("n", False, "x"), (0, 1, ())),
        (("n", False, None), (0, 0, ("n",))),
        (("n", False, "unlisted"), (0, 0, ("n",))),
        (("n", True, "x"), (0, 0, ("n",))),
    ],
)
def test_a_case_passes_or_is_left_out_for_a_listed_reason(case, counts):
    outcome = judge("a", [case], ["x"])
    assert (outcome.passed, outcome.left_out, outcome.wrong) == counts


@pytest.mark.vectors
@pytest.mark.slow
def test_every_folder_is_told():
    for folder in RUNNERS:
        vectors(folder)
    ran = command()
    assert ran.returncode == 0, ran.stderr
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one["folder"] for one in told] == sorted(path.name for path in home().iterdir() if path.is_dir())
    assert all(one["cases"] == one["passed"] + one["left_out"] > 0 for one in told)
    assert {one["folder"] for one in told if one["passed"]} == set(RUNNERS)


def test_absent_vectors_are_named(tmp_path):
    ran = command(DIDKIT_VECTORS=str(tmp_path))
    assert ran.returncode == 2
    assert "sdjwt" in ran.stderr
    assert not ran.stdout
