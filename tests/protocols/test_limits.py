"""The limits of protocol messages: at the bound and one beyond."""

from typing import Any
from urllib.parse import quote

import pytest

from didkit_fr.encoding import base64url, json
from didkit_fr.flow import Response
from didkit_fr.keys import jwk, software
from didkit_fr.protocols.message import Array, Identifier, Items, Members, Message, Name, Text, Url, parse_message
from didkit_fr.protocols.oauth import error as oauth_error
from didkit_fr.protocols.oauth import form, token
from didkit_fr.protocols.openid4vci import credential, nonce, notification, offer, proof
from didkit_fr.protocols.openid4vp import client_metadata, link, request_uri, response, transaction_data
from didkit_fr.protocols.openid4vp.dcql import parse_query
from tests.limits import Limit
from tests.nation import NOW
from tests.refused import refused

SIGNER = software.generate()
ISSUER = "https://issuer.example"


class Shapes(Message):
    """One member of each shape that messages share."""

    text: Text | None = None
    name: Name | None = None
    array: Array[int] | None = None
    items: Items[int] | None = None
    members: Members[int] | None = None
    url: Url | None = None
    identifier: Identifier | None = None


def shape(**members):
    return parse_message(Shapes, members)


def fields(count):
    return form.parse_form("&".join(f"a{at}=b" for at in range(count)))


def query(**members: Any):
    one = {"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:a"]}}
    return parse_query({"credentials": [{**one, **members}]})


def credentials(count):
    one = {"format": "dc+sd-jwt", "meta": {"vct_values": ["urn:a"]}}
    return parse_query({"credentials": [{**one, "id": f"c{at}"} for at in range(count)]})


def key_proof(chars):
    """A proof of this length, of which nothing else is wrong at the bound but its signature's length."""
    return proof.verify_proof("a" * chars, audience=ISSUER, now=NOW, algorithms=["ES256"])


def proof_nonce(chars):
    raw = proof.build_proof(SIGNER, audience=ISSUER, nonce="n" * chars, now=NOW)
    return proof.verify_proof(raw, audience=ISSUER, now=NOW, algorithms=["ES256"])


def form_of(chars):
    return b"a=" + b"b" * (chars - 2)


def entries(count):
    asked = [base64url.encode(json.encode({"type": "t", "credential_ids": ["a"], "at": at})) for at in range(count)]
    return transaction_data.parse_transaction_data(asked, types=None, query=query())


def entry(chars):
    made = json.encode({"type": "t", "credential_ids": ["a"]})
    made += b" " * (chars * 3 // 4 - len(made))
    assert len(base64url.encode(made)) == chars
    return transaction_data.parse_transaction_data([base64url.encode(made)], types=None, query=query())


def keys(count):
    made = [{**jwk.build(SIGNER.public_key), "kid": f"k{at}"} for at in range(count)]
    return client_metadata.parse_metadata({"jwks": {"keys": made}, "vp_formats_supported": {"dc+sd-jwt": {}}})


def parameters(count):
    return link.parse_link(
        "openid4vp://?client_id=redirect_uri%3Ahttps%3A%2F%2Fa.example&"
        + "&".join(f"a{at}=b" for at in range(count - 1))
    )


def offered(chars):
    made = json.encode({"credential_issuer": ISSUER, "credential_configuration_ids": ["a"]}).decode()
    text = "openid-credential-offer://?credential_offer=" + quote(made)
    return offer.parse_offer_link(text + "%20" * ((chars - len(text)) // 3) + "+" * ((chars - len(text)) % 3))


def offered_ids(count):
    names = [f"c{at}" for at in range(count)]
    return offer.parse_offer(json.encode({"credential_issuer": ISSUER, "credential_configuration_ids": names}))


def posted(chars):
    return request_uri.parse_wallet_post(form_of(chars))


def described(chars):
    sent = {"notification_id": "a", "event": "credential_failure", "event_description": "a" * chars}
    return notification.parse_notification_request(json.encode(sent))


def notified(size):
    sent = json.encode({"notification_id": "a", "event": "credential_failure"})
    return notification.parse_notification_request(sent + b" " * (size - len(sent)))


def requested(size):
    sent = json.encode({"credential_configuration_id": "a"})
    return credential.parse_credential_request(sent + b" " * (size - len(sent)))


def token_request(**members):
    sent = {"grant_type": token.PRE_AUTHORIZED, "pre-authorized_code": "a", **members}
    return token.parse_token_request(form.build_form(sent).encode())


def token_form(size):
    sent = form.build_form({"grant_type": token.PRE_AUTHORIZED, "pre-authorized_code": "a", "other": ""}).encode()
    return token.parse_token_request(sent + b"a" * (size - len(sent)))


LIMITS = {
    "a message: bytes": Limit(lambda n: parse_message(Shapes, b"{}" + b" " * (n - 2)), 65_536, "input_too_large"),
    "a text": Limit(lambda n: shape(text="a" * n), 8_192, "message_invalid"),
    "a name": Limit(lambda n: shape(name="a" * n), 1_024, "message_invalid"),
    "the shortest name": Limit(lambda n: shape(name="a" * n), 1, "message_invalid", step=-1),
    "an array": Limit(lambda n: shape(array=[1] * n), 1_024, "message_invalid"),
    "a list": Limit(lambda n: shape(items=[1] * n), 1_024, "message_invalid"),
    "an object": Limit(lambda n: shape(members={str(at): 1 for at in range(n)}), 1_024, "message_invalid"),
    "the name of a member": Limit(lambda n: shape(members={"a" * n: 1}), 1_024, "message_invalid"),
    "an address": Limit(lambda n: shape(url="https://a.example/" + "a" * (n - 18)), 2_048, "message_invalid"),
    "an identifier": Limit(lambda n: shape(identifier="https://a.example/" + "a" * (n - 18)), 2_048, "message_invalid"),
    "a form: fields": Limit(fields, 32, "form_malformed"),
    "a form: characters": Limit(lambda n: form.parse_form(form_of(n)), 65_536, "input_too_large"),
    "a token request: bytes": Limit(token_form, 16_384, "invalid_request"),
    "a token request: characters of the code": Limit(
        lambda n: token_request(**{"pre-authorized_code": "a" * n}), 2_048, "invalid_request"
    ),
    "a token request: characters of the transaction code": Limit(
        lambda n: token_request(tx_code="1" * n), 256, "invalid_request"
    ),
    "a nonce that is received": Limit(
        lambda n: nonce.parse_nonce_response(Response(200, json.encode({"c_nonce": "n" * n}))), 2_048, "message_invalid"
    ),
    "a key proof: characters": Limit(key_proof, 16_384, "input_too_large", "jws_malformed"),
    "a key proof: characters of its nonce": Limit(proof_nonce, 2_048, "proof_claims"),
    "a credential request: bytes": Limit(requested, 262_144, "invalid_credential_request"),
    "a notification: bytes": Limit(notified, 16_384, "invalid_notification_request"),
    "a notification: characters of its description": Limit(described, 1_024, "invalid_notification_request"),
    "an offer: characters of its link": Limit(offered, 32_768, "input_too_large"),
    "an offer: configurations": Limit(offered_ids, 64, "message_invalid"),
    "a request: characters of its link": Limit(
        lambda n: link.parse_link("a" * n), 8_192, "input_too_large", "request_link_invalid"
    ),
    "a request: parameters of its link": Limit(parameters, 32, "request_link_invalid"),
    "a request: keys": Limit(keys, 16, "message_invalid"),
    "a wallet's post: characters": Limit(posted, 65_536, "input_too_large"),
    "a wallet's post: characters of its nonce": Limit(
        lambda n: request_uri.parse_wallet_post(b"wallet_nonce=" + b"n" * n), 512, "message_invalid"
    ),
    "an answer: characters": Limit(lambda n: response.read_form(form_of(n)), 1_048_576, "input_too_large"),
    "an answer: presentations of a credential": Limit(
        lambda n: response.parse_response({"vp_token": json.encode_text({"a": ["p"] * n}), "state": "s"}),
        64,
        "message_invalid",
    ),
    "an answer: least presentations of a credential": Limit(
        lambda n: response.parse_response({"vp_token": json.encode_text({"a": ["p"] * n}), "state": "s"}),
        1,
        "message_invalid",
        step=-1,
    ),
    "an answer to the wallet: characters of an address": Limit(
        lambda n: response.parse_answer(json.encode({"redirect_uri": "https://a.example/" + "a" * (n - 18)})),
        2_048,
        "message_invalid",
    ),
    "an answer to the wallet: bytes": Limit(
        lambda n: response.parse_answer(b"{}" + b" " * (n - 2)), 16_384, "input_too_large"
    ),
    "transaction data: entries": Limit(entries, 16, "invalid_transaction_data"),
    "transaction data: least entries": Limit(entries, 1, "invalid_transaction_data", step=-1),
    "a query: credentials": Limit(credentials, 16, "message_invalid"),
    "a query: claims": Limit(lambda n: query(claims=[{"path": [f"a{at}"]} for at in range(n)]), 64, "message_invalid"),
    "a query: steps of a path": Limit(lambda n: query(claims=[{"path": ["a"] * n}]), 16, "message_invalid"),
    "a query: characters of a step": Limit(lambda n: query(claims=[{"path": ["a" * n]}]), 256, "message_invalid"),
    "a query: the largest position": Limit(lambda n: query(claims=[{"path": ["a", n]}]), 65_535, "message_invalid"),
    "a query: values of a claim": Limit(
        lambda n: query(claims=[{"path": ["a"], "values": [f"v{at}" for at in range(n)]}]), 256, "message_invalid"
    ),
    "a query: characters of a value": Limit(
        lambda n: query(claims=[{"path": ["a"], "values": ["v" * n]}]), 4_096, "message_invalid"
    ),
    "a query: characters of an id": Limit(lambda n: query(id="a" * n), 128, "message_invalid"),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()


def test_an_entry_of_transaction_data_has_16384_characters_at_most():
    assert len(entry(16_384)) == 1
    # The next length that base64url has.
    with refused("invalid_transaction_data"):
        entry(16_386)


def test_a_description_of_an_error_has_256_characters_at_most():
    for chars in (255, 256, 257):
        assert json.parse_object(oauth_error.build_error("invalid_request", "a" * chars))[
            "error_description"
        ] == "a" * min(chars, 256)


def test_an_answer_with_copies_has_262144_bytes_for_each_and_once_more():
    for copies, size in ((1, 524_288), (2, 786_432), (30, 8_126_464)):
        made = credential.build_credential_request(ISSUER, token="t", proofs=["p"] * copies, configuration_id="a")
        assert made.max_bytes == size
