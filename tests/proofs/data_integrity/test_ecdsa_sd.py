from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import cbor, multibase
from didkit_fr.keys.public import ED25519
from didkit_fr.proofs.data_integrity import ecdsa_sd, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES_OF_HOLDERS
from tests.proofs.data_integrity.documents import CREDENTIAL, SIGNERS, documents, options_of, pointers_of, verified
from tests.refused import refusal

MANDATORY = ["/issuer", "/validFrom", "/validUntil"]


def based(document=CREDENTIAL, mandatory=MANDATORY, **more):
    return ecdsa_sd.sign_base(document, SIGNERS["P-256"], options_of(ecdsa_sd.NAME), mandatory=mandatory, **more)


def components(secured):
    raw = multibase.decode(secured["proof"]["proofValue"])
    return raw[:3], cbor.decode(raw[3:])


def with_components(secured, header, parts):
    value = multibase.encode(header + cbor.encode(parts), multibase.BASE64URL)
    return {**secured, "proof": {**secured["proof"], "proofValue": value}}


@pytest.mark.guarantee("G29")
def test_from_an_issuer_by_a_holder_to_a_verifier():
    before = deepcopy(CREDENTIAL)
    base = based()
    assert verified(base, suites=CRYPTOSUITES_OF_HOLDERS).document == CREDENTIAL == before
    shown = verified(ecdsa_sd.derive(base, ["/credentialSubject/birthCountry"])).document
    assert shown["credentialSubject"] == {"type": ["Person", "EmployablePerson"], "birthCountry": "France"}
    assert shown.keys() == {"@context", "type", "issuer", "validFrom", "validUntil", "credentialSubject"}


@settings(deadline=None, max_examples=30)
@given(documents(), st.data())
def test_any_part_of_any_document_is_verified(document, data):
    listed = list(pointers_of(document))
    mandatory, selective = (data.draw(st.lists(st.sampled_from(listed), unique=True, max_size=5)) for _ in range(2))
    base = based(document, mandatory)
    verified(base, suites=CRYPTOSUITES_OF_HOLDERS)
    if mandatory or selective:
        verified(ecdsa_sd.derive(base, selective))


@pytest.mark.guarantee("G29")
def test_a_derived_proof_holds_nothing_of_what_was_withheld():
    base, shown = based(), ecdsa_sd.derive(based(), ["/name"])
    _, (_, _, hmac_key, signatures, _) = components(base)
    derived = ecdsa_sd.derive(base, ["/name"])
    _, parts = components(derived)
    assert hmac_key not in cbor.encode(parts)
    assert len(parts[2]) == 1
    assert set(parts[2]) < set(signatures)
    assert "Éloïse" not in str(shown)


def test_two_base_proofs_have_nothing_in_common():
    one, other = components(based())[1], components(based())[1]
    assert one[1] != other[1]
    assert one[2] != other[2]
    assert not set(one[3]) & set(other[3])


@pytest.mark.guarantee("G29")
def test_no_statement_is_taken_from_another_credential_of_the_issuer():
    base, other = based(), based({**CREDENTIAL, "name": "Autre titre"})
    mine, theirs = (components(ecdsa_sd.derive(one, ["/name"]))[1] for one in (base, other))
    shown = ecdsa_sd.derive(base, ["/name"])
    mixed = with_components({**shown, "name": "Autre titre"}, b"\xd9\x5d\x01", [*mine[:2], theirs[2], *mine[3:]])
    assert refusal(lambda: verified(mixed)) == "signature_invalid"


def test_what_is_cut_is_not_cut_again():
    shown = ecdsa_sd.derive(based(), ["/name"])
    assert refusal(lambda: ecdsa_sd.derive(shown, [])) == "derived_proof_unexpected"
    assert refusal(lambda: verified(shown, suites=CRYPTOSUITES_OF_HOLDERS)) == "derived_proof_unexpected"
    assert refusal(lambda: verified(based())) == "base_proof_unexpected"


def test_a_remote_issuer_signs_what_is_prepared():
    prepared = ecdsa_sd.prepare_base(CREDENTIAL, options_of(ecdsa_sd.NAME), mandatory=MANDATORY)
    assert len(prepared.signing_input) == 32 + 35 + 32
    base = proof.attach(prepared, SIGNERS["P-256"].sign(prepared.signing_input))
    verified(base, suites=CRYPTOSUITES_OF_HOLDERS)


def test_what_is_not_signed():
    signer, options = SIGNERS["P-256"], options_of(ecdsa_sd.NAME)
    sign = ecdsa_sd.sign_base
    assert refusal(lambda: sign(based(), signer, options, mandatory=[])) == "integrity_proof_malformed"
    assert refusal(lambda: sign(CREDENTIAL, SIGNERS[ED25519], options, mandatory=[])) == "algorithm_refused"
    assert refusal(lambda: sign(CREDENTIAL, SIGNERS["P-384"], options, mandatory=[])) == "algorithm_refused"
    other = options_of("ecdsa-rdfc-2019")
    assert refusal(lambda: sign(CREDENTIAL, signer, other, mandatory=[])) == "cryptosuite_refused"
    chained = {**options, "previousProof": "urn:a"}
    assert refusal(lambda: sign(CREDENTIAL, signer, chained, mandatory=[])) == "cryptosuite_refused"
    assert refusal(lambda: sign(CREDENTIAL, signer, options, mandatory=["/nothing"])) == "pointer_invalid"
    assert refusal(lambda: ecdsa_sd.derive(CREDENTIAL, [])) == "integrity_proof_missing"
    assert refusal(lambda: ecdsa_sd.derive(based(mandatory=[]), [])) == "pointer_invalid"


BASE = based()
SHOWN = ecdsa_sd.derive(BASE, ["/name", "/credentialSubject/birthCountry"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.binary(max_size=40) | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.integers(0, 3) | st.binary(max_size=3), one, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.sampled_from([BASE, SHOWN]), st.integers(0, 4), VALUES)
def test_any_component_may_be_anything(secured, at, value):
    header, parts = components(secured)
    parts[at] = value
    hostile = with_components(secured, header, parts)
    suites = {"suites": CRYPTOSUITES_OF_HOLDERS} if secured is BASE else {}
    refusal(lambda: verified(hostile, **suites))


@settings(deadline=None)
@given(st.sampled_from([BASE, SHOWN]), st.data())
def test_any_byte_may_differ(secured, data):
    raw = bytearray(multibase.decode(secured["proof"]["proofValue"]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    value = multibase.encode(bytes(raw), multibase.BASE64URL)
    hostile = {**secured, "proof": {**secured["proof"], "proofValue": value}}
    suites = {"suites": CRYPTOSUITES_OF_HOLDERS} if secured is BASE else {}
    refusal(lambda: verified(hostile, **suites))
