"""The one mapping to the wire: complete, and silent about causes."""

import re

import pytest

from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError, VerificationError
from didkit_fr.protocols.oauth.error import WIRE_ERRORS, build_error
from issuer_service.titles.errors import CAUSES, WIRES, wire
from issuer_service.titles.sources.register import REFUSALS
from tests.error_table import CODES

# What only an authorization endpoint and a deferred credential endpoint say, which this service does not have.
ELSEWHERE = {"access_denied", "invalid_transaction_id"}
DESCRIBABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")


def test_every_wire_error_has_its_answer() -> None:
    assert WIRES.keys() - {"not_found"} == WIRE_ERRORS - ELSEWHERE


def test_every_cause_is_a_code_and_has_an_answer() -> None:
    assert CAUSES.keys() <= CODES.keys()
    assert set(CAUSES.values()) <= WIRES.keys()


def test_statuses_are_the_standards() -> None:
    statuses = {error: told.status for error, told in WIRES.items()}
    assert statuses.pop("invalid_client") == 401  # RFC 6749 section 5.2
    assert statuses.pop("invalid_token") == 401  # RFC 6750 section 3.1
    assert statuses.pop("insufficient_scope") == 403
    assert statuses.pop("temporarily_unavailable") == 503
    assert statuses.pop("server_error") == 500
    assert statuses.pop("not_found") == 404
    assert set(statuses.values()) == {400}


@pytest.mark.parametrize("error", sorted(WIRES.keys() - {"not_found"}))
def test_descriptions_can_be_said_as_they_are(error: str) -> None:
    told = WIRES[error]
    assert DESCRIBABLE.fullmatch(told.description)
    assert told.description.encode() in build_error(told.error, told.description)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_an_answer_that_does_not_repeat_its_detail(code: str) -> None:
    told = wire(CODES[code].kind(code, "canary"))
    assert told in WIRES.values()
    assert "canary" not in told.description


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ProtocolError("invalid_proof"), "invalid_proof"),
        (VerificationError("tx_code_wrong"), "invalid_grant"),
        (VerificationError("offer_unknown"), "invalid_grant"),
        (VerificationError("grant_unknown"), "invalid_token"),
        (VerificationError("storage_conflict"), "server_error"),
        (ParseError("storage_malformed"), "server_error"),
        (FetchError("register_unavailable"), "temporarily_unavailable"),
        (FetchError("storage_full"), "temporarily_unavailable"),
    ],
)
def test_answers(error: DidkitError, expected: str) -> None:
    assert wire(error).error == expected


def test_what_the_register_refuses_at_the_last_moment_is_a_denial() -> None:
    late = {code for code in REFUSALS if not code.startswith("ticket_")}
    assert {wire(VerificationError(code)).error for code in late} == {"credential_request_denied"}
