"""G11: an answer is judged once, for the request it answers; what is no answer ends nothing."""

import json
from urllib.parse import urlencode

import pytest

from didkit_fr.encoding import base64url
from didkit_fr.errors import ProtocolError
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.formats.occasion import Occasion
from didkit_fr.protocols.openid4vp.error import WIRE_ERRORS
from didkit_fr.relying_party import Query
from tests.nation import NOW, VCT, nation
from tests.refused import refusal

URIS = {"request_uri": "https://shop.example/{id}", "response_uri": "https://shop.example/answer", "now": NOW}


def opened():
    verifier = nation().verifier()
    return verifier, verifier.request(Query(VCT, [["age_over_18"]]), response_mode="direct_post", **URIS)


def answer(transaction):
    check = Occasion(transaction.nonce, transaction.client_id)
    shown = dc_sd_jwt.present(nation().credential(), [("age_over_18",)], nation().holder, check, now=NOW)
    return urlencode({"vp_token": f'{{"title":["{shown}"]}}', "state": transaction.id}).encode()


def sealed(name):
    """What looks like an encrypted answer to the transaction of that name."""
    header = json.dumps({"alg": "ECDH-ES", "enc": "A128GCM", "kid": name}).encode()
    return ".".join(base64url.encode(part) for part in (header, b"", bytes(12), b"{}", bytes(16)))


@pytest.mark.guarantee("G11")
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"error": "no_such_error"}, "peer_error"),
        ({"error": "nothing_matches"}, "peer_error"),
        ({"error": "ACCESS_DENIED"}, "peer_error"),
        ({"error": "\ud800"}, "form_malformed"),
        ({"error": "access_denied", "vp_token": "{}"}, "message_invalid"),
        ({"error": "access_denied", "response": sealed}, "message_invalid"),
        ({"vp_token": "{}", "response": sealed}, "message_invalid"),
        ({"error": "access_denied", "response": "a.b.c.d.e"}, "base64url_invalid"),
        ({"error_description": "access_denied"}, "message_invalid"),
        ({}, "message_invalid"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, dict) else one,
)
def test_what_is_no_answer_ends_no_transaction_for_whoever_photographed_its_link(sent, expected):
    verifier, transaction = opened()
    stated = {name: one(transaction.id) if callable(one) else one for name, one in sent.items()}
    body = urlencode({**stated, "state": transaction.id}, errors="surrogatepass").encode()
    assert refusal(lambda: verifier.verify(body, now=NOW)) == expected
    assert verifier.transactions.find(transaction.id, now=NOW) is not None
    assert verifier.verify(answer(transaction), now=NOW)["title"][0].claims["age_over_18"] is True


@pytest.mark.guarantee("G11")
@pytest.mark.parametrize("word", sorted(WIRE_ERRORS))
def test_an_error_that_a_wallet_may_send_ends_the_transaction_once(word):
    verifier, transaction = opened()
    body = urlencode({"error": word, "state": transaction.id}).encode()
    with pytest.raises(ProtocolError) as refused:
        verifier.verify(body, now=NOW)
    assert refused.value.code == word
    assert refusal(lambda: verifier.verify(body, now=NOW)) == "transaction_unknown"
    assert refusal(lambda: verifier.verify(answer(transaction), now=NOW)) == "transaction_unknown"


@pytest.mark.guarantee("G11")
def test_an_answer_that_does_not_hold_is_judged_once_all_the_same():
    verifier, transaction = opened()
    good = answer(transaction)
    assert refusal(lambda: verifier.verify(good.replace(b"~", b"~~", 1), now=NOW)) != "transaction_unknown"
    assert refusal(lambda: verifier.verify(good, now=NOW)) == "transaction_unknown"
