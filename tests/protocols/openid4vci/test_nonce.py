"""Nonces that cost nothing until they are used."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ParseError, ProtocolError
from didkit_fr.flow import Response
from didkit_fr.protocols.openid4vci.nonce import (
    C_NONCE,
    NonceResponse,
    build_nonce_request,
    check_nonce,
    issue_nonce,
    parse_nonce_response,
)
from tests.protocols.examples import inline_examples

KEY, NOW = bytes(range(32)), 1_800_000_000


def check(nonce, *, key=KEY, purpose=C_NONCE, now=NOW, max_age=300):
    return check_nonce(key, nonce, purpose=purpose, now=now, max_age=max_age)


def test_ours():
    nonce = issue_nonce(KEY, purpose=C_NONCE, now=NOW)
    checked = check(nonce)
    assert len(nonce) == 75
    assert checked.expires == NOW + 300
    assert checked.digest == hashlib.sha256(base64url.decode(nonce)).digest()


def test_each_is_another():
    assert len({issue_nonce(KEY, purpose=C_NONCE, now=NOW) for _ in range(100)}) == 100


@pytest.mark.parametrize("now", [NOW - 60, NOW, NOW + 299])
def test_times_that_are_accepted(now):
    assert check(issue_nonce(KEY, purpose=C_NONCE, now=NOW), now=now).expires == NOW + 300


@pytest.mark.parametrize("now", [NOW - 61, NOW + 300, NOW + 10**9])
def test_times_that_are_not(now):
    with pytest.raises(ProtocolError) as error:
        check(issue_nonce(KEY, purpose=C_NONCE, now=NOW), now=now)
    assert error.value.code == "invalid_nonce"


def test_a_nonce_made_by_hand_follows_the_layout():
    nonce = issue_nonce(KEY, purpose="p", now=NOW, random=lambda size: b"\x07" * size)
    body = NOW.to_bytes(8) + b"\x07" * 16
    label = b"didkit-fr nonce p"
    block = KEY.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(x ^ 0x36 for x in block) + len(label).to_bytes(4) + label + body).digest()
    outer = hashlib.sha256(bytes(x ^ 0x5C for x in block) + inner).digest()
    assert base64url.decode(nonce) == body + outer


def test_another_key_or_purpose():
    nonce = issue_nonce(KEY, purpose=C_NONCE, now=NOW)
    for changed in ({"key": bytes(32)}, {"purpose": "dpop"}, {"purpose": ""}):
        with pytest.raises(ProtocolError) as error:
            check(nonce, **changed)
        assert error.value.code == "invalid_nonce"


@given(st.integers(0, 55), st.integers(1, 255))
def test_any_byte_changed(at, change):
    data = bytearray(base64url.decode(issue_nonce(KEY, purpose=C_NONCE, now=NOW)))
    data[at] ^= change
    with pytest.raises(ProtocolError):
        check(base64url.encode(bytes(data)))


@given(st.text(max_size=90))
def test_any_text(text):
    with pytest.raises(ProtocolError) as error:
        check(text)
    assert error.value.code == "invalid_nonce"


@pytest.mark.parametrize("size", [0, 1, 31, 32, 55, 57])
def test_wrong_length(size):
    with pytest.raises(ProtocolError):
        check(base64url.encode(bytes(size)))


def test_the_endpoint_both_ends():
    request = build_nonce_request("https://i.example/nonce")
    assert (request.method, request.body, "authorization" in request.headers) == ("POST", b"", False)
    assert parse_nonce_response(Response(200, NonceResponse(c_nonce="n").encode())) == "n"
    assert parse_nonce_response(Response(201, b'{"c_nonce":"n","c_nonce_expires_in":5}')) == "n"


def test_the_official_response():
    body = inline_examples("Nonce Response {#nonce-response}")[0]["text"].partition("\n\n")[2]
    assert parse_nonce_response(Response(200, body.encode())) == "wKI4LT17ac15ES9bw8ac4"


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (Response(200, b"{}"), "message_invalid"),
        (Response(200, b'{"c_nonce":""}'), "message_invalid"),
        (Response(200, b'{"c_nonce":1}'), "message_invalid"),
        (Response(200, b'{"c_nonce":"' + b"n" * 2049 + b'"}'), "message_invalid"),
        (Response(404, b""), "peer_error"),
        (Response(500, b""), "fetch_status"),
    ],
)
def test_refused_responses(response, code):
    with pytest.raises(DidkitError) as error:
        parse_nonce_response(response)
    assert error.value.code == code
    assert isinstance(error.value, ParseError) == (code == "message_invalid")
