"""Data Integrity proofs of ours against the PyPI package `openvc-core`, in both directions.

It reads the clock, so that what is signed here is signed now.
"""

import json
import time
from copy import deepcopy

import pytest
from openvc.errors import OpenvcError
from openvc.keys import Ed25519SigningKey, P256SigningKey, P384SigningKey
from openvc.proof.data_integrity import DataIntegrityProofSuite
from openvc.proof.di_ecdsa_rdfc import EcdsaRdfcProofSuite
from openvc.proof.di_jcs import EcdsaJcsProofSuite, EddsaJcsProofSuite
from openvc.proof.ecdsa_sd import EcdsaSdProofSuite

from didkit_fr.errors import DidkitError
from didkit_fr.keys import multikey, software
from didkit_fr.keys.public import ED25519
from didkit_fr.proofs.data_integrity import ecdsa_sd, options, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES, CRYPTOSUITES_OF_HOLDERS
from tests.vectors import vectors

NOW = int(time.time())
CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
CARD = {"type": "EmploymentAuthorizationDocument", "identifier": "X4RTBPFW4", "lprCategory": "C09"}
SUBJECT = {
    "type": ["Person", "EmployablePerson"],
    "givenName": "Éloïse",
    "familyName": 'Le "fèvre"\n',
    "birthCountry": "France",
    "employmentAuthorizationDocument": CARD,
}
CREDENTIAL = {
    "@context": ["https://www.w3.org/ns/credentials/v2", CITIZENSHIP],
    "type": ["VerifiableCredential", "EmploymentAuthorizationDocumentCredential"],
    "issuer": "https://issuer.example",
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2036-01-01T00:00:00Z",
    "credentialSubject": SUBJECT,
}
SIGNERS = {curve: software.generate(curve) for curve in (ED25519, "P-256", "P-384")}
METHODS = {}
for _curve, _signer in SIGNERS.items():
    _name = multikey.build(_signer.public_key)
    METHODS[_curve] = f"did:key:{_name}#{_name}"
KEYS = {method: SIGNERS[curve].public_key for curve, method in METHODS.items()}
THEIR_KEYS = {ED25519: Ed25519SigningKey, "P-256": P256SigningKey, "P-384": P384SigningKey}
SUITES = [
    ("eddsa-rdfc-2022", ED25519, DataIntegrityProofSuite),
    ("eddsa-jcs-2022", ED25519, EddsaJcsProofSuite),
    ("ecdsa-rdfc-2019", "P-256", EcdsaRdfcProofSuite),
    ("ecdsa-jcs-2019", "P-256", EcdsaJcsProofSuite),
    ("ecdsa-rdfc-2019", "P-384", EcdsaRdfcProofSuite),
    ("ecdsa-jcs-2019", "P-384", EcdsaJcsProofSuite),
]


# Theirs canonicalises with SHA-256 also for P-384, where the standard wants SHA-384 (ECDSA Cryptosuites 1.0 section 3,
# and the official vector with several nodes without id): only of a document whose nodes have ids the two agree.
NAMED = {
    **CREDENTIAL,
    "id": "urn:example:credential",
    "credentialSubject": {**SUBJECT, "id": "did:example:a", "employmentAuthorizationDocument": {**CARD, "id": "urn:c"}},
}


def credential_for(cryptosuite, curve):
    return NAMED if (cryptosuite, curve) == ("ecdsa-rdfc-2019", "P-384") else CREDENTIAL


def contexts(cryptosuite):
    """Theirs brings no context but the first."""
    if "jcs" in cryptosuite:
        return {}
    manifest = json.loads(vectors("contexts/manifest.json").read_text())
    [entry] = [one for one in manifest["contexts"] if one["url"] == CITIZENSHIP]
    return {"extra_contexts": {CITIZENSHIP: json.loads(vectors(f"contexts/{entry['file']}").read_text())}}


def theirs(curve):
    return THEIR_KEYS[curve](SIGNERS[curve].private, METHODS[curve])


def our_verdict(secured, **more):
    checks = {
        "purpose": "assertionMethod",
        "now": int(time.time()),
        "leeway": 5,
        "cryptosuites": CRYPTOSUITES,
        "domain": None,
        "challenge": None,
    }
    return proof.verify(proof.parse(secured), KEYS, **(checks | more))


def named(cryptosuite, curve):
    return {"cryptosuite": cryptosuite, "verification_method": METHODS[curve], "created": NOW}


@pytest.mark.parametrize(("cryptosuite", "curve", "suite"), SUITES)
def test_theirs_verifies_ours(cryptosuite, curve, suite):
    secured = proof.sign(credential_for(cryptosuite, curve), SIGNERS[curve], **named(cryptosuite, curve))
    result = suite().verify(secured, **contexts(cryptosuite))
    assert result.issuer == CREDENTIAL["issuer"]
    for changed in (deepcopy(secured), deepcopy(secured)):
        changed["issuer"] = "https://attacker.example"
        with pytest.raises(OpenvcError):
            suite().verify(changed, **contexts(cryptosuite))


@pytest.mark.parametrize(("cryptosuite", "curve", "suite"), SUITES)
def test_ours_verifies_theirs(cryptosuite, curve, suite):
    credential = credential_for(cryptosuite, curve)
    secured = suite().add_proof(
        credential, signing_key=theirs(curve), verification_method=METHODS[curve], **contexts(cryptosuite)
    )
    if "jcs" in cryptosuite:
        # Theirs signs a proof with the document's context, and then leaves it out of the proof, where the standard
        # wants it (EdDSA Cryptosuites 1.0 section 3.3.1 step 2).
        secured["proof"]["@context"] = CREDENTIAL["@context"]
    assert our_verdict(secured).document == credential
    secured["validUntil"] = "2046-01-01T00:00:00Z"
    with pytest.raises(DidkitError):
        our_verdict(secured)


def test_a_presentation_of_ours_answers_theirs_and_the_reverse():
    document = {"@context": CREDENTIAL["@context"], "type": ["VerifiablePresentation"], "holder": "did:example:a"}
    suite, more = DataIntegrityProofSuite(), contexts("rdfc")
    asked = {"domain": "shop.example", "challenge": "once"}
    ours = proof.sign(
        document, SIGNERS[ED25519], **named("eddsa-rdfc-2022", ED25519), purpose="authentication", **asked
    )
    expected = {"expected_proof_purpose": "authentication", "expected_domain": "shop.example"}
    suite.verify(ours, **expected, expected_challenge="once", **more)
    with pytest.raises(OpenvcError):
        suite.verify(ours, **expected, expected_challenge="twice", **more)
    made = suite.add_proof(
        document,
        signing_key=theirs(ED25519),
        verification_method=METHODS[ED25519],
        proof_purpose="authentication",
        **asked,
        **more,
    )
    our_verdict(made, purpose="authentication", **asked)
    with pytest.raises(DidkitError):
        our_verdict(made, purpose="authentication", domain="shop.example", challenge="twice")


# --- statements disclosed one by one

WITH_IDS = {**SUBJECT, "id": "did:example:eloise"}
SUBJECTS = {
    "ids everywhere": {**WITH_IDS, "employmentAuthorizationDocument": {**CARD, "id": "urn:example:card"}},
    "without ids": SUBJECT,
    "with an id": WITH_IDS,
    "several subjects": [WITH_IDS, {**SUBJECT, "birthCountry": "Belgium"}],
    "arrays of texts": {**SUBJECT, "givenName": ["Éloïse", "Marie", "Anne"]},
    "arrays of objects": {**SUBJECT, "employmentAuthorizationDocument": [CARD, {**CARD, "identifier": "2"}]},
}
POINTERS = {
    "ids everywhere": ["/credentialSubject/employmentAuthorizationDocument/identifier"],
    "without ids": ["/credentialSubject/employmentAuthorizationDocument/identifier"],
    "with an id": ["/credentialSubject/birthCountry"],
    "several subjects": ["/credentialSubject/1/birthCountry", "/credentialSubject/0/employmentAuthorizationDocument"],
    "arrays of texts": ["/credentialSubject/givenName/1"],
    "arrays of objects": ["/credentialSubject/employmentAuthorizationDocument/1/lprCategory"],
}
MANDATORY = ["/issuer", "/validFrom", "/validUntil"]


def ours_based(credential):
    stated = options.build_options(
        cryptosuite=ecdsa_sd.NAME, verification_method=METHODS["P-256"], purpose="assertionMethod", created=NOW
    )
    return ecdsa_sd.sign_base(credential, SIGNERS["P-256"], stated, mandatory=MANDATORY)


def theirs_based(credential):
    suite = EcdsaSdProofSuite()
    return suite.add_base_proof(
        credential,
        signing_key=theirs("P-256"),
        verification_method=METHODS["P-256"],
        mandatory_pointers=MANDATORY,
        **contexts("sd"),
    )


def ours_derived(base, pointers):
    our_verdict(base, suites=CRYPTOSUITES_OF_HOLDERS)
    return ecdsa_sd.derive(base, pointers)


def theirs_derived(base, pointers):
    return EcdsaSdProofSuite().derive_proof(base, selective_pointers=pointers, **contexts("sd"))


# Theirs takes no pointer into an array, and loses track of nodes without an id.
KINDS = [*((ours_derived, kind) for kind in SUBJECTS), (theirs_derived, "ids everywhere")]


@pytest.mark.parametrize("issue", [ours_based, theirs_based])
@pytest.mark.parametrize(("derive", "kind"), KINDS)
def test_what_either_issues_and_either_cuts_both_verify(kind, issue, derive):
    credential = {**CREDENTIAL, "credentialSubject": SUBJECTS[kind]}
    if kind == "ids everywhere":
        credential["id"] = "urn:example:credential"
    shown = derive(issue(credential), POINTERS[kind])
    expected = ours_derived(ours_based(credential), POINTERS[kind])
    assert our_verdict(shown).document == our_verdict(expected).document
    EcdsaSdProofSuite().verify(shown, **contexts("sd"))
    our_verdict(shown)
    shown["validUntil"] = "2046-01-01T00:00:00Z"
    with pytest.raises(DidkitError):
        our_verdict(shown)
    with pytest.raises(OpenvcError):
        EcdsaSdProofSuite().verify(shown, **contexts("sd"))
