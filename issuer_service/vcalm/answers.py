"""The answers of the API: results as JSON, what went wrong as problem details (RFC 9457, VCALM section on errors)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from aiohttp import web

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, FetchError
from issuer_service.vcalm.problems import problem

__all__ = ["notice", "plain", "refusal", "result", "status_of", "unread", "verdict"]

PROBLEM = "application/problem+json"

_BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND, _UNAVAILABLE, _OK = 400, 401, 404, 503, 200
_STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "invalid_token": _UNAUTHORIZED,
        "vcalm_instance_unknown": _NOT_FOUND,
        "status_list_unknown": _NOT_FOUND,
        "vcalm_media_type": 415,
    }
)
_NO_STORE = MappingProxyType({"Cache-Control": "no-store"})


def result(content: JsonObject, *, status: int = _OK, media_type: str = "application/json") -> web.Response:
    """JSON that no cache may keep."""
    content_type, _, parameters = media_type.partition(";")
    headers = {**_NO_STORE, "Content-Type": f"{content_type};{parameters}" if parameters else content_type}
    return web.Response(status=status, body=json.encode(content), headers=headers)


def verdict(errors: Iterable[JsonObject], notices: Iterable[str], more: JsonObject, *, problems: bool) -> web.Response:
    """The result of a verification: 400 where it failed, which VCALM leaves open and the suites of the W3C ask for."""
    wrong = list(errors)
    details = wrong + [notice(text) for text in notices]
    content: JsonObject = {"verified": not wrong, **({"problemDetails": details} if problems or wrong else {}), **more}
    return result(content, status=_BAD_REQUEST if wrong else _OK)


def notice(text: str) -> JsonObject:
    """What a client ought to know of a document that was verified: a problem of no type."""
    return {"type": "about:blank", "title": text}


def status_of(error: DidkitError) -> int:
    """The HTTP status that tells an error."""
    return _STATUSES.get(error.code, _UNAVAILABLE if isinstance(error, FetchError) else _BAD_REQUEST)


def refusal(error: DidkitError) -> web.Response:
    """An error as the whole answer."""
    status = status_of(error)
    answer = result({**problem(error), "status": status}, status=status, media_type=PROBLEM)
    if status == _UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if status == _UNAVAILABLE:
        answer.headers["Retry-After"] = "10"
    return answer


def plain(status: int, title: str, allow: str | None = None) -> web.Response:
    """An answer of HTTP itself: no such address, no such method, body too large."""
    answer = result({"type": "about:blank", "title": title, "status": status}, status=status, media_type=PROBLEM)
    if allow:
        answer.headers["Allow"] = allow
    return answer


def unread(status: int) -> web.Response:
    """An answer to what is no request that any application could read; nothing of it is in the answer."""
    return plain(status, "not a request of HTTP that is understood here")
