"""The process of a service: builds its application, listens, says where, and ends when it is told to."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from issuer_service.shell.events import Clock, Events
from issuer_service.shell.listening import Serving, listening

__all__ = ["serve_application", "stopping", "wall_clock"]


async def serve_application(
    make: Callable[[Events, Clock], Awaitable[web.Application]], serving: Serving, *, ready: Callable[[str], None]
) -> None:
    """Serves what `make` builds until SIGINT or SIGTERM; `ready` is told the address, once connections are taken.

    Raises:
        FetchError: `listen_failed`, and what `make` raises.
    """
    # The server's own log prints addresses and what it could not parse of a request.
    logging.getLogger().addHandler(logging.NullHandler())
    events = Events(sys.stderr, wall_clock)
    stop = stopping()
    async with listening(await make(events, wall_clock), serving) as address:
        ready(address)
        events.emit("started")
        await stop.wait()
        events.emit("stopped")


def stopping() -> asyncio.Event:
    """What is set by SIGINT or SIGTERM, from here on."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def wall_clock() -> int:
    """The time that this machine's clock says, in seconds since 1970 (UTC)."""
    return int(time.time())
