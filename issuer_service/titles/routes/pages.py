"""The pages for people: served only where the settings say so; an offer once, and to this machine only."""

import asyncio
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web

from didkit_fr.addresses import is_loopback as is_loopback_ip
from didkit_fr.errors import VerificationError
from issuer_service.shell.settings import is_loopback
from issuer_service.titles.offering import show_offer
from issuer_service.titles.pages.pages import (
    OfferShown,
    Site,
    TitleShown,
    missing_page,
    offer_page,
    start_page,
    titles_page,
)
from issuer_service.titles.pages.texts import TEXTS
from issuer_service.titles.routes.context import CONTEXT, HANDLE
from issuer_service.titles.routes.preferences import language_of

__all__ = ["from_this_machine", "offered", "start", "style", "titles"]

STYLE = Path(__file__).resolve().parents[1] / "pages" / "style.css"

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
PUBLIC, SECRET = "max-age=300", "no-store"

# What browsers say when a person opens an address. Proxies add headers under many names (Forwarded, Via, X-Forwarded-*,
# X-Real-IP, CF-*), and those that fetch ahead of a person say so: a list of what is refused would never be whole.
BROWSERS = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "cache-control", "connection", "cookie", "dnt", "host"),
        *("if-modified-since", "if-none-match", "pragma", "priority", "referer", "te", "upgrade-insecure-requests"),
        *("user-agent",),
    }
)
FETCH_METADATA = "sec-"

_NOT_FOUND = 404


async def start(request: web.Request) -> web.Response:
    """GET / below the issuer's path."""
    settings = request.app[CONTEXT].issuer.ports.settings
    site = _site(request)
    return _html(site, start_page(site, trial=settings.insecure_loopback), PUBLIC)


async def titles(request: web.Request) -> web.Response:
    """GET /titles."""
    ports, site = request.app[CONTEXT].issuer.ports, _site(request)
    shown: dict[str, TitleShown] = {}
    for entry in ports.catalogue.configurations.values():
        before = shown.get(entry.title.id, TitleShown(entry.title, (), 0))
        shown[entry.title.id] = TitleShown(
            entry.title, (*before.formats, entry.format.name), max(before.days, entry.days)
        )
    return _html(site, titles_page(site, list(shown.values())), PUBLIC)


async def style(_: web.Request) -> web.Response:
    """GET /style.css."""
    text = await asyncio.to_thread(STYLE.read_text, "utf-8")
    return web.Response(text=text, content_type="text/css", headers=HEADERS | {"Cache-Control": PUBLIC})


async def offered(request: web.Request) -> web.Response:
    """GET /offers/{reference}/page/{token}, for this machine only, once.

    Whoever is elsewhere is answered as if there were no such page, and uses nothing up. Seeing an offer uses up its
    page, and nothing of the offer.
    """
    if not from_this_machine(request):
        raise web.HTTPNotFound
    context, site = request.app[CONTEXT], _site(request)
    ports, names = context.issuer.ports, request.match_info
    try:
        found = await show_offer(ports, names["reference"], names["token"], now=context.clock())
    except VerificationError as error:
        fields = {"request": request[HANDLE], "route": "offer_page", "code": error.code, "status": _NOT_FOUND}
        context.events.emit("refused", **fields)
        return _html(site, missing_page(site), SECRET, status=_NOT_FOUND)
    shown = OfferShown(found.title, ports.settings.issuer, found.link, found.expires)
    return _html(site, offer_page(site, shown), SECRET)


def from_this_machine(request: web.Request) -> bool:
    """Whether a browser on this machine asks: by the peer of the socket itself, and by nothing that a header says.

    Headers can only speak against it. A name that resolves to 127.0.0.1 is not this machine: a page of an attacker
    could have it, and read what it is answered. A header that no browser sends was added on the way.
    """
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    hosts = request.headers.getall("Host", [])
    if not isinstance(peer, tuple) or not is_loopback_ip(ip_address(peer[0])) or len(hosts) != 1:
        return False
    added = [name for name in map(str.lower, request.headers) if name not in BROWSERS]
    return is_loopback(_host_of(hosts[0])) and all(name.startswith(FETCH_METADATA) for name in added)


def _host_of(header: str) -> str:
    """The host of a Host header, without its port; empty where it is neither."""
    bare, colon, port = header.rpartition(":")
    if not colon or header.endswith("]"):
        bare, port = header, "0"
    if not (port.isascii() and port.isdigit()):
        return ""
    return bare[1:-1] if bare.startswith("[") and bare.endswith("]") else bare


def _site(request: web.Request) -> Site:
    language = language_of(request.headers.get("Accept-Language", ""), TEXTS, "fr")
    places = (str(request.app.router[name].url_for()) for name in ("start", "titles", "style"))
    return Site(language, request.app[CONTEXT].issuer.ports.settings.name, *places)


def _html(site: Site, page: str, caching: str, *, status: int = 200) -> web.Response:
    own = {"Cache-Control": caching, "Content-Language": site.language, "Vary": "Accept-Language"}
    return web.Response(status=status, text=page, content_type="text/html", charset="utf-8", headers=HEADERS | own)
