"""The limits of DIDs and their documents: at the bound and one beyond."""

import pytest

from didkit_fr.did import jwk as did_jwk
from didkit_fr.did import key as did_key
from didkit_fr.did import url, web
from didkit_fr.did.document import parse_document
from didkit_fr.did.resolve import resolve
from didkit_fr.encoding import base64url, json
from didkit_fr.flow import run
from didkit_fr.keys import jwk, software
from tests.limits import Limit
from tests.nation import NOW, Web

KEY = software.generate().public_key
ID = "did:web:a.example"
METHOD = {"type": "JsonWebKey", "controller": ID, "publicKeyJwk": jwk.build(KEY)}


def document(**members):
    return parse_document({"id": ID, **members}, id=ID)


def methods(count):
    return document(verificationMethod=[{**METHOD, "id": f"#{at}"} for at in range(count)])


def inside(count):
    made = [{**METHOD, "id": f"#{at}"} for at in range(count)]
    return document(verificationMethod=made[:1], assertionMethod=made[1:64], authentication=made[64:])


def fetched(size):
    raw = json.encode({"id": ID})
    raw += b" " * (size - len(raw))
    return run(resolve(ID, now=NOW), Web({"https://a.example/.well-known/did.json": raw}))


def own_jwk(size):
    raw = json.encode(jwk.build(KEY))
    text = base64url.encode(raw + b" " * (size - len(raw)))
    return run(did_jwk.resolve(url.parse_did(f"did:jwk:{text}"), now=NOW), Web({}))


LIMITS = {
    "a DID: characters": Limit(lambda n: url.parse_did("did:a:" + "a" * (n - 6)), 8_192, "did_invalid"),
    "a DID URL: characters": Limit(lambda n: url.parse_did_url("did:a:a#" + "a" * (n - 8)), 8_192, "did_url_invalid"),
    "did:key: characters": Limit(
        lambda n: run(did_key.resolve(url.parse_did("did:key:z" + "1" * (n - 1)), now=NOW), Web({})),
        1_024,
        "did_invalid",
        "multicodec_unknown",
    ),
    "did:jwk: bytes": Limit(own_jwk, 4_096, "did_invalid"),
    "did:web: port": Limit(lambda n: web.url_of(url.parse_did(f"did:web:a.example%3A{n}")), 65_535, "did_invalid"),
    "a document: bytes": Limit(fetched, 65_536, "input_too_large"),
    "a document: verification methods": Limit(methods, 64, "did_document_invalid"),
    "a document: methods inside relationships": Limit(inside, 64, "did_document_invalid"),
    "a document: services": Limit(
        lambda n: document(service=[{"id": f"#{at}", "type": "a", "serviceEndpoint": "a"} for at in range(n)]),
        64,
        "did_document_invalid",
    ),
    "a document: controllers": Limit(
        lambda n: document(controller=[f"did:web:a{at}.example" for at in range(n)]), 64, "did_document_invalid"
    ),
    "a document: other names": Limit(
        lambda n: document(alsoKnownAs=[f"did:web:a{at}.example" for at in range(n)]), 64, "did_document_invalid"
    ),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()


def test_an_absolute_url_has_8192_characters_at_most():
    assert url.is_url("https://a.example/" + "a" * (8_192 - 18))
    assert not url.is_url("https://a.example/" + "a" * (8_192 - 17))
