"""What every handler is given, and the answers they make."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from issuer_service.shell.events import Clock, Events
from issuer_service.titles.issuance import Issuer
from issuer_service.titles.signed_metadata import SignedMetadata
from issuer_service.titles.status_lists import StatusLists

__all__ = ["CONTEXT", "HANDLE", "Context", "described", "secret"]


@dataclass(frozen=True, slots=True)
class Context:
    """The issuer behind the routes; `clock` is read once for each request.

    `signer_revocations` is the file of the root's revocation list, which its keeper may replace at any time.
    """

    issuer: Issuer
    lists: StatusLists
    metadata: SignedMetadata
    events: Events
    clock: Clock
    signer_revocations: Path


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
HANDLE: web.RequestKey[str] = web.RequestKey("handle", str)


def secret(body: bytes) -> web.Response:
    """JSON that no cache may keep (RFC 6749 section 5.1, OpenID4VCI sections 7.2 and 8.3)."""
    return _json(body, "no-store")


def described(body: bytes) -> web.Response:
    """JSON that is the same for all."""
    return _json(body, "max-age=300")


def _json(body: bytes, caching: str) -> web.Response:
    return web.Response(body=body, content_type="application/json", headers={"Cache-Control": caching})
