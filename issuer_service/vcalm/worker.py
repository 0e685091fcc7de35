"""Where the work of the API is done: in a thread beside the event loop, which goes on answering meanwhile.

One thread for all work of a kind, because the interpreter lets one compute at a time: more would only share it, and
what the work uses (caches, the status store) would have to stand several at once. What waits for it is bounded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from aiohttp import web

from didkit_fr.flow import Batch, Flow, Outcome

__all__ = ["MAX_WAITING", "Worker"]

MAX_WAITING = 64

T = TypeVar("T")


class Worker:
    """Does one piece of work after the other, in the order in which they came."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="vcalm")
        self._waiting = 0

    async def call(self, function: Callable[..., T], *arguments: object) -> T:
        """What a function returns or raises, done here.

        Raises:
            HTTPServiceUnavailable: `MAX_WAITING` requests wait already.
        """
        self._enter()
        try:
            return await self._do(function, *arguments)
        finally:
            self._waiting -= 1

    async def drive(self, flow: Flow[T], fetch: Callable[[Batch], Awaitable[Sequence[Outcome]]]) -> T:
        """Drives a flow: what it computes is done here, what it asks for is fetched on the event loop.

        Raises:
            HTTPServiceUnavailable: as `call`.
        """
        answer: Sequence[Outcome] | None = None
        try:
            self._enter()
        except web.HTTPServiceUnavailable:
            flow.close()
            raise
        try:
            while True:
                done, value = await self._do(_step, flow, answer)
                if done:
                    return value  # type: ignore[no-any-return]
                answer = await fetch(value)
        finally:
            self._waiting -= 1
            # Not here: a request that was cancelled leaves a step of its flow behind, which is still being made.
            self._executor.submit(flow.close)

    def close(self) -> None:
        """Waits for the work that is being done, and forgets what waits."""
        self._executor.shutdown(cancel_futures=True)

    def _enter(self) -> None:
        if self._waiting >= MAX_WAITING:
            raise web.HTTPServiceUnavailable
        self._waiting += 1

    async def _do(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.wrap_future(self._executor.submit(function, *arguments))


def _step(flow: Flow[Any], answer: Sequence[Outcome] | None) -> tuple[bool, Any]:
    """One step of a flow: whether it has ended, and its result, or the requests that it makes."""
    try:
        return False, flow.send(answer)
    except StopIteration as done:
        return True, done.value
