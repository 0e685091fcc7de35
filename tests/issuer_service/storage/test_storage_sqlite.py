"""What is SQLite's own: its files, its refusals, its full disk."""

import asyncio
import os
import sqlite3
import stat
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from issuer_service.storage import sqlite_opening as adapter
from issuer_service.storage.port import Offer
from issuer_service.storage.sqlite import LIST_GRACE, open_sqlite
from tests.issuer_service.stores import NOW, acted, assert_sound, grant, granted, issued, key, offer, with_storage


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "issuer.sqlite"


def code_of(raised) -> str:
    return raised.value.code


def test_the_files_are_private(path):
    async def work():
        old = os.umask(0)
        try:
            storage = await open_sqlite(path)
        finally:
            os.umask(old)
        await storage.take_nonce(key(1), expires=NOW)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        await storage.close()
        return modes

    assert asyncio.run(work()) == dict.fromkeys([path.name, f"{path.name}-wal", f"{path.name}-shm"], 0o600)


def test_an_open_file_is_made_private_again(path):
    asyncio.run(opened_and_closed(path))
    path.chmod(0o644)
    asyncio.run(opened_and_closed(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def opened_and_closed(path, **options) -> None:
    await (await open_sqlite(path, **options)).close()


def test_every_connection_is_strict(path):
    async def work(storage):
        pragmas = ("synchronous", "foreign_keys", "secure_delete", "journal_mode", "busy_timeout", "trusted_schema")

        def read(database):
            return {name: database.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas}

        return [await worker.run(read) for worker in (storage._writer, storage._reader)]

    expected = {
        "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "journal_mode": "wal", "busy_timeout": 5000,
        "trusted_schema": 0,
    }  # fmt: skip
    assert asyncio.run(with_storage(path, work)) == [expected, expected]


def test_the_reader_cannot_write(path):
    async def work(storage):
        with pytest.raises(FetchError):
            await storage._reader.run(lambda database: database.execute("DELETE FROM offers").rowcount)

    asyncio.run(with_storage(path, work))


@pytest.mark.guarantee("G1")
def test_nothing_of_what_was_purged_is_left_in_the_files(path):
    async def work(storage):
        secret = offer("s", expires=NOW)
        await storage.add_offer(Offer(secret.lookup, secret.row, "e", "c", b"SEALED-MARK" * 9, b"", NOW))
        lookup = await granted(storage, "LINK-MARK", expires=NOW + 1)
        await issued(storage, lookup, 1, "p")
        before = b"".join(file.read_bytes() for file in path.parent.iterdir())
        await storage.purge(now=NOW + 1)
        after = b"".join(file.read_bytes() for file in path.parent.iterdir() if not file.name.endswith("-shm"))
        return [(mark in before, mark in after) for mark in (b"SEALED-MARK", b"LINK-MARK", b"'p'")]

    assert asyncio.run(with_storage(path, work)) == [(True, False), (True, False), (True, True)]


def test_a_list_that_is_dropped_takes_its_invalid_entries_with_it(path):
    async def work(storage):
        await issued(storage, await granted(storage), 1, "p", expires=NOW)
        await acted(storage, "revoke", [key("p")], now=NOW)
        await storage.purge(now=NOW + LIST_GRACE)

    asyncio.run(with_storage(path, work, open_lists=1, list_size=3))
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM invalid_entries").fetchall() == [(0,)]
    database.close()


@pytest.mark.guarantee("G1")
def test_rows_say_no_more_than_agreed(path):
    """A new column is a decision: what is kept of an issuance names nobody and tells no time but its day of expiry."""
    asyncio.run(opened_and_closed(path))
    with sqlite3.connect(path) as database:
        columns = {
            table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    database.close()
    assert columns == {
        "offers": [
            "lookup",
            "row",
            "epoch",
            "title",
            "sealed",
            "tx_code_mac",
            "expires",
            "attempts",
            "last_revocation",
        ],
        "grants": ["lookup", "row", "epoch", "title", "sealed", "expires", "last_revocation"],
        "nonces": ["digest", "expires"],
        "lists": ["list_id", "size", "next", "expires", "known"],
        "suspended_entries": ["list_id", "counter"],
        "decoys": ["list_id", "counter"],
        "marks": ["generation", "ticks"],
        "replayed": ["partition", "size", "digest"],
        "forgotten": ["until"],
        "sqlite_sequence": ["name", "seq"],
        "invalid_entries": ["list_id", "counter"],
        "issuances": [
            "handle",
            "issued_under",
            "partition",
            "configuration",
            "pseudonym",
            "entries",
            "expires",
            "state",
            "accepted",
            "copies",
        ],
        "misses": ["count"],
        "revocations": ["number", "pseudonym"],
    }


def test_lookups_use_indexes(path):
    asyncio.run(opened_and_closed(path))
    questions = {
        "SELECT entries FROM issuances WHERE pseudonym = ?": "issuances_by_pseudonym",
        "UPDATE issuances SET state = 2 WHERE issued_under = ? AND state = 1": "issuances_by_grant",
        "DELETE FROM issuances WHERE issued_under = ? AND configuration = ? AND state = 0": "issuances_waiting",
        "SELECT list_id, size, next FROM lists WHERE next < size": "lists_open",
        "SELECT handle FROM issuances WHERE expires <= ?": "issuances_by_expiry",
    }
    with sqlite3.connect(path) as database:
        for question, index in questions.items():
            values = (b"",) * question.count("?")
            plan = " ".join(row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {question}", values))
            assert index in plan
    database.close()


def test_a_newer_schema_is_refused_and_left_alone(path):
    asyncio.run(opened_and_closed(path))
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = path.read_bytes()
    with pytest.raises(VerificationError) as raised:
        asyncio.run(opened_and_closed(path))
    assert code_of(raised) == "storage_newer"
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_left_alone(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE photographs (taken TEXT)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(ParseError) as raised:
        asyncio.run(opened_and_closed(path))
    assert code_of(raised) == "storage_malformed"
    assert path.read_bytes() == before


def test_what_is_no_database_is_refused(path):
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ParseError) as raised:
        asyncio.run(opened_and_closed(path))
    assert code_of(raised) == "storage_malformed"


@pytest.mark.parametrize("place", ["missing/issuer.sqlite", "."])
def test_a_place_without_a_file_is_unavailable(tmp_path, place):
    mode = tmp_path.stat().st_mode
    with pytest.raises(FetchError) as raised:
        asyncio.run(opened_and_closed(tmp_path / place))
    assert code_of(raised) == "storage_unavailable"
    assert tmp_path.stat().st_mode == mode
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_is_told(path):
    async def fill(storage):
        await asyncio.gather(*(storage.add_offer(offer(i)) for i in range(300)))

    asyncio.run(with_storage(path, fill))
    raw = bytearray(path.read_bytes())
    for page in range(3 * 4096, len(raw), 4096):
        raw[page : page + 64] = b"\xff" * 64
    path.write_bytes(raw)

    async def read(storage):
        for i in range(300):
            await storage.try_offer(key(i), now=NOW, max_attempts=9)

    with pytest.raises(DidkitError) as raised:
        asyncio.run(with_storage(path, read))
    assert code_of(raised) == "storage_malformed"


def test_a_locked_database_is_unavailable_and_serves_again(path):
    async def work(storage):
        await storage._writer.run(lambda database: database.execute("PRAGMA busy_timeout = 50").fetchall(), bare=True)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answers = await asyncio.gather(
            *(storage.take_nonce(key(i), expires=NOW) for i in range(3)), return_exceptions=True
        )
        assert [answer.code for answer in answers] == ["storage_unavailable"] * 3
        assert await storage.find_grant(key(1), now=NOW) is None  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        assert await storage.take_nonce(key(0), expires=NOW)

    asyncio.run(with_storage(path, work))


def test_a_full_disk_loses_whole_operations_only(path):
    async def work(storage):
        def limit(database):
            (pages,) = database.execute("PRAGMA page_count").fetchone()
            return database.execute(f"PRAGMA max_page_count = {pages + 20}").fetchone()

        await storage.add_offer(offer("small"))
        await storage._writer.run(limit, bare=True)
        big = [Offer(key(i), key(i, size=16), "e", "c", bytes(20_000), b"", NOW + 9) for i in range(12)]
        jobs = [storage.add_offer(offer) for offer in big]
        nonces = [storage.take_nonce(key("n", i), expires=NOW) for i in range(6)]
        answers = await asyncio.gather(*jobs, *nonces, return_exceptions=True)
        codes = Counter(getattr(answer, "code", "done") for answer in answers)
        assert set(codes) == {"done", "storage_full"}
        assert answers[12:] == [True] * 6  # the small ones are served beside the big that fail
        for offered, answer in zip(big, answers, strict=False):
            found = await storage.try_offer(offered.lookup, now=NOW, max_attempts=9)
            assert (found == offered) == (answer is None)
            assert (found is None) == (answer is not None)
        assert await storage.redeem_offer(key("small"), grant(1), now=NOW)
        await storage._writer.run(lambda database: database.execute("PRAGMA max_page_count = 100000").fetchone())
        failed = next(offered for offered, answer in zip(big, answers, strict=False) if answer is not None)
        await storage.add_offer(failed)

    asyncio.run(with_storage(path, work))
    assert_sound(path)


def test_a_disk_that_is_full_at_the_start_is_told(path, monkeypatch):
    connect = adapter.connect

    def small(place, *, read_only):
        connection = connect(place, read_only=read_only)
        connection.execute("PRAGMA max_page_count = 5")
        return connection

    monkeypatch.setattr(adapter, "connect", small)
    with pytest.raises(FetchError) as raised:
        asyncio.run(opened_and_closed(path))
    assert code_of(raised) == "storage_full"
    monkeypatch.undo()
    asyncio.run(opened_and_closed(path))


def test_a_database_that_another_process_is_making_is_not_taken_for_another_programs(path):
    class Slow(sqlite3.Connection):
        """Between the check's two looks, another process makes its schema."""

        def execute(self, sql, *values):
            if "sqlite_master" in sql:
                with suppress(sqlite3.OperationalError):  # locked: it has to wait, which is right
                    other = sqlite3.connect(path, timeout=0)
                    other.executescript("BEGIN; PRAGMA application_id = 7; CREATE TABLE t (x); COMMIT")
                other.close()
            return super().execute(sql, *values)

    connection = sqlite3.connect(path, factory=Slow, isolation_level=None)
    adapter._check_ours(connection)
    connection.close()
