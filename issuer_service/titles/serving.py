"""Serves the issuer of titles over its data folder."""

from collections.abc import Callable

from aiohttp import web

from issuer_service.keys.port import Keys
from issuer_service.shell.connections import Limits
from issuer_service.shell.events import Clock, Events
from issuer_service.shell.listening import Serving, Where
from issuer_service.shell.serving import serve_application
from issuer_service.titles.app import open_from_data_folder
from issuer_service.titles.config import Config
from issuer_service.titles.routes.refusal import plain

__all__ = ["serve"]


async def serve(config: Config, keys: Keys, *, ready: Callable[[str], None]) -> None:
    """Serves the issuer until SIGINT or SIGTERM; `ready` is told the address, once connections are taken.

    Raises:
        FetchError: `listen_failed`, and as `open_from_data_folder`.
        VerificationError: `root_key_exposed`.
    """
    settings = config.settings
    tls = (config.place("tls_certificate"), config.place("tls_key")) if settings.tls_key is not None else (None, None)
    where = Where(settings.host, settings.port, *tls)

    async def make(events: Events, clock: Clock) -> web.Application:
        return await open_from_data_folder(config, keys, clock=clock, events=events)

    limits = Limits(connections=settings.connections, per_peer=settings.connections_per_peer)
    await serve_application(make, Serving(where, limits, plain), ready=ready)
