"""The HTTP server: listens, says where, and ends in good order when it is told to."""

import asyncio
import logging
import signal
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from didkit_fr.errors import FetchError
from issuer_service.app import open_from_data_folder
from issuer_service.config import Config
from issuer_service.events import Clock, Events
from issuer_service.keyring import Keyring

__all__ = ["Where", "serve", "serve_application"]

SHUTDOWN_SECONDS = 5.0


class Where(NamedTuple):
    """Where to listen, and the PEM files of TLS: a certificate chain and its key, or neither."""

    host: str
    port: int
    certificate: Path | None
    key: Path | None


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

    await serve_application(make, where, ready=ready)


async def serve_application(
    make: Callable[[Events, Clock], Awaitable[web.Application]], where: Where, *, ready: Callable[[str], None]
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
    runner = web.AppRunner(await make(events, _clock), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        ready(await _listen(runner, where))
        events.emit("started")
        await stop.wait()
        events.emit("stopped")
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, where: Where) -> str:
    context = None
    try:
        if where.certificate is not None and where.key is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            # An encrypted key is refused: without this, OpenSSL would ask for its passphrase on the terminal.
            context.load_cert_chain(where.certificate, where.key, password=_no_passphrase)
        await web.TCPSite(runner, where.host, where.port, ssl_context=context).start()
    except (OSError, ValueError) as error:
        raise FetchError("listen_failed", getattr(error, "strerror", None) or type(error).__name__) from None
    host, port = runner.addresses[0][:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if context else 'http'}://{shown}:{port}"


def _no_passphrase() -> bytes:
    return b""


def _clock() -> int:
    return int(time.time())
