"""W3C documents with proofs inside: the form of what is secured is checked at both ends, whatever the cryptosuite."""

import pytest

from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.formats.w3c import vc_integrity
from didkit_fr.keys import software
from didkit_fr.proofs.data_integrity import proof
from tests.credentials.documents import CREDENTIAL, PRESENTATION
from tests.processor import sign_by_processor
from tests.refused import refusal

SIGNERS = {
    "ecdsa-rdfc-2019": software.generate("P-384"),
    "ecdsa-jcs-2019": software.generate(),
    "eddsa-rdfc-2022": software.generate("Ed25519"),
    "eddsa-jcs-2022": software.generate("Ed25519"),
}
METHOD, NOW = "https://issuer.example#key", 1_800_000_000
TERMS = Terms(KNOWN, inline=False)
DOCUMENTS = {"vc": CREDENTIAL, "vp": PRESENTATION}


def sign(document, suite, kind, **more):
    how = {"cryptosuite": suite, "verification_method": METHOD, "created": NOW, "terms": TERMS, **more}
    return vc_integrity.sign(document, SIGNERS[suite], kind=kind, **how)


def forced(document, suite, kind):
    how = {"cryptosuite": suite, "verification_method": METHOD, "created": NOW}
    sign = sign_by_processor if "rdfc" in suite else proof.sign
    return sign(document, SIGNERS[suite], purpose=vc_integrity.PROOF_PURPOSES[kind], **how)


def verify(secured, suite, kind, **more):
    rules = {"now": NOW, "leeway": 0, "cryptosuites": [suite], "domain": None, "challenge": None, **more}
    keys = {METHOD: SIGNERS[suite].public_key}
    return vc_integrity.verify(proof.parse(secured), keys, kind=kind, terms=TERMS, **rules)


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("suite", SIGNERS)
def test_what_is_signed_is_verified_as_what_it_is(suite, kind):
    secured, checked = verify(sign(DOCUMENTS[kind], suite, kind), suite, kind)
    assert secured.document == checked.document == DOCUMENTS[kind]
    assert [one.purpose for one in secured.proofs] == [vc_integrity.PROOF_PURPOSES[kind]]
    other = {"vc": "vp", "vp": "vc"}[kind]
    assert refusal(lambda: verify(sign(DOCUMENTS[kind], suite, kind), suite, other)) == "integrity_purpose"


@pytest.mark.parametrize("suite", SIGNERS)
def test_a_presentation_answers(suite):
    shown = sign(PRESENTATION, suite, "vp", domain="shop.example", challenge="c")
    verify(shown, suite, "vp", domain="shop.example", challenge="c")
    assert refusal(lambda: verify(shown, suite, "vp", domain="other.example")) == "integrity_domain"
    assert refusal(lambda: verify(shown, suite, "vp", challenge="d")) == "integrity_challenge"


@pytest.mark.parametrize("suite", SIGNERS)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"issuer": "nobody"}, "vc_identifier"),
        ({"validUntil": "2020"}, "date_time_invalid"),
        ({"credentialStatus": {"id": "https://issuer.example/1"}}, "vc_type"),
        ({"colour": "red"}, "jsonld_undefined_term"),
    ],
)
def test_what_is_out_of_form_is_refused_at_both_ends(suite, change, code):
    document = {**CREDENTIAL, **change}
    assert refusal(lambda: sign(document, suite, "vc")) == code
    refused = refusal(lambda: verify(forced(document, suite, "vc"), suite, "vc"))
    # Statements that mean nothing are refused before their form is asked for.
    assert refused == code or (suite.split("-")[1] == "rdfc" and refused.startswith("jsonld_"))


@pytest.mark.parametrize("suite", SIGNERS)
def test_a_proof_over_statements_is_of_one_spelling(suite):
    document = {**CREDENTIAL, "type": [*CREDENTIAL["type"], *CREDENTIAL["type"]]}
    if suite.split("-")[1] == "jcs":
        assert verify(sign(document, suite, "vc"), suite, "vc")[0].document == document
        return
    assert refusal(lambda: sign(document, suite, "vc")) == "jsonld_unsecured"
    assert refusal(lambda: verify(forced(document, suite, "vc"), suite, "vc")) == "jsonld_unsecured"
