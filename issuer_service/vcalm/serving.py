"""Serves the API over a data folder, with a token, or without one on this machine alone."""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from didkit_fr.errors import ParseError
from issuer_service.shell.connections import Limits
from issuer_service.shell.events import Clock, Events
from issuer_service.shell.listening import Serving, Where
from issuer_service.shell.serving import serve_application
from issuer_service.shell.settings import is_loopback
from issuer_service.vcalm import config, folders, keys
from issuer_service.vcalm.answers import unread
from issuer_service.vcalm.app import create_app
from issuer_service.vcalm.founding import load_token

__all__ = ["serve", "where"]


def where(host: str, port: int, certificate: str | None, key: str | None, *, insecure_local: bool) -> Where:
    """Checks where the service may listen: in the clear, or without a token, on a loopback address only.

    Raises:
        ParseError: `plain_http_refused`, `settings_invalid` for `insecure_local` on an address of others.
    """
    if insecure_local and not is_loopback(host):
        raise ParseError("settings_invalid", "--insecure-local is for a loopback address")
    if certificate is None and not insecure_local:
        raise ParseError("plain_http_refused", "host")
    files = [None if one is None else Path(one) for one in (certificate, key)]
    return Where(host, port, *files)


async def serve(
    folder: Path, passphrase: bytes, place: Where, *, insecure_local: bool, ready: Callable[[str], None]
) -> None:
    """Serves until SIGINT or SIGTERM; `ready` is told the address.

    Raises:
        FetchError: `listen_failed`, `file_unavailable`, `storage_unavailable`.
        ParseError: `settings_invalid`, `plain_http_refused`, `sealed_malformed`, `storage_malformed`.
        VerificationError: `passphrase_wrong`, `folder_unexpected`, `state_misplaced`, `storage_rewound`.
    """
    settings = config.load(folder)
    folders.check(settings, place.certificate, place.key)
    opened = keys.load(settings.place("keyring"), passphrase)
    token = None if insecure_local else load_token(settings)

    async def make(events: Events, clock: Clock) -> web.Application:
        return create_app(settings, opened, token=token, clock=clock, events=events)

    limits = Limits(connections=settings.settings.connections, per_peer=settings.settings.connections_per_peer)
    await serve_application(make, Serving(place, limits, unread), ready=ready)
