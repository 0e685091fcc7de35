"""The credential endpoint: OpenID4VCI section 8."""

from aiohttp import web

from didkit_fr.errors import ProtocolError
from didkit_fr.protocols.oauth.token import parse_bearer
from didkit_fr.protocols.openid4vci.credential import build_credential_response, parse_credential_request
from issuer_service.titles.issuance import authenticate, issue
from issuer_service.titles.routes.context import CONTEXT, HANDLE, secret

__all__ = ["credential"]


async def credential(request: web.Request) -> web.Response:
    """POST /credential."""
    context = request.app[CONTEXT]
    now = context.clock()
    bearer = parse_bearer(request.headers.get("Authorization"))
    authority = await authenticate(context.issuer, bearer, now=now)
    if request.content_type != "application/json":
        raise ProtocolError("invalid_credential_request", "not application/json")
    asked = parse_credential_request(await request.read())
    issued = await issue(context.issuer, authority, asked, now=now)
    context.events.emit("credentials_issued", request=request[HANDLE], count=len(issued.credentials))
    return secret(build_credential_response(issued.credentials, issued.notification_id).encode())
