"""What the issuer says of itself: OpenID4VCI sections 12.2.2 and 12.2.3, and RFC 8414 section 3."""

from aiohttp import web

from didkit_fr.protocols.openid4vci.signed_metadata import MEDIA_TYPE
from issuer_service.titles.routes.context import CONTEXT, described
from issuer_service.titles.routes.preferences import weights
from issuer_service.titles.signed_metadata import MAX_AGE

__all__ = ["issuer_metadata", "prefers_signed", "server_metadata"]


async def issuer_metadata(request: web.Request) -> web.Response:
    """GET /.well-known/openid-credential-issuer; signed where the request prefers that."""
    context = request.app[CONTEXT]
    if prefers_signed(request.headers.get("Accept", "")):
        signed = await context.metadata.token(now=context.clock())
        headers = {"Cache-Control": f"max-age={MAX_AGE}"}
        answer = web.Response(body=signed.encode("ascii"), content_type=MEDIA_TYPE, headers=headers)
    else:
        answer = described(context.issuer.ports.catalogue.metadata.encode())
    answer.headers["Vary"] = "Accept"
    return answer


async def server_metadata(request: web.Request) -> web.Response:
    """GET /.well-known/oauth-authorization-server."""
    return described(request.app[CONTEXT].issuer.ports.catalogue.server.encode())


def prefers_signed(accept: str) -> bool:
    """Whether an Accept header names `application/jwt`, and JSON no more than it (RFC 9110 section 12.5.1).

    Wildcards count for JSON, which everyone reads.
    """
    liked = weights(accept)
    signed = liked.get(MEDIA_TYPE, 0.0)
    return signed > 0 and signed >= liked.get("application/json", 0.0)
