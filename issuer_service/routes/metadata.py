"""What the issuer says of itself: OpenID4VCI section 12.2.2 and RFC 8414 section 3."""

from aiohttp import web

from issuer_service.routes.context import CONTEXT, described

__all__ = ["issuer_metadata", "server_metadata"]


async def issuer_metadata(request: web.Request) -> web.Response:
    """GET /.well-known/openid-credential-issuer."""
    return described(request.app[CONTEXT].issuer.desk.catalogue.metadata.encode())


async def server_metadata(request: web.Request) -> web.Response:
    """GET /.well-known/oauth-authorization-server."""
    return described(request.app[CONTEXT].issuer.desk.catalogue.server.encode())
