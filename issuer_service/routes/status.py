"""Status lists: draft-ietf-oauth-status-list-20 section 8. Anyone may fetch them, and nobody is noted."""

from aiohttp import web

from didkit_fr.status.token import MEDIA_TYPE
from issuer_service.routes.context import CONTEXT

__all__ = ["status"]


async def status(request: web.Request) -> web.Response:
    """GET /status/{list_id}."""
    context = request.app[CONTEXT]
    list_id = int(request.match_info["list_id"])
    token = await context.lists.token(list_id, now=context.clock())
    ttl = context.issuer.desk.settings.status_ttl
    headers = {"Cache-Control": f"max-age={ttl}", "Access-Control-Allow-Origin": "*"}
    return web.Response(body=token.encode("ascii"), content_type=MEDIA_TYPE, headers=headers)
