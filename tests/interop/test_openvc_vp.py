"""openvc-core, a verifier that is not ours, opens and judges what our wallet answers to our own requests."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from urllib.parse import parse_qs

import pytest
from openvc.errors import OpenvcError
from openvc.keys import P256KeyAgreementKey
from openvc.openid4vp import verify_encrypted_vp_response

from didkit_fr.flow import Response, run
from didkit_fr.keys import software, x509
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.protocols.openid4vp.response import build_response
from didkit_fr.relying_party import Query
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from tests.nation import CREDENTIAL_PURPOSE, DAY, VCT, found

NOW = int(time.time())  # the peer reads the clock
STATE = found(NOW)
ISSUER = "https://issuer.example"

ALTERNATIVES = {
    "credentials": [
        {"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:unheard:of"]}},
        {"id": "b", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, "claims": [{"path": ["age_over_18"]}]},
    ],
    "credential_sets": [{"options": [["a"], ["b"]]}],
}


@cache
def named_leaf():
    """The document signer's certificate with the issuer's address: the peer wants `iss`, and finds it there."""
    return x509.issue_leaf(
        STATE.root_signer, STATE.root, STATE.signer.public_key, uris=[ISSUER],
        name="France document signer", country="FR", now=NOW - 100, days=9, purposes=[CREDENTIAL_PURPOSE],
    )  # fmt: skip


def answered(query, enc, holder=None):
    """A transaction of ours and the JWE that answers it."""
    party = STATE.verifier()
    transaction = party.request(
        query, request_uri="https://bar.example/{id}", response_uri="https://bar.example/r", now=NOW
    )
    page = [Response(200, transaction.request_object.encode())]
    flow = wallet.fetch_request(transaction.link, VerificationContext(STATE.policy, Memory(), NOW))
    request = run(flow, lambda _: page)
    raw = STATE.credential(status=None, iss=ISSUER, chain=[named_leaf()], iat=NOW - DAY, exp=NOW + DAY)
    choices = wallet.select(request.query, [wallet.hold("card", "dc+sd-jwt", raw)])
    tokens = wallet.build_presentations(
        request, [(choice, "dc+sd-jwt", raw, holder or STATE.holder) for choice in choices], now=NOW
    )
    body = build_response(tokens, request.state, encryption=replace(request.encryption, enc=enc))
    return transaction, parse_qs(body.decode())["response"][0]


def judged(transaction, response, **changes):
    key = P256KeyAgreementKey(software.from_secret(transaction.key.secret).private, transaction.id)
    asked = {"dcql_query": transaction.query, "nonce": transaction.nonce, "client_id": transaction.client_id} | changes
    moment = datetime.fromtimestamp(NOW, UTC)
    return verify_encrypted_vp_response(response, key=key, now=moment, x5c_trust_anchors=[STATE.root], **asked)


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("query", [Query(VCT, [["age_over_18"]]).dcql(), ALTERNATIVES])
def test_they_open_and_believe_what_our_wallet_answers(enc, query):
    transaction, response = answered(query, enc)
    (presentation,) = judged(transaction, response).presentations
    assert presentation.credentials[0].claims["age_over_18"] is True
    assert "birthdate" not in presentation.credentials[0].claims


def test_they_refuse_it_for_another_request_and_from_another_holder():
    transaction, response = answered(Query(VCT, [["age_over_18"]]).dcql(), "A256GCM")
    for changes in ({"nonce": "another"}, {"client_id": "x509_hash:another"}):
        with pytest.raises(OpenvcError):
            judged(transaction, response, **changes)
    attacker = answered(Query(VCT, [["age_over_18"]]).dcql(), "A256GCM", software.generate())
    with pytest.raises(OpenvcError):
        judged(*attacker)
