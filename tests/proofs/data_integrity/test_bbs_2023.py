import hashlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import cbor, multibase
from didkit_fr.error_table import CODES
from didkit_fr.errors import DidkitError
from didkit_fr.keys import bbs, software
from didkit_fr.proofs.data_integrity import bbs_2023, options, proof, selective
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES, CRYPTOSUITES_OF_HOLDERS
from tests.processor import reading
from tests.proofs.data_integrity.documents import CREDENTIAL, NOW, documents, pointers_of
from tests.refused import refusal

METHOD = "https://issuer.example/keys#bbs"
SIGNER = bbs.generate()
KEYS = {METHOD: SIGNER.public_key}
MANDATORY = ["/issuer", "/validUntil"]
OCCASION = b"one party, one nonce"
OPTIONS = options.build_options(
    cryptosuite=bbs_2023.NAME, verification_method=METHOD, purpose="assertionMethod", created=NOW
)


def signed(document=CREDENTIAL, mandatory=MANDATORY, **more):
    return bbs_2023.sign_base(document, SIGNER, OPTIONS, mandatory=mandatory, **more)


def verified(secured, suite=None, table=CRYPTOSUITES, keys=KEYS):
    suite = suite or bbs_2023.bbs_2023(presentation_header=OCCASION)
    checks = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    suites = {**table, bbs_2023.NAME: suite}
    return proof.verify(proof.parse(secured), keys, cryptosuites=[bbs_2023.NAME], suites=suites, **checks)


def held(base):
    return verified(base, bbs_2023.BBS_2023_BASE, CRYPTOSUITES_OF_HOLDERS)


def derived(base, pointers=("/credentialSubject/birthCountry",), occasion=OCCASION):
    return bbs_2023.derive(base, pointers, presentation_header=occasion)


@settings(deadline=None, max_examples=25)
@given(documents(), st.data())
def test_whatever_is_chosen_verifies_and_nothing_else_is_shown(document, data):
    listed = list(pointers_of(document))
    mandatory, chosen = (data.draw(st.lists(st.sampled_from(listed), unique=True, max_size=5)) for _ in range(2))
    base = signed(document, mandatory)
    assert held(base).document == document
    if not mandatory and not chosen:
        return
    shown = derived(base, chosen)
    part = verified(shown).document
    expected = selective.disclose(document, mandatory, chosen, selective.shuffled_labels(bytes(32)), reading=reading())
    assert part == expected.document
    hidden = len(expected.others) - len(expected.selective)
    assert len(components(shown)[0]) == 272 + 32 * hidden


def components(secured):
    return cbor.decode(multibase.decode(secured["proof"]["proofValue"])[3:])


@pytest.mark.guarantee("G30")
def test_a_verifier_that_expects_no_occasion_accepts_any():
    assert verified(derived(signed()), bbs_2023.bbs_2023(presentation_header=None)).document["validUntil"]
    assert refusal(lambda: verified(derived(signed(), occasion=b""))) == "presentation_header_mismatch"
    assert refusal(lambda: derived(signed(), occasion=bytes(1_025))) == "input_too_large"


def test_the_header_of_a_request_is_of_this_client_and_this_nonce():
    """Computed by hand: an array of three texts."""
    texts = ("didkit-fr bbs-2023 presentation 1", "x509_hash:shop", "nonce")
    encoded = b"\x83" + b"".join(
        (b"\x78" + bytes([len(text)]) if len(text) > 23 else bytes([0x60 + len(text)])) + text.encode()
        for text in texts
    )
    made = bbs_2023.presentation_header("x509_hash:shop", "nonce")
    assert made == hashlib.sha256(encoded).digest()
    assert bbs_2023.presentation_header("x509_hash:sho", "pnonce") != made


def test_bbs_is_in_no_table():
    assert bbs_2023.NAME not in {*CRYPTOSUITES, *CRYPTOSUITES_OF_HOLDERS}


def test_a_base_proof_is_over_fresh_labels_and_of_one_spelling():
    one, other = signed(), signed()
    assert components(one)[3] != components(other)[3]
    assert signed(random=bytes) == signed(random=bytes)


def test_a_remote_signer_signs_header_and_messages():
    prepared = bbs_2023.prepare_base(CREDENTIAL, OPTIONS, mandatory=MANDATORY)
    made = prepared.attach(SIGNER.public_key, SIGNER.sign(prepared.header, prepared.messages))
    assert held(made).document == CREDENTIAL
    assert "prenom" not in repr(prepared)
    assert "Éloïse" not in repr(prepared)


def test_labels_in_order_are_the_same_for_everybody():
    def labels(name):
        document = {**CREDENTIAL, "credentialSubject": {**CREDENTIAL["credentialSubject"], "givenName": name}}
        base = signed(document, alike=True)
        held(base)
        return components(derived(base))[1:4]

    assert len({repr(labels(f"name {at}")) for at in range(5)}) == 1
    assert len({repr(components(derived(signed()))[1:4]) for _ in range(20)}) > 1


def test_labels_in_order_have_limits():
    many = {**CREDENTIAL, "credentialSubject": [{"type": "Person", "givenName": str(at)} for at in range(8)]}
    assert refusal(lambda: signed(many, alike=True)) == "selection_unsupported"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: signed(signed()), "integrity_proof_malformed"),
        (lambda: derived(CREDENTIAL), "integrity_proof_missing"),
        (lambda: derived(derived(signed())), "derived_proof_unexpected"),
        (lambda: verified(signed()), "base_proof_unexpected"),
        (lambda: held(derived(signed())), "derived_proof_unexpected"),
        (lambda: derived(signed(mandatory=[]), []), "pointer_invalid"),
        (lambda: derived(signed(), ["/nothing"]), "pointer_invalid"),
        (lambda: signed(mandatory=["/nothing"]), "pointer_invalid"),
        (lambda: verified(derived(signed()), keys={METHOD: bbs.generate().public_key}), "signature_invalid"),
        (
            lambda: bbs_2023.sign_base(CREDENTIAL, SIGNER, {**OPTIONS, "cryptosuite": "ecdsa-sd-2023"}, mandatory=[]),
            "cryptosuite_refused",
        ),
        (
            lambda: bbs_2023.sign_base(CREDENTIAL, SIGNER, {**OPTIONS, "previousProof": "urn:a"}, mandatory=[]),
            "cryptosuite_refused",
        ),
    ],
)
def test_refusals(call, expected):
    assert refusal(call) == expected


def test_a_key_of_another_curve_is_refused():

    assert (
        refusal(lambda: verified(derived(signed()), keys={METHOD: software.generate().public_key}))
        == "algorithm_refused"
    )


@cache
def good():
    return signed(), derived(signed())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.binary(max_size=100) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 9) | st.text(max_size=3), inner),
    max_leaves=6,
)


def refused(whole, value):
    """Refused; where a holder accepts it, as another HMAC key may shuffle alike, a verifier does too."""
    secured = good()[0 if whole else 1]
    head = multibase.decode(secured["proof"]["proofValue"])[:3]
    raw = value if isinstance(value, bytes) else head + cbor.encode(value)
    changed = {**secured, "proof": {**secured["proof"], "proofValue": multibase.encode(raw, "u")}}
    if changed == secured:
        return
    try:
        held(changed) if whole else verified(changed)
    except DidkitError:
        return
    assert whole
    assert verified(derived(changed)).document["validUntil"] == CREDENTIAL["validUntil"]


@settings(deadline=None, max_examples=150)
@given(st.booleans(), st.integers(0, 4), VALUES)
def test_a_component_replaced_is_refused_with_a_code(whole, at, value):
    parts = components(good()[0 if whole else 1])
    parts[at] = value
    refused(whole, parts)


@settings(deadline=None, max_examples=150)
@given(st.booleans(), st.data())
def test_bytes_edited_are_refused_with_a_code(whole, data):
    raw = bytearray(multibase.decode(good()[0 if whole else 1]["proof"]["proofValue"]))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(min_size=1, max_size=3))
    refused(whole, bytes(raw))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 4), VALUES)
def test_deriving_from_what_was_never_verified_is_refused_with_a_code(at, value):
    parts = components(good()[0])
    parts[at] = value
    raw = b"\xd9\x5d\x02" + cbor.encode(parts)
    changed = {**CREDENTIAL, "proof": {**OPTIONS, "proofValue": multibase.encode(raw, "u")}}
    try:
        derived(changed)
    except DidkitError as error:
        assert error.code in CODES  # noqa: PT017 - both outcomes are right
