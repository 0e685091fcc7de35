"""Notices that the database is an older one than it was, and opens a new generation of it.

A database put back from a backup would accept codes and tokens that were used, give status entries out twice, and
forget what was revoked since. So a mark outside it says how far it had come: at each start, at each end in good order,
and every minute between. The mark must not be restored with the database: keep it, and the revocation log, out of the
backups of the database. A backup put back within the same minute after a crash is not noticed.
"""

from pathlib import Path

from didkit_fr.encoding import json
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service import private_files
from issuer_service.revocation_log import RevocationLog
from issuer_service.storage.port import Mark, Storage

__all__ = ["MAX_GENERATION", "check_not_rewound", "restore", "tick"]

MAX_GENERATION = 999
"""Status lists of a generation are numbered from a million times it, and their addresses have nine digits."""

_NEW = Mark(1, 0)


async def check_not_rewound(storage: Storage, place: Path) -> None:
    """Refuses a store that is older than its mark; also one that has been in use, where the mark is gone.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed` where the mark is not one.
        VerificationError: `storage_rewound`.
    """
    there, known = await storage.mark(), _read(place)
    if known is None and there != _NEW:
        raise VerificationError("storage_rewound", "its mark is gone")
    if known is not None and there < known:
        raise VerificationError("storage_rewound")


async def tick(storage: Storage, place: Path, *, random: Random = system) -> None:
    """Takes the store and its mark one tick further, the store first: a crash between them is no rewinding.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`.
    """
    there, known = await storage.tick(), _read(place)
    if known is None or known < there:
        _write(place, there, random)


async def restore(storage: Storage, place: Path, log: RevocationLog, *, random: Random = system) -> int:
    """Opens a new generation and returns its number: the one step that makes a restored store fit to serve.

    Killed at any point, it leaves the old store, which is still refused, or the new one.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`, `input_too_large`.
        VerificationError: `storage_rewound` where there are no numbers left.
    """
    there, known = await storage.mark(), _read(place)
    number = max(there, known or there).generation + 1
    if number > MAX_GENERATION:
        raise VerificationError("storage_rewound", "too many generations")
    await storage.open_generation(number, log.entries())
    _write(place, Mark(number, 0), random)
    return number


def _read(place: Path) -> Mark | None:
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


def _write(place: Path, mark: Mark, random: Random) -> None:
    private_files.replace(place, json.encode(mark._asdict()), random=random)
