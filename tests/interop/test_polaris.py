"""polaris-oid4vp, a verifier of OpenID4VP 1.0 with HAIP that is not ours: our wallet answers its requests.

It has no wallet and no issuer, so this is the direction there is: its signed request objects (fetched by GET and by
POST) are verified here, and what our wallet posts is opened and judged there. Its judge of captured responses also
reads what our own relying party asked.
"""

import time
import urllib.parse
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from polaris_oid4vp.sdjwt import PER_CREDENTIAL
from polaris_oid4vp.verifier import Verifier as Polaris
from polaris_oid4vp.verifier import verify_response as polaris_verdict

from didkit_fr.errors import VerificationError
from didkit_fr.flow import Response, run
from didkit_fr.keys import software
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.protocols.openid4vp.client_id import HAIP
from didkit_fr.protocols.openid4vp.request_uri import parse_wallet_post
from didkit_fr.protocols.openid4vp.transaction_data import STATEMENT, STATEMENTS
from didkit_fr.relying_party import Query
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from tests.nation import VCT, found, nation


def present_time():
    """The peer reads the clock, and this may run long after it was collected."""
    return int(time.time())


DIPLOMA = "urn:fr:diploma:1"
ENTRY = {"type": STATEMENT, "credential_ids": ["pid"], "statement": "I agree"}
RULES = replace(HAIP, transaction_data=STATEMENTS)
STATE = found(present_time())


def polaris(*claims, state=STATE, vct=VCT):
    """Their verifier, with the access certificate of ours."""
    key = state.reader.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Polaris(
        client_cert_pem=state.reader_leaf.public_bytes(Encoding.PEM),
        client_key_pem=key,
        request_uri="https://verifier.example/request",
        response_uri="https://verifier.example/response",
        issuer_trust_anchors=[state.root],
        vct_values=(vct,),
        claims=claims or ("age_over_18", "given_name"),
    )


class Endpoints:
    """Theirs, as our flows see them; `verdicts` is what they made of our answers."""

    def __init__(self, party):
        self.party, self.verdicts, self.asked = party, [], []

    def __call__(self, batch):
        return [self.answer(request) for request in batch]

    def answer(self, request):
        self.asked.append(request)
        if request.url.startswith(self.party.request_uri):
            state = urllib.parse.parse_qs(urllib.parse.urlsplit(request.url).query)["state"][0]
            nonce = parse_wallet_post(request.body).nonce if request.method == "POST" else None
            return Response(200, self.party.request_object(state, wallet_nonce=nonce).encode())
        status, body, verdict = self.party.handle_direct_post(urllib.parse.parse_qs(request.body.decode()))
        self.verdicts.append(verdict)
        import json

        return Response(status, json.dumps(body).encode())


def asked(endpoints, session, *, method="post"):
    parameters = endpoints.party.authorization_request_params(session)
    if method == "get":
        del parameters["request_uri_method"]
    link = "openid4vp://?" + urllib.parse.urlencode(parameters)
    flow = wallet.fetch_request(link, VerificationContext(STATE.policy, Memory(), present_time()), rules=RULES)
    return run(flow, endpoints)


def copy(vct=VCT, state=STATE):
    day = present_time() - present_time() % 86_400
    return state.credential(vct=vct, iat=day, exp=day + 86_400 * 14, status=None)


def presented(request, raw, holder=None):
    choices = wallet.select(request.query, [wallet.hold("card", "dc+sd-jwt", raw)])
    chosen = [(choice, "dc+sd-jwt", raw, holder or STATE.holder) for choice in choices]
    return wallet.build_presentations(request, chosen, now=present_time())


@pytest.mark.parametrize("method", ["get", "post"])
def test_their_verifier_accepts_what_our_wallet_answers(method):
    endpoints = Endpoints(polaris())
    session, _ = endpoints.party.new_request()
    request = asked(endpoints, session, method=method)
    assert endpoints.asked[0].method == method.upper()
    assert (request.verifier_name, request.client_id) == ("Café de la Gare, FR", endpoints.party.client_id)
    assert request.encryption.enc == "A256GCM"
    redirect = run(wallet.submit(request, presented(request, copy())), endpoints)
    (verdict,) = endpoints.verdicts
    assert verdict.authentic, verdict.reason
    assert verdict.claims["age_over_18"] is True
    assert "birthdate" not in verdict.claims
    assert redirect == "https://verifier.example/done"


def test_their_smaller_cipher_opens_too():
    endpoints = Endpoints(polaris())
    session, _ = endpoints.party.new_request()
    request = asked(endpoints, session)
    small = replace(request, encryption=replace(request.encryption, enc="A128GCM"))
    run(wallet.submit(small, presented(request, copy())), endpoints)
    assert endpoints.verdicts[0].authentic


def test_their_verifier_reads_our_refusal():
    endpoints = Endpoints(polaris())
    session, _ = endpoints.party.new_request()
    request = asked(endpoints, session)
    run(wallet.refuse(request), endpoints)
    assert endpoints.verdicts[0].wallet_error["error"] == "access_denied"
    assert endpoints.verdicts[0].wallet_error["encrypted"] is True


def test_their_verifier_refuses_ours_where_it_must():
    endpoints = Endpoints(polaris())
    request = asked(endpoints, endpoints.party.new_request()[0])
    unknown_party = presented(request, copy(), holder=software.generate())
    foreign = presented(request, copy(state=nation().with_holder(STATE.holder)))
    codes = []
    for tokens in (unknown_party, foreign):
        again = asked(endpoints, endpoints.party.new_request()[0])
        with pytest.raises(Exception):  # noqa: B017, PT011 - HTTP 400, however we call it
            run(wallet.submit(again, tokens), endpoints)
        codes.append(endpoints.verdicts[-1].authentic)
    assert codes == [False, False]


def test_their_transaction_data_are_signed_as_they_check_it():
    endpoints = Endpoints(polaris("given_name", vct=DIPLOMA))
    session, _ = endpoints.party.new_request([ENTRY])
    request = asked(endpoints, session)
    assert request.transaction_data[0].content == {"statement": "I agree"}
    run(wallet.submit(request, presented(request, copy(DIPLOMA))), endpoints)
    assert endpoints.verdicts[0].authentic, endpoints.verdicts[0].reason
    forgotten = asked(endpoints, endpoints.party.new_request([ENTRY])[0])
    with pytest.raises(Exception):  # noqa: B017, PT011 - HTTP 400, however we call it
        run(wallet.submit(forgotten, presented(replace(forgotten, transaction_data=()), copy(DIPLOMA))), endpoints)
    assert not endpoints.verdicts[1].authentic


def test_their_data_for_identification_are_refused_here():
    endpoints = Endpoints(polaris("given_name"))
    session, _ = endpoints.party.new_request([ENTRY])
    with pytest.raises(VerificationError) as error:
        asked(endpoints, session)
    assert error.value.code == "transaction_data_forbidden"


def test_their_judge_reads_what_our_relying_party_asked():
    party = replace(STATE.verifier(), policy=STATE.policy)
    query = Query(VCT, [["age_over_18"]])
    transaction = party.request(
        query, request_uri="https://bar.example/{id}", response_uri="https://bar.example/r", now=present_time()
    )
    page = [Response(200, transaction.request_object.encode())]
    flow = wallet.fetch_request(transaction.link, VerificationContext(STATE.policy, Memory(), present_time()))
    request = run(flow, lambda _: page)
    (raw,) = presented(request, copy())["title"]
    claims = jws.parse(transaction.request_object).unverified_claims()
    found_there = polaris_verdict(
        claims, {"title": [raw]}, transaction_data_scope=PER_CREDENTIAL, trust_anchors=[STATE.root], now=present_time()
    )
    assert found_there["accepted"] is True, found_there["problem"]
    assert found_there["verdicts"]["title"].claims["age_over_18"] is True
