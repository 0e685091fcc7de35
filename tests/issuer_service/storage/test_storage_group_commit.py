"""The group commit, with jobs as unruly as they come."""

import asyncio
import sqlite3

import pytest

from didkit_fr.errors import FetchError
from issuer_service.storage.group_commit import MAX_BATCH, Worker


@pytest.fixture
def path(tmp_path):
    return tmp_path / "jobs.sqlite"


def plain(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("CREATE TABLE IF NOT EXISTS t (x INTEGER PRIMARY KEY)")
    return database


def add(x, then=None):
    def work(database):
        database.execute("INSERT INTO t VALUES (?)", (x,))
        if then is not None:
            then(database)
        return x

    return work


def everything(database):
    return [x for (x,) in database.execute("SELECT x FROM t ORDER BY x").fetchall()]


def raising(error):
    def then(database):  # noqa: ARG001 - a job
        raise error

    return then


def worked(path, scene):
    async def work():
        worker = Worker(lambda: plain(path), "BEGIN IMMEDIATE", "test")
        await worker.opened()
        try:
            return await scene(worker)
        finally:
            await worker.close()

    return asyncio.run(work())


def test_a_job_that_fails_is_undone_alone(path):
    async def scene(worker):
        jobs = [add(1), add(2, raising(RuntimeError("bug"))), add(1), add(3, raising(FetchError("offline"))), add(4)]
        answers = await asyncio.gather(*map(worker.run, jobs), return_exceptions=True)
        assert [getattr(a, "code", a) for a in answers if not isinstance(a, RuntimeError)] == [
            1, "storage_conflict", "offline", 4,
        ]  # fmt: skip
        assert isinstance(answers[1], RuntimeError)
        return await worker.run(everything)

    assert worked(path, scene) == [1, 4]


def test_a_lost_transaction_is_run_again_job_by_job(path):
    def lose(database):
        database.execute("ROLLBACK")
        raise FetchError("storage_full")

    async def scene(worker):
        answers = await asyncio.gather(*map(worker.run, [add(1), add(2), add(3, lose), add(4)]), return_exceptions=True)
        assert [getattr(answer, "code", answer) for answer in answers] == [1, 2, "storage_full", 4]
        return await worker.run(everything)

    assert worked(path, scene) == [1, 2, 4]


def test_nobody_hears_of_what_is_not_committed(path):
    """A deferred constraint fails at COMMIT: each job is then judged alone."""

    def poison(database):
        database.execute("PRAGMA defer_foreign_keys = ON")
        database.execute("INSERT INTO child VALUES (99)")

    async def scene(worker):
        await worker.run(lambda d: d.execute("PRAGMA foreign_keys = ON").fetchall(), bare=True)
        await worker.run(lambda d: d.execute("CREATE TABLE child (x REFERENCES t (x))").fetchall())
        answers = await asyncio.gather(*map(worker.run, [add(1), add(2, poison), add(3)]), return_exceptions=True)
        assert [getattr(answer, "code", answer) for answer in answers] == [1, "storage_conflict", 3]
        return await worker.run(everything)

    assert worked(path, scene) == [1, 3]


def test_what_arrives_together_is_committed_together(path):
    async def scene(worker):
        begins = []
        await worker.run(lambda d: d.set_trace_callback(begins.append), bare=True)
        await asyncio.gather(*(worker.run(add(i)) for i in range(1_000)))
        await worker.run(lambda d: d.set_trace_callback(None), bare=True)
        return begins.count("BEGIN IMMEDIATE "), begins.count("BEGIN IMMEDIATE"), await worker.run(everything)

    *counted, rows = worked(path, scene)
    assert rows == list(range(1_000))
    assert 1_000 / MAX_BATCH <= sum(counted) <= 20


def test_a_withdrawn_job_is_not_run(path):
    async def scene(worker):
        tasks = [asyncio.ensure_future(worker.run(add(i))) for i in range(600)]
        await asyncio.sleep(0)
        tasks[-1].cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert answers[:-1] == list(range(599))
        return await worker.run(everything)

    assert worked(path, scene) == list(range(599))


def test_a_connection_that_fails_is_told_and_closes():
    async def work():
        def refuse():
            raise FetchError("storage_unavailable", "no")

        worker = Worker(refuse, "BEGIN", "test")
        with pytest.raises(FetchError):
            await worker.opened()
        with pytest.raises(FetchError):
            await worker.run(everything)
        await worker.close()

    asyncio.run(work())
