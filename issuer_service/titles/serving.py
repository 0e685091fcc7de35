"""The service's process: opens the data folder, listens, says where, and ends when it is told to."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from issuer_service.keys.keyring import Keyring
from issuer_service.shell.connections import Limits
from issuer_service.shell.events import Clock, Events
from issuer_service.shell.listening import Serving, Where, listening
from issuer_service.titles.app import open_from_data_folder
from issuer_service.titles.config import Config
from issuer_service.titles.routes.refusal import plain

__all__ = ["serve", "serve_application"]


async def serve(config: Config, keyring: Keyring, *, ready: Callable[[str], None]) -> None:
    """Serves the issuer until SIGINT or SIGTERM; `ready` is told the address, once connections are taken.

    Raises:
        FetchError: `listen_failed`, and as `open_from_data_folder`.
        VerificationError: `root_key_exposed`.
    """
    settings = config.settings
    tls = (config.place("tls_certificate"), config.place("tls_key")) if settings.tls_key is not None else (None, None)
    where = Where(settings.host, settings.port, *tls)

    async def make(events: Events, clock: Clock) -> web.Application:
        return await open_from_data_folder(config, keyring, clock=clock, events=events)

    limits = Limits(connections=settings.connections, per_peer=settings.connections_per_peer)
    await serve_application(make, Serving(where, limits, plain), ready=ready)


async def serve_application(
    make: Callable[[Events, Clock], Awaitable[web.Application]], serving: Serving, *, ready: Callable[[str], None]
) -> None:
    """Serves what `make` builds until SIGINT or SIGTERM; `ready` is told the address, once connections are taken.

    Raises:
        FetchError: `listen_failed`, and what `make` raises.
    """
    # The server's own log prints addresses and what it could not parse of a request.
    logging.getLogger().addHandler(logging.NullHandler())
    events = Events(sys.stderr, _clock)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with listening(await make(events, _clock), serving) as address:
        ready(address)
        events.emit("started")
        await stop.wait()
        events.emit("stopped")


def _clock() -> int:
    return int(time.time())
