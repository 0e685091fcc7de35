"""The token request and response of the pre-authorized code flow."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError
from didkit_fr.flow import Response
from didkit_fr.protocols.oauth.token import (
    PRE_AUTHORIZED,
    TokenResponse,
    build_token_request,
    parse_bearer,
    parse_token_request,
    parse_token_response,
)
from tests.protocols.examples import inline_examples

GRANT = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code"


def test_both_ends_agree():
    request = build_token_request("https://issuer.example/token", code="c+d/é", tx_code="012 345")
    parsed = parse_token_request(request.body)
    assert (parsed.grant_type, parsed.code, parsed.tx_code, parsed.client_id) == (
        PRE_AUTHORIZED,
        "c+d/é",
        "012 345",
        None,
    )
    assert "c+d" not in repr(parsed)
    assert "012" not in repr(parsed)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


def test_without_transaction_code():
    request = build_token_request("https://issuer.example/token", code="c")
    assert b"tx_code" not in request.body
    assert parse_token_request(request.body).tx_code is None


def test_the_official_example_with_a_parameter_we_ignore():
    example = inline_examples("Request Credential Issuance using `authorization_details` Parameter")[0]
    body = example["text"].partition("\n\n")[2].replace("\n", "").replace(" ", "")
    parsed = parse_token_request(body.encode())
    assert (parsed.code, parsed.tx_code) == ("SplxlOBeZQQYbYS6WxSbIA", "493536")


def test_the_official_example_of_another_grant():
    example = inline_examples("Token Request {#token-request}")[0]
    body = example["text"].partition("\n\n")[2].replace("\n", "").replace("...", "")
    with pytest.raises(ProtocolError) as error:
        parse_token_request(body.encode())
    assert error.value.code == "unsupported_grant_type"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "invalid_request"),
        ("pre-authorized_code=c", "invalid_request"),
        ("grant_type=&pre-authorized_code=c", "invalid_request"),
        (GRANT, "invalid_request"),
        (f"{GRANT}&pre-authorized_code=", "invalid_request"),
        (f"{GRANT}&code=c", "invalid_request"),
        (f"{GRANT}&pre_authorized_code=c", "invalid_request"),
        (f"{GRANT}&pre-authorized_code=c&pre-authorized_code=c", "invalid_request"),
        (f"{GRANT}&pre-authorized_code=c&tx_code=1&tx_code=2", "invalid_request"),
        (f"{GRANT}&{GRANT}&pre-authorized_code=c", "invalid_request"),
        (f"{GRANT}&pre-authorized_code={'c' * 2049}", "invalid_request"),
        (f"{GRANT}&pre-authorized_code=c&tx_code={'1' * 257}", "invalid_request"),
        (f"{GRANT}&pre-authorized_code={'c' * 20_000}", "invalid_request"),
        ('{"grant_type":"x"}', "invalid_request"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=refresh_token", "unsupported_grant_type"),
    ],
)
def test_refused_requests(body, code):
    with pytest.raises(ProtocolError) as error:
        parse_token_request(body.encode())
    assert error.value.code == code


@given(st.binary(max_size=200))
def test_nothing_but_our_own_errors_escapes(body):
    with contextlib.suppress(DidkitError):
        parse_token_request(body)


def test_the_official_response_names_datasets():
    body = inline_examples("Successful Token Response {#token-response}")[0]["body_json"]
    token = parse_token_response(Response(200, json.encode(body)))
    assert token.credential_identifier("UniversityDegreeCredential") == "CivilEngineeringDegree-2023"
    assert token.credential_identifier("other") is None
    assert token.expires_in == 86_400
    assert token.access_token not in repr(token)


def test_a_response_both_ends():
    body = TokenResponse(access_token="abc-._~+/1==", token_type="Bearer", expires_in=300).encode()
    token = parse_token_response(Response(200, body))
    assert (token.access_token, token.expires_in, token.credential_identifier("x")) == ("abc-._~+/1==", 300, None)


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (Response(200, b'{"access_token":"a b","token_type":"Bearer"}'), "message_invalid"),
        (Response(200, b'{"access_token":"a\\r\\nX-Evil: 1","token_type":"Bearer"}'), "message_invalid"),
        (Response(200, b'{"access_token":"","token_type":"Bearer"}'), "message_invalid"),
        (Response(200, b'{"access_token":"a"}'), "message_invalid"),
        (Response(200, b'{"access_token":"a","token_type":"Bearer","expires_in":-1}'), "message_invalid"),
        (Response(200, b'{"access_token":"a","token_type":"Bearer","authorization_details":[]}'), "message_invalid"),
        (Response(200, b'{"access_token":"a","token_type":"DPoP"}'), "token_type_unsupported"),
        (Response(200, b"<html>"), "json_invalid"),
        (Response(400, b'{"error":"invalid_grant"}'), "invalid_grant"),
        (Response(503, b""), "fetch_status"),
    ],
)
def test_refused_responses(response, code):
    with pytest.raises((ParseError, ProtocolError, FetchError)) as error:
        parse_token_response(response)
    assert error.value.code == code


def test_the_bearer_scheme_has_no_case():
    assert parse_bearer("Bearer abc") == parse_bearer("BEARER abc") == parse_bearer("bearer abc") == "abc"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer a b", "DPoP abc", "Bearer abc\n", "Basic YTpi", "Bearer é"]
)
def test_refused_bearer(header):
    with pytest.raises(ProtocolError) as error:
        parse_bearer(header)
    assert error.value.code == "invalid_token"
