"""A request and its answer, between a relying party and a wallet."""

from didkit_fr.flow import run
from didkit_fr.protocols.openid4vp import response as response_message
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.relying_party import Query
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from tests.nation import NOW, VCT, Web, nation

RESPONSE_URI = "https://bar.example/response"
QUERY = Query(VCT, [["age_over_18"], ["nationalities"]])


def opened(verifier, query=QUERY, now=NOW, **more):
    uris = {"request_uri": "https://bar.example/r/{id}", "response_uri": RESPONSE_URI}
    return verifier.request(query, **uris, now=now, **more)


def fetched(transaction, *, link=None, signed=None, policy=None, now=NOW):
    web = Web({f"https://bar.example/r/{transaction.id}": (signed or transaction.request_object).encode()})
    flow = wallet.fetch_request(link or transaction.link, VerificationContext(policy or nation().policy, Memory(), now))
    return run(flow, web)


def answer(request, raw=None, now=NOW):
    raw = raw or nation().credential()
    choices = wallet.select(request.query, [wallet.hold("card", "dc+sd-jwt", raw)])
    chosen = [(choice, "dc+sd-jwt", raw, nation().holder) for choice in choices]
    presentations = wallet.build_presentations(request, chosen, now=now)
    return response_message.build_response(presentations, request.state, encryption=request.encryption)
