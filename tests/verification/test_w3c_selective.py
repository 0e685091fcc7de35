"""Selective W3C credentials in the flow that takes any: what is derived is believed, a base proof is not."""

from dataclasses import replace

import pytest

from didkit_fr.did import key as did_key
from didkit_fr.keys import bbs
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd, options
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.trust.anchors import Anchor, Anchors
from tests.nation import NOW
from tests.refused import refusal
from tests.w3c_documents import HOLDER, ISSUER, POLICY, TYPE, credential, did, presentation, presented, read, verified

MANDATORY = ["/issuer", "/credentialSubject/id"]
BLIND = bbs.generate()
BLIND_DID = did_key.build(BLIND.public_key)
OCCASION = b"this occasion"
SUITES = {**CRYPTOSUITES, bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=OCCASION)}


def stated(issuer, cryptosuite):
    method = f"{issuer}#{issuer.removeprefix('did:key:')}"
    return options.build_options(
        cryptosuite=cryptosuite, verification_method=method, purpose="assertionMethod", created=NOW
    )


@pytest.fixture
def base():
    document = credential(credentialSubject={"id": did(HOLDER), "colour": "red", "size": 7})
    return ecdsa_sd.sign_base(document, ISSUER, stated(did(ISSUER), ecdsa_sd.NAME), mandatory=MANDATORY)


def test_what_is_derived_is_believed_alone_and_in_a_presentation(base):
    shown = ecdsa_sd.derive(base, ["/credentialSubject/colour"])
    assert verified(shown).document["credentialSubject"] == {"id": did(HOLDER), "colour": "red"}
    assert read(presented(presentation(shown))).credentials[0].subjects == (did(HOLDER),)
    shown["credentialSubject"]["colour"] = "blue"
    assert refusal(lambda: verified(shown)) == "signature_invalid"


def test_what_an_issuer_hands_over_is_shown_to_nobody(base):
    assert refusal(lambda: verified(base)) == "base_proof_unexpected"


def test_bbs_is_believed_where_the_caller_names_it_three_times():
    anchor = Anchor("issuer", None, frozenset({"credential"}), frozenset({TYPE}), did=BLIND_DID)
    named = {
        "anchors": Anchors((anchor,)),
        "algorithms": POLICY.algorithms | {"BBS"},
        "cryptosuites": POLICY.cryptosuites | {bbs_2023.NAME},
    }
    policy = replace(POLICY, **named)
    document = {**credential(), "issuer": BLIND_DID, "credentialSubject": {"colour": "red", "size": 7}}
    held = bbs_2023.sign_base(document, BLIND, stated(BLIND_DID, bbs_2023.NAME), mandatory=["/issuer"])
    shown = bbs_2023.derive(held, ["/credentialSubject/colour"], presentation_header=OCCASION)
    assert verified(shown, policy, suites=SUITES).document["credentialSubject"] == {"colour": "red"}
    assert refusal(lambda: verified(shown, policy)) == "cryptosuite_refused"
    for member, code in (("algorithms", "algorithm_refused"), ("cryptosuites", "cryptosuite_refused")):
        unnamed = replace(policy, **{member: getattr(POLICY, member)})
        assert refusal(lambda unnamed=unnamed: verified(shown, unnamed, suites=SUITES)) == code
    played_back = bbs_2023.derive(held, ["/credentialSubject/colour"], presentation_header=b"another")
    assert refusal(lambda: verified(played_back, policy, suites=SUITES)) == "presentation_header_mismatch"
