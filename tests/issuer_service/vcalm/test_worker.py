"""The worker: one piece of work after the other, beside the event loop; and work that nobody awaits any more."""

import asyncio
import threading

import pytest
from aiohttp import web

from didkit_fr.errors import VerificationError
from didkit_fr.flow import Request, Response, fetch
from issuer_service.vcalm.worker import MAX_WAITING, Worker
from tests.waiting import PATIENCE


def running(talk):
    async def around():
        worker = Worker()
        try:
            return await talk(worker)
        finally:
            worker.close()

    return asyncio.run(around())


async def asking(*urls):
    return [(await fetch(Request("GET", url))).status for url in urls]


async def answered(batch):
    return [Response(len(request.url), b"") for request in batch]


def test_a_flow_computes_in_the_thread_and_is_answered_on_the_loop():
    threads = []

    async def flow():
        threads.append(threading.current_thread().name)
        return await asking("a", "bb")

    async def fetcher(batch):
        threads.append(threading.current_thread().name)
        return await answered(batch)

    assert running(lambda worker: worker.drive(flow(), fetcher)) == [1, 2]
    assert [name.startswith("vcalm") for name in threads] == [True, False, False]


def test_errors_come_out_as_they_are():
    async def flow():
        await asking("a")
        raise VerificationError("signature_invalid")

    def work():
        raise VerificationError("issuer_mismatch")

    async def talk(worker):
        with pytest.raises(VerificationError, match="signature_invalid"):
            await worker.drive(flow(), answered)
        with pytest.raises(VerificationError, match="issuer_mismatch"):
            await worker.call(work)
        return await worker.call(lambda: 7)

    assert running(talk) == 7


def test_a_flow_of_a_request_that_was_cancelled_is_closed_after_its_step():
    gate, begun, closed = threading.Event(), threading.Event(), []

    async def flow():
        try:
            begun.set()
            assert gate.wait(timeout=PATIENCE)
            await asking("a")
        finally:
            closed.append(threading.current_thread().name)

    async def talk(worker):
        task = asyncio.ensure_future(worker.drive(flow(), answered))
        await asyncio.to_thread(begun.wait, 120)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not closed
        gate.set()
        return await worker.call(lambda: list(closed))

    (name,) = running(talk)
    assert name.startswith("vcalm")


def test_only_so_many_wait_and_there_is_place_again_afterwards():
    gate = threading.Event()

    async def talk(worker):
        waiting = [asyncio.ensure_future(worker.call(gate.wait, 120)) for _ in range(MAX_WAITING)]
        await asyncio.sleep(0)
        for refused in (worker.call(gate.wait), worker.drive(asking("a"), answered)):
            with pytest.raises(web.HTTPServiceUnavailable):
                await refused
        gate.set()
        await asyncio.gather(*waiting)
        return await worker.drive(asking("abc"), answered)

    assert running(talk) == [3]
