"""One thread that owns one SQLite connection: jobs that arrive together are committed together.

A job is a function of the connection. Its caller gets its result after the commit, so that nothing is ever told that
is not durable. A job that fails is undone by itself; where the transaction fails as a whole, each job is run again
in a transaction of its own, so that none pays for its neighbour.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple, TypeVar

from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError

__all__ = ["MAX_BATCH", "Worker", "refusal"]

MAX_BATCH = 256

T = TypeVar("T")

_KINDS: dict[int, tuple[type[DidkitError], str]] = {
    sqlite3.SQLITE_FULL: (FetchError, "storage_full"),
    sqlite3.SQLITE_CORRUPT: (ParseError, "storage_malformed"),
    sqlite3.SQLITE_NOTADB: (ParseError, "storage_malformed"),
    sqlite3.SQLITE_CONSTRAINT: (VerificationError, "storage_conflict"),
}


class _Job(NamedTuple):
    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]
    bare: bool


class _Done(NamedTuple):
    future: asyncio.Future[Any]
    result: Any
    error: Exception | None


def refusal(error: sqlite3.Error) -> DidkitError:
    """What an error of SQLite means; its name only, since its message may quote values."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind, code = _KINDS.get(primary, (FetchError, "storage_unavailable"))
    return kind(code, getattr(error, "sqlite_errorname", "") or type(error).__name__)


class Worker:
    """Runs jobs in the order they come, for one event loop; `begin` is how its transactions start."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], begin: str, name: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._connect = connect
        self._begin = begin
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = Lock()
        self._closed = False
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        # A daemon: a process that ends loses only what it was never told was done.
        Thread(target=self._live, name=name, daemon=True).start()

    async def opened(self) -> None:
        """Waits for the connection.

        Raises:
            DidkitError: what `connect` raised.
        """
        await self._opened

    async def run(self, work: Callable[[sqlite3.Connection], T], *, bare: bool = False) -> T:
        """Runs a job in a transaction (`bare`: outside any) and returns its result once that is committed.

        A job may be run more than once, and undone before: it must depend on nothing that it changes but the
        database. A caller that goes away before its job has begun withdraws it.

        Raises:
            DidkitError: what the job raised, or the meaning of SQLite's error; the job changed nothing.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        with self._lock:
            if self._closed:
                raise FetchError("storage_unavailable", "closed")
            self._queue.put(_Job(work, future, bare))
        return await future

    async def close(self) -> None:
        """Finishes the jobs in the queue, then closes the connection; may be called again."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        await asyncio.shield(self._ended)

    def _live(self) -> None:
        try:
            connection = self._connect()
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller that waits must be told
            self._closed = True
            self._deliver([_Done(self._opened, None, _meaning(error)), _Done(self._ended, None, None)])
            return
        self._deliver([_Done(self._opened, None, None)])
        more = True
        while more:
            jobs, more = self._take()
            self._deliver(_commit(connection, [job for job in jobs if not job.bare], self._begin))
            self._deliver([_attempt(connection, job) for job in jobs if job.bare])
        connection.close()
        self._deliver([_Done(self._ended, None, None)])

    def _take(self) -> tuple[list[_Job], bool]:
        """Waits for a job and takes those behind it; False with the last jobs before closing."""
        jobs: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            if not job.future.cancelled():
                jobs.append(job)
            if job.bare or len(jobs) >= MAX_BATCH:
                return jobs, True
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs, True
        return jobs, False

    def _deliver(self, outcomes: list[_Done]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            if outcomes:
                self._loop.call_soon_threadsafe(_settle, outcomes)


def _settle(outcomes: list[_Done]) -> None:
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


def _commit(connection: sqlite3.Connection, jobs: list[_Job], begin: str) -> list[_Done]:
    if not jobs:
        return []
    try:
        connection.execute(begin)
    except sqlite3.Error as error:
        return [_Done(job.future, None, refusal(error)) for job in jobs]
    try:
        outcomes = [_undoable(connection, job) for job in jobs]
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - the thread outlives any job
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        if len(jobs) == 1:
            return [_Done(jobs[0].future, None, _meaning(error))]
        return [outcome for job in jobs for outcome in _commit(connection, [job], begin)]
    return outcomes


def _undoable(connection: sqlite3.Connection, job: _Job) -> _Done:
    """Runs a job in a savepoint; raises only where SQLite gave up the whole transaction (disk full, I/O error)."""
    connection.execute("SAVEPOINT job")
    done = _attempt(connection, job)
    if done.error is not None:
        if not connection.in_transaction:
            raise done.error
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")
    return done


def _attempt(connection: sqlite3.Connection, job: _Job) -> _Done:
    try:
        return _Done(job.future, job.work(connection), None)
    except Exception as error:  # noqa: BLE001 - it belongs to the caller, who gets it
        return _Done(job.future, None, _meaning(error))


def _meaning(error: Exception) -> Exception:
    return refusal(error) if isinstance(error, sqlite3.Error) else error
