"""The document of the issuer's `did:web`."""

from aiohttp import web

from didkit_fr.encoding import json
from issuer_service.keys.port import ATTESTATION
from issuer_service.titles.identities import did_document
from issuer_service.titles.routes.context import CONTEXT, described

__all__ = ["did"]


async def did(request: web.Request) -> web.Response:
    """GET /.well-known/did.json, or did.json below the issuer's path."""
    identities = request.app[CONTEXT].issuer.identities
    own = identities[ATTESTATION][0].did
    return described(json.encode(did_document([one for one, *_ in identities.values() if one.did == own])))
