"""The register's endpoints: two questions over HTTP, and no way to ask for a person.

    POST /evidence     an officer's ticket  ->  a handle for that citizen and title, 15 minutes, 10 reads
    POST /attributes   that handle          ->  the attributes as they are now

Both want the service's secret, which alone opens nothing: a captured service can neither enumerate nor invent.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus

from aiohttp import web

from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.keys.public import PublicKey
from didkit_fr.primitives.random import Random, system
from issuer_service.register import events, ticket
from issuer_service.register.citizens import TITLES, Citizens, answer
from issuer_service.register.dates import settle
from issuer_service.register.limit import Bucket
from issuer_service.register.openings import Opening, Openings
from issuer_service.shell.events import bug
from issuer_service.shell.listening import harden

__all__ = ["OPENING_SECONDS", "STATUSES", "Register", "create_app", "refuse"]

OPENING_SECONDS = 900
MAX_BODY = 8_192

STATUSES: dict[str, HTTPStatus] = {
    "birth_date_inconsistent": HTTPStatus.FORBIDDEN,
    "birth_date_partial": HTTPStatus.FORBIDDEN,
    "evidence_exhausted": HTTPStatus.FORBIDDEN,
    "evidence_expired": HTTPStatus.FORBIDDEN,
    "evidence_unknown": HTTPStatus.FORBIDDEN,
    "ticket_expired": HTTPStatus.FORBIDDEN,
    "ticket_forged": HTTPStatus.FORBIDDEN,
    "ticket_malformed": HTTPStatus.BAD_REQUEST,
    "ticket_replayed": HTTPStatus.CONFLICT,
    "ticket_title": HTTPStatus.FORBIDDEN,
    "ticket_unknown_document": HTTPStatus.FORBIDDEN,
    "storage_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Register:
    """What the register's API is made of.

    `secret` is the SHA-256 of the service's secret, `rate` questions a second; `forgetting` gives the time that has
    surely come, or None: then nothing is forgotten.
    """

    citizens: Citizens = field(repr=False)
    officer: PublicKey
    secret: bytes = field(repr=False)
    openings: Openings
    clock: Callable[[], int]
    write: events.Write
    rate: int = 50
    random: Random = system
    forgetting: Callable[[], int | None] = lambda: None

    def log(self, event: str, **fields: str | int) -> None:
        """Writes one event to the log; whatever becomes of it, no answer depends on it."""
        with suppress(Exception):
            self.write(events.line(event, now=self.clock(), **fields))


class _Answer(Exception):  # noqa: N818 - an answer that ends the request
    def __init__(self, status: HTTPStatus, error: str) -> None:
        self.status, self.error = status, error


def create_app(register: Register) -> web.Application:
    """The register as an aiohttp application; its access log must stay off."""
    endpoint = _Endpoints(register)
    app = web.Application(client_max_size=MAX_BODY, middlewares=[endpoint.guard])
    app.router.add_post("/evidence", endpoint.evidence)
    app.router.add_post("/attributes", endpoint.attributes)
    app.on_response_prepare.append(harden)
    return app


class _Endpoints:
    def __init__(self, register: Register) -> None:
        self._register = register
        names = ("/evidence", "/attributes", "unknown")
        self._buckets = {name: Bucket(register.rate, 4 * register.rate) for name in names}

    async def evidence(self, request: web.Request) -> web.StreamResponse:
        """A ticket to a handle. Every check comes before the ticket is used up."""
        register, raw = self._register, await _body(request, "application/jwt")
        now = register.clock()
        order = ticket.verify(raw.decode("latin-1"), register.officer, now=now)
        if order.title not in TITLES:
            raise VerificationError("ticket_title")
        citizen = register.citizens.get(order.document_number)
        if citizen is None:
            raise VerificationError("ticket_unknown_document")
        if order.title not in citizen.titles:
            raise VerificationError("ticket_title")
        settle(citizen.birth, order.presumed, now)
        handle, trace = base64url.encode(register.random(32)), register.random(8).hex()
        opening = Opening(order.document_number, order.title, order.presumed, trace, now + OPENING_SECONDS)
        # In a thread, since it reads a file that another process may have locked.
        ends, forget = order.expires + ticket.LEEWAY, await asyncio.to_thread(register.forgetting)
        await register.openings.open(order.digest, ends, _digest(handle), opening, forget=forget)
        register.log("evidence_opened", trace=trace)
        return _reply(HTTPStatus.OK, {"evidence": handle, "title": opening.title, "expires": opening.expires})

    async def attributes(self, request: web.Request) -> web.StreamResponse:
        """A handle to what the register holds now."""
        register = self._register
        try:
            handle = json.parse_object(await _body(request, "application/json")).get("evidence")
        except ParseError:
            raise _Answer(HTTPStatus.BAD_REQUEST, "request_malformed") from None
        if not isinstance(handle, str):
            raise _Answer(HTTPStatus.BAD_REQUEST, "request_malformed")
        now = register.clock()
        opening = await register.openings.read(_digest(handle), now=now)
        citizen = register.citizens.get(opening.document_number)
        if citizen is None or opening.title not in citizen.titles:
            raise VerificationError("evidence_unknown")
        attributes = answer(citizen, opening.presumed, now, title=opening.title)
        register.log("attributes_read", trace=opening.trace)
        return _reply(
            HTTPStatus.OK,
            {"title": opening.title, "document_number": opening.document_number, "attributes": attributes},
        )

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Who asks, how often, and every answer that is not the one asked for."""
        endpoint = request.path if request.path in self._buckets else "unknown"
        try:
            self._admit(request, endpoint)
            return await handler(request)
        except _Answer as answered:
            return _reply(answered.status, {"error": answered.error})
        except DidkitError as error:
            self._register.log("refused", endpoint=endpoint, code=error.code)
            return _reply(STATUSES.get(error.code, HTTPStatus.FORBIDDEN), {"error": error.code})
        except web.HTTPRequestEntityTooLarge:
            return _reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "request_malformed"})
        except web.HTTPException:
            return _reply(HTTPStatus.NOT_FOUND, {"error": "not_found"})
        except Exception as error:  # noqa: BLE001 - a traceback would print what the register holds
            self._register.log("failed", endpoint=endpoint, **_bug(error))
            return _reply(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "server_error"})

    def _admit(self, request: web.Request, endpoint: str) -> None:
        """Unknown clients have a bucket of their own: they cannot use up the service's."""
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        secret = given[7:] if given[:7].lower() == b"bearer " else b""
        known = hmac.compare_digest(sha256(secret).digest(), self._register.secret)
        bucket = endpoint if known else "unknown"
        if not self._buckets[bucket].take(self._register.clock()):
            self._register.log("rate_limited", endpoint=bucket)
            raise _Answer(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited")
        if not known:
            self._register.log("unauthorised", endpoint=endpoint)
            raise _Answer(HTTPStatus.UNAUTHORIZED, "unauthorised")


def refuse(status: int) -> web.Response:
    """The answer to a request that cannot be read, with nothing of it in the answer."""
    return _reply(HTTPStatus(status), {"error": "request_malformed"})


def _bug(error: Exception) -> dict[str, str]:
    """The class of an exception that nobody foresaw, and its place; never its message."""
    told = bug(error)
    return {"kind": type(error).__name__, "where": str(told["where"])}


async def _body(request: web.Request, content_type: str) -> bytes:
    if request.content_type != content_type:
        raise _Answer(HTTPStatus.BAD_REQUEST, "request_malformed")
    return await request.read()


def _digest(handle: str) -> bytes:
    """A handle has 256 random bits: a plain hash of it cannot be guessed back."""
    return sha256(handle.encode("utf-8", "surrogatepass")).digest()


def _reply(status: HTTPStatus, body: JsonObject) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = "1"
    return web.Response(status=status, body=json.encode(body), content_type="application/json", headers=headers)
