"""Listens for an application: over TLS or in the clear, within limits, and ends in good order."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, cast

from aiohttp import web

from didkit_fr.errors import FetchError
from issuer_service.shell.connections import Guard, Limits, Refuse

__all__ = ["Serving", "Where", "harden", "listening"]

SHUTDOWN_SECONDS = 5.0


class Where(NamedTuple):
    """Where to listen, and the PEM files of TLS: a certificate chain and its key, or neither."""

    host: str
    port: int
    certificate: Path | None
    key: Path | None


class Serving(NamedTuple):
    """Where to listen, what connections may cost, and how a request is refused that is not understood."""

    where: Where
    limits: Limits
    refuse: Refuse


async def harden(_: web.Request, response: web.StreamResponse) -> None:
    """The headers of every answer (a signal of aiohttp's, `on_response_prepare`)."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Which server and which version this is helps an attacker only.
    response.headers.pop("Server", None)


@asynccontextmanager
async def listening(app: web.Application, serving: Serving) -> AsyncGenerator[str, None]:
    """An application that takes connections, within limits; gives its address.

    Raises:
        FetchError: `listen_failed`.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    guard = Guard(cast("web.Server", runner.server), serving.limits, serving.refuse)
    try:
        yield await _listen(guard, serving.where)
    finally:
        await guard.close()
        await runner.cleanup()


async def _listen(guard: Guard, where: Where) -> str:
    context = None
    try:
        if where.certificate is not None and where.key is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            # An encrypted key is refused: without this, OpenSSL would ask for its passphrase on the terminal.
            context.load_cert_chain(where.certificate, where.key, password=_no_passphrase)
        host, port = await guard.listen(where.host, where.port, context)
    except (OSError, ValueError) as error:
        raise FetchError("listen_failed", getattr(error, "strerror", None) or type(error).__name__) from None
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if context else 'http'}://{shown}:{port}"


def _no_passphrase() -> bytes:
    return b""
