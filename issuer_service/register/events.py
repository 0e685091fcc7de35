"""The register's log: one JSON line for each event, of events and fields on a list.

A trace is random and means nothing outside this log; no name, number, ticket or handle has a field to be in.
What is not on the list is not written: only that there was such a thing.
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
        "refused": frozenset({"endpoint", "code"}),
        "unauthorised": frozenset({"endpoint"}),
        "rate_limited": frozenset({"endpoint"}),
        "failed": frozenset({"endpoint", "kind", "where"}),
        "clock_accepted": frozenset(),
        "clock_doubted": frozenset({"seconds"}),
        "clock_trusted": frozenset(),
        "clock_unaccepted": frozenset(),
        "events_lost": frozenset({"count"}),
        "unlisted": frozenset(),
    }
)


def line(event: str, *, now: int, **fields: str | int) -> str:
    """One line of the log; an event or a field that is not on the list is told as unlisted, and no more of it."""
    listed = EVENTS.get(event) == fields.keys() and all(type(value) in (str, int) for value in fields.values())
    shown = {"event": event, **fields} if listed else {"event": "unlisted"}
    return json.encode({"time": now, **shown}).decode()
