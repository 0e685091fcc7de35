"""Nothing is logged but what the table names."""

import io

import pytest

from didkit_fr.encoding import json
from issuer_service.events import EVENTS, Events

HANDLE = "0123456789abcdef"
GOOD = {
    "request": HANDLE,
    "count": 3,
    "days": 43,
    "outcome": "credential_accepted",
    "route": "token",
    "code": "tx_code_wrong",
    "status": 400,
    "exception": KeyError,
    "where": "issuance.py:12",
}


def emitted(event: str, **fields: object) -> dict[str, object]:
    stream = io.StringIO()
    Events(stream, lambda: 7).emit(event, **fields)
    assert stream.getvalue().count("\n") == 1
    return json.parse_object(stream.getvalue())


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_an_event_is_one_line_of_its_fields(event: str) -> None:
    fields = {name: GOOD[name] for name in EVENTS[event]}
    shown = {name: "KeyError" if value is KeyError else value for name, value in fields.items()}
    assert emitted(event, **fields) == {"at": 7, "event": event, **shown}


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_an_unknown_field_cannot_be_logged(event: str) -> None:
    with pytest.raises(TypeError, match="not its fields"):
        emitted(event, **{name: GOOD[name] for name in EVENTS[event]}, family_name="Canari")


def test_an_unknown_event_cannot_be_logged() -> None:
    with pytest.raises(TypeError, match="not an event"):
        emitted("citizen_seen")


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(TypeError, match="not its fields"):
        emitted("credentials_issued", request=HANDLE)


@pytest.mark.guarantee("G15")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("request", "Canari"),
        ("request", b"0123456789abcdef"),
        ("count", "3"),
        ("outcome", "Canari"),
        ("count", -1),
        ("count", True),
        ("route", "/token?code=secret"),
        ("code", "canari"),
        ("exception", "message of an error"),
        ("where", "/home/canari/x.py:1\n"),
    ],
)
def test_free_text_cannot_be_logged(name: str, value: object) -> None:
    event = next(event for event, checks in EVENTS.items() if name in checks)
    with pytest.raises(TypeError, match="not a value"):
        emitted(event, **{**{field: GOOD[field] for field in EVENTS[event]}, name: value})


def test_the_error_of_a_refused_value_does_not_repeat_it() -> None:
    with pytest.raises(TypeError) as error:
        emitted("revoked", count="Canari")
    assert "Canari" not in str(error.value)


def test_handles_are_random() -> None:
    events = Events(io.StringIO(), lambda: 7)
    assert len({events.handle() for _ in range(100)}) == 100
