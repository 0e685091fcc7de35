import pytest

from tests.conformance_vectors import jcs
from tests.vectors import home, vectors

CASES = jcs.run() if (home() / "jcs").exists() else []


def test_the_vectors_are_there():
    vectors("jcs")


@pytest.mark.vectors
@pytest.mark.parametrize(("ok", "left_out"), [pytest.param(ok, why, id=name) for name, ok, why in CASES])
def test_official_vector(ok, left_out):
    assert ok or left_out


def test_every_case_left_out_has_its_reason():
    assert all(bool(why) != ok for _, ok, why in CASES)
