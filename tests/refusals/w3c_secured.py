"""Originals of W3C documents as JWS: a credential with a related resource, a presentation of two credentials."""

import base64
import hashlib
from contextlib import contextmanager
from copy import deepcopy
from functools import cache

from didkit_fr.credentials.presentation import build_envelope
from didkit_fr.credentials.related import check_resources
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.formats.w3c import vc_jose
from tests.refusals import people, trees
from tests.refusals.receiver import Original, Receiver

ISSUER, HOLDER, RESOURCE = "https://issuer.example", "did:example:holder", "https://issuer.example/logo.png"
BASE, EXAMPLES = "https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"
CONTENT = "what is found at that address"
TERMS = Terms(KNOWN, inline=False)
ALGORITHMS = frozenset({"ES256"})


def _document(**more):
    return {
        "@context": [BASE, EXAMPLES],
        "id": "urn:uuid:3978344f-8596-4c3a-a978-8fcaba3903c5",
        "type": ["VerifiableCredential", "ExampleCredential"],
        "issuer": ISSUER,
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2036-01-01T00:00:00Z",
        "name": {"@value": "Carte", "@language": "fr"},
        "credentialSubject": {"id": HOLDER, "colour": "red"},
        "credentialSchema": {"id": "https://issuer.example/schema", "type": "JsonSchema"},
        **more,
    }


def _signed(document, kind, method):
    return vc_jose.sign(document, people.key("signer"), kind=kind, verification_method=method, terms=TERMS)


@cache
def _credential():
    digest = base64.b64encode(hashlib.sha384(CONTENT.encode()).digest()).decode()
    document = _document(relatedResource=[{"id": RESOURCE, "digestSRI": f"sha384-{digest}"}])
    return {"token": trees.node(_signed(document, "vc", f"{ISSUER}#key"), key="signer"), "around": {"content": CONTENT}}


@cache
def _presentation():
    enveloped = build_envelope("application/vc+jwt", _signed(_document(), "vc", f"{ISSUER}#key"))
    document = {
        "@context": [BASE],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER,
        "verifiableCredential": [enveloped, _document(issuer=HOLDER)],
    }
    return {"token": trees.node(_signed(document, "vp", f"{HOLDER}#key"), key="signer"), "around": {}}


def _reader(kind):
    @contextmanager
    def receiver(around, _folder):
        def receive(raw):
            unverified = vc_jose.parse(raw.decode("utf-8", "surrogateescape"))
            vc_jose.unverified_method(unverified)
            key = people.key("signer").public_key
            verified = vc_jose.verify(unverified, key, kind=kind, algorithms=ALGORITHMS, terms=TERMS)
            if kind == "vc":
                check_resources(verified.document, {RESOURCE: around["content"].encode()})

        yield Receiver(receive)

    return receiver


def _original(tree, kind):
    return Original(lambda: deepcopy(tree()), lambda grown: trees.compact(grown["token"]).encode(), _reader(kind))


W3C_SECURED = {
    "W3C credential token": _original(_credential, "vc"),
    "W3C presentation token": _original(_presentation, "vp"),
}
