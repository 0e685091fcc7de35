"""What the issuer says of itself: OpenID4VCI sections 12.2.2 and 12.2.3, and RFC 8414 section 3."""

from aiohttp import web

from didkit_fr.protocols.openid4vci.signed_metadata import MEDIA_TYPE, prepare_metadata
from issuer_service.keys.port import DOCUMENT, sign_all
from issuer_service.titles.routes.context import CONTEXT, described
from issuer_service.titles.routes.preferences import weights

__all__ = ["issuer_metadata", "prefers_signed", "server_metadata"]


async def issuer_metadata(request: web.Request) -> web.Response:
    """GET /.well-known/openid-credential-issuer; signed where the request prefers that."""
    context = request.app[CONTEXT]
    issuer = context.issuer
    metadata, settings = issuer.desk.catalogue.metadata, issuer.desk.settings
    if not prefers_signed(request.headers.get("Accept", "")):
        answer = described(metadata.encode())
    else:
        now = context.clock()
        identity = issuer.identity(DOCUMENT, now=now)
        unsigned = prepare_metadata(
            metadata, identity.signer, chain=identity.chain, now=now, lifetime=settings.metadata_expires
        )
        (signed,) = await sign_all(identity.signer, [unsigned])
        headers = {"Cache-Control": "max-age=300"}
        answer = web.Response(body=signed.encode("ascii"), content_type=MEDIA_TYPE, headers=headers)
    answer.headers["Vary"] = "Accept"
    return answer


async def server_metadata(request: web.Request) -> web.Response:
    """GET /.well-known/oauth-authorization-server."""
    return described(request.app[CONTEXT].issuer.desk.catalogue.server.encode())


def prefers_signed(accept: str) -> bool:
    """Whether an Accept header names `application/jwt`, and JSON no more than it (RFC 9110 section 12.5.1).

    Wildcards count for JSON, which everyone reads.
    """
    liked = weights(accept)
    signed = liked.get(MEDIA_TYPE, 0.0)
    return signed > 0 and signed >= liked.get("application/json", 0.0)
