import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import ParseError


def code(text, **options):
    with pytest.raises(ParseError) as error:
        base64url.decode(text, **options)
    return error.value.code


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # RFC 4648 section 10, without padding
        (b"", ""),
        (b"f", "Zg"),
        (b"fo", "Zm8"),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg"),
        (b"fooba", "Zm9vYmE"),
        (b"foobar", "Zm9vYmFy"),
        # RFC 7515 appendix C
        (bytes([3, 236, 255, 224, 193]), "A-z_4ME"),
    ],
)
def test_published_examples(data, text):
    assert base64url.encode(data) == text
    assert base64url.encode_ascii(data) == text.encode()
    assert base64url.decode(text) == data


@pytest.mark.parametrize(
    "text",
    [
        *("Zg==", "Zm8=", "Zm9v=", "=", "===="),
        *("A", "AAAAA", "Zm9vY"),
        *("+-zz", "/_zz", "A+z_", "A/z_"),
        *("Zm9v\n", "\nZm9v", "Zm 9v", "Zm9v ", "Zm\t9", "Zm9v\0AAA"),
        *("Zm9é", "Zm9\u0661", "\uff21AAA", "\ud800AAA"),
        *("Zh", "Zm9", "Zm9vYh", "AB", "AAB"),
        *("Zm!v", "Zm9!", "!!!!", "Zm8!"),
    ],
)
def test_one_spelling_only(text):
    assert code(text) == "base64url_invalid"


def test_the_limit_comes_first():
    assert base64url.decode("AAAA", max_chars=4) == b"\0\0\0"
    assert code("AAAAA", max_chars=4) == "input_too_large"
    assert code("é" * (base64url.MAX_CHARS + 1)) == "input_too_large"


@given(st.binary(max_size=200))
def test_round_trip(data):
    text = base64url.encode(data)
    assert base64url.decode(text) == data
    assert text == urlsafe_b64encode(data).decode().rstrip("=")


ALPHABET = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


@given(st.text(alphabet="AQgwBEIM048-_+/=!\n é", max_size=9) | st.text(max_size=9))
def test_decodes_exactly_what_it_would_have_written(text):
    try:
        data = base64url.decode(text)
    except ParseError:
        if len(text) % 4 != 1 and ALPHABET.fullmatch(text):
            again = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            assert base64url.encode(again) != text
        return
    assert base64url.encode(data) == text


def plainly(text):
    """As RFC 4648 section 5 says, six bits at a time: None for what it has no spelling of."""
    if not ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        return None
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    bits = "".join(f"{letters.index(one):06b}" for one in text)
    whole = len(bits) // 8 * 8
    return None if "1" in bits[whole:] else bytes(int(bits[at : at + 8], 2) for at in range(0, whole, 8))


@given(
    st.text(alphabet="AQgwBEIM048-_", max_size=40)
    | st.text(alphabet="AQgwBEIM048-_+/=!\n é", max_size=9)
    | st.binary(max_size=60).map(base64url.encode)
)
def test_decodes_as_the_definition_says(text):
    expected = plainly(text)
    if expected is None:
        assert code(text) == "base64url_invalid"
    else:
        assert base64url.decode(text) == expected


@given(st.lists(st.text(alphabet="AQgwBEIM048-_+/=! é", max_size=9), max_size=5))
def test_each_as_if_it_were_alone(texts):
    def alone(text):
        try:
            return base64url.decode(text)
        except ParseError:
            return None

    expected = [alone(text) for text in texts]
    try:
        assert base64url.decode_each(texts) == expected
    except ParseError:
        assert None in expected


def test_the_limit_is_that_of_all_together():
    assert base64url.decode_each(("AAAA", "AA"), max_chars=6) == [b"\0\0\0", b"\0"]
    with pytest.raises(ParseError, match="input_too_large"):
        base64url.decode_each(("AAAA", "AA"), max_chars=5)
