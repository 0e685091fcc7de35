"""Nothing is logged but what the table names."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import json
from issuer_service.shell.events import EVENTS, Events, bug

HANDLE = "0123456789abcdef"
GOOD = {
    "request": HANDLE,
    "count": 3,
    "days": 43,
    "seconds": 90_000,
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


HERE = re.compile(r"test_events\.py:[0-9]+")


def assert_only_its_place(told: dict[str, object]) -> None:
    assert told.keys() == {"at", "event", "where"}
    assert told["event"] == "unlisted"
    assert HERE.fullmatch(str(told["where"]))


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_an_unknown_field_cannot_be_logged(event: str) -> None:
    assert_only_its_place(emitted(event, **{name: GOOD[name] for name in EVENTS[event]}, family_name="Canari"))


def test_an_unknown_event_cannot_be_logged() -> None:
    assert_only_its_place(emitted("citizen_seen"))


def test_a_missing_field_cannot_be_left_out() -> None:
    assert_only_its_place(emitted("credentials_issued", request=HANDLE))


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
    told = emitted(event, **{**{field: GOOD[field] for field in EVENTS[event]}, name: value})
    if told["event"] == "unlisted":  # a class is shown by its name, which is of the code
        assert_only_its_place(told)
    assert "anari" not in str(told)


class Hostile:
    """Nothing can be asked of it."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("Canari")

    def __hash__(self) -> int:
        raise RuntimeError("Canari")


@pytest.mark.guarantee("G20")
@given(
    event=st.sampled_from(sorted(EVENTS)) | st.text(),
    fields=st.dictionaries(
        st.sampled_from(sorted(GOOD)) | st.text().filter(lambda name: name not in ("self", "event")),
        st.sampled_from([*GOOD.values(), type("Ü" * 50, (), {}), float("nan"), "\udc00"])
        | st.text()
        | st.builds(Hostile),
    ),
)
def test_whatever_is_emitted_nothing_is_raised_and_one_line_is_written(event: str, fields: dict[str, object]) -> None:
    stream = io.StringIO()
    Events(stream, lambda: 7).emit(event, **fields)
    assert json.parse_object(stream.getvalue())["event"] in {event, "unlisted"}


def test_a_bug_is_told_by_class_and_place() -> None:
    try:
        raise type("Ünnamed" * 20, (KeyError,), {})("Canari")
    except KeyError as error:
        told = bug(error)
    assert told["exception"] is Exception
    assert HERE.fullmatch(str(told["where"]))
    assert bug(ValueError("never raised"))["where"] == "unknown:0"
    with pytest.raises(ZeroDivisionError) as raised:
        exec(compile("1/0", "a name - with spaces \n.py", "exec"))  # noqa: S102 - a place that is none
    assert bug(raised.value) == {"exception": ZeroDivisionError, "where": "unknown:0"}


def test_handles_are_random() -> None:
    events = Events(io.StringIO(), lambda: 7)
    assert len({events.handle() for _ in range(100)}) == 100
