"""What tests ask of the issuer without HTTP: a token, a request, issued copies, and who believes them."""

from didkit_fr.errors import VerificationError
from didkit_fr.flow import Response, run
from didkit_fr.keys import software
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED, TokenRequest
from didkit_fr.protocols.openid4vci.credential import CredentialRequest
from didkit_fr.protocols.openid4vci.proof import build_proof
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify_issued
from issuer_service.titles import issuance
from issuer_service.titles.issuance import authenticate, fresh_nonce, issue, redeem
from issuer_service.titles.status_lists import StatusLists
from tests.issuer_service.world import World, code_of


def token_request(code: str, tx_code: str | None) -> TokenRequest:
    return TokenRequest(grant_type=PRE_AUTHORIZED, code=code, tx_code=tx_code)


async def token_of(world: World, ticket: str = "ticket") -> str:
    made = await world.offer(ticket)
    answer = await redeem(world.ports, token_request(code_of(made), made.tx_code), now=world.clock.now)
    return answer.access_token


def asked(world: World, signers, *, nonce: str | None = None, configuration: str = "pid_dc_sd_jwt"):
    now = world.clock.now
    nonce = nonce or fresh_nonce(world.issuer, now=now)
    audience = world.config.settings.issuer
    proofs = tuple(build_proof(signer, audience=audience, nonce=nonce, now=now) for signer in signers)
    return CredentialRequest(credential_configuration_id=configuration, proofs={"jwt": proofs})


async def issued(world: World, token: str, signers=None, **changes) -> list[str]:
    signers = signers or [software.generate()]
    authority = await authenticate(world.issuer, token, now=world.clock.now)
    done = await issue(world.issuer, authority, asked(world, signers, **changes), now=world.clock.now)
    return list(done.credentials)


async def verified(
    world: World, raw: str, holder, *, now: int | None = None, format_="dc+sd-jwt", anchors=None, published="token"
):
    """As a wallet or relying party sees it: anchors from the file or others, status lists as published (or "cwt")."""
    now = now or world.clock.now
    lists, tokens = StatusLists(world.issuer), {}
    for list_id in range(1, 30):
        try:
            uri = issuance.status_uri(world.config.settings, list_id)
            tokens[uri] = await getattr(lists, published)(list_id, now=now)
        except VerificationError:
            continue

    def fetcher(batch):
        found = [tokens[request.url] for request in batch]
        return [Response(200, one.encode() if isinstance(one, str) else one) for one in found]

    policy = Policy(world.anchors if anchors is None else anchors)
    flow = verify_issued(raw, VerificationContext(policy, Memory(), now), format=format_, holder=holder.public_key)
    return run(flow, fetcher)
