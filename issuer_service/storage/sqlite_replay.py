"""The revocation log in SQLite: how far it was replayed, what it says done, and what an act reaches."""

import sqlite3
from collections.abc import Mapping, Sequence

from didkit_fr.primitives.random import Random
from issuer_service.shell.progress import LogPositions, Position
from issuer_service.storage.port import Closed, Replayed
from issuer_service.storage.sqlite_lists import COMPLETE, ENTRIES_OF, ENTRY_BYTES, invalidate, mark_suspended

__all__ = ["forget_positions", "reached_by", "read_positions", "replay", "set_positions"]

_CLOSE = "INSERT INTO revocations (pseudonym) VALUES (?)"

_OPEN_GRANTS = (
    "SELECT lookup FROM issuances JOIN grants ON lookup = issued_under WHERE pseudonym = ? AND grants.expires > ?"
)


def read_positions(database: sqlite3.Connection) -> LogPositions:
    """How far the log was replayed."""
    rows = database.execute("SELECT partition, size, digest FROM replayed").fetchall()
    ((forgotten,),) = database.execute("SELECT until FROM forgotten").fetchall()
    return LogPositions({partition: Position(size, digest) for partition, size, digest in rows}, forgotten)


def replay(
    database: sqlite3.Connection,
    acts: Sequence[Replayed],
    known: Mapping[str, Position],
    reached: Mapping[str, Position],
    random: Random | None,
) -> bool:
    """As `port.Storage.replay`, in the caller's transaction; `random` draws decoys."""
    if read_positions(database).positions != known:
        return False
    for action, pseudonym in acts:
        if action == "revoke":
            invalidate(database, database.execute(ENTRIES_OF, (pseudonym, COMPLETE)).fetchall(), random)
        else:
            mark_suspended(database, pseudonym, suspended=action == "suspend")
        if action != "resume":
            database.execute(_CLOSE, (pseudonym,))
    set_positions(database, reached)
    return True


def set_positions(database: sqlite3.Connection, reached: Mapping[str, Position]) -> None:
    """Takes down how far the log was replayed."""
    database.execute("DELETE FROM replayed")
    rows = [(partition, *position) for partition, position in reached.items()]
    database.executemany("INSERT INTO replayed (partition, size, digest) VALUES (?, ?, ?)", rows)


def reached_by(database: sqlite3.Connection, pseudonyms: Sequence[bytes], now: int) -> Closed:
    """As `port.Storage.reached`, in the caller's transaction."""
    entries = [row[0] for blind in pseudonyms for row in database.execute(ENTRIES_OF, (blind, COMPLETE))]
    grants = {row for blind in pseudonyms for row in database.execute(_OPEN_GRANTS, (blind, now))}
    return Closed(sum(map(len, entries)) // ENTRY_BYTES, len(grants))


def forget_positions(database: sqlite3.Connection, before: int) -> None:
    """Forgets how far partitions were replayed that are of years before one."""
    database.execute("DELETE FROM replayed WHERE CAST(partition AS INTEGER) < ?", (before,))
