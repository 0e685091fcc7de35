"""What every handler of the API is given, and the checks before any: who asks, and how."""

import builtins
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError, ParseError, ProtocolError, VerificationError
from didkit_fr.fetch import AsyncFetcher
from didkit_fr.flow import Batch, Flow, Outcome, Response, T
from didkit_fr.primitives.random import Random
from issuer_service.shell.events import ROUTES, Clock, Events, bug
from issuer_service.shell.settings import is_loopback
from issuer_service.vcalm import answers
from issuer_service.vcalm.keys import NamedIssuer
from issuer_service.vcalm.lists import StatusLists
from issuer_service.vcalm.trust import IssuerRule
from issuer_service.vcalm.worker import Worker

__all__ = ["PUBLIC", "SERVICE", "Service", "guard", "named", "tell"]

PUBLIC = frozenset({"vcalm_list"})
"""The routes that need no token: anyone may fetch a status list, and nobody is noted."""

_JSON = "application/json"
_SCHEME = "bearer "
_NO_PAGE = "none"
_OWN_SITES = frozenset({"same-origin", _NO_PAGE})


@dataclass(frozen=True, slots=True)
class Service:
    """The named issuers, their lists, the verifiers' rules, and what the process around them gives.

    `worker` does what may take long, one after the other; `resolver` is a second one, so that a resolution waits for
    none of it. `versions` are those of the data model that are issued. `token` is what clients must bring (None: the
    service is for this machine only, and asks for none).
    """

    issuers: Mapping[str, NamedIssuer]
    lists: Mapping[str, StatusLists]
    verifiers: Mapping[str, IssuerRule]
    holders: frozenset[str]
    versions: frozenset[str]
    token: bytes | None = field(repr=False)
    fetcher: AsyncFetcher
    worker: Worker
    resolver: Worker
    events: Events
    clock: Clock
    random: Random

    @property
    def dids(self) -> frozenset[str]:
        """The issuers of this service: it knows what they let be withheld."""
        return frozenset(issuer.did for issuer in self.issuers.values())

    async def run(self, flow: Flow[T], *, now: int) -> T:
        """Runs a flow off the event loop; lists of this service are read here, all else is fetched."""
        return await self.worker.drive(flow, lambda batch: self._answer(batch, now))

    async def work(self, function: Callable[..., T], *arguments: object) -> T:
        """What a function returns, computed off the event loop."""
        return await self.worker.call(function, *arguments)

    async def _answer(self, batch: Batch, now: int) -> Sequence[Outcome]:
        own = [await self.work(self._own_list, request.url, now) for request in batch]
        fetched = iter(await self.fetcher(tuple(one for one, found in zip(batch, own, strict=True) if found is None)))
        return [next(fetched) if found is None else found for found in own]

    def _own_list(self, url: str, now: int) -> Outcome | None:
        purpose = url.rpartition("/")[2]
        for lists in self.lists.values():
            try:
                document = lists.document(lists.number_of(url, purpose), purpose, now=now)
            except DidkitError:
                continue
            return Response(200, json.encode(document), {})
        return None


SERVICE: web.AppKey[Service] = web.AppKey("vcalm", Service)
HANDLE: web.RequestKey[str] = web.RequestKey("vcalm handle", str)


def named(instances: Mapping[str, T], request: web.Request) -> T:
    """The instance that the address names.

    Raises:
        VerificationError: `vcalm_instance_unknown`.
    """
    found = instances.get(request.match_info["name"])
    if found is None:
        raise VerificationError("vcalm_instance_unknown")
    return found


def guard(shape: Callable[[web.Request, DidkitError], web.Response]) -> Middleware:
    """The middleware that checks every request and turns what goes wrong into an answer.

    `shape` makes the answer of a refusal; no message of an error of ours goes to anyone.
    """

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        service = request.app[SERVICE]
        request[HANDLE] = service.events.handle()
        try:
            _check(request, service)
            return await handler(request)
        except web.HTTPException as error:
            return answers.plain(error.status, error.reason, error.headers.get("Allow"))
        except (ConnectionError, web.RequestPayloadError):
            return answers.plain(400, "Bad Request")
        except DidkitError as error:
            answer = shape(request, error)
            _emit(request, "refused", code=error.code, status=answer.status)
            tell(request, error)
            return answer
        except Exception as error:  # noqa: BLE001 - a failure of ours is told as one, and its message to nobody
            _emit(request, "failed", **bug(error))
            return answers.plain(500, "Internal Server Error")

    return guarded


def _check(request: web.Request, service: Service) -> None:
    """Checks who asks, and that the body is JSON."""
    if service.token is None:
        _check_local(request)
    elif _route(request) not in PUBLIC:
        _check_token(request.headers.get("Authorization", ""), service.token)
    if request.method == "POST" and request.content_type != _JSON:
        raise ParseError("vcalm_media_type")


def _check_local(request: web.Request) -> None:
    """Without a token the service is for programs on its own machine, and for no page that a browser there has open.

    A page can send simple requests here, also to be resolved or signed, and with a name of its own for this address it
    could send any and read the answer. A browser says of its requests which site they come from.
    """
    own = f"{request.scheme}://{request.host}"
    site, origin = request.headers.get("Sec-Fetch-Site", _NO_PAGE), request.headers.get("Origin", own)
    if not is_loopback(request.url.host) or site not in _OWN_SITES or origin != own:
        raise ProtocolError("invalid_token", "without a token this service is for its own machine")


def _check_token(header: str, token: bytes) -> None:
    given = header[len(_SCHEME) :].encode(errors="replace")
    # The whole token is compared whatever it begins with, so that no answer comes sooner for a better guess.
    if not compare_digest(given, token) or header[: len(_SCHEME)].lower() != _SCHEME:
        raise ProtocolError("invalid_token")


def _route(request: web.Request) -> str:
    name = request.match_info.route.name
    return name if name in ROUTES else "none"


def tell(request: web.Request, error: DidkitError) -> None:
    """Says of an error that no code foresaw that it is a bug: which exception, and where; nothing of what was sent."""
    if error.code == "unforeseen":
        kind, _, place = error.detail.partition(" at ")
        module, _, line = place.rpartition(":")
        exception = getattr(builtins, kind, Exception)
        where = f"{module.rpartition('.')[2] or 'unknown'}.py:{line if line.isdecimal() else 0}"
        _emit(request, "failed", exception=exception, where=where)


def _emit(request: web.Request, event: str, **fields: object) -> None:
    request.app[SERVICE].events.emit(event, request=request[HANDLE], route=_route(request), **fields)
