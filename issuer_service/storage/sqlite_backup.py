"""Copies of the database that `backup` makes, marked as such: none of them serves before it was restored.

SQLite plays a write-ahead log or a journal that lies beside a file into whatever file has the name. Of a copy that was
put over a database whose log was still there, it would read some pages as they were last, among them those that say how
far the store had come, and the others as they were then. So a copy says in its first page, in the file itself, that it
is one, and that page is read without what lies beside.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from didkit_fr.errors import FetchError, ParseError
from issuer_service.storage.group_commit import refusal
from issuer_service.storage.migrations.sqlite import BACKUP_ID
from issuer_service.storage.sqlite_opening import connect

__all__ = ["copy", "is_backup", "prepare"]

_BESIDE = ("-wal", "-shm", "-journal")


def copy(place: Path, to: Path) -> None:
    """Copies a database as it stands, while others use it, into a file that appears whole (mode 0600).

    Raises:
        FetchError: `storage_unavailable`.
    """
    draft = to.with_name(f".{to.name}.draft")
    try:
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(connect(place, read_only=True)) as source, closing(sqlite3.connect(draft)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE").fetchall()
            target.execute(f"PRAGMA application_id = {BACKUP_ID}")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        os.link(draft, to)
        draft.unlink()
    except (OSError, sqlite3.Error) as error:
        raise FetchError("storage_unavailable", type(error).__name__) from None


def is_backup(path: Path) -> bool:
    """Whether the file itself, whatever lies beside it, is a copy that was not restored.

    Raises:
        DidkitError: `storage_...`.
    """
    # SQLite reads it, not this program: closing a descriptor of the file would drop the locks of this process's other
    # connections. `immutable` leaves aside what lies beside; `writable_schema` takes a file that was cut short.
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            database.execute("PRAGMA writable_schema = ON")
            ((application,),) = database.execute("PRAGMA application_id").fetchall()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
            return False
        raise refusal(error) from None
    return bool(application == BACKUP_ID)


def prepare(path: Path) -> None:
    """Makes a file ready to be opened and restored: what lies beside a copy is of another database, and is removed.

    Raises:
        FetchError: `storage_unavailable`.
        ParseError: `storage_malformed` where it is damaged.
    """
    try:
        if is_backup(path):
            for suffix in _BESIDE:
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        with closing(connect(path, read_only=False)) as database:
            ((page,),) = database.execute("PRAGMA page_size").fetchall()
            found = database.execute("PRAGMA integrity_check(1)").fetchall()
        whole = path.stat().st_size % page == 0
    except OSError as error:
        raise FetchError("storage_unavailable", f"{path.name}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise refusal(error) from None
    if not whole or found != [("ok",)]:
        raise ParseError("storage_malformed", f"{path.name} is damaged")
