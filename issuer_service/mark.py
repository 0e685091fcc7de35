"""The mark: how far a store had come, in a file of the state folder, which says so when the store is an older one."""

import re
from pathlib import Path

from didkit_fr.encoding import json
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service import allowed, private_files
from issuer_service.allowed import Rule
from issuer_service.storage.port import Mark

__all__ = ["GONE", "KIND", "advance", "check", "drafts", "read", "write"]

MAX_RECORD = 1024

GONE = "its mark is gone"

_NEW = Mark(1, 0)
_MEMBER = rb'"[a-z]{1,16}":[0-9]{1,12}'
_RECORD = re.compile(rb"\{" + _MEMBER + rb"(?:," + _MEMBER + rb")*\}")
_BEGINS = re.compile(rb'(?:\{["a-z:0-9,]{0,120}\}?)?')

KIND = allowed.reading(_RECORD.fullmatch, max_bytes=MAX_RECORD)
"""What a file of a few numbers must be, such as the mark."""


def drafts(name: str) -> Rule:
    """What a killed process may have left of such a file."""
    return allowed.drafts(re.escape(name), _BEGINS.fullmatch, max_bytes=MAX_RECORD)


def check(there: Mark, place: Path) -> None:
    """Refuses a store that is older than its mark; also one that has been in use, where the mark is gone.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed` where the mark is not one.
        VerificationError: `storage_rewound`.
    """
    known = read(place)
    if known is None and there != _NEW:
        raise VerificationError("storage_rewound", GONE)
    if known is not None and there < known:
        raise VerificationError("storage_rewound")


def advance(there: Mark, place: Path, random: Random = system) -> None:
    """Brings the mark up to its store; one that is further stays as it is.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed`.
    """
    known = read(place)
    if known is None or known < there:
        write(place, there, random)


def read(place: Path) -> Mark | None:
    """The mark, if there is one.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed`.
    """
    try:
        raw = private_files.read(place)
    except FetchError:
        if place.exists():
            raise
        return None
    try:
        value = json.parse_object(raw)
    except ParseError:
        raise ParseError("storage_malformed", f"{place.name}: not a mark") from None
    generation, ticks = value.get("generation"), value.get("ticks")
    if type(generation) is not int or type(ticks) is not int:
        raise ParseError("storage_malformed", f"{place.name}: not a mark")
    return Mark(generation, ticks)


def write(place: Path, mark: Mark, random: Random = system) -> None:
    """Writes the mark over the one before.

    Raises:
        FetchError: `file_unavailable`.
    """
    private_files.replace(place, json.encode(mark._asdict()), random=random)
