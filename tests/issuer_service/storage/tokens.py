"""Tokens for rows of an older storage."""

from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED, TokenRequest
from issuer_service.titles.issuance import redeem
from tests.issuer_service.world import NOW, code_of


async def token_for(world, made) -> str:
    request = TokenRequest(grant_type=PRE_AUTHORIZED, code=code_of(made), tx_code=made.tx_code)
    return (await redeem(world.ports, request, now=NOW)).access_token
