"""The hostile inputs are what they say; what they cost is measured by the benchmark, not here."""

from contextlib import suppress

import pytest

from didkit_fr.errors import DidkitError
from tests.bench import hostile_cbor


@pytest.mark.parametrize("name", hostile_cbor.HOSTILE)
def test_each_ends_in_a_value_or_a_code(name):
    make, call = hostile_cbor.HOSTILE[name]
    raw = make()
    assert len(raw) <= 1_048_576
    assert (len(raw) > hostile_cbor.SMALL) == name.endswith("_1m")
    with suppress(DidkitError):
        call(raw)
