"""Forms: each parameter once."""

import contextlib
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.protocols.oauth.form import MAX_FIELDS, build_form, parse_form


def test_empty_values_count_as_absent():
    assert parse_form("a=1&b=&c=x+y%20z") == {"a": "1", "c": "x y z"}
    assert parse_form(b"") == {}


@pytest.mark.parametrize(
    "text",
    [
        "a=1&a=2",
        "a=1&%61=2",
        "a=&a=2",
        "a",
        "a=1&&b=2",
        "a=%zz",
        "a=%4",
        "a=%ff",
        "a=%ed%a0%80",
        "a=é",
        b"a=\xc3\xa9",
        b"\xff",
        "&".join(f"p{number}=1" for number in range(MAX_FIELDS + 1)),
    ],
)
def test_malformed(text):
    with pytest.raises(ParseError) as error:
        parse_form(text)
    assert error.value.code == "form_malformed"


def test_limit():
    with pytest.raises(ParseError) as error:
        parse_form("a=" + "b" * 99, max_chars=100)
    assert error.value.code == "input_too_large"


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(st.dictionaries(texts, texts, max_size=MAX_FIELDS))
def test_round_trip(parameters):
    assert parse_form(build_form(parameters)) == parameters


@given(st.text("ab=&+%20C3a9f\x7f", max_size=30))
def test_the_standard_library_says_the_same(text):
    try:
        ours = parse_form(text)
    except ParseError:
        return
    assert ours == {name: value for name, value in parse_qsl(text, strict_parsing=bool(text), errors="strict") if value}


@given(st.binary(max_size=80) | st.text(max_size=80))
def test_nothing_but_our_own_errors_escapes(text):
    with contextlib.suppress(DidkitError):
        parse_form(text)
