"""The storage port on SQLite: one file, as many processes on one host as wanted.

Write-ahead log with `synchronous=FULL`: what a verb answered survives a crash and a power cut. Writes go through one
thread and are committed in groups; reads have a connection of their own and never wait for writers. Deleted content
is overwritten (`secure_delete`), and a purge empties the log.
"""

import os
import sqlite3
import struct
import time
from collections.abc import Callable, Iterable
from itertools import count as numbers
from pathlib import Path
from typing import Any

from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service.storage.group_commit import Worker
from issuer_service.storage.migrations.sqlite import APPLICATION_ID, MIGRATIONS
from issuer_service.storage.port import Grant, Offer, StatusEntry, StatusListState

__all__ = ["BUSY_SECONDS", "LIST_GRACE", "SqliteStorage", "open_sqlite"]

BUSY_SECONDS = 5.0
LIST_GRACE = 86_400
"""Seconds that a full list stays after its last copy expired, for relying parties whose clock is late."""

REVOCATION_KEPT = 86_400
"""Seconds that a revocation stands against issuances that began before it; a grant lives for minutes."""

_OLDEST = (3, 37)  # STRICT tables; RETURNING
_PURGED_AT_ONCE = 2_000
_ENTRY = struct.Struct(">II")
_INTENDED, _COMPLETE, _VOID = 0, 1, 2

_PURGES = (
    "DELETE FROM offers WHERE lookup IN (SELECT lookup FROM offers WHERE expires <= ? LIMIT ?)",
    "DELETE FROM grants WHERE lookup IN (SELECT lookup FROM grants WHERE expires <= ? LIMIT ?)",
    "DELETE FROM nonces WHERE digest IN (SELECT digest FROM nonces WHERE expires <= ? LIMIT ?)",
    "DELETE FROM revocations WHERE number IN (SELECT number FROM revocations WHERE expires <= ? LIMIT ?)",
    "DELETE FROM issuances WHERE handle IN (SELECT handle FROM issuances WHERE expires <= ? LIMIT ?)",
)


async def open_sqlite(
    path: Path | str, *, random: Random = system, open_lists: int = 4, list_size: int = 131_072
) -> "SqliteStorage":
    """Opens the database, made (mode 0600) and brought to this version's schema where needed.

    `open_lists` status lists of `list_size` entries each are open at any time, or more if another process wants more.

    Raises:
        FetchError: `storage_unavailable`, `storage_full`.
        ParseError: `storage_malformed`.
        VerificationError: `storage_newer`.
    """
    place = Path(path)
    writer = Worker(lambda: _open(place, open_lists, list_size), "BEGIN IMMEDIATE", "storage writer")
    await writer.opened()
    reader = Worker(lambda: _connect(place, read_only=True), "BEGIN", "storage reader")
    try:
        await reader.opened()
    except DidkitError:
        await writer.close()
        raise
    return SqliteStorage(writer, reader, random, list_size)


class SqliteStorage:
    """What the issuer service remembers, in one SQLite file; the contract of each verb is `port.Storage`'s."""

    def __init__(self, writer: Worker, reader: Worker, random: Random, list_size: int) -> None:
        self._writer = writer
        self._reader = reader
        self._random = random
        self._list_size = list_size

    async def add_offer(self, offer: Offer) -> None:
        """Remembers a new offer."""
        columns = (offer.lookup, offer.row, offer.epoch, offer.configuration)
        await self._rows(
            "INSERT INTO offers (lookup, row, epoch, configuration, sealed, tx_code_mac, expires)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*columns, offer.sealed, offer.tx_code_mac, offer.expires),
        )

    async def try_offer(self, lookup: bytes, *, now: int, max_attempts: int) -> Offer | None:
        """Counts one attempt on an offer and returns it."""
        rows = await self._rows(
            "UPDATE offers SET attempts = attempts + 1 WHERE lookup = ? AND expires > ? AND attempts < ?"
            " RETURNING lookup, row, epoch, configuration, sealed, tx_code_mac, expires",
            (lookup, now, max_attempts),
        )
        return Offer(*rows[0]) if rows else None

    async def redeem_offer(self, lookup: bytes, grant: Grant, *, now: int) -> bool:
        """Replaces an offer by the grant, at most once."""
        columns = (grant.lookup, grant.row, grant.epoch, grant.configuration, grant.sealed, grant.expires)

        def work(database: sqlite3.Connection) -> bool:
            if database.execute("DELETE FROM offers WHERE lookup = ? AND expires > ?", (lookup, now)).rowcount == 0:
                return False
            database.execute(
                "INSERT INTO grants (lookup, row, epoch, configuration, sealed, expires) VALUES (?, ?, ?, ?, ?, ?)",
                columns,
            )
            return True

        return await self._writer.run(work)

    async def find_grant(self, lookup: bytes, *, now: int) -> Grant | None:
        """The grant of an access token."""
        rows = await self._reader.run(
            _selecting(
                "SELECT lookup, row, epoch, configuration, sealed, expires FROM grants"
                " WHERE lookup = ? AND expires > ?",
                (lookup, now),
            )
        )
        return Grant(*rows[0]) if rows else None

    async def take_nonce(self, digest: bytes, *, expires: int) -> bool:
        """True at most once for a digest."""
        return bool(
            await self._rows(
                "INSERT INTO nonces (digest, expires) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING RETURNING 1",
                (digest, expires),
            )
        )

    async def begin_issuance(
        self, grant: bytes, *, handle: bytes, partition: str, title: str, count: int, expires: int
    ) -> tuple[StatusEntry, ...]:
        """Records the intent to issue and reserves a status entry for each copy."""

        def work(database: sqlite3.Connection) -> tuple[StatusEntry, ...]:
            if not database.execute("SELECT 1 FROM grants WHERE lookup = ?", (grant,)).fetchall():
                raise VerificationError("grant_unknown")
            entries = _reserve(database, count, expires, self._random, self._list_size)
            packed = b"".join(_ENTRY.pack(entry.list_id, entry.counter) for entry in entries)
            database.execute(
                "INSERT INTO issuances (handle, issued_under, partition, title, entries, expires, began)"
                " VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(seq), 0) FROM sqlite_sequence"
                " WHERE name = 'revocations'))",
                (handle, grant, partition, title, packed, expires),
            )
            return entries

        return await self._writer.run(work)

    async def complete_issuance(self, *, handle: bytes, pseudonym: bytes) -> None:
        """Records that the copies were signed, and voids an earlier issuance of the grant."""

        def work(database: sqlite3.Connection) -> None:
            rows = database.execute(
                "SELECT issued_under, state, pseudonym, began FROM issuances WHERE handle = ?", (handle,)
            ).fetchall()
            grant, state, known, began = rows[0] if rows else (None, _VOID, None, 0)
            if state == _COMPLETE and known == pseudonym:
                return
            if state != _INTENDED:
                raise VerificationError("issuance_unknown")
            if grant is None:  # purged meanwhile: an earlier issuance under it could no longer be found and voided
                raise VerificationError("grant_unknown")
            since = "SELECT 1 FROM revocations WHERE pseudonym = ? AND number > ?"
            if database.execute(since, (pseudonym, began)).fetchall():
                raise VerificationError("revoked_meanwhile")
            earlier = database.execute(
                "UPDATE issuances SET state = ? WHERE issued_under = ? AND state = ? RETURNING entries",
                (_VOID, grant, _COMPLETE),
            ).fetchall()
            _invalidate(database, earlier)
            database.execute(
                "UPDATE issuances SET state = ?, pseudonym = ?, began = 0 WHERE handle = ?",
                (_COMPLETE, pseudonym, handle),
            )

        await self._writer.run(work)

    async def revoke(self, *, pseudonym: bytes, now: int) -> int:
        """Makes every entry of every issuance under a pseudonym invalid, and stops those under way."""

        def work(database: sqlite3.Connection) -> int:
            database.execute(
                "INSERT INTO revocations (pseudonym, expires) VALUES (?, ?)", (pseudonym, now + REVOCATION_KEPT)
            )
            found = database.execute(
                "SELECT entries FROM issuances WHERE pseudonym = ? AND state = ?", (pseudonym, _COMPLETE)
            ).fetchall()
            return _invalidate(database, found)

        return await self._writer.run(work)

    async def status_list(self, list_id: int) -> StatusListState | None:
        """The state of one list."""

        def work(database: sqlite3.Connection) -> StatusListState | None:
            sizes = database.execute("SELECT size FROM lists WHERE list_id = ?", (list_id,)).fetchall()
            invalid = database.execute(
                "SELECT counter FROM invalid_entries WHERE list_id = ? ORDER BY counter", (list_id,)
            ).fetchall()
            return StatusListState(list_id, sizes[0][0], tuple(counter for (counter,) in invalid)) if sizes else None

        return await self._reader.run(work)

    async def purge(self, *, now: int) -> None:
        """Forgets what has expired, some thousand rows a transaction, then empties the write-ahead log."""
        for statement in _PURGES:
            purge = _counting(statement, (now, _PURGED_AT_ONCE))
            while await self._writer.run(purge) == _PURGED_AT_ONCE:
                pass
        await self._writer.run(_counting("DELETE FROM lists WHERE next = size AND expires <= ?", (now - LIST_GRACE,)))
        await self._writer.run(_selecting("PRAGMA wal_checkpoint(TRUNCATE)", ()), bare=True)

    async def close(self) -> None:
        """Finishes the writes in flight and closes."""
        await self._reader.close()
        await self._writer.close()

    async def _rows(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        return await self._writer.run(_selecting(statement, values))


def _selecting(statement: str, values: tuple[Any, ...]) -> Callable[[sqlite3.Connection], list[Any]]:
    return lambda database: database.execute(statement, values).fetchall()


def _counting(statement: str, values: tuple[Any, ...]) -> Callable[[sqlite3.Connection], int]:
    return lambda database: database.execute(statement, values).rowcount


def _reserve(
    database: sqlite3.Connection, count: int, expires: int, random: Random, list_size: int
) -> tuple[StatusEntry, ...]:
    """Each copy draws its list among the open ones by itself: lists must not tell which copies belong together."""
    lists = database.execute("SELECT list_id, size, next FROM lists WHERE next < size").fetchall()
    open_lists = [[list_id, size, after] for list_id, size, after in lists]
    touched = {}
    entries = []
    draws = random(8 * count)
    for at in range(0, len(draws), 8):
        drawn = int.from_bytes(draws[at : at + 8]) % len(open_lists)
        current = open_lists[drawn]
        list_id, size, after = current
        entries.append(StatusEntry(list_id, after, size))
        current[2] = after + 1
        touched[list_id] = current
        if after + 1 == size:
            open_lists[drawn] = [_new_list(database, list_size), list_size, 0]
    database.executemany(
        "UPDATE lists SET next = ?, expires = max(expires, ?) WHERE list_id = ?",
        [(after, expires, list_id) for list_id, _, after in touched.values()],
    )
    return tuple(entries)


def _new_list(database: sqlite3.Connection, size: int) -> int:
    rows = database.execute("INSERT INTO lists (size) VALUES (?) RETURNING list_id", (size,)).fetchall()
    return int(rows[0][0])


def _invalidate(database: sqlite3.Connection, packed: Iterable[tuple[bytes]]) -> int:
    entries = [entry for (blob,) in packed for entry in _ENTRY.iter_unpack(blob)]
    database.executemany("INSERT INTO invalid_entries (list_id, counter) VALUES (?, ?) ON CONFLICT DO NOTHING", entries)
    return len(entries)


def _open(path: Path, open_lists: int, list_size: int) -> sqlite3.Connection:
    """The writer's connection: the file made, the schema brought up to date, the lists open."""
    if sqlite3.sqlite_version_info < _OLDEST:
        raise FetchError("storage_unavailable", f"SQLite {sqlite3.sqlite_version} is too old")
    _make_private(path)
    connection = _connect(path, read_only=False)
    try:
        _check_ours(connection)
        _log_ahead(connection)
        connection.execute("BEGIN IMMEDIATE")
        _migrate(connection)
        (missing,) = connection.execute("SELECT ? - count(*) FROM lists WHERE next < size", (open_lists,)).fetchone()
        for _ in range(missing):
            _new_list(connection, list_size)
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: Path) -> None:
    """Mode 0600 from its first moment; SQLite gives the log beside it the mode of the file."""
    try:
        if path.is_file():
            # By name: closing a descriptor of the file would drop the locks of this process's other connections.
            path.chmod(0o600)
        else:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise FetchError("storage_unavailable", f"{path.name}: {error.strerror}") from None


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    pragmas = ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL", "trusted_schema = OFF")
    try:
        for pragma in (*pragmas, f"query_only = {'ON' if read_only else 'OFF'}"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _check_ours(connection: sqlite3.Connection) -> None:
    """A database of another program is left as it is."""
    # In one snapshot: another process may be making the schema, between one look and the next.
    connection.execute("BEGIN")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    connection.execute("COMMIT")
    if application != APPLICATION_ID and (application or tables):
        raise ParseError("storage_malformed", "of another program")


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switches to the write-ahead log; SQLite's own waiting does not cover two processes that switch at once."""
    deadline = time.monotonic() + BUSY_SECONDS
    for attempt in numbers(1):
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(min(0.1, 0.01 * attempt))
        else:
            if mode != "wal":
                raise FetchError("storage_unavailable", "no write-ahead log on this file system")
            return


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise VerificationError("storage_newer", f"schema {version}, known are {len(MIGRATIONS)}")
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
