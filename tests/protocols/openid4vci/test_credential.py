"""The credential request and response."""

import json

import jsonschema
import pytest

from didkit_fr.errors import DidkitError, ProtocolError
from didkit_fr.flow import Response
from didkit_fr.protocols.openid4vci.credential import (
    MAX_COPY,
    build_credential_request,
    build_credential_response,
    parse_credential_request,
    parse_credential_response,
)
from tests.protocols.examples import inline_examples
from tests.vectors import vectors

REQUEST, RESPONSE = "Credential Request {#credential-request}", "Credential Response {#credential-response}"


@pytest.mark.parametrize("identifier", [None, "dataset-1"])
def test_the_request_both_ends_and_the_conformance_schema(identifier):
    request = build_credential_request(
        "https://i.example/credential",
        token="t",
        proofs=["a.b.c", "d.e.f"],
        configuration_id="pid",
        identifier=identifier,
    )
    schema = json.loads(vectors("oid4vci/conformance-json-schemas/oid4vci/credential_request-1_0.json").read_bytes())
    jsonschema.validate(json.loads(request.body), schema)
    parsed = parse_credential_request(request.body)
    assert parsed.proofs == {"jwt": ("a.b.c", "d.e.f")}
    assert (parsed.credential_configuration_id, parsed.credential_identifier) == (
        (None, identifier) if identifier else ("pid", None)
    )
    assert request.headers["authorization"] == "Bearer t"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_official_requests(number):
    body = inline_examples(REQUEST)[number]["body_json"]
    parsed = parse_credential_request(json.dumps(body).encode())
    assert set(parsed.proofs) == set(body["proofs"])


def test_the_official_request_left_over_from_a_draft():
    # It names no configuration: format and doctype went out before 1.0.
    raw = vectors("oid4vci/1.0/examples/credential_request_iso_mdl.json").read_bytes()
    with pytest.raises(ProtocolError) as error:
        parse_credential_request(raw)
    assert error.value.code == "invalid_credential_request"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"credential_configuration_id":"a","credential_identifier":"b"}',
        b'{"credential_configuration_id":"a","credential_configuration_id":"a"}',
        b'{"credential_configuration_id":1}',
        b'{"credential_configuration_id":""}',
        b'{"credential_configuration_id":"a","proofs":[]}',
        b'{"credential_configuration_id":"a","proofs":{"jwt":"x"}}',
        b'{"credential_configuration_id":"a","proofs":{"jwt":[1]}}',
        b'{"credential_configuration_id":"a","credential_response_encryption":"x"}',
        b'{"credential_configuration_id":"a","x":"' + b"y" * 262_144 + b'"}',
        b'{"credential_configuration_id":"a","proofs":{"jwt":' + b"[" * 50 + b"]" * 50 + b"}}",
    ],
)
def test_refused_requests(raw):
    with pytest.raises(ProtocolError) as error:
        parse_credential_request(raw)
    assert error.value.code == "invalid_credential_request"


def test_the_response_both_ends():
    message = build_credential_response(["one~", "two~"])
    parsed = parse_credential_response(Response(200, message.encode()), copies=2)
    assert [issued.credential for issued in parsed.credentials] == ["one~", "two~"]
    assert "one~" not in repr(parsed)


def test_the_official_responses():
    now, batch, later = inline_examples(RESPONSE)
    assert (
        len(parse_credential_response(Response(200, json.dumps(now["body_json"]).encode()), copies=2).credentials) == 1
    )
    parsed = parse_credential_response(Response(200, json.dumps(batch["body_json"]).encode()), copies=2)
    assert (len(parsed.credentials), parsed.notification_id) == (2, "3fwe98js")
    parsed = parse_credential_response(Response(202, json.dumps(later["body_json"]).encode()), copies=2)
    assert (parsed.transaction_id, parsed.interval, parsed.credentials) == ("8xLOxBtZp8", 3600, None)


@pytest.mark.parametrize("name", ["jwt_vc_json", "ldp_vc", "mso_mdoc", "sd_jwt_vc"])
def test_the_official_response_of_each_format(name):
    text = vectors(f"oid4vci/1.0/examples/credential_response_{name}.txt").read_text(encoding="utf-8")
    # Long values are printed folded.
    body = "".join(line.strip() for line in text[text.index("{") :].splitlines())
    parsed = parse_credential_response(Response(200, body.encode()), copies=2)
    assert isinstance(parsed.credentials[0].credential, dict if name == "ldp_vc" else str)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"{}", "message_invalid"),
        (200, b'{"credentials":[]}', "message_invalid"),
        (200, b'{"credentials":["x"]}', "message_invalid"),
        (200, b'{"credentials":[{}]}', "message_invalid"),
        (200, b'{"credentials":[{"credential":1}]}', "message_invalid"),
        (200, b'{"credential":"x"}', "message_invalid"),
        (200, b'{"credentials":[{"credential":"x"}],"transaction_id":"t","interval":1}', "message_invalid"),
        (200, b'{"credentials":[{"credential":"x"}],"interval":1}', "message_invalid"),
        (200, b'{"transaction_id":"t","interval":1}', "message_invalid"),
        (202, b'{"credentials":[{"credential":"x"}]}', "message_invalid"),
        (202, b'{"transaction_id":"t"}', "message_invalid"),
        (202, b'{"transaction_id":"t","interval":0}', "message_invalid"),
        (202, b'{"transaction_id":"t","interval":1,"notification_id":"n"}', "message_invalid"),
        (400, b'{"error":"invalid_nonce"}', "invalid_nonce"),
        (400, b'{"error":"issuance_pending"}', "peer_error"),
        (401, b"", "invalid_token"),
        (503, b"", "fetch_status"),
        (200, b"eyJ", "json_invalid"),
    ],
)
def test_refused_responses(status, body, code):
    with pytest.raises(DidkitError) as error:
        parse_credential_response(Response(status, body), copies=2)
    assert error.value.code == code


def test_the_official_error():
    body = json.dumps(
        inline_examples("Credential Request Errors {#credential-request-errors}")[0]["body_json"]
    ).encode()
    with pytest.raises(ProtocolError) as error:
        parse_credential_response(Response(400, body), copies=2)
    assert error.value.code == "unknown_credential_configuration"


@pytest.mark.parametrize(("copies", "refused"), [(1, True), (2, False)])
def test_no_more_credentials_than_were_asked_for(copies, refused):
    answer = Response(200, build_credential_response(["one~", "two~"]).encode())
    if not refused:
        assert len(parse_credential_response(answer, copies=copies).credentials) == copies
        return
    with pytest.raises(DidkitError) as error:
        parse_credential_response(answer, copies=copies)
    assert (error.value.code, error.value.detail) == (
        "message_invalid",
        "CredentialResponse: more credentials than were asked for",
    )


@pytest.mark.parametrize("proofs", [0, 1, 30])
def test_an_answer_is_bounded_by_the_copies_that_were_asked_for(proofs):
    request = build_credential_request(
        "https://issuer.example/c", token="t", proofs=["p"] * proofs, configuration_id="pid"
    )
    assert request.max_bytes == MAX_COPY * (max(proofs, 1) + 1)
