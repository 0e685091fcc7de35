"""Notifications: what a wallet may say, and what an issuer is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError, FetchError, ProtocolError
from didkit_fr.flow import Response
from didkit_fr.protocols.openid4vci.notification import (
    ACCEPTED,
    DELETED,
    FAILURE,
    build_notification_request,
    check_notification_response,
    parse_notification_request,
)


@pytest.mark.parametrize("event", [ACCEPTED, FAILURE, DELETED])
def test_what_is_built_is_heard(event):
    request = build_notification_request("https://i.example/n", token="abc", notification_id="3fwe98js", event=event)
    told = parse_notification_request(request.body)
    assert (told.notification_id, told.event, told.event_description) == ("3fwe98js", event, None)
    assert request.headers["authorization"] == "Bearer abc"


def test_the_standards_example():
    """OpenID4VCI 1.0 section 11.1, and a parameter that nobody knows."""
    raw = {"notification_id": "3fwe98js", "event": "credential_failure", "x": 1}
    description = "Could not store the Credential. Out of storage."
    told = parse_notification_request(json.encode({**raw, "event_description": description}))
    assert told.event == FAILURE
    assert description not in repr(told)


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "Credential_accepted"},
        {"event": None},
        {"event": ["credential_accepted"]},
        {"notification_id": ""},
        {"notification_id": 7},
        {"notification_id": "x" * 2000},
        {"event_description": 'a"b'},
        {"event_description": "é"},
        {"event_description": "x" * 2000},
    ],
)
def test_what_breaks_the_rules_is_no_notification(changes):
    message = {"notification_id": "3fwe98js", "event": "credential_accepted", **changes}
    with pytest.raises(ProtocolError) as error:
        parse_notification_request(json.encode(message))
    assert error.value.code == "invalid_notification_request"


def test_a_parameter_twice_is_no_notification():
    with pytest.raises(ProtocolError) as error:
        parse_notification_request(
            b'{"notification_id":"a","event":"credential_accepted","event":"credential_failure"}'
        )
    assert error.value.code == "invalid_notification_request"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(raw):
    with pytest.raises(DidkitError):
        parse_notification_request(raw)


def test_answers():
    check_notification_response(Response(204, b""))
    check_notification_response(Response(200, b"whatever"))
    with pytest.raises(ProtocolError) as error:
        check_notification_response(Response(400, b'{"error":"invalid_notification_id"}'))
    assert error.value.code == "invalid_notification_id"
    with pytest.raises(FetchError):
        check_notification_response(Response(503, b""))
