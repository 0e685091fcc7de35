"""Status lists: draft-ietf-oauth-status-list-20 section 8. Anyone may fetch them, and nobody is noted."""

import asyncio

from aiohttp import web

from didkit_fr.encoding import json
from didkit_fr.status import token_cwt
from didkit_fr.status.token import MEDIA_TYPE
from didkit_fr.trust.revocation import MAX_BYTES
from issuer_service.shell import private_files
from issuer_service.titles.issuance import status_uri
from issuer_service.titles.routes.context import CONTEXT, described
from issuer_service.titles.routes.preferences import weights

__all__ = ["bitstring", "preferred", "signer_revocations", "status", "statuses"]

_W3C = "application/vc"


async def status(request: web.Request) -> web.Response:
    """GET /status/{list_id}, as JWT or CWT (section 8.1)."""
    context = request.app[CONTEXT]
    list_id, now = int(request.match_info["list_id"]), context.clock()
    media_type = preferred(request.headers.get("Accept", ""))
    if media_type == token_cwt.MEDIA_TYPE:
        body = await context.lists.cwt(list_id, now=now)
    else:
        body = (await context.lists.token(list_id, now=now)).encode("ascii")
    ttl = context.issuer.ports.settings.status_ttl
    headers = {"Cache-Control": f"max-age={ttl}", "Access-Control-Allow-Origin": "*", "Vary": "Accept"}
    return web.Response(body=body, content_type=media_type, headers=headers)


def preferred(accept: str) -> str:
    """The media type of a status list that an Accept header likes best: JWT among equals, and where it names neither.

    Wildcards count for JWT, which every relying party reads.
    """
    liked = weights(accept)
    cwt = liked.get(token_cwt.MEDIA_TYPE, 0.0)
    jwt = max(liked.get(name, 0.0) for name in (MEDIA_TYPE, "application/*", "*/*"))
    return token_cwt.MEDIA_TYPE if cwt > jwt else MEDIA_TYPE


async def signer_revocations(request: web.Request) -> web.Response:
    """GET /signers.crl: which signers the root withdrew (RFC 5280 section 4.2.1.13), as it signed it."""
    place = request.app[CONTEXT].signer_revocations
    body = await asyncio.to_thread(private_files.read, place, max_bytes=MAX_BYTES)
    headers = {"Cache-Control": "max-age=3600", "Access-Control-Allow-Origin": "*"}
    return web.Response(body=body, content_type="application/pkix-crl", headers=headers)


async def bitstring(request: web.Request) -> web.Response:
    """GET /status/{list_id}/{purpose}: the list as W3C credentials refer to it."""
    context = request.app[CONTEXT]
    number, purpose = int(request.match_info["list_id"]), request.match_info["purpose"]
    document = await context.lists.bitstring(number, purpose, now=context.clock())
    headers = {
        "Cache-Control": f"max-age={context.issuer.ports.settings.status_ttl}",
        "Access-Control-Allow-Origin": "*",
    }
    return web.Response(body=document, content_type=_W3C, headers=headers)


async def statuses(request: web.Request) -> web.Response:
    """GET /status: the addresses of all lists (section 9.3), for who wants to fetch them all ahead of need."""
    ports = request.app[CONTEXT].issuer.ports
    numbers = await ports.storage.status_lists()
    answer = described(json.encode({"status_lists": [status_uri(ports.settings, number) for number in numbers]}))
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
