"""Brings a database up to the revocation log, which is the authority over what was revoked and suspended.

Every act goes through here: it is written into the log, and the database then replays what it does not have of the log,
in the log's order, in one commit with how far it came. So a process that is killed between the two, or an older
database that was put back, leaves nothing undone: whoever opens the folder next does it. An act has a line in each
partition that a copy may be in; of an act that was killed among its lines, which was never acknowledged, those that
are there are done.

What the database has done is never done again: after a revocation, a document may have been issued a title anew.

Where the log lacks what the database has of it, the log was lost, cut or exchanged: that is refused, for what was
revoked since would be unknown after the next restore. Partitions that the store has surely forgotten may be gone.
"""

from datetime import UTC, datetime

from didkit_fr.errors import VerificationError
from issuer_service.revocation_log import RevocationLog, oldest_kept
from issuer_service.storage.port import NOT_COUNTED, LogPositions, Storage

__all__ = ["catch_up", "set_back"]


async def catch_up(storage: Storage, log: RevocationLog) -> int:
    """Does all that the log says and the database has not; returns how many acts that were, 0 mostly.

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
            await storage.replay((), known=known.positions, reached=log.ends())
            continue
        lost = _lost(known, log)
        if any(_is_kept(partition, known.forgotten) for partition in lost):
            raise VerificationError("revocations_missing")
        kept = {partition: known.positions[partition] for partition in known.positions.keys() - lost}
        acts, reached = log.after(kept)
        if reached == known.positions:
            return done
        if await storage.replay(acts, known=known.positions, reached=reached):
            done += len(acts)


async def set_back(storage: Storage, log: RevocationLog) -> bool:
    """Takes the positions of a restored database to where the log agrees; whether the log lacks what it has of it.

    Of a log that is shorter it has all. What it has of another log, or had before it kept positions, is not known:
    that is replayed from the beginning, which strikes too much rather than too little.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
    """
    while True:
        known, ends = await storage.log_positions(), log.ends()
        lost = _lost(known, log)
        kept = {
            partition: ends[partition] if partition in lost else position
            for partition, position in known.positions.items()
            if partition != NOT_COUNTED
            and (partition not in lost or (partition in ends and ends[partition].size < position.size))
        }
        if kept == known.positions or await storage.replay((), known=known.positions, reached=kept):
            return any(_is_kept(partition, known.forgotten) for partition in lost)


def _lost(known: LogPositions, log: RevocationLog) -> set[str]:
    return {partition for partition, position in known.positions.items() if not log.continues(partition, position)}


def _is_kept(partition: str, forgotten: int) -> bool:
    return int(partition) >= oldest_kept(datetime.fromtimestamp(forgotten, UTC).year)
