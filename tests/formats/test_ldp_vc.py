"""W3C credentials with Data Integrity proofs: what one presentation may hold, and what is bound to nobody."""

from functools import cache

import pytest

from didkit_fr.encoding import json
from didkit_fr.errors import ParseError
from didkit_fr.formats import ldp_vc
from didkit_fr.formats.occasion import Issuance, Occasion
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.keys import software
from didkit_fr.proofs.claimed_signer import BbsDidUrl, DidUrl
from didkit_fr.proofs.data_integrity import bbs_2023
from tests.formats.samples import SAMPLES
from tests.nation import NOW, nation
from tests.refusals.bbs import SIGNERS
from tests.refusals.originals import ORIGINALS
from tests.refused import refused

ASKED = Occasion("this occasion", "x509_hash:shop")
RULES = ProofRules(frozenset({"ES256"}), frozenset({bbs_2023.NAME, "ecdsa-rdfc-2019"}), NOW, 60, 300)
NOBODY = IssuerKey(SIGNERS["a"].public_key)


@cache
def bearer():
    """A credential secured with `bbs-2023`, as a holder has it."""
    received = ORIGINALS["BBS title received"]
    return received.encode(received.tree()).decode()


@cache
def bound():
    """A credential that is bound to the holder of the small state."""
    return SAMPLES["ldp_vc"].issue(nation().holder.public_key)


def shown(occasion=ASKED):
    return ldp_vc.present(bearer(), [("credentialSubject", "age_over_18")], None, occasion, now=NOW)


def judged(raw, occasion, rules=RULES):
    return ldp_vc.verify(ldp_vc.parse(raw), NOBODY, rules, occasion)


def test_what_is_bound_to_nobody_comes_from_its_issuer_without_a_holder():
    assert judged(bearer(), Issuance(None)).holder is None
    with refused("holder_mismatch"):
        judged(bearer(), Issuance(nation().holder.public_key))


def test_it_is_derived_for_one_occasion_and_proves_possession_of_nothing():
    found = judged(shown(), ASKED)
    assert found.claims["credentialSubject"]["age_over_18"] is True
    assert "family_name" not in found.claims["credentialSubject"]
    assert (found.holder, found.possession) == (None, None)
    for other in (Occasion("another", ASKED.audience), Occasion(ASKED.nonce, "x509_hash:club")):
        with refused("presentation_header_mismatch"):
            judged(shown(), other)


@pytest.mark.parametrize("occasion", [None, Occasion("", ASKED.audience), Occasion(ASKED.nonce, "")])
def test_without_an_occasion_there_is_no_such_cryptosuite(occasion):
    with refused("cryptosuite_refused"):
        judged(shown(), occasion)


def test_what_only_a_holder_may_see_is_refused_of_a_holder():
    with refused("base_proof_unexpected"):
        judged(bearer(), ASKED)


def test_no_key_signs_around_it():
    with refused("key_binding_unexpected"):
        ldp_vc.present(bearer(), [], software.generate(), ASKED, now=NOW)


def test_the_proof_says_of_what_kind_the_signers_key_is():
    assert type(ldp_vc.parse(bearer()).claimed_signer()) is BbsDidUrl
    assert type(ldp_vc.parse(bound()).claimed_signer()) is DidUrl
    assert ldp_vc.parse(bearer()).unverified_cryptosuite == bbs_2023.NAME


def several(*held):
    presented = json.parse_object(ldp_vc.present(bound(), [], nation().holder, ASKED, now=NOW))
    return json.encode_text({**presented, "verifiableCredential": list(held)})


def test_a_presentation_has_one_credential_with_one_proof():
    credential = json.parse_object(bound())
    twice = {**credential, "proof": [credential["proof"], credential["proof"]]}
    assert ldp_vc.parse(several(credential)).presented
    inside = json.parse_object(several(credential))
    for held in ([], [credential, credential], [twice], ["text"], [inside]):
        with refused("w3c_malformed", ParseError):
            ldp_vc.parse(several(*held))
    with refused("w3c_malformed", ParseError):
        ldp_vc.parse(json.encode_text(twice))


def test_a_credential_is_of_262144_characters_at_most():
    spaces = " " * (262_144 - len(bound()))
    assert ldp_vc.parse(bound() + spaces)
    with refused("input_too_large", ParseError):
        ldp_vc.parse(bound() + spaces + " ")
