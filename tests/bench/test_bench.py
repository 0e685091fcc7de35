import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import GOALS, ROWS
from tests.bench.measure import Case, Plan, Work, measure

ROOT = Path(__file__).resolve().parents[2]


def bench(*options):
    command = [sys.executable, "-m", "tests.bench", "--quick", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)


def test_one_row_is_one_json_object_on_a_line():
    ran = bench("--only", "sd_jwt_verify_3")
    (line,) = ran.stdout.splitlines()
    figure = json.loads(line)
    assert (figure["name"], figure["of"]) == ("sd_jwt_verify_3", "V")
    assert figure["ratio"] > 0
    assert figure["ops_per_s"] > 0
    assert figure["rounds"] == 3
    assert "sd_jwt_verify_3" in ran.stderr


@pytest.mark.slow
def test_every_row_runs():
    names = [json.loads(line)["name"] for line in bench().stdout.splitlines()]
    assert names == list(ROWS)
    assert set(names) > set(GOALS)


def test_sides_take_turns_and_what_is_prepared_is_not_timed():
    happened, clock = [], iter(range(10_000))
    subject = Work(lambda: happened.append("s"), per=2, before=lambda: happened.append("b"))
    unit = Work(lambda: happened.append("u"), before=lambda: None)
    case = Case("u", subject, unit, lambda: next(clock))
    figure = measure("row", case, Plan(rounds=3, runs=2, slice_=0.001))
    assert happened == ["b", "s", "u", *["b", "s", "u"] * 6]
    assert (figure.ratio, figure.ops_per_s, figure.spread) == (0.5, 2, (0.5, 0.5))
    assert figure.json()["rounds"] == 3
