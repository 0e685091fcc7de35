"""The adapters of the storage port, and the rows that its tests write.

An adapter joins by adding to `ADAPTERS` a function of a scratch folder that returns what opens it: each call of that
opens one more client of the same store, as another process would.
"""

import asyncio
import functools
import sqlite3
from contextlib import asynccontextmanager
from pathlib import Path

from issuer_service.storage.port import Closed, Grant, Offer, Replayed
from issuer_service.storage.sqlite import open_sqlite
from tests.issuer_service.storage.toy import toy_store

NOW = 1_800_000_000
LATER = NOW + 14 * 86_400


def key(*parts: object, size: int = 32) -> bytes:
    return repr(parts).encode().ljust(size, b".")[:size]


def offer(name: object, *, expires: int = NOW + 600) -> Offer:
    return Offer(key(name), key(name, size=16), "2027-01-15", "pid", b"sealed", key("mac"), expires)


def grant(name: object, *, expires: int = NOW + 300) -> Grant:
    return Grant(key("grant", name), key(name, size=16), "2027-01-15", "pid", b"resealed", expires)


def sqlite_store(folder: Path):
    @asynccontextmanager
    async def opened(**options):
        storage = await open_sqlite(folder / "issuer.sqlite", **options)
        try:
            yield storage
        finally:
            await storage.close()

    return opened


ADAPTERS = {"sqlite": sqlite_store, "toy": toy_store}


def scenario(test):
    @functools.wraps(test)
    def run(*args, **kwargs):
        asyncio.run(test(*args, **kwargs))

    return run


async def granted(storage, name: object = "g", *, expires: int = NOW + 300) -> bytes:
    """Makes a grant as the service does, and returns its lookup."""
    await storage.add_offer(offer(("for", name)))
    assert await storage.redeem_offer(key(("for", name)), grant(name, expires=expires), now=NOW)
    return grant(name).lookup


async def begun(
    storage,
    lookup: bytes,
    handle: object,
    *,
    count: int = 3,
    limit: int = 99,
    expires: int = LATER,
    configuration: str = "pid",
):
    return await storage.begin_issuance(
        lookup,
        handle=key(handle, size=16),
        partition="2027",
        configuration=configuration,
        count=count,
        limit=limit,
        expires=expires,
    )


async def issued(storage, lookup: bytes, handle: object, pseudonym: object, **options):
    entries = await begun(storage, lookup, handle, **options)
    await storage.complete_issuance(handle=key(handle, size=16), pseudonym=key(pseudonym))
    return entries


async def acted(storage, action: str, pseudonyms, *, now: int = NOW) -> Closed:
    """Does an act as the log would have it done, and says what it reached."""
    acts, done = [Replayed(action, pseudonym) for pseudonym in pseudonyms], False
    while not done:
        known = (await storage.log_positions()).positions
        done = await storage.replay(acts, known=known, reached=known)
    return await storage.reached(pseudonyms=pseudonyms, now=now)


async def invalid(storage, entries) -> list[bool]:
    states = {entry.list_id: await storage.status_list(entry.list_id) for entry in entries}
    return [entry.counter in states[entry.list_id].invalid for entry in entries]


async def with_storage(path, work, **options):
    storage = await open_sqlite(path, **options)
    try:
        return await work(storage)
    finally:
        await storage.close()


def assert_sound(path) -> None:
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()
