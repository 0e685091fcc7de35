"""Opens the SQLite file of the storage port: private, ours, of this version's schema, and with its lists open."""

import os
import sqlite3
import time
from itertools import count as numbers
from pathlib import Path

from didkit_fr.errors import FetchError, ParseError, VerificationError
from issuer_service.storage.migrations.sqlite import APPLICATION_ID, BACKUP_ID, MIGRATIONS
from issuer_service.storage.sqlite_lists import new_list

__all__ = ["BUSY_SECONDS", "connect", "open_writer"]

BUSY_SECONDS = 5.0

_OLDEST = (3, 37)  # STRICT tables; RETURNING


def open_writer(path: Path, open_lists: int, list_size: int) -> sqlite3.Connection:
    """The writer's connection: the file made, the schema brought up to date, the lists open."""
    if sqlite3.sqlite_version_info < _OLDEST:
        raise FetchError("storage_unavailable", f"SQLite {sqlite3.sqlite_version} is too old")
    _make_private(path)
    connection = connect(path, read_only=False)
    try:
        _check_ours(connection)
        _log_ahead(connection)
        connection.execute("BEGIN IMMEDIATE")
        _migrate(connection)
        (missing,) = connection.execute("SELECT ? - count(*) FROM lists WHERE next < size", (open_lists,)).fetchone()
        for _ in range(missing):
            new_list(connection, list_size)
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


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """One more connection to a file that is there."""
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
    if application not in (APPLICATION_ID, BACKUP_ID) and (application or tables):
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
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != BACKUP_ID:  # a copy stays one until a new generation of it is opened
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
