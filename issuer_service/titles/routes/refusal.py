"""Every error leaves the service here: a fixed sentence for the client, the code as an event, no trace for anyone."""

from types import MappingProxyType

from aiohttp import web
from aiohttp.typedefs import Handler

from didkit_fr.errors import DidkitError
from didkit_fr.protocols.oauth.error import build_error
from issuer_service.shell.events import ROUTES, bug
from issuer_service.titles.errors import WIRES, Wire, wire
from issuer_service.titles.routes.context import CONTEXT, HANDLE

__all__ = ["plain", "refusals"]

RETRY_AFTER = "10"

# RFC 6749 section 5.2 names two of them; the others are HTTP's own (RFC 9110 section 15, RFC 6585 section 5).
NAMES = MappingProxyType(
    {
        404: "not_found",
        405: "method_not_allowed",
        413: "content_too_large",
        431: "header_fields_too_large",
        500: "server_error",
    }
)

_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _UNAVAILABLE = 400, 401, 403, 404, 503


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Names the request at random, and turns what goes wrong into an answer."""
    context = request.app[CONTEXT]
    request[HANDLE] = context.events.handle()
    try:
        return await handler(request)
    except web.HTTPException as answer:
        return plain(answer.status, answer.headers.get("Allow"))
    except (ConnectionError, web.RequestPayloadError):
        return plain(_BAD_REQUEST)
    except DidkitError as error:
        told = wire(error)
        _emit(request, "refused", code=error.code, status=told.status)
        return _not_found() if told.status == _NOT_FOUND else _answer(told, request)
    except Exception as error:  # noqa: BLE001 - a failure of ours is told as one, and its message to nobody
        _emit(request, "failed", **bug(error))
        return _answer(WIRES["server_error"], request)


def _emit(request: web.Request, event: str, **fields: object) -> None:
    name = request.match_info.route.name
    route = name if name in ROUTES else "none"
    request.app[CONTEXT].events.emit(event, request=request[HANDLE], route=route, **fields)


def _answer(told: Wire, request: web.Request) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if told.status == _UNAVAILABLE:
        headers["Retry-After"] = RETRY_AFTER
    if told.status in (_UNAUTHORIZED, _FORBIDDEN):
        # RFC 6750 section 3.1: a request without credentials learns only which ones are due.
        named = f' error="{told.error}"' if "Authorization" in request.headers else ""
        headers["WWW-Authenticate"] = f"Bearer{named}"
    body = build_error(told.error, told.description)
    return web.Response(status=told.status, body=body, content_type="application/json", headers=headers)


def plain(status: int, allow: str | None = None) -> web.Response:
    """An answer of HTTP itself: no such address, no such method, a body too large, a request that cannot be read.

    It says what kind it is by number and name, and nothing of the request.
    """
    headers = {"Cache-Control": "no-store"} | ({"Allow": allow} if allow else {})
    body = build_error(NAMES.get(status, "invalid_request"))
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def _not_found() -> web.Response:
    return plain(_NOT_FOUND)
