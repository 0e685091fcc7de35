"""A wallet and a relying party before a web that answers anything: a value or a coded error, and never another one."""

from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.errors import FetchError
from didkit_fr.flow import Response, run
from didkit_fr.keys.algorithms import named
from didkit_fr.keys.public import from_octets
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.openid4vci.offer import TxCode, build_offer
from didkit_fr.protocols.openid4vci.wallet import receive
from didkit_fr.protocols.openid4vp.dcql import parse_query
from didkit_fr.protocols.openid4vp.wallet import fetch_request
from didkit_fr.status.token import parse_reference
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from issuer_service.register import ticket
from tests.fuzz.ended import ended
from tests.fuzz.values import VALUES
from tests.nation import NOW, nation
from tests.refusals import people
from tests.refusals.messages import METADATA

OFFER = build_offer(
    issuer=METADATA.credential_issuer, configuration_ids=("pid",), code="c0de", tx_code=TxCode(length=6)
)
GOOD = {
    "openid-credential-issuer": METADATA.encode(),
    "oauth-authorization-server": json.encode(
        {"issuer": METADATA.credential_issuer, "token_endpoint": f"{METADATA.credential_issuer}/token"}
    ),
    "token": json.encode({"access_token": "abc", "token_type": "Bearer"}),
    "nonce": json.encode({"c_nonce": "nonce"}),
}
BODIES = st.binary(max_size=60) | VALUES.map(json.encode)
STATUSES = st.sampled_from([200, 200, 200, 202, 204, 302, 400, 401, 404, 429, 500, 503])
HEADERS = st.dictionaries(st.sampled_from(["www-authenticate", "content-type"]), st.text(max_size=40), max_size=2)
ANSWERS = st.builds(Response, STATUSES, BODIES, HEADERS) | st.just(FetchError("fetch_timeout"))


@given(data=st.data())
def test_a_wallet_receives_from_an_issuer_that_answers_anything(data):
    def web(batch):
        return [answer(request) for request in batch]

    def answer(request):
        good = next((body for name, body in GOOD.items() if name in request.url), None)
        believable = good is not None and data.draw(st.integers(0, 3)) > 0
        return Response(200, good) if believable else data.draw(ANSWERS)

    flow = receive(
        OFFER,
        VerificationContext(nation().policy, Memory(), NOW),
        tx_code="123456",
        make_signer=lambda: people.key("holder"),
        wanted=2,
    )
    ended(lambda: run(flow, web))


@given(
    answer=ANSWERS,
    link=st.text(max_size=100) | st.just("openid4vp://?client_id=x509_hash:a&request_uri=https://a.example"),
)
def test_a_wallet_is_asked_by_anyone(answer, link):
    flow = fetch_request(link, VerificationContext(nation().policy, Memory(), NOW))
    ended(lambda: run(flow, lambda batch: [answer] * len(batch)))


@given(VALUES)
def test_any_value_as_status_reference_or_query(value):
    ended(lambda: parse_reference(value))
    if isinstance(value, dict):
        ended(lambda: parse_query(value))


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_as_an_officers_ticket(raw):
    ended(lambda: ticket.verify(raw, people.key("officer").public_key, now=NOW))


@given(
    st.dictionaries(st.sampled_from(["document_number", "title", "iat", "exp", "jti", "presumed_birth_date"]), VALUES)
)
def test_any_claims_that_the_officer_signed(claims):
    raw = jws.sign(claims, people.key("officer"), typ=ticket.TYP)
    ended(lambda: ticket.verify(raw, people.key("officer").public_key, now=NOW))


@given(st.sampled_from(["P-256", "P-384", "Ed25519"]), st.binary(max_size=70))
def test_any_point(curve, point):
    ended(lambda: from_octets(named(curve), point))


def test_the_good_answers_are_good():
    """Where everything were refused, the tests above would show nothing."""
    assert ended(
        lambda: parse_query({"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["a"]}}]})
    )
    assert ended(lambda: parse_reference({"status_list": {"idx": 1, "uri": "https://issuer.example/1"}}))
    raw = jws.sign({"iat": NOW}, people.key("officer"), typ="JWT")
    assert ended(lambda: ticket.verify(raw, people.key("officer").public_key, now=NOW)) is None
