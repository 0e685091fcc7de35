"""Error answers, both ends."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.error_table import CODES
from didkit_fr.errors import FetchError, ProtocolError
from didkit_fr.flow import Response
from didkit_fr.protocols.oauth.error import WIRE_ERRORS, build_error, parse_error_response, refusal


def test_every_wire_error_is_a_protocol_error():
    assert {CODES[code].kind for code in WIRE_ERRORS} == {ProtocolError}


@pytest.mark.parametrize("code", sorted(WIRE_ERRORS))
def test_both_ends_agree(code):
    assert parse_error_response(400, build_error(code, "why")).code == code


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":"no_such_error"}',
        b'{"error":"peer_error"}',
        b'{"error":"signature_invalid"}',
        b'{"error":"tx_code_required"}',
        b'{"error":["invalid_grant"]}',
        b'{"error":"invalid_grant","error":"invalid_request"}',
        b"<html>",
        b"",
    ],
)
def test_what_is_not_known_is_the_peers_own_business(body):
    error = parse_error_response(400, body)
    assert (error.code, error.detail) == ("peer_error", "HTTP 400")


def test_an_unknown_partys_text_is_not_repeated():
    error = parse_error_response(400, b'{"error":"invalid_grant","error_description":"secret-code"}')
    assert "secret-code" not in str(error)


def challenged(challenge):
    return Response(401, b"", {"www-authenticate": challenge})


@pytest.mark.parametrize(
    ("response", "kind", "code"),
    [
        (Response(503, b'{"error":"invalid_grant"}'), FetchError, "fetch_status"),
        (Response(429, b""), FetchError, "fetch_status"),
        (Response(400, b'{"error":"invalid_nonce"}'), ProtocolError, "invalid_nonce"),
        (Response(401, b""), ProtocolError, "invalid_token"),
        (challenged('Bearer realm="x", error="invalid_token"'), ProtocolError, "invalid_token"),
        (challenged('Bearer error="insufficient_scope"'), ProtocolError, "insufficient_scope"),
        (challenged('Bearer error="vault_locked"'), ProtocolError, "invalid_token"),
        (Response(401, b'{"error":"invalid_client"}'), ProtocolError, "invalid_client"),
        (Response(302, b""), ProtocolError, "peer_error"),
        (Response(404, b"not found"), ProtocolError, "peer_error"),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_success(response, kind, code):
    error = refusal(response)
    assert (type(error), error.code) == (kind, code)


def test_a_description_has_no_accents():
    assert json.loads(build_error("invalid_grant", 'Code "erroné"\\expiré\n')) == {
        "error": "invalid_grant",
        "error_description": "Code 'errone''expire'",
    }
    assert json.loads(build_error("invalid_grant")) == {"error": "invalid_grant"}


@given(st.text())
def test_a_description_stays_within_its_alphabet(text):
    said = json.loads(build_error("invalid_request", text)).get("error_description", "")
    assert all(char in range(0x20, 0x7F) and chr(char) not in '"\\' for char in said.encode())
    assert len(said) <= 256


@pytest.mark.parametrize("code", ["invalid_scope", "unauthorized_client"])
def test_what_this_wallet_never_causes_is_read_all_the_same(code):
    assert refusal(Response(400, json.dumps({"error": code}).encode())).code == code
