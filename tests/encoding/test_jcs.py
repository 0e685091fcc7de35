import json as plain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import jcs
from didkit_fr.errors import ParseError


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def test_keys_are_in_the_order_of_utf16():
    # RFC 8785 section 3.2.3: by code points, U+1F600 would come after U+FB33.
    assert (
        jcs.encode({"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "\r": 4}) == '{"\\r":4,"€":3,"😀":2,"\ufb33":1}'.encode()
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (333333333.33333329, "333333333.3333333"),
        (2**53 - 1, "9007199254740991"),
        (4.5, "4.5"),
        (2.0, "2"),
    ],
)
def test_numbers_are_those_of_ecmascript(number, text):
    assert jcs.encode(number) == text.encode()


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        2**53,
        -(2**53),
        10**400,
        "\ud800",
        {"\ud800": 1},
        {1: 2},
        {None: 2},
        {"a": b"bytes"},
        {1, 2},
        object(),
        deep(100_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(ParseError) as error:
        jcs.encode(value)
    assert error.value.code == "jcs_unrepresentable"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_the_canonical_form_means_the_same_and_is_its_own(value):
    encoded = jcs.encode(value)
    assert plain.loads(encoded, parse_int=float) == value
    assert jcs.encode(plain.loads(encoded, parse_int=float)) == encoded
