"""The mark: how far a store had come, in a file of the state folder, which says so when the store is an older one.

While `restore` is at work, the same file says that it began, and what it will answer: whatever kills it, nothing serves
before another one ended, and that one answers the same.
"""

import re
from pathlib import Path
from typing import NamedTuple

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service.shell import allowed, private_files
from issuer_service.shell.allowed import Rule
from issuer_service.storage.port import Mark

__all__ = ["GONE", "KIND", "UNENDED", "Restored", "advance", "begin", "begun", "check", "drafts", "read", "write"]

MAX_RECORD = 1024

GONE = "its mark is gone"
UNENDED = "a restore has not ended"

_RESTORING = "restoring"
_MEMBER = rb'"[a-z]{1,16}":[0-9]{1,12}'
_RECORD = re.compile(rb"\{" + _MEMBER + rb"(?:," + _MEMBER + rb")*\}")
_BEGINS = re.compile(rb'(?:\{["a-z:0-9,]{0,120}\}?)?')


class Restored(NamedTuple):
    """The generation that `restore` opens, and how many lines of the revocation log the database did not have.

    `mark_lost` says that the state folder had no mark; `lost` that the log lacked what the store had of it, or that
    there was neither mark nor log: of what was revoked since the backup, something may be in force again.
    """

    generation: int
    replayed: int
    lost: bool
    mark_lost: bool


KIND = allowed.reading(_RECORD.fullmatch, max_bytes=MAX_RECORD)
"""What a file of a few numbers must be, such as the mark."""


def drafts(name: str) -> Rule:
    """What a killed process may have left of such a file."""
    return allowed.drafts(re.escape(name), _BEGINS.fullmatch, max_bytes=MAX_RECORD)


def check(there: Mark, place: Path) -> None:
    """Refuses a store that is older than its mark, or whose mark is gone: whoever founds a store writes its mark.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed` where the mark is not one.
        VerificationError: `storage_rewound`.
    """
    known = read(place)
    _check_ended(place)
    if known is None:
        raise VerificationError("storage_rewound", GONE)
    if there < known:
        raise VerificationError("storage_rewound")


def advance(there: Mark, place: Path, random: Random = system) -> None:
    """Brings the mark up to its store; one that is further stays as it is.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed`.
        VerificationError: `storage_rewound` where a restore has not ended.
    """
    known = read(place)
    _check_ended(place)
    if known is None or known < there:
        write(place, there, random)


def read(place: Path) -> Mark | None:
    """The mark, if there is one.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed`.
    """
    value = _value(place)
    return None if value is None else Mark(*_numbers(place, value, "generation", "ticks"))


def begun(place: Path) -> Restored | None:
    """What the `restore` will answer that began and has not ended, if there is one.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed`.
    """
    value = _value(place)
    if value is None or _RESTORING not in value:
        return None
    generation, replayed, lost, mark_lost = _numbers(place, value, "generation", "replayed", "lost", "gone")
    return Restored(generation, replayed, bool(lost), bool(mark_lost))


def begin(place: Path, restored: Restored, random: Random = system) -> None:
    """Says that a restore began: nothing serves until `write` says that it ended.

    Raises:
        FetchError: `file_unavailable`.
    """
    generation, replayed, lost, mark_lost = map(int, restored)
    ahead = Mark(generation, 0)._asdict() | {_RESTORING: 1, "replayed": replayed, "lost": lost, "gone": mark_lost}
    private_files.replace(place, json.encode(ahead), random=random)


def _check_ended(place: Path) -> None:
    if begun(place) is not None:
        raise VerificationError("storage_rewound", UNENDED)


def _value(place: Path) -> JsonObject | None:
    try:
        raw = private_files.read(place)
    except FetchError:
        if place.exists():
            raise
        return None
    try:
        return json.parse_object(raw)
    except ParseError:
        raise ParseError("storage_malformed", f"{place.name}: not a mark") from None


def _numbers(place: Path, value: JsonObject, *names: str) -> list[int]:
    found = [number for name in names if type(number := value.get(name)) is int]
    if len(found) != len(names):
        raise ParseError("storage_malformed", f"{place.name}: not a mark")
    return found


def write(place: Path, mark: Mark, random: Random = system) -> None:
    """Writes the mark over the one before.

    Raises:
        FetchError: `file_unavailable`.
    """
    private_files.replace(place, json.encode(mark._asdict()), random=random)
