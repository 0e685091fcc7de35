import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.keys import software
from didkit_fr.keys.public import ED25519
from didkit_fr.proofs.data_integrity import ecdsa_sd, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES, CRYPTOSUITES_OF_HOLDERS
from tests.proofs.data_integrity.documents import (
    CONTEXT,
    CREDENTIAL,
    KEYS,
    METHODS,
    NOW,
    SIGNERS,
    WHOLE,
    options_of,
    signed,
    verified,
)
from tests.refused import refusal

DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"


@pytest.mark.parametrize(("cryptosuite", "curve"), WHOLE)
def test_what_is_signed_is_verified(cryptosuite, curve):
    before = deepcopy(CREDENTIAL)
    secured = signed(cryptosuite=cryptosuite, curve=curve, id="urn:example:proof", expires=NOW + 60)
    result = verified(secured)
    assert result.document == CREDENTIAL == before
    [one] = result.proofs
    assert (one.cryptosuite, one.verification_method, one.purpose) == (cryptosuite, METHODS[curve], "assertionMethod")
    assert (one.created, one.expires, one.key) == (NOW, NOW + 60, SIGNERS[curve].public_key)


@pytest.mark.parametrize(("cryptosuite", "curve"), WHOLE)
@pytest.mark.parametrize("what", ["issuer", "created", "proofPurpose"])
def test_every_change_is_seen(cryptosuite, curve, what):
    secured = signed(cryptosuite=cryptosuite, curve=curve)
    if what == "issuer":
        secured["issuer"] = "https://attacker.example"
    else:
        secured["proof"][what] = {"created": "2026-01-01T00:00:00Z", "proofPurpose": "authentication"}[what]
    purpose = "authentication" if what == "proofPurpose" else "assertionMethod"
    assert refusal(lambda: verified(secured, purpose=purpose)) == "signature_invalid"


def test_prepare_and_attach_serve_a_remote_signer():
    prepared = proof.prepare(CREDENTIAL, SIGNERS["P-384"].public_key, options_of("ecdsa-jcs-2019", "P-384"))
    assert len(prepared.signing_input) == 96
    verified(proof.attach(prepared, SIGNERS["P-384"].sign(prepared.signing_input)))


@pytest.mark.parametrize("cryptosuite", [*CRYPTOSUITES, "unknown"])
@pytest.mark.parametrize("curve", SIGNERS)
def test_a_signer_of_another_curve_signs_nothing(cryptosuite, curve):
    if (cryptosuite, curve) in WHOLE:
        return
    code = refusal(lambda: signed(cryptosuite=cryptosuite, curve=curve))
    whole = cryptosuite in {name for name, _ in WHOLE}
    assert code == ("algorithm_refused" if whole else "cryptosuite_refused")


def test_p521_is_no_key_of_these_suites():
    unknown_party = software.generate("P-521")
    secured = signed(cryptosuite="ecdsa-jcs-2019", curve="P-256")
    unverified = proof.parse(secured)
    keys = {METHODS["P-256"]: unknown_party.public_key}
    checks = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    assert refusal(lambda: proof.verify(unverified, keys, cryptosuites=CRYPTOSUITES, **checks)) == "algorithm_refused"


@pytest.mark.guarantee("G28")
def test_a_set_holds_if_all_its_proofs_do():
    both = signed(signed(), "ecdsa-jcs-2019", "P-256")
    assert [one.cryptosuite for one in verified(both).proofs] == ["eddsa-jcs-2022", "ecdsa-jcs-2019"]
    for at in range(2):
        bad = deepcopy(both)
        bad["proof"][at]["created"] = "2026-01-01T00:00:00Z"
        assert refusal(lambda bad=bad: verified(bad)) == "signature_invalid"


@pytest.mark.guarantee("G28")
@pytest.mark.parametrize(("cryptosuite", "curve"), WHOLE)
def test_a_chain_signs_what_came_before(cryptosuite, curve):
    first = signed(id="urn:example:1", cryptosuite="eddsa-rdfc-2022")
    chain = signed(first, cryptosuite, curve, id="urn:example:2", previous=["urn:example:1"])
    longer = signed(chain, previous=["urn:example:1", "urn:example:2"])
    assert len(verified(longer).proofs) == 3
    other = deepcopy(chain)
    other["proof"][0] = {**signed(id="urn:example:1", created=NOW - 9, cryptosuite="eddsa-rdfc-2022")["proof"]}
    assert refusal(lambda: verified(other)) == "signature_invalid"
    alone = {**chain, "proof": chain["proof"][1]}
    assert refusal(lambda: verified(alone)) == "integrity_previous_missing"


def test_nobody_signs_after_a_proof_that_is_not_there():
    assert refusal(lambda: signed(previous=["urn:example:1"])) == "integrity_previous_missing"
    assert refusal(lambda: signed(signed(), previous=["urn:example:1"])) == "integrity_previous_missing"


@pytest.mark.parametrize(
    ("domain", "expected", "holds"),
    [
        ("a", "a", True),
        ("a", ["a"], True),
        (["a", "b"], ["b", "a"], True),
        (["a", "b"], "a", False),
        ("a", ["a", "b"], False),
        (None, "a", False),
        (None, [], True),
        ("a", [], False),
        ("a", None, True),
    ],
)
def test_domains_are_equal_as_sets(domain, expected, holds):
    secured = signed(domain=domain, challenge="c")
    if holds:
        verified(secured, domain=expected, challenge="c")
    else:
        assert refusal(lambda: verified(secured, domain=expected, challenge="c")) == "integrity_domain"


def test_an_empty_purpose_is_no_purpose():
    assert refusal(lambda: verified(signed(), purpose="")) == "integrity_purpose"


@pytest.mark.parametrize(
    ("at", "code"),
    [(-61, "integrity_from_the_future"), (-60, None), (159, None), (160, "integrity_expired")],
)
def test_times_are_enforced_with_leeway(at, code):
    secured = signed(expires=NOW + 100)
    if code is None:
        verified(secured, now=NOW + at, leeway=60)
    else:
        assert refusal(lambda: verified(secured, now=NOW + at, leeway=60)) == code


def test_what_a_jcs_proof_does_not_cover_is_not_among_the_verified_contexts():
    secured = signed()
    secured["@context"] = [*CONTEXT, DATA_INTEGRITY]
    assert verified(secured).document["@context"] == CONTEXT
    both = signed(secured, "ecdsa-jcs-2019", "P-256")
    assert verified(both).document["@context"] == CONTEXT


def test_a_proof_of_mldsa44_jcs_that_states_no_context_is_over_that_of_the_document():
    secured = signed(cryptosuite="mldsa44-jcs-2024", curve="ML-DSA-44")
    assert secured["proof"].pop("@context") == CONTEXT
    assert verified(secured).document == CREDENTIAL
    for context in (CONTEXT[:1], CONTEXT[::-1], [*CONTEXT, DATA_INTEGRITY]):
        assert refusal(lambda context=context: verified({**secured, "@context": context})) == "signature_invalid"
    older = signed()
    del older["proof"]["@context"]
    assert refusal(lambda: verified(older)) == "signature_invalid"


@pytest.mark.parametrize(
    ("cryptosuite", "curve", "value", "code"),
    [
        ("eddsa-jcs-2022", ED25519, "z" + "1" * 255, "integrity_value_malformed"),
        ("eddsa-jcs-2022", ED25519, "z" + "1" * 256, "input_too_large"),
        ("eddsa-jcs-2022", ED25519, "u" + "A" * 86, "multibase_invalid"),
        ("ecdsa-jcs-2019", "P-384", "z" + "1" * 64, "integrity_value_malformed"),
        ("mldsa44-jcs-2024", "ML-DSA-44", "u" + "A" * 8_191, "integrity_value_malformed"),
        ("mldsa44-jcs-2024", "ML-DSA-44", "u" + "A" * 8_192, "input_too_large"),
        ("mldsa44-jcs-2024", "ML-DSA-44", "u" + "A" * 3_228, "integrity_value_malformed"),
        ("mldsa44-jcs-2024", "ML-DSA-44", "u" + "A" * 3_226, "integrity_value_malformed"),
        ("mldsa44-jcs-2024", "ML-DSA-44", "u" + "A" * 3_227, "signature_invalid"),
        ("mldsa44-jcs-2024", "ML-DSA-44", "z" + "1" * 2_420, "multibase_invalid"),
    ],
)
def test_a_value_is_a_signature_in_the_base_of_its_suite(cryptosuite, curve, value, code):
    secured = signed(cryptosuite=cryptosuite, curve=curve)
    secured["proof"]["proofValue"] = value
    assert refusal(lambda: verified(secured)) == code


def test_a_jcs_proof_needs_no_context():
    document = {"some": "data", "number": 1.5}
    secured = signed(document)
    assert "@context" not in secured["proof"]
    assert verified(secured).document == document


def test_a_document_of_1_1_gains_the_context_of_its_proof():
    document = {"@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"]}
    document |= {"issuer": "https://a.example", "issuanceDate": "2026-01-01T00:00:00Z"}
    secured = signed({**document, "credentialSubject": {"id": "urn:example:s"}}, "eddsa-rdfc-2022")
    assert secured["@context"][-1] == DATA_INTEGRITY
    verified(secured)


@pytest.mark.parametrize("cryptosuite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
@pytest.mark.parametrize("context", ["https://unknown.example/context", {"a": "urn:a"}])
def test_an_unknown_context_is_refused(cryptosuite, context):
    document = {**CREDENTIAL, "@context": [*CONTEXT, context]}
    assert refusal(lambda: signed(document, cryptosuite)).startswith("context_")
    nested = {**CREDENTIAL, "credentialSubject": {"@context": CONTEXT, "id": "urn:example:s"}}
    assert refusal(lambda: signed(nested, cryptosuite)).startswith("context_")


def test_rdfc_refuses_what_nobody_would_sign():
    assert refusal(lambda: signed({**CREDENTIAL, "unheardOf": 1}, "eddsa-rdfc-2022"))


def test_secrets_are_in_no_repr():
    secured = signed()
    unverified = proof.parse(secured)
    assert "Éloïse" not in repr(unverified)
    assert secured["proof"]["proofValue"] not in repr(unverified)
    assert "Éloïse" not in repr(verified(secured))


VALUES = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=8)
JSON = st.recursive(
    VALUES, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=6), one, max_size=3)
)
MEMBERS = st.sampled_from(
    [
        *("type", "cryptosuite", "created", "expires", "verificationMethod", "proofPurpose", "proofValue"),
        *("domain", "id", "challenge", "previousProof", "nonce", "@context", "other"),
    ]
)
SECURED = [signed(), signed(cryptosuite="eddsa-rdfc-2022"), signed(signed(id="urn:a"), previous=["urn:a"])]
BASE = ecdsa_sd.sign_base(CREDENTIAL, SIGNERS["P-256"], options_of(ecdsa_sd.NAME), mandatory=["/issuer"])
SECURED += [BASE, ecdsa_sd.derive(BASE, ["/name"])]


@settings(deadline=None)
@given(st.sampled_from(SECURED), MEMBERS, JSON, st.booleans())
def test_any_member_of_a_proof_may_be_anything(secured, member, value, of_proof):
    hostile = json.loads(json.dumps(secured))
    proofs = hostile["proof"]
    target = (proofs[-1] if isinstance(proofs, list) else proofs) if of_proof else hostile
    target[member] = value
    for suites in (CRYPTOSUITES, CRYPTOSUITES_OF_HOLDERS):
        try:
            verified(hostile, suites=suites)
        except DidkitError:
            continue
        assert hostile["proof"] is not None
        assert verified(hostile, suites=suites).document is not None


@settings(deadline=None)
@given(JSON)
def test_anything_may_be_a_proof(value):
    try:
        parsed = proof.parse({"proof": value})
    except ParseError:
        return
    assert parsed.proofs


def test_keys_are_of_this_test():
    assert KEYS.keys() == set(METHODS.values())
    assert METHODS[ED25519] in KEYS


@pytest.mark.parametrize("wrapped", [True, False], ids=["list", "alone"])
def test_a_presentation_covers_credentials_whose_proofs_repeat_their_contexts(wrapped):
    """A JCS suite writes the contexts into the proof; a presentation whose suite reads JSON-LD shows it as it is."""
    held = signed(cryptosuite="eddsa-jcs-2022", curve=ED25519)
    assert held["proof"]["@context"] == held["@context"]
    stated = {
        "@context": CONTEXT,
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [held] if wrapped else held,
    }
    how = {"cryptosuite": "ecdsa-rdfc-2019", "verification_method": METHODS["P-256"], "created": NOW}
    presented = proof.sign(stated, SIGNERS["P-256"], **how)
    shown = verified(presented).document["verifiableCredential"]
    assert verified(shown[0] if wrapped else shown).document == CREDENTIAL
    held["proof"]["proofPurpose"] = "authentication"
    assert refusal(lambda: verified(presented)) == "signature_invalid"
    held["proof"] |= {"proofPurpose": "assertionMethod", "@context": [*CONTEXT, DATA_INTEGRITY]}
    assert refusal(lambda: verified(presented)) == "context_nested"
