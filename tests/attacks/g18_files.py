"""SQLite files for the attacks on G18."""

import sqlite3
from contextlib import closing
from pathlib import Path

APPLICATION = 7


def made(folder: Path, rows: int = 50, mode: str = "DELETE") -> Path:
    path = folder / "d.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"PRAGMA journal_mode = {mode}")
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute("CREATE TABLE t (v BLOB)")
        database.executemany("INSERT INTO t VALUES (randomblob(3000))", [()] * rows)
        if mode == "WAL":
            kept = {one.name: one.read_bytes() for one in folder.iterdir()}
    if mode == "WAL":
        for name, content in kept.items():
            (folder / name).write_bytes(content)
    path.parent.chmod(0o700)
    for one in folder.iterdir():
        one.chmod(0o600)
    return path
