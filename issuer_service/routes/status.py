"""Status lists: draft-ietf-oauth-status-list-20 section 8. Anyone may fetch them, and nobody is noted."""

from aiohttp import web

from didkit_fr.encoding import json
from didkit_fr.status.token import MEDIA_TYPE
from issuer_service.issuance import status_uri
from issuer_service.routes.context import CONTEXT, described

__all__ = ["bitstring", "status", "statuses"]

_W3C = "application/vc"


async def status(request: web.Request) -> web.Response:
    """GET /status/{list_id}."""
    context = request.app[CONTEXT]
    list_id = int(request.match_info["list_id"])
    token = await context.lists.token(list_id, now=context.clock())
    ttl = context.issuer.desk.settings.status_ttl
    headers = {"Cache-Control": f"max-age={ttl}", "Access-Control-Allow-Origin": "*"}
    return web.Response(body=token.encode("ascii"), content_type=MEDIA_TYPE, headers=headers)


async def bitstring(request: web.Request) -> web.Response:
    """GET /status/{list_id}/{purpose}: the list as W3C credentials refer to it."""
    context = request.app[CONTEXT]
    number, purpose = int(request.match_info["list_id"]), request.match_info["purpose"]
    document = await context.lists.bitstring(number, purpose, now=context.clock())
    headers = {
        "Cache-Control": f"max-age={context.issuer.desk.settings.status_ttl}",
        "Access-Control-Allow-Origin": "*",
    }
    return web.Response(body=document, content_type=_W3C, headers=headers)


async def statuses(request: web.Request) -> web.Response:
    """GET /status: the addresses of all lists (section 9.3), for who wants to fetch them all ahead of need."""
    desk = request.app[CONTEXT].issuer.desk
    numbers = await desk.storage.status_lists()
    answer = described(json.encode({"status_lists": [status_uri(desk.settings, number) for number in numbers]}))
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
