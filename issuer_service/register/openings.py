"""What the register remembers of its endpoints: which tickets were used, and which openings are still open.

An opening's handle and a ticket's name are kept hashed: whoever reads this file can open nothing with it. It is the
register's own file; nothing of it goes to the issuer service.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from didkit_fr.errors import FetchError, VerificationError

__all__ = ["KEEP", "MAX_READS", "Opening", "Openings"]

MAX_READS = 10
KEEP = 86_400
"""Seconds for which an opening that has ended is still told from one that never was."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS used_ticket (digest BLOB PRIMARY KEY, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS opening (
    digest BLOB PRIMARY KEY,
    document_number TEXT NOT NULL,
    title TEXT NOT NULL,
    presumed TEXT,
    trace TEXT NOT NULL,
    expires INTEGER NOT NULL,
    reads INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forgotten (until INTEGER NOT NULL) STRICT;
INSERT INTO forgotten SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM forgotten);
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opening:
    """The register open at one citizen and one title; `trace` is its random name in the log."""

    document_number: str = field(repr=False)
    title: str
    presumed: str | None = field(repr=False)
    trace: str
    expires: int


class Openings:
    """A file of SQLite, and the one thread that uses it; `patience` is for other processes' locks, in seconds."""

    def __init__(self, path: Path, *, patience: float = 5.0) -> None:
        # Created before SQLite does: with its own default it would be readable by others.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=patience)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.executescript(_SCHEMA)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="openings")

    def close(self) -> None:
        """Waits for what is under way, and closes the file."""
        self._thread.shutdown()
        self._database.close()

    async def open(
        self, ticket: bytes, ticket_expires: int, handle: bytes, opening: Opening, *, forget: int | None
    ) -> None:
        """Uses a ticket up and makes its opening, both or neither; `ticket` and `handle` are hashes (32 bytes).

        What ended a day before `forget` is forgotten, which is a time that has surely come (`shell.clock`),
        or None: then nothing is. A ticket that could have been used and forgotten is refused, whatever the clock says.

        Raises:
            VerificationError: `ticket_replayed`: True for all calls with one ticket but one, across processes;
                `ticket_expired` where it ended before what is forgotten.
            FetchError: `storage_unavailable`.
        """

        def work(database: sqlite3.Connection) -> None:
            if forget is not None:
                database.execute("UPDATE forgotten SET until = max(until, ?)", (forget - KEEP,))
                for table in ("used_ticket", "opening"):
                    database.execute(f"DELETE FROM {table} WHERE expires <= ?", (forget - KEEP,))  # noqa: S608 - ours
            if database.execute("SELECT 1 FROM forgotten WHERE until >= ?", (ticket_expires,)).fetchall():
                raise VerificationError("ticket_expired")
            used = database.execute("INSERT OR IGNORE INTO used_ticket VALUES (?, ?)", (ticket, ticket_expires))
            if used.rowcount != 1:
                raise VerificationError("ticket_replayed")
            row = (handle, opening.document_number, opening.title, opening.presumed, opening.trace, opening.expires)
            database.execute(
                "INSERT INTO opening (digest, document_number, title, presumed, trace, expires) VALUES (?,?,?,?,?,?)",
                row,
            )

        await self._run(work)

    async def read(self, handle: bytes, *, now: int) -> Opening:
        """Counts one read of an opening and returns it; `handle` is a hash (32 bytes).

        Raises:
            VerificationError: `evidence_unknown`, `evidence_expired`, `evidence_exhausted`.
            FetchError: `storage_unavailable`.
        """

        def work(database: sqlite3.Connection) -> Opening:
            row = database.execute(
                "SELECT document_number, title, presumed, trace, expires, reads FROM opening WHERE digest = ?",
                (handle,),
            ).fetchone()
            if row is None:
                raise VerificationError("evidence_unknown")
            if row[4] <= now:
                raise VerificationError("evidence_expired")
            if row[5] >= MAX_READS:
                raise VerificationError("evidence_exhausted")
            database.execute("UPDATE opening SET reads = reads + 1 WHERE digest = ?", (handle,))
            return Opening(*row[:5])

        return await self._run(work)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        # Shielded: a client that hangs up must not leave the thread between a transaction's begin and its end.
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)
        return await asyncio.shield(future)

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                result = work(self._database)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        except sqlite3.Error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise FetchError("storage_unavailable") from None
        return result
