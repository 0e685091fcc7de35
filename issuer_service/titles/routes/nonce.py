"""The nonce endpoint: OpenID4VCI section 7."""

from aiohttp import web

from didkit_fr.protocols.openid4vci.nonce import NonceResponse
from issuer_service.titles.issuance import fresh_nonce
from issuer_service.titles.routes.context import CONTEXT, secret

__all__ = ["nonce"]


async def nonce(request: web.Request) -> web.Response:
    """POST /nonce; whoever asks is given one, and nothing is stored."""
    context = request.app[CONTEXT]
    return secret(NonceResponse(c_nonce=fresh_nonce(context.issuer, now=context.clock())).encode())
