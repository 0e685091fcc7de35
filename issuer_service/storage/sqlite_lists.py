"""Status entries in SQLite: reserved, revoked, suspended, hidden among decoys, and replayed after a restore.

Decoys are entries reserved for nobody. Whenever copies are revoked, a random number of decoys, up to as many, becomes
invalid with them: two states of the published lists do not tell how many copies a revocation struck, nor their sum
how many there were. That something was revoked, and when, still shows.
"""

import sqlite3
import struct
from collections.abc import Iterable

from didkit_fr.primitives.random import Random
from issuer_service.storage.migrations.sqlite import APPLICATION_ID
from issuer_service.storage.port import StatusEntry, StatusListState

__all__ = [
    "COMPLETE",
    "ENTRIES_OF",
    "ENTRY_BYTES",
    "INTENDED",
    "LISTS_IN_GENERATION",
    "VOID",
    "invalidate",
    "mark_suspended",
    "new_list",
    "open_generation",
    "pack_entries",
    "read_list",
    "reserve",
    "take_over",
]

INTENDED, COMPLETE, VOID = 0, 1, 2
LISTS_IN_GENERATION = 1_000_000
"""The first list of generation g has a number above g times this: never that of a list an older generation made."""

MAX_DECOYS_AT_ONCE = 256

_ENTRY = struct.Struct(">II")
ENTRY_BYTES = _ENTRY.size
ENTRIES_OF = "SELECT entries FROM issuances WHERE pseudonym = ? AND state = ?"


def pack_entries(entries: Iterable[StatusEntry]) -> bytes:
    """Entries as a row keeps them."""
    return b"".join(_ENTRY.pack(entry.list_id, entry.counter) for entry in entries)


def take_over(database: sqlite3.Connection, grant: bytes, configuration: str, expires: int) -> tuple[StatusEntry, ...]:
    """Forgets the issuance that waits under a grant and returns its entries.

    None of its copies can leave from here on, for it can no longer complete: its entries are as good as new ones, and
    a token that asks again and again takes no others.
    """
    waiting = "DELETE FROM issuances WHERE issued_under = ? AND configuration = ? AND state = ? RETURNING entries"
    found = _unpacked(database.execute(waiting, (grant, configuration, INTENDED)).fetchall())
    kept = "UPDATE lists SET expires = max(expires, ?) WHERE list_id = ? RETURNING size"
    return tuple(
        StatusEntry(list_id, counter, size)
        for list_id, counter in found
        for (size,) in database.execute(kept, (expires, list_id)).fetchall()
    )


def reserve(
    database: sqlite3.Connection, count: int, expires: int, *, random: Random, list_size: int, decoys: int
) -> tuple[StatusEntry, ...]:
    """Each copy draws its list among the open ones by itself: lists must not tell which copies belong together.

    One entry in `decoys`, drawn like them, is put aside for nobody; none where it is 0.
    """
    lists = database.execute("SELECT list_id, size, next FROM lists WHERE next < size").fetchall()
    open_lists = [[list_id, size, after] for list_id, size, after in lists]
    extra = (count + random(1)[0] % decoys) // decoys if decoys else 0
    touched = {}
    entries = []
    draws = random(8 * (count + extra))
    for at in range(0, len(draws), 8):
        drawn = int.from_bytes(draws[at : at + 8]) % len(open_lists)
        current = open_lists[drawn]
        list_id, size, after = current
        entries.append(StatusEntry(list_id, after, size))
        current[2] = after + 1
        touched[list_id] = current
        if after + 1 == size:
            open_lists[drawn] = [new_list(database, list_size), list_size, 0]
    database.executemany(
        "UPDATE lists SET next = ?, expires = max(expires, ?) WHERE list_id = ?",
        [(after, expires, list_id) for list_id, _, after in touched.values()],
    )
    database.executemany(
        "INSERT INTO decoys (list_id, counter) VALUES (?, ?)",
        [(entry.list_id, entry.counter) for entry in entries[count:]],
    )
    return tuple(entries[:count])


def new_list(database: sqlite3.Connection, size: int) -> int:
    """Opens one more list."""
    rows = database.execute("INSERT INTO lists (size) VALUES (?) RETURNING list_id", (size,)).fetchall()
    return int(rows[0][0])


def invalidate(database: sqlite3.Connection, packed: Iterable[tuple[bytes]], random: Random | None) -> None:
    """Makes entries invalid for ever, and with `random` some decoys too, as many as became so at most."""
    struck = _insert(database, "invalid_entries", _unpacked(packed))
    if random is not None and struck:
        _insert(database, "invalid_entries", _spent_decoys(database, struck, random))


def mark_suspended(database: sqlite3.Connection, pseudonym: bytes, *, suspended: bool) -> None:
    """Suspends every entry under a pseudonym, or ends that."""
    entries = _unpacked(database.execute(ENTRIES_OF, (pseudonym, COMPLETE)).fetchall())
    if suspended:
        _insert(database, "suspended_entries", entries)
    else:
        database.executemany("DELETE FROM suspended_entries WHERE list_id = ? AND counter = ?", entries)


def read_list(database: sqlite3.Connection, list_id: int) -> StatusListState | None:
    """The state of one list."""
    rows = database.execute("SELECT size, known FROM lists WHERE list_id = ?", (list_id,)).fetchall()
    if not rows:
        return None
    size, known = rows[0]
    invalid = _counters(database, "invalid_entries", list_id)
    if known is not None:  # closed by a restore: entries beyond were given out to copies that nobody could revoke
        invalid = (*(counter for counter in invalid if counter < known), *range(known, size))
    return StatusListState(list_id, size, invalid, _counters(database, "suspended_entries", list_id))


def open_generation(database: sqlite3.Connection, number: int, *, list_size: int, keep_until: int) -> None:
    """As `port.Storage.open_generation`, in the caller's transaction."""
    for table in ("offers", "grants", "nonces", "decoys"):
        database.execute(f"DELETE FROM {table}")  # noqa: S608 - names of this file
    # What was only intended when the backup was made may have left after it, under a name that was never recorded.
    intended = database.execute(
        "UPDATE issuances SET state = ? WHERE state = ? RETURNING entries", (VOID, INTENDED)
    ).fetchall()
    invalidate(database, intended, None)
    close = "UPDATE lists SET known = next, next = size, expires = max(expires, ?) WHERE next < size"
    closed = database.execute(close, (keep_until,)).rowcount
    database.execute(
        "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'lists'", (number * LISTS_IN_GENERATION,)
    )
    for _ in range(closed):
        new_list(database, list_size)
    database.execute("UPDATE marks SET generation = ?, ticks = 0", (number,))
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")  # no longer marked as a backup


def _spent_decoys(database: sqlite3.Connection, at_most: int, random: Random) -> list[tuple[int, int]]:
    """Takes a random number of decoys from random places; where there is none at a place, none is taken."""
    lists = database.execute("SELECT list_id, next FROM lists WHERE next > 0").fetchall()
    spent: list[tuple[int, int]] = []
    for _ in range(min(int.from_bytes(random(4)) % (at_most + 1), MAX_DECOYS_AT_ONCE) if lists else 0):
        list_id, used = lists[int.from_bytes(random(4)) % len(lists)]
        spent += database.execute(
            "DELETE FROM decoys WHERE (list_id, counter) IN"
            " (SELECT list_id, counter FROM decoys WHERE list_id = ? AND counter >= ? ORDER BY counter LIMIT 1)"
            " RETURNING list_id, counter",
            (list_id, int.from_bytes(random(4)) % used),
        ).fetchall()
    return spent


def _unpacked(packed: Iterable[tuple[bytes]]) -> list[tuple[int, int]]:
    return [(entry[0], entry[1]) for (blob,) in packed for entry in _ENTRY.iter_unpack(blob)]


def _insert(database: sqlite3.Connection, table: str, entries: Iterable[tuple[int, int]]) -> int:
    """Adds entries; returns how many were not there."""
    statement = f"INSERT INTO {table} (list_id, counter) VALUES (?, ?) ON CONFLICT DO NOTHING"  # noqa: S608 - names of this file
    return database.executemany(statement, entries).rowcount


def _counters(database: sqlite3.Connection, table: str, list_id: int) -> tuple[int, ...]:
    statement = f"SELECT counter FROM {table} WHERE list_id = ? ORDER BY counter"  # noqa: S608 - names of this file
    return tuple(counter for (counter,) in database.execute(statement, (list_id,)))
