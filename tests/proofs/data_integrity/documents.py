"""Credentials for the tests of proofs, and what verifies them."""

from typing import Any

from hypothesis import strategies as st

from didkit_fr.keys import multikey, software
from didkit_fr.keys.public import ED25519
from didkit_fr.proofs.data_integrity import options, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES

NOW = 1_790_000_000
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/citizenship/v4rc1"]
CREDENTIAL = {
    "@context": CONTEXT,
    "type": ["VerifiableCredential", "EmploymentAuthorizationDocumentCredential"],
    "issuer": {"id": "https://issuer.example", "image": "https://issuer.example/a.png"},
    "name": "Titre",
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2036-01-01T00:00:00Z",
    "credentialSubject": {
        "type": ["Person", "EmployablePerson"],
        "givenName": "Éloïse",
        "familyName": 'Le "fèvre"\n_:b0 .',
        "birthCountry": "France",
        "employmentAuthorizationDocument": {"type": "EmploymentAuthorizationDocument", "identifier": "X4RTBPFW4"},
    },
}
SIGNERS = {curve: software.generate(curve) for curve in (ED25519, "P-256", "P-384", "ML-DSA-44", "ML-DSA-65")}
METHODS = {curve: f"did:key:{multikey.build(signer.public_key)}#key" for curve, signer in SIGNERS.items()}
KEYS = {METHODS[curve]: signer.public_key for curve, signer in SIGNERS.items()}
WHOLE = [
    ("eddsa-jcs-2022", ED25519),
    ("eddsa-rdfc-2022", ED25519),
    ("ecdsa-jcs-2019", "P-256"),
    ("ecdsa-jcs-2019", "P-384"),
    ("ecdsa-rdfc-2019", "P-256"),
    ("ecdsa-rdfc-2019", "P-384"),
    ("mldsa44-jcs-2024", "ML-DSA-44"),
    ("mldsa44-rdfc-2024", "ML-DSA-44"),
]


def signed(document=CREDENTIAL, cryptosuite="eddsa-jcs-2022", curve=ED25519, **more):
    named: dict[str, Any] = {"cryptosuite": cryptosuite, "verification_method": METHODS[curve], "created": NOW}
    return proof.sign(document, SIGNERS[curve], **(named | more))


def verified(secured, **more):
    checks = {
        "purpose": "assertionMethod",
        "now": NOW,
        "leeway": 0,
        "cryptosuites": CRYPTOSUITES,
        "domain": None,
        "challenge": None,
    }
    return proof.verify(proof.parse(secured), KEYS, **(checks | more))


def options_of(cryptosuite, curve="P-256"):
    return options.build_options(
        cryptosuite=cryptosuite, verification_method=METHODS[curve], purpose="assertionMethod", created=NOW
    )


_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12)
_IDS = st.uuids().map(lambda one: {"id": one.urn}) | st.just({})


def _node(type_, **members):
    stated = st.fixed_dictionaries({"type": st.just(type_)}, optional=members)
    return st.builds(lambda ids, node: {**ids, **node}, _IDS, stated)


_CARDS = _node(
    "EmploymentAuthorizationDocument",
    identifier=_TEXTS,
    lprCategory=_TEXTS,
    lprNumber=_TEXTS,
)
_PEOPLE = _node(
    ["Person", "EmployablePerson"],
    givenName=_TEXTS | st.lists(_TEXTS, min_size=1, max_size=3, unique=True),
    familyName=_TEXTS,
    birthCountry=_TEXTS,
    employmentAuthorizationDocument=_CARDS | st.lists(_CARDS, min_size=1, max_size=3),
)


def documents():
    """Credentials with and without ids, with arrays, nested objects, and several subjects."""
    return st.builds(
        lambda ids, subject, extra: {**CREDENTIAL, **ids, **extra, "credentialSubject": subject},
        _IDS,
        _PEOPLE | st.lists(_PEOPLE, min_size=1, max_size=3),
        st.fixed_dictionaries({}, optional={"description": _TEXTS, "name": _TEXTS}),
    )


def pointers_of(value, path=""):
    """A pointer to each value of a document, but to its context."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in entries:
        if step != "@context":
            text = f"{path}/{step}"
            yield text
            yield from pointers_of(child, text)
