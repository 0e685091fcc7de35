"""The token endpoint: OpenID4VCI section 6."""

from aiohttp import web

from didkit_fr.protocols.oauth.token import parse_token_request
from issuer_service.titles.issuance import redeem
from issuer_service.titles.routes.context import CONTEXT, HANDLE, secret

__all__ = ["token"]


async def token(request: web.Request) -> web.Response:
    """POST /token."""
    context = request.app[CONTEXT]
    asked = parse_token_request(await request.read())
    answer = await redeem(context.issuer.ports, asked, now=context.clock())
    context.events.emit("token_issued", request=request[HANDLE])
    return secret(answer.encode())
