"""Notices that the database is an older one than it was, and opens a new generation of it.

A database put back from a backup would accept codes and tokens that were used, give status entries out twice, and
forget what was revoked since. So a mark outside it says how far it had come: at each start, at each end in good order,
with each backup that `didkit-issuer backup` makes, and every minute between. The mark lies in the state folder, with
the revocation log, and is never restored with the database. A copy that was made otherwise, while the service ran, and
is put back after a crash within the same minute is not noticed.
"""

from asyncio import to_thread
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from didkit_fr.errors import VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service.revocations import replaying
from issuer_service.revocations.port import Log
from issuer_service.shell import mark
from issuer_service.shell.mark import Restored
from issuer_service.shell.progress import LogPositions, Mark, Position
from issuer_service.storage.port import Storage
from issuer_service.titles.config import MAX_VALIDITY_DAYS

__all__ = ["MAX_GENERATION", "check_not_rewound", "of_month", "record", "restore", "tick"]

LONGEST_SECONDS = 86_400 * MAX_VALIDITY_DAYS

MAX_GENERATION = 999
"""Status lists of a generation are numbered from a million times it, and their addresses have nine digits."""

_FIRST_YEAR, _MONTHS = 2024, 12


def of_month(now: int) -> int:
    """A generation that is higher than those of every issuer that was restored less than once a month on average."""
    day = datetime.fromtimestamp(now, UTC)
    return max(1, min((day.year - _FIRST_YEAR) * _MONTHS + day.month, MAX_GENERATION - _MONTHS))


async def check_not_rewound(storage: Storage, place: Path, log: Log) -> None:
    """Refuses a store that is older than its mark, or whose mark is gone; and a revocation log that is older than it.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed` where the mark is not one.
        VerificationError: `storage_rewound`, `revocations_missing`.
    """
    mark.check(await storage.mark(), place)
    await replaying.check_log(storage, log, mark.read_log(place))


async def tick(storage: Storage, place: Path, *, random: Random = system) -> None:
    """Takes the store and its mark one tick further, the store first: a crash between them is no rewinding.

    The mark learns which years of the log the store has forgotten: whoever drops them does it after this.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`.
    """
    there = await storage.tick()
    await to_thread(mark.advance, there, place, await storage.log_positions(), random)


async def record(storage: Storage, place: Path, ends: Mapping[str, Position]) -> None:
    """Says in the mark that the log came to these ends, on disk when this returns: then an act may be acknowledged.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`.
    """
    await to_thread(mark.advance, await storage.mark(), place, LogPositions(ends, 0))


async def restore(
    storage: Storage,
    place: Path,
    log: Log,
    *,
    now: int,
    say: Callable[[], None] = lambda: None,
    random: Random = system,
) -> Restored:
    """Opens a new generation: the one step that makes a restored store fit to serve.

    What the log has and the store has not is done first. The mark says what was found before anything changes, and the
    store takes the generation and its positions in the log in one commit. So killed at any point, it leaves a store
    that is refused, until another restore ends: that one finds the same, and returns the same.

    `say` is called where nothing is left that could refuse, and nothing was changed yet.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`.
        VerificationError: `storage_rewound` where there are no numbers left.
    """
    there, known, begun = await storage.mark(), mark.read(place), mark.begun(place)
    marked = mark.read_log(place)
    if begun is not None and begun.generation == there.generation:
        say()
        done = begun
    else:
        next_one = _next(there, known, begun, now)
        behind = await replaying.behind(storage, log, marked)
        mark_lost = known is None if begun is None else begun.mark_lost
        lost = behind.lost or (mark_lost and not await to_thread(log.ends))
        done = Restored(next_one, behind.lines, lost, mark_lost)
        say()
        mark.begin(place, done, marked, random)
        reached = await replaying.do(storage, log, behind)
        await storage.open_generation(done.generation, keep_until=now + LONGEST_SECONDS, reached=reached)
    follows = await storage.log_positions()
    forgotten = max(follows.forgotten, marked.forgotten)
    mark.write(place, Mark(done.generation, 0), LogPositions(follows.positions, forgotten), random)
    return done


def _next(there: Mark, known: Mark | None, begun: Restored | None, now: int) -> int:
    """A generation that never served: where the mark is gone, the store alone may be of a much earlier one."""
    # A generation that was begun never served: its number is free.
    last = max(there, known or there).generation - (begun is not None and begun.generation > there.generation)
    number = last + 1 if known is not None else max(last + 1, of_month(now))
    if number > MAX_GENERATION:
        raise VerificationError("storage_rewound", "too many generations")
    return number
