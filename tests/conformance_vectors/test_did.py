import pytest

from tests.conformance_vectors import did
from tests.vectors import home, vectors

CASES = did.run() if (home() / "did").exists() else []


def test_the_vectors_are_there():
    vectors("did")


@pytest.mark.vectors
@pytest.mark.parametrize(("ok", "left_out"), [pytest.param(ok, why, id=name) for name, ok, why in CASES])
def test_official_vector(ok, left_out):
    assert ok or left_out


def test_every_case_left_out_has_its_reason():
    assert all(bool(why) != ok for _, ok, why in CASES)
