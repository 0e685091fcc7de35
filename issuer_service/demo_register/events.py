"""The register's log: one JSON line for each event, of events and fields on a list.

A trace is random and means nothing outside this log; no name, number, ticket or handle has a field to be in.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from didkit_fr.encoding import json

__all__ = ["EVENTS", "Write", "line"]

Write: TypeAlias = Callable[[str], None]

EVENTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "started": frozenset(),
        "stopped": frozenset(),
        "evidence_opened": frozenset({"trace"}),
        "attributes_read": frozenset({"trace"}),
        "refused": frozenset({"door", "code"}),
        "unauthorised": frozenset({"door"}),
        "rate_limited": frozenset({"door"}),
        "failed": frozenset({"door", "kind"}),
    }
)


def line(event: str, *, now: int, **fields: str) -> str:
    """One line of the log; an event or a field that is not on the list is a mistake of this program.

    Raises:
        LookupError: the event or a field is not on the list.
    """
    if EVENTS[event] != fields.keys():
        raise LookupError(event)
    return json.encode({"time": now, "event": event, **fields}).decode()
