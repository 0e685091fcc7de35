"""The one entrance of protocol messages."""

import traceback
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator

from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.protocols.message import Array, Identifier, Message, Name, Url, parse_message

SECRET = "Marie-Curie-7461"


class Inner(Message):
    number: Annotated[int, Field(ge=0)]


class Example(Message):
    dashed: Name = Field(alias="with-dash")
    list_: Array[str] = Field((), alias="list")
    inner: Inner | None = None
    url: Url | None = None
    identifier: Identifier | None = None
    table: dict[str, Inner] | None = None

    @field_validator("list_")
    @classmethod
    def _short(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > 2:
            raise ValueError("too many")
        return value


def test_a_message_is_parsed_frozen_and_written_back():
    message = parse_message(Example, b'{"with-dash":"x","list":["a"],"inner":{"number":1},"unknown":[1]}')
    assert message == Example(dashed="x", list_=("a",), inner=Inner(number=1))
    assert message.to_json() == {"with-dash": "x", "list": ["a"], "inner": {"number": 1}}
    assert parse_message(Example, message.encode()) == message
    with pytest.raises(ValueError, match="frozen"):
        message.dashed = "y"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"{}", "Example: with-dash (missing)"),
        (b'{"dashed":"x"}', "Example: with-dash (missing)"),
        (b'{"with-dash":1}', "Example: with-dash (string_type)"),
        (b'{"with-dash":""}', "Example: with-dash (string_too_short)"),
        (b'{"with-dash":"x","list":"abc"}', "Example: list (tuple_type)"),
        (b'{"with-dash":"x","list":["a","b","c"]}', "Example: list (too many)"),
        (b'{"with-dash":"x","inner":{"number":true}}', "Example: inner.number (int_type)"),
        (b'{"with-dash":"x","inner":{"number":1.0}}', "Example: inner.number (int_type)"),
        (b'{"with-dash":"x","inner":{"number":"1"}}', "Example: inner.number (int_type)"),
        (b'{"with-dash":"x","inner":[]}', "Example: inner (model_type)"),
        (b'{"with-dash":"x","table":{"a\\u001b[2J":{}}}', "Example: table.*.number (missing)"),
    ],
)
def test_a_refusal_says_where_and_of_which_kind(raw, detail):
    with pytest.raises(ParseError) as error:
        parse_message(Example, raw)
    assert (error.value.code, error.value.detail) == ("message_invalid", detail)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "json_invalid"),
        (b"[]", "json_not_object"),
        (b'{"with-dash":"x","with-dash":"y"}', "json_duplicate_key"),
        (b'{"with-dash":"x","inner":{"number":NaN}}', "json_invalid"),
        (b'{"with-dash":"\\ud800"}', "json_invalid"),
        (b'{"with-dash":"x"}' + b" " * 65_536, "input_too_large"),
        (b'{"a":' * 30 + b"1" + b"}" * 30, "json_depth"),
        (b"\xff", "json_invalid"),
    ],
)
def test_json_comes_through_one_parser(raw, code):
    with pytest.raises(ParseError) as error:
        parse_message(Example, raw)
    assert error.value.code in {code, "json_surrogate"} if code == "json_invalid" else error.value.code == code


@pytest.mark.guarantee("G15")
def test_the_input_is_in_no_error_and_no_traceback():
    with pytest.raises(ParseError) as error:
        parse_message(Example, {"with-dash": "x", "inner": {"number": SECRET}})
    assert error.value.__context__ is None
    assert SECRET not in "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize(
    "url",
    [
        "https://issuer.example",
        "https://issuer.example/",
        "https://issuer.example:8443/tenant/a%20b?x=y",
        "http://127.0.0.1:8080/token",
        "http://[::1]:8080/token",
    ],
)
def test_addresses(url):
    assert parse_message(Example, {"with-dash": "x", "url": url}).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "issuer.example",
        "//issuer.example",
        "ftp://issuer.example",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user@issuer.example/",
        "https://user:pass@issuer.example/",
        "https://issuer.example\\@evil.example/",
        "https://issuer.example/#fragment",
        "https://issuer.example/ space",
        "https://issuer.example/\r\nHost: evil",
        "https://issuer.example/\n",
        "https://issuer.example\n",
        "https://issuér.example/",
        "https://issuer.example:123456/",
        "https://issuer.example/" + "a" * 2048,
        "HTTPS://issuer.example/",
    ],
)
def test_addresses_that_could_be_read_in_two_ways(url):
    for member in ("url", "identifier"):
        with pytest.raises(ParseError) as error:
            parse_message(Example, {"with-dash": "x", member: url})
        assert error.value.code == "message_invalid"


def test_an_identifier_has_no_query():
    with pytest.raises(ParseError):
        parse_message(Example, {"with-dash": "x", "identifier": "https://issuer.example/?tenant=1"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
members = st.sampled_from(["with-dash", "list", "inner", "url", "identifier", "table", "other"])


@given(st.dictionaries(members, json_values))
def test_nothing_but_our_own_errors_escapes(value):
    try:
        parse_message(Example, value)
    except DidkitError as error:
        assert error.code == "message_invalid"  # noqa: PT017 - success is an answer too
