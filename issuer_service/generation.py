"""Notices that the database is an older one than it was, and opens a new generation of it.

A database put back from a backup would accept codes and tokens that were used, give status entries out twice, and
forget what was revoked since. So a mark outside it says how far it had come: at each start, at each end in good order,
with each backup that `didkit-issuer backup` makes, and every minute between. The mark lies in the state folder, with
the revocation log, and is never restored with the database. A copy that was made otherwise, while the service ran, and
is put back after a crash within the same minute is not noticed.
"""

from pathlib import Path
from typing import NamedTuple

from didkit_fr.errors import VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service import mark, replaying
from issuer_service.config import MAX_VALIDITY_DAYS
from issuer_service.revocation_log import RevocationLog
from issuer_service.storage.port import Mark, Storage

__all__ = ["MAX_GENERATION", "Restored", "check_not_rewound", "restore", "tick"]

LONGEST_SECONDS = 86_400 * MAX_VALIDITY_DAYS

MAX_GENERATION = 999
"""Status lists of a generation are numbered from a million times it, and their addresses have nine digits."""


class Restored(NamedTuple):
    """The generation that was opened, and how many acts of the revocation log were done again.

    `lost` says that the state folder had no mark, or the log lacked what the store had of it: of what was revoked since
    the backup, something may be in force again.
    """

    generation: int
    replayed: int
    lost: bool


async def check_not_rewound(storage: Storage, place: Path) -> None:
    """Refuses a store that is older than its mark; also one that has been in use, where the mark is gone.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed` where the mark is not one.
        VerificationError: `storage_rewound`.
    """
    mark.check(await storage.mark(), place)


async def tick(storage: Storage, place: Path, *, random: Random = system) -> None:
    """Takes the store and its mark one tick further, the store first: a crash between them is no rewinding.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`.
    """
    mark.advance(await storage.tick(), place, random)


async def restore(storage: Storage, place: Path, log: RevocationLog, *, now: int, random: Random = system) -> Restored:
    """Opens a new generation: the one step that makes a restored store fit to serve.

    What the log has and the store has not is done first. Killed at any point, it leaves the old store, which is still
    refused, or the new one.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`.
        VerificationError: `storage_rewound` where there are no numbers left.
    """
    there, known = await storage.mark(), mark.read(place)
    number = max(there, known or there).generation + 1
    if number > MAX_GENERATION:
        raise VerificationError("storage_rewound", "too many generations")
    lost = await replaying.set_back(storage, log)
    replayed = await replaying.catch_up(storage, log)
    await storage.open_generation(number, keep_until=now + LONGEST_SECONDS)
    mark.write(place, Mark(number, 0), random)
    return Restored(number, replayed, lost or known is None)
