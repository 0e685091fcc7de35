"""The notification endpoint: OpenID4VCI section 11."""

from aiohttp import web

from didkit_fr.errors import ProtocolError
from didkit_fr.protocols.oauth.token import parse_bearer
from didkit_fr.protocols.openid4vci.notification import parse_notification_request
from issuer_service.titles.issuance import authenticate, conclude
from issuer_service.titles.routes.context import CONTEXT, HANDLE

__all__ = ["notification"]

NO_CONTENT = 204


async def notification(request: web.Request) -> web.Response:
    """POST /notification."""
    context = request.app[CONTEXT]
    bearer = parse_bearer(request.headers.get("Authorization"))
    authority = await authenticate(context.issuer, bearer, now=context.clock())
    if request.content_type != "application/json":
        raise ProtocolError("invalid_notification_request", "not application/json")
    told = parse_notification_request(await request.read())
    await conclude(context.issuer, authority, told)
    context.events.emit("notified", request=request[HANDLE], outcome=told.event)
    return web.Response(status=NO_CONTENT, headers={"Cache-Control": "no-store"})
