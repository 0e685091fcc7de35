"""Every case of every folder that has a runner, each as a test of its own."""

import pytest

from tests.conformance_vectors.__main__ import RUNNERS
from tests.vectors import home, vectors

CASES = [
    (folder, name, ok, left_out)
    for folder, run in RUNNERS.items()
    if (home() / folder).exists()
    for name, ok, left_out in run()
]


@pytest.mark.parametrize("folder", RUNNERS)
def test_the_vectors_are_there(folder):
    assert any(vectors(folder).iterdir())


@pytest.mark.vectors
@pytest.mark.parametrize(
    ("ok", "left_out"), [pytest.param(ok, why, id=f"{folder}: {name}") for folder, name, ok, why in CASES]
)
def test_official_vector(ok, left_out):
    assert ok != bool(left_out), "passes, or is left out with a reason: one of the two"
