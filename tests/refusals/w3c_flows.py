"""Originals of W3C presentations as relying parties get them: with proofs, by an issuer of `did:web`; and in envelopes.

The proofs are of suites that sign text, so that a case can sign what no issuer would: what is refused is not a broken
signature.
"""

import hashlib
from contextlib import contextmanager
from copy import deepcopy
from functools import cache

from didkit_fr.credentials.presentation import ENVELOPED_PRESENTATION, build_envelope
from didkit_fr.encoding import jcs, json, multibase
from didkit_fr.flow import run
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import multikey, software
from didkit_fr.proofs.data_integrity import options
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c.verify import ExpectedPresentation, verify_presentation
from tests.nation import DAY, NOW, Web
from tests.refusals import people, trees
from tests.refusals.integrity import CREDENTIAL
from tests.refusals.receiver import Original, Receiver

ISSUER = "did:web:issuer.example"
TYPE = "https://w3id.org/citizenship#EmploymentAuthorizationDocumentCredential"
ALGORITHMS = frozenset({"ES256", "EdDSA"})


@cache
def key(name):
    """The same each time, and so are its signatures: an original is written alike whenever it is."""
    return software.from_secret(
        hashlib.sha256(name.encode()).digest(), "P-256" if name == "of another curve" else "Ed25519"
    )


def did(name):
    return fields.did_of(key(name).public_key)


def _method(name, fragment):
    return {
        "id": f"{ISSUER}#{fragment}",
        "type": "Multikey",
        "controller": ISSUER,
        "publicKeyMultibase": multikey.build(key(name).public_key),
    }


def _proof(name, method, purpose, **more):
    stated = options.build_options(
        cryptosuite="eddsa-jcs-2022", verification_method=method, purpose=purpose, created=NOW, **more
    )
    return {"options": stated, "key": name, "signature": "made"}


def _tree():
    holder = did("holder")
    first = _proof("signer", f"{ISSUER}#1", "assertionMethod", id="urn:example:first")
    second = _proof("witness", f"{ISSUER}#2", "assertionMethod", previous=["urn:example:first"])
    shown = _proof("holder", fields.method_of(key("holder").public_key), "authentication", domain="shop", challenge="c")
    fragments = {"signer": "1", "witness": "2", "of another curve": "3"}
    return {
        "credential": {
            **CREDENTIAL,
            "issuer": ISSUER,
            "credentialSubject": {**CREDENTIAL["credentialSubject"], "id": holder},
        },
        "proofs": [first, second],
        "presentation": {"@context": [fields.V2], "type": ["VerifiablePresentation"], "holder": holder},
        "shown": shown,
        "around": {
            "clock": 0,
            "page": {
                "id": ISSUER,
                "verificationMethod": [_method(name, fragment) for name, fragment in fragments.items()],
                "assertionMethod": [f"{ISSUER}#{fragment}" for fragment in fragments.values()],
            },
        },
    }


@cache
def _once():
    return _tree()


def _hash(value):
    return hashlib.sha256(jcs.encode(value)).digest()


def _secured(document, nodes):
    made = []
    for node in nodes:
        stated = {"@context": document["@context"], **node["options"]}
        named = stated.get("previousProof", [])
        previous = [one for one in made if one.get("id") in ([named] if isinstance(named, str) else named)]
        signed = {**document, **({"proof": previous} if previous else {})}
        signature = key(node["key"]).sign(_hash(stated) + _hash(signed))
        if node["signature"] == "flipped":
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        made.append({**stated, "proofValue": multibase.encode(signature, multibase.BASE58BTC)})
    return {**document, "proof": made[0] if len(made) == 1 else made}


def _written(tree):
    inner = _secured(tree["credential"], tree["proofs"])
    return json.encode(_secured({**tree["presentation"], "verifiableCredential": [inner]}, [tree["shown"]]))


# --- the same in envelopes, both by DIDs that are their own documents


def _header(name, kind):
    return {"typ": f"{kind}+jwt", "cty": kind, "kid": fields.method_of(people.key(name).public_key)}


@cache
def _enveloped():
    issuer, holder = (fields.did_of(people.key(name).public_key) for name in ("signer", "holder"))
    credential = {**CREDENTIAL, "issuer": issuer, "credentialSubject": {"id": holder, "type": ["Person"]}}
    shown = {"@context": [fields.V2], "type": ["VerifiablePresentation"], "holder": holder}
    answer = {"aud": "shop", "nonce": "c", "iat": NOW, "exp": NOW + DAY, "iss": holder}
    nodes = {
        name: {"header": {"alg": "ES256", **_header(by, kind)}, "claims": claims, "key": by}
        for name, by, kind, claims in (
            ("credential", "signer", "vc", credential),
            ("presentation", "holder", "vp", {**shown, **answer}),
        )
    }
    nodes = {name: {**node, "chain": None, "signature": "made"} for name, node in nodes.items()}
    return {
        **nodes,
        "media_type": "application/vc+jwt",
        "behind": "",
        "beside": {},
        "around": {"clock": 0, "page": False},
    }


def _sealed(tree):
    inner = build_envelope(tree["media_type"], trees.compact(tree["credential"]) + tree["behind"])
    token = trees.compact(tree["presentation"], verifiableCredential=[{**inner, **tree["beside"]}])
    return json.encode(build_envelope("application/vp+jwt", token, kind=ENVELOPED_PRESENTATION))


# --- who judges


@contextmanager
def _reader(around, _folder):
    issuers = (ISSUER, fields.did_of(people.key("signer").public_key))
    anchors = [Anchor(did, None, frozenset({"credential"}), frozenset({TYPE}), did=did) for did in issuers]
    policy = Policy(Anchors(tuple(anchors)), algorithms=ALGORITHMS)
    pages = {} if around["page"] is False else {"https://issuer.example/.well-known/did.json": around["page"]}
    web = Web({url: json.encode(page) for url, page in pages.items()})

    def receive(raw):
        asked = ExpectedPresentation(domain="shop", challenge="c", holder_is_subject=True)
        context = VerificationContext(policy, Memory(), NOW + around["clock"])
        return run(verify_presentation(json.parse_object(raw), asked, context), web)

    yield Receiver(receive, web)


W3C_FLOWS = {
    "W3C presentation with a credential": Original(lambda: deepcopy(_once()), _written, _reader),
    "enveloped W3C presentation": Original(lambda: deepcopy(_enveloped()), _sealed, _reader),
}
