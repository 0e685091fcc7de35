"""Brings a database up to the revocation log, which is the authority over what was revoked and suspended.

Every act goes through here: it is written into the log, and the database then replays what it does not have of the log,
in the log's order, in one commit with how far it came. So a process that is killed between the two, or an older
database that was put back, leaves nothing undone: whoever opens the folder next does it. An act has a line in each
partition that a copy may be in; of an act that was killed among its lines, which was never acknowledged, those that
are there are done.

What the database has done is never done again: after a revocation, a document may have been issued a title anew.

Where the log lacks what the database, or the mark, has of it, the log was lost, cut or exchanged: that is refused, for
what was revoked since would be unknown after the next restore. Partitions that were surely forgotten may be gone, and
are not read while they are still there. The log is read in another thread: it waits for locks and for the disk.
"""

from asyncio import to_thread
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from didkit_fr.errors import VerificationError
from issuer_service.revocations.port import Log
from issuer_service.shell.progress import NOT_COUNTED, LogPositions, Position
from issuer_service.storage.port import Replayed, Storage

__all__ = ["Behind", "behind", "catch_up", "check_log", "do"]


async def catch_up(storage: Storage, log: Log) -> int:
    """Does all that the log says and the database has not; returns how many lines that were, 0 mostly.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`.
        VerificationError: `revocations_missing` where the log lacks what the database has of it.
    """
    done = 0
    while True:
        known = await storage.log_positions()
        if NOT_COUNTED in known.positions:
            # To do it all once more would strike what was issued anew, under the same pseudonym, after a revocation.
            await storage.replay((), known=known.positions, reached=await to_thread(log.ends))
            continue
        lost = await check_log(storage, log, known)
        kept = {partition: known.positions[partition] for partition in known.positions.keys() - lost}
        acts, reached = await to_thread(log.after, kept, oldest=known.oldest)
        if reached == known.positions:
            return done
        if await storage.replay(acts, known=known.positions, reached=reached):
            done += len(acts)


async def check_log(storage: Storage, log: Log, known: LogPositions) -> set[str]:
    """Refuses a log that lacks what is known of it, and returns which partitions it lacks that were surely forgotten.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        VerificationError: `revocations_missing`.
    """
    lost = await to_thread(_lost, known, log)
    if lost:
        # Asked for again: another process may have forgotten a year in the meantime, and dropped it then.
        oldest = max(known.oldest, (await storage.log_positions()).oldest)
        if any(int(partition) >= oldest for partition in lost):
            raise VerificationError("revocations_missing")
    return lost


class Behind(NamedTuple):
    """What a restored database has not of the log: from where, how many lines, and whether the log lacks something.

    `oldest` is the year of the oldest partition that is kept.
    """

    positions: Mapping[str, Position]
    oldest: int
    lines: int
    lost: bool


async def behind(storage: Storage, log: Log, marked: LogPositions) -> Behind:
    """Looks how far a restored database agrees with the log, and reads what is behind that; changes nothing.

    `marked` is what the mark says of the log: the database may be of a time when that had not come so far, or still had
    years that were dropped since.

    What it has of a log that is shorter or another one, or had before it kept positions, is not known: that is to be
    replayed from the beginning, which may strike a title that was issued anew after a revocation. A shorter log need
    not be the beginning of the longer one: it may have been begun after that was lost.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`.
    """
    known = await storage.log_positions()
    oldest = max(known.oldest, marked.oldest)
    lost = await to_thread(_lost, known, log)
    missing = lost | await to_thread(_lost, marked, log)
    kept = {
        partition: position
        for partition, position in known.positions.items()
        if partition != NOT_COUNTED and partition not in lost
    }
    lines = sum([len(acts) async for acts, _ in _pieces(log, kept, oldest)])
    return Behind(kept, oldest, lines, any(int(partition) >= oldest for partition in missing))


async def do(storage: Storage, log: Log, behind: Behind) -> Mapping[str, Position]:
    """Does what the log has and the database has not, and leaves its positions; returns how far that was.

    Nobody else may use them. Done again in part, it comes to the same: nothing is issued in between.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `storage_malformed`.
    """
    known, positions = (await storage.log_positions()).positions, behind.positions
    async for acts, reached in _pieces(log, positions, behind.oldest):
        positions = reached
        await storage.replay(acts, known=known, reached=known)
    return positions


async def _pieces(
    log: Log, positions: Mapping[str, Position], oldest: int
) -> AsyncIterator[tuple[Sequence[Replayed], Mapping[str, Position]]]:
    """All that is behind these positions, a mebibyte of each partition at once."""
    acts, reached = await to_thread(log.after, positions, oldest=oldest)
    while reached != positions:
        yield acts, reached
        positions = reached
        acts, reached = await to_thread(log.after, positions, oldest=oldest)


def _lost(known: LogPositions, log: Log) -> set[str]:
    return {partition for partition, position in known.positions.items() if not log.continues(partition, position)}
