"""What the issuer service says of itself: one JSON line per event, every event and every field on an allow-list.

There is no free text, and no field that could hold a name, a document number, a code or a token: what is not in
`EVENTS` cannot be logged. A request is named by a random handle that is stored nowhere else.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TextIO, TypeAlias

from didkit_fr.encoding import json
from didkit_fr.errors import CODES
from didkit_fr.primitives.random import Random, system

__all__ = ["EVENTS", "ROUTES", "Check", "Clock", "Events"]

Check: TypeAlias = Callable[[object], bool]
Clock: TypeAlias = Callable[[], int]

HANDLE_BYTES = 8

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
    return isinstance(value, str) and value in CODES


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
        "signers_end": {"days": _is_count},
        "upkeep_refused": {"code": _is_code},
        "upkeep_failed": {"exception": _is_class},
    }
)


class Events:
    """Writes events to one text stream."""

    def __init__(self, stream: TextIO, clock: Clock, random: Random = system) -> None:
        self._stream = stream
        self._clock = clock
        self._random = random

    def handle(self) -> str:
        """A fresh random name for one request (16 hexadecimal digits)."""
        return self._random(HANDLE_BYTES).hex()

    def emit(self, event: str, **fields: object) -> None:
        """Writes one event, with exactly the fields the table gives it.

        Raises:
            TypeError: an event, a field or a value that is not on the list: a bug of the caller, found by tests.
        """
        checks = EVENTS.get(event)
        if checks is None or checks.keys() != fields.keys():
            raise TypeError("not an event, or not its fields")
        if not all(check(fields[name]) for name, check in checks.items()):
            raise TypeError("not a value of this field")
        shown = {name: value.__name__ if isinstance(value, type) else value for name, value in fields.items()}
        line = json.encode({"at": self._clock(), "event": event, **shown}).decode()
        self._stream.write(line + "\n")
        self._stream.flush()
