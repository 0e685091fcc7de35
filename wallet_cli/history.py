"""The citizen's own log: what happened, when, with whom, and which claims; never a claim's value. Pure.

It lies in the vault, sealed with the rest, and is bounded: the oldest events go first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

from didkit_fr.encoding import json
from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue
from didkit_fr.errors import ParseError

__all__ = ["KINDS", "MAX_EVENTS", "Event", "build", "parse", "with_event"]

KINDS = ("received", "presented", "refused", "failed", "deleted")
MAX_EVENTS = 1000
MAX_BYTES = 1 << 20
MAX_PATHS = 64
MAX_TEXT = 512

_TEXTS = ("verifier", "client_id", "issuer", "title", "type", "code")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, `at` seconds since 1970 (UTC).

    `verifier` and `client_id` say to whom, `issuer` from whom; `title` and `type` which one; `paths` which claims left
    or may have left; `code` why it was refused or failed. What does not apply is empty.
    """

    at: int
    what: str
    verifier: str = field(default="", repr=False)
    client_id: str = field(default="", repr=False)
    issuer: str = field(default="", repr=False)
    title: str = ""
    type: str = ""
    paths: tuple[ClaimsPath, ...] = field(default=(), repr=False)
    code: str = ""


def with_event(log: Sequence[Event], event: Event) -> tuple[Event, ...]:
    """Adds an event; the oldest go where there are too many, or they are too large."""
    kept = [*log, _shortened(event)][-MAX_EVENTS:]
    size = 0
    for place in range(len(kept) - 1, -1, -1):
        size += len(json.encode(build(kept[place])))
        if size > MAX_BYTES:
            return tuple(kept[place + 1 :])
    return tuple(kept)


def build(event: Event) -> JsonObject:
    """An event as JSON."""
    members = {one.name: getattr(event, one.name) for one in fields(event)}
    return members | {"paths": [list(path) for path in event.paths]}


def parse(values: Iterable[JsonValue]) -> tuple[Event, ...]:
    """Reads events that `build` wrote.

    Raises:
        ParseError: `vault_malformed`.
    """
    events = tuple(map(_parse, values))
    if len(events) > MAX_EVENTS:
        raise ParseError("vault_malformed", "too many events")
    return events


def _parse(value: JsonValue) -> Event:
    if not isinstance(value, dict) or value.keys() != {one.name for one in fields(Event)}:
        raise ParseError("vault_malformed", "an event's members")
    if type(value["at"]) is not int or value["what"] not in KINDS:
        raise ParseError("vault_malformed", "an event's time or kind")
    if not all(isinstance(value[name], str) for name in _TEXTS):
        raise ParseError("vault_malformed", "an event's texts")
    return Event(**value | {"paths": _paths(value["paths"])})


def _paths(value: JsonValue) -> tuple[ClaimsPath, ...]:
    if not isinstance(value, list) or not all(isinstance(path, list) for path in value):
        raise ParseError("vault_malformed", "an event's paths")
    if not all(part is None or isinstance(part, str) for path in value for part in path):
        raise ParseError("vault_malformed", "an event's path")
    return tuple(tuple(path) for path in value)


def _shortened(event: Event) -> Event:
    """An unknown party chose some of its texts: none may fill the log by itself."""
    texts = {name: getattr(event, name)[:MAX_TEXT] for name in _TEXTS}
    paths = tuple(
        tuple(part[:MAX_TEXT] if isinstance(part, str) else part for part in path) for path in event.paths[:MAX_PATHS]
    )
    return Event(event.at, event.what, paths=paths, **texts)
