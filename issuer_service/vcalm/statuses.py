"""The status lists of named issuers: how many entries of each were given out, and which are set; nothing else.

A counter is on disk before the entry that it stands for is used, so that no entry is given out twice, whatever ends
the process; two processes over one file share its counters. A file put back from a backup would give entries out
again, and forget what was revoked: with each change it and a mark outside it go one tick further, and a file that is
behind its mark is refused.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from didkit_fr.errors import FetchError, ParseError
from didkit_fr.status.bitstring import MIN_ENTRIES, STATUS_PURPOSES
from issuer_service.shell import mark
from issuer_service.shell.progress import Mark

__all__ = ["APPLICATION_ID", "MAX_LISTS", "Place", "StatusStore", "open_store"]

MAX_LISTS = 65_536
BUSY_SECONDS = 5.0

APPLICATION_ID = 0x64_6B_76_63
_NEW = Mark(1, 0)
_TABLES = """
    CREATE TABLE IF NOT EXISTS lists (
        issuer TEXT NOT NULL, number INTEGER NOT NULL, given INTEGER NOT NULL,
        PRIMARY KEY (issuer, number)) STRICT;
    CREATE TABLE IF NOT EXISTS entries (
        issuer TEXT NOT NULL, number INTEGER NOT NULL, purpose TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (issuer, number, purpose, at)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS marks (generation INTEGER NOT NULL, ticks INTEGER NOT NULL) STRICT;
    INSERT INTO marks SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM marks);
"""

_Run: TypeAlias = Callable[[str, tuple[str | int, ...]], list[Any]]


class Place(NamedTuple):
    """The list, by its number from 1, and which of its entries in the order they are given out, from 0."""

    number: int
    counter: int


class StatusStore:
    """The counters of one service, in one file; `place` is that of its mark."""

    def __init__(self, connection: sqlite3.Connection, place: Path) -> None:
        self._connection = connection
        self._place = place

    def mark(self) -> Mark:
        """How far the store has come: (1, 0) where nothing was ever changed.

        Raises:
            FetchError: `storage_unavailable`.
        """
        with self._transaction() as run:
            return Mark(*run("SELECT generation, ticks FROM marks", ())[0])

    def take(self, issuer: str) -> Place:
        """Gives out one entry, on disk when this returns; a list that is full is followed by another.

        Raises:
            FetchError: `storage_unavailable`, `storage_full`, `file_unavailable`.
        """
        with self._transaction() as run:
            found = run("SELECT number, given FROM lists WHERE issuer = ? ORDER BY number DESC LIMIT 1", (issuer,))
            number, given = next(iter(found), (0, MIN_ENTRIES))
            if given >= MIN_ENTRIES:
                if number >= MAX_LISTS:
                    raise FetchError("storage_full", "status lists")
                number, given = number + 1, 0
            run("INSERT OR REPLACE INTO lists VALUES (?, ?, ?)", (issuer, number, given + 1))
            there = _tick(run)
        mark.advance(there, self._place)
        return Place(number, given)

    def given(self, issuer: str, number: int) -> int:
        """How many entries of a list were given out: 0 where there is no such list.

        Raises:
            FetchError: `storage_unavailable`.
        """
        with self._transaction() as run:
            found = run("SELECT given FROM lists WHERE issuer = ? AND number = ?", (issuer, number))
            return int(next(iter(found), (0,))[0])

    def put(self, issuer: str, number: int, purpose: str, counter: int, *, value: bool) -> None:
        """Sets or unsets the entry that was the `counter`-th to be given out; what was revoked stays so.

        Raises:
            FetchError: `storage_unavailable`, `file_unavailable`.
            ParseError: `status_entry_invalid` where no such entry was given out.
        """
        if (
            counter >= self.given(issuer, number)
            or purpose not in STATUS_PURPOSES
            or (purpose == "revocation" and not value)
        ):
            raise ParseError("status_entry_invalid")
        with self._transaction() as run:
            row = (issuer, number, purpose, counter)
            if value:
                run("INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?)", row)
            else:
                run("DELETE FROM entries WHERE issuer = ? AND number = ? AND purpose = ? AND at = ?", row)
            there = _tick(run)
        mark.advance(there, self._place)

    def entries(self, issuer: str, number: int, purpose: str) -> list[int]:
        """The counters of the entries that are set.

        Raises:
            FetchError: `storage_unavailable`.
        """
        with self._transaction() as run:
            row = (issuer, number, purpose)
            return [at for (at,) in run("SELECT at FROM entries WHERE issuer = ? AND number = ? AND purpose = ?", row)]

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[_Run]:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield lambda statement, values: connection.execute(statement, values).fetchall()
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise FetchError("storage_unavailable", type(error).__name__) from None


def open_store(path: Path, place: Path) -> StatusStore:
    """Opens the file, or makes it (mode 0600 from its first moment); `place` is that of its mark.

    Raises:
        FetchError: `storage_unavailable`, `file_unavailable`.
        ParseError: `storage_malformed` for a file that is not one of these.
        VerificationError: `storage_rewound` where it is behind its mark.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        # Whoever holds the store uses it one thread at a time.
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise FetchError("storage_unavailable", f"{path.name}: {type(error).__name__}") from None
    try:
        _prepare(connection, path)
        store = StatusStore(connection, place)
        # A service of before that was never used has no mark.
        if place.exists() or store.mark() != _NEW:
            mark.check(store.mark(), place)
    except BaseException:
        connection.close()
        raise
    return store


def _tick(run: _Run) -> Mark:
    return Mark(*run("UPDATE marks SET ticks = ticks + 1 RETURNING generation, ticks", ())[0])


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        (known,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if known != APPLICATION_ID and tables:
            raise ParseError("storage_malformed", path.name)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.executescript(_TABLES)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise FetchError("storage_unavailable", path.name) from None
        raise ParseError("storage_malformed", path.name) from None
