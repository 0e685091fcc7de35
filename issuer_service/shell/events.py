"""What the issuer service says of itself: one JSON line per event, every event and every field on an allow-list.

There is no free text, and no field that could hold a name, a document number, a code or a token: what is not in
`EVENTS` cannot be logged. A request is named by a random handle that is stored nowhere else.

An event never changes an answer: whatever is emitted, and whatever becomes of the log, `emit` returns.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import TextIO, TypeAlias

from didkit_fr.encoding import json
from didkit_fr.primitives.random import Random, system
from issuer_service.shell.error_table import every_code
from issuer_service.shell.lines import Lines

__all__ = ["EVENTS", "ROUTES", "Check", "Clock", "Events", "bug"]

Check: TypeAlias = Callable[[object], bool]
Clock: TypeAlias = Callable[[], int]

HANDLE_BYTES = 8

_NOWHERE = "unknown:0"

_HANDLE = re.compile(r"[0-9a-f]{16}", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_PLACE = re.compile(r"[A-Za-z0-9_<> ]{1,60}(\.[a-z]{1,4})?:[0-9]{1,7}", re.ASCII)
ROUTES = frozenset(
    {
        "credential",
        "issuer_metadata",
        "nonce",
        "notification",
        "offer",
        "offer_page",
        "server_metadata",
        "start",
        "status",
        "statuses",
        "style",
        "titles",
        "token",
        "vcalm_credential",
        "vcalm_derive",
        "vcalm_did",
        "vcalm_issue",
        "vcalm_list",
        "vcalm_presentation",
        "vcalm_status",
        "none",
    }
)
OUTCOMES = frozenset({"credential_accepted", "credential_failure", "credential_deleted"})


def _is_handle(value: object) -> bool:
    return isinstance(value, str) and _HANDLE.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_code(value: object) -> bool:
    return isinstance(value, str) and value in every_code()


def _is_route(value: object) -> bool:
    return value in ROUTES


def _is_outcome(value: object) -> bool:
    return value in OUTCOMES


def _is_place(value: object) -> bool:
    """A file of code and a line in it."""
    return isinstance(value, str) and _PLACE.fullmatch(value) is not None


def _is_class(value: object) -> bool:
    """The name of an exception's class: names of the code, never its message."""
    return isinstance(value, type) and _IDENTIFIER.fullmatch(value.__name__) is not None


_REQUEST: Mapping[str, Check] = MappingProxyType({"request": _is_handle})

EVENTS: Mapping[str, Mapping[str, Check]] = MappingProxyType(
    {
        "started": {},
        "stopped": {},
        "offer_made": {},
        "token_issued": _REQUEST,
        "credentials_issued": {**_REQUEST, "count": _is_count},
        "refused": {**_REQUEST, "route": _is_route, "code": _is_code, "status": _is_count},
        "failed": {**_REQUEST, "route": _is_route, "exception": _is_class, "where": _is_place},
        "notified": {**_REQUEST, "outcome": _is_outcome},
        "revoked": {"count": _is_count},
        "revocations_replayed": {"count": _is_count},
        "signers_end": {"days": _is_count},
        "upkeep_refused": {"code": _is_code},
        "upkeep_failed": {"exception": _is_class, "where": _is_place},
        "clock_accepted": {},
        "clock_doubted": {"seconds": _is_count},
        "clock_trusted": {},
        "clock_unaccepted": {},
        "events_lost": {"count": _is_count},
        "unlisted": {"where": _is_place},
    }
)


def bug(error: BaseException) -> dict[str, object]:
    """What may be said of an exception that nobody foresaw: its class and its place, never its message."""
    named = _IDENTIFIER.fullmatch(type(error).__name__) is not None
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = _NOWHERE if trace is None else _place(trace.tb_frame, trace.tb_lineno)
    return {"exception": type(error) if named else Exception, "where": where}


def _place(frame: FrameType | None, line: int) -> str:
    place = _NOWHERE if frame is None else f"{Path(frame.f_code.co_filename).name}:{line}"
    return place if _is_place(place) else _NOWHERE


class Events:
    """Writes events to one text stream (None: there is none)."""

    def __init__(self, stream: TextIO | None, clock: Clock, random: Random = system) -> None:
        self._clock = clock
        self._random = random
        self._lines = Lines(stream, lambda count: self._line("events_lost", {"count": count}))

    def handle(self) -> str:
        """A fresh random name for one request (16 hexadecimal digits)."""
        return self._random(HANDLE_BYTES).hex()

    def emit(self, event: str, **fields: object) -> None:
        """Writes one event, with exactly the fields the table gives it; never raises.

        Of an event, a field or a value that is not on the list, only the place that emitted it is written: it is a bug
        of the caller, and what it holds may be what must not be logged.
        """
        try:
            line = self._line(event, fields)
        except Exception:  # noqa: BLE001 - a value that cannot be looked at is no reason to refuse an answer
            frame = inspect.currentframe()
            caller = None if frame is None else frame.f_back
            line = self._line("unlisted", {"where": _place(caller, 0 if caller is None else caller.f_lineno)})
        self._lines(line)

    def _line(self, event: str, fields: Mapping[str, object]) -> str:
        checks = EVENTS[event]
        if checks.keys() != fields.keys() or not all(check(fields[name]) for name, check in checks.items()):
            raise ValueError("not the fields of this event")
        shown = {name: value.__name__ if isinstance(value, type) else value for name, value in fields.items()}
        return json.encode({"at": self._clock(), "event": event, **shown}).decode()
