"""The HTTP server: listens, says where, and ends in good order when it is told to."""

import asyncio
import logging
import signal
import ssl
import sys
import time
from collections.abc import Callable

from aiohttp import web

from didkit_fr.errors import FetchError
from issuer_service.app import open_from_data_folder
from issuer_service.config import Config
from issuer_service.events import Events
from issuer_service.keyring import Keyring

__all__ = ["serve"]

SHUTDOWN_SECONDS = 5.0


async def serve(config: Config, keyring: Keyring, *, ready: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM; `ready` is told the address, once connections are taken.

    Raises:
        FetchError: `listen_failed`, and as `open_from_data_folder`.
        VerificationError: `root_key_exposed`.
    """
    # The server's own log prints addresses and what it could not parse of a request.
    logging.getLogger().addHandler(logging.NullHandler())
    events = Events(sys.stderr, _clock)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = await open_from_data_folder(config, keyring, clock=_clock, events=events)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        ready(await _listen(runner, config))
        events.emit("started")
        await stop.wait()
        events.emit("stopped")
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, config: Config) -> str:
    settings = config.settings
    context = None
    try:
        if settings.tls_key is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            # An encrypted key is refused: without this, OpenSSL would ask for its passphrase on the terminal.
            context.load_cert_chain(config.place("tls_certificate"), config.place("tls_key"), password=_no_passphrase)
        await web.TCPSite(runner, settings.host, settings.port, ssl_context=context).start()
    except (OSError, ValueError) as error:
        raise FetchError("listen_failed", getattr(error, "strerror", None) or type(error).__name__) from None
    host, port = runner.addresses[0][:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if context else 'http'}://{shown}:{port}"


def _no_passphrase() -> bytes:
    return b""


def _clock() -> int:
    return int(time.time())
