"""The storage port on SQLite: one file, as many processes on one host as wanted.

Write-ahead log with `synchronous=FULL`: what a verb answered survives a crash and a power cut. Writes go through one
thread and are committed in groups; reads have a connection of their own and never wait for writers. Deleted content
is overwritten (`secure_delete`), and a purge empties the log.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from didkit_fr.errors import DidkitError, VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service.shell.progress import LogPositions, Mark, Position, oldest_kept
from issuer_service.storage.group_commit import Worker
from issuer_service.storage.port import Closed, Grant, Offer, Replayed, StatusEntry, StatusListState
from issuer_service.storage.sqlite_lists import (
    COMPLETE,
    ENTRY_BYTES,
    INTENDED,
    VOID,
    invalidate,
    open_generation,
    pack_entries,
    read_list,
    reserve,
    take_over,
)
from issuer_service.storage.sqlite_opening import BUSY_SECONDS, connect, open_writer
from issuer_service.storage.sqlite_replay import forget_positions, reached_by, read_positions, replay, set_positions

__all__ = ["BUSY_SECONDS", "LIST_GRACE", "SqliteStorage", "open_sqlite"]

LIST_GRACE = 86_400
"""Seconds that a full list stays after its last copy expired, for relying parties whose clock is late."""

_PURGED_AT_ONCE = 2_000

_NEW_OFFER = (
    "INSERT INTO offers (lookup, row, epoch, title, sealed, tx_code_mac, expires, last_revocation)"
    " SELECT ?, ?, ?, ?, ?, ?, ?, coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'revocations'"
)

_PURGES = (
    "DELETE FROM offers WHERE lookup IN (SELECT lookup FROM offers WHERE expires <= ? LIMIT ?)",
    "DELETE FROM grants WHERE lookup IN (SELECT lookup FROM grants WHERE expires <= ? LIMIT ?)",
    "DELETE FROM nonces WHERE digest IN (SELECT digest FROM nonces WHERE expires <= ? LIMIT ?)",
    # Whatever the clocks say: a revocation stands for as long as anything that was made before it.
    (
        "DELETE FROM revocations WHERE number IN (SELECT number FROM revocations WHERE number <="
        " coalesce((SELECT min(last_revocation) FROM (SELECT last_revocation FROM offers UNION ALL"
        " SELECT last_revocation FROM grants)), number) LIMIT ?2)"
    ),
    "DELETE FROM issuances WHERE handle IN (SELECT handle FROM issuances WHERE expires <= ? LIMIT ?)",
)


async def open_sqlite(
    path: Path | str, *, random: Random = system, open_lists: int = 4, list_size: int = 131_072, decoys: int = 0
) -> "SqliteStorage":
    """Opens the database, made (mode 0600) and brought to this version's schema where needed.

    `open_lists` status lists of `list_size` entries each are open at any time, or more if another process wants more;
    one entry in `decoys` is a decoy (none where it is 0).

    Raises:
        FetchError: `storage_unavailable`, `storage_full`.
        ParseError: `storage_malformed`.
        VerificationError: `storage_newer`.
    """
    place = Path(path)
    writer = Worker(lambda: open_writer(place, open_lists, list_size), "BEGIN IMMEDIATE", "storage writer")
    await writer.opened()
    reader = Worker(lambda: connect(place, read_only=True), "BEGIN", "storage reader")
    try:
        await reader.opened()
    except DidkitError:
        await writer.close()
        raise
    return SqliteStorage(writer, reader, random, list_size, decoys)


class SqliteStorage:
    """What the issuer service remembers, in one SQLite file; the contract of each verb is `port.Storage`'s."""

    def __init__(self, writer: Worker, reader: Worker, random: Random, list_size: int, decoys: int) -> None:
        self._writer = writer
        self._reader = reader
        self._random = random
        self._list_size = list_size
        self._decoys = decoys
        self.when_closed = ExitStack()
        """What is let go once it is closed."""

    async def add_offer(self, offer: Offer) -> None:
        """Remembers a new offer."""
        columns = (offer.lookup, offer.row, offer.epoch, offer.title)
        await self._rows(
            _NEW_OFFER,
            (*columns, offer.sealed, offer.tx_code_mac, offer.expires),
        )

    async def try_offer(self, lookup: bytes, *, now: int, max_attempts: int) -> Offer | None:
        """Counts one attempt on an offer and returns it; an attempt on none is counted too, at the same cost."""

        def work(database: sqlite3.Connection) -> Offer | None:
            rows = database.execute(
                "UPDATE offers SET attempts = attempts + 1 WHERE lookup = ? AND expires > ? AND attempts < ?"
                " RETURNING lookup, row, epoch, title, sealed, tx_code_mac, expires",
                (lookup, now, max_attempts),
            ).fetchall()
            if not rows:  # else the time of a commit would tell a live code from one that never was
                database.execute("UPDATE misses SET count = count + 1")
            return Offer(*rows[0]) if rows else None

        return await self._writer.run(work)

    async def find_offer(self, lookup: bytes, *, now: int, max_attempts: int) -> Offer | None:
        """An offer that may still be redeemed."""
        select = (
            "SELECT lookup, row, epoch, title, sealed, tx_code_mac, expires FROM offers"
            " WHERE lookup = ? AND expires > ? AND attempts < ?"
        )
        rows = await self._reader.run(_selecting(select, (lookup, now, max_attempts)))
        return Offer(*rows[0]) if rows else None

    async def redeem_offer(self, lookup: bytes, grant: Grant, *, now: int) -> bool:
        """Replaces an offer by the grant, at most once."""
        columns = (grant.lookup, grant.row, grant.epoch, grant.title, grant.sealed, grant.expires)

        def work(database: sqlite3.Connection) -> bool:
            redeemed = database.execute(
                "DELETE FROM offers WHERE lookup = ? AND expires > ? RETURNING last_revocation", (lookup, now)
            ).fetchall()
            database.executemany(
                "INSERT INTO grants (lookup, row, epoch, title, sealed, expires, last_revocation)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(*columns, last_revocation) for (last_revocation,) in redeemed],
            )
            return bool(redeemed)

        return await self._writer.run(work)

    async def find_grant(self, lookup: bytes, *, now: int) -> Grant | None:
        """The grant of an access token."""
        rows = await self._reader.run(
            _selecting(
                "SELECT lookup, row, epoch, title, sealed, expires FROM grants WHERE lookup = ? AND expires > ?",
                (lookup, now),
            )
        )
        return Grant(*rows[0]) if rows else None

    async def take_nonce(self, digest: bytes, *, expires: int) -> bool:
        """True at most once for a digest."""
        return bool(
            await self._rows(
                "INSERT INTO nonces (digest, expires) SELECT ?, ? WHERE ? > (SELECT until FROM forgotten)"
                " ON CONFLICT (digest) DO NOTHING RETURNING 1",
                (digest, expires, expires),
            )
        )

    async def begin_issuance(
        self, grant: bytes, *, handle: bytes, partition: str, configuration: str, count: int, limit: int, expires: int
    ) -> tuple[StatusEntry, ...]:
        """Records the intent to issue and reserves a status entry for each copy."""

        def work(database: sqlite3.Connection) -> tuple[StatusEntry, ...]:
            _check_grant(database, grant, configuration)
            _check_not_exhausted(database, grant, configuration, limit)
            taken = take_over(database, grant, configuration, expires)
            missing = max(0, count - len(taken))
            entries = taken + reserve(
                database, missing, expires, random=self._random, list_size=self._list_size, decoys=self._decoys
            )
            database.execute(
                "INSERT INTO issuances (handle, issued_under, partition, configuration, entries, copies, expires)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (handle, grant, partition, configuration, pack_entries(entries), count, expires),
            )
            return entries[:count]

        return await self._writer.run(work)

    async def complete_issuance(self, *, handle: bytes, pseudonym: bytes) -> None:
        """Records that the copies were signed, and voids an earlier issuance of the grant."""

        def work(database: sqlite3.Connection) -> None:
            rows = database.execute(
                "SELECT issued_under, configuration, state, pseudonym FROM issuances WHERE handle = ?", (handle,)
            ).fetchall()
            grant, configuration, state, known = rows[0] if rows else (None, "", VOID, None)
            if state == COMPLETE and known == pseudonym:
                return
            if state != INTENDED:
                raise VerificationError("issuance_unknown")
            if grant is None:  # purged meanwhile: an earlier issuance under it could no longer be found and voided
                raise VerificationError("grant_unknown")
            _check_grant(database, grant, configuration)
            _check_not_revoked(database, grant, pseudonym)
            earlier = database.execute(
                "UPDATE issuances SET state = ? WHERE issued_under = ? AND configuration = ? AND state = ?"
                " RETURNING entries",
                (VOID, grant, configuration, COMPLETE),
            ).fetchall()
            self._invalidate(database, earlier)
            database.execute(
                "UPDATE issuances SET state = ?, pseudonym = ?, entries = coalesce(substr(entries, 1, copies * ?), x'')"
                " WHERE handle = ?",
                (COMPLETE, pseudonym, ENTRY_BYTES, handle),
            )

        await self._writer.run(work)

    async def conclude_issuance(self, grant: bytes, *, handle: bytes, accepted: bool) -> bool:
        """Records what the bearer says became of the copies."""

        def work(database: sqlite3.Connection) -> bool:
            rows = database.execute(
                "SELECT state, configuration FROM issuances WHERE handle = ? AND issued_under = ?", (handle, grant)
            ).fetchall()
            state, configuration = rows[0] if rows else (INTENDED, "")
            if state == INTENDED or (state == VOID and accepted):
                return False
            if accepted:
                database.execute("UPDATE issuances SET accepted = 1 WHERE handle = ?", (handle,))
            elif state == COMPLETE and not _is_accepted(database, grant, configuration):
                void = "UPDATE issuances SET state = ? WHERE handle = ? RETURNING entries"
                self._invalidate(database, database.execute(void, (VOID, handle)).fetchall())
            return True

        return await self._writer.run(work)

    async def log_positions(self) -> LogPositions:
        """How far the revocation log was replayed."""
        return await self._reader.run(read_positions)

    async def replay(
        self, acts: Sequence[Replayed], *, known: Mapping[str, Position], reached: Mapping[str, Position]
    ) -> bool:
        """Does what the log says, and takes the positions from `known` to `reached`."""
        random = self._random if self._decoys else None
        return await self._writer.run(lambda database: replay(database, acts, known, reached, random))

    async def reached(self, *, pseudonyms: Sequence[bytes], now: int) -> Closed:
        """What an act under these pseudonyms reaches."""
        return await self._reader.run(lambda database: reached_by(database, pseudonyms, now))

    async def status_list(self, list_id: int) -> StatusListState | None:
        """The state of one list."""
        return await self._reader.run(lambda database: read_list(database, list_id))

    async def status_lists(self) -> tuple[int, ...]:
        """The numbers of all lists."""
        rows = await self._reader.run(_selecting("SELECT list_id FROM lists ORDER BY list_id", ()))
        return tuple(list_id for (list_id,) in rows)

    async def partitions(self) -> tuple[str, ...]:
        """The partitions of all issuances."""
        found = await self._reader.run(_selecting("SELECT DISTINCT partition FROM issuances ORDER BY partition", ()))
        return tuple(str(partition) for (partition,) in found)

    async def mark(self) -> Mark:
        """How far the store has come."""
        return Mark(*(await self._reader.run(_selecting("SELECT generation, ticks FROM marks", ())))[0])

    async def tick(self) -> Mark:
        """Takes the store one tick further."""
        return Mark(*(await self._rows("UPDATE marks SET ticks = ticks + 1 RETURNING generation, ticks", ()))[0])

    async def open_generation(self, number: int, *, keep_until: int, reached: Mapping[str, Position]) -> None:
        """Makes a restored store safe to go on with."""

        def work(database: sqlite3.Connection) -> None:
            open_generation(database, number, list_size=self._list_size, keep_until=keep_until)
            set_positions(database, reached)

        await self._writer.run(work)

    async def purge(self, *, now: int | None) -> None:
        """Forgets what has expired, some thousand rows a transaction, then empties the write-ahead log."""
        if now is not None:
            await self._forget(now)
        await self._writer.run(_selecting("PRAGMA wal_checkpoint(TRUNCATE)", ()), bare=True)

    async def _forget(self, now: int) -> None:
        # Before anything is deleted: a nonce that is forgotten from here on is refused already.
        await self._writer.run(_counting("UPDATE forgotten SET until = max(until, ?)", (now,)))
        for statement in _PURGES:
            purge = _counting(statement, (now, _PURGED_AT_ONCE))
            while await self._writer.run(purge) == _PURGED_AT_ONCE:
                pass
        year = datetime.fromtimestamp(now, UTC).year
        await self._writer.run(lambda database: forget_positions(database, oldest_kept(year)))
        await self._writer.run(_counting("DELETE FROM lists WHERE next = size AND expires <= ?", (now - LIST_GRACE,)))

    async def close(self) -> None:
        """Finishes the writes in flight and closes."""
        await self._reader.close()
        await self._writer.close()
        self.when_closed.close()

    def _invalidate(self, database: sqlite3.Connection, found: list[tuple[bytes]]) -> None:
        invalidate(database, found, self._random if self._decoys else None)

    async def _rows(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        return await self._writer.run(_selecting(statement, values))


def _selecting(statement: str, values: tuple[Any, ...]) -> Callable[[sqlite3.Connection], list[Any]]:
    return lambda database: database.execute(statement, values).fetchall()


def _counting(statement: str, values: tuple[Any, ...]) -> Callable[[sqlite3.Connection], int]:
    return lambda database: database.execute(statement, values).rowcount


def _check_grant(database: sqlite3.Connection, grant: bytes, configuration: str) -> None:
    if not database.execute("SELECT 1 FROM grants WHERE lookup = ?", (grant,)).fetchall():
        raise VerificationError("grant_unknown")
    if _is_accepted(database, grant, configuration):
        raise VerificationError("grant_accepted")


def _is_accepted(database: sqlite3.Connection, grant: bytes, configuration: str) -> bool:
    select = "SELECT 1 FROM issuances WHERE issued_under = ? AND configuration = ? AND accepted = 1"
    return bool(database.execute(select, (grant, configuration)).fetchall())


def _check_not_exhausted(database: sqlite3.Connection, grant: bytes, configuration: str, limit: int) -> None:
    """What was completed is counted, voided or not; what was not leaves its entries to the next."""
    select = "SELECT count(*) FROM issuances WHERE issued_under = ? AND configuration = ? AND state <> ?"
    ((issued,),) = database.execute(select, (grant, configuration, INTENDED)).fetchall()
    if issued >= limit:
        raise VerificationError("grant_exhausted")


def _check_not_revoked(database: sqlite3.Connection, grant: bytes, pseudonym: bytes) -> None:
    select = (
        "SELECT 1 FROM revocations WHERE pseudonym = ?"
        " AND number > (SELECT last_revocation FROM grants WHERE lookup = ?)"
    )
    if database.execute(select, (pseudonym, grant)).fetchall():
        raise VerificationError("revoked_meanwhile")
