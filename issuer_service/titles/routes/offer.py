"""Offers by reference: OpenID4VCI section 4.1.3."""

from aiohttp import web

from issuer_service.titles.issuance import describe_offer
from issuer_service.titles.routes.context import CONTEXT, secret

__all__ = ["offer"]


async def offer(request: web.Request) -> web.Response:
    """GET /offers/{reference}; the same for one that never was and one that is no more."""
    context = request.app[CONTEXT]
    found = await describe_offer(context.issuer.ports, request.match_info["reference"], now=context.clock())
    return secret(found.encode())
