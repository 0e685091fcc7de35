"""W3C credentials with Data Integrity proofs: what one presentation may hold, and what is bound to nobody."""

from functools import cache

import pytest

from didkit_fr.encoding import date_time, json
from didkit_fr.errors import ParseError
from didkit_fr.formats import ldp_vc
from didkit_fr.formats.occasion import Issuance, Occasion
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.keys import software
from didkit_fr.proofs.claimed_signer import BbsDidUrl, DidUrl
from didkit_fr.proofs.data_integrity import bbs_2023
from tests.formats.samples import SAMPLES
from tests.nation import DAY, NOW, nation
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


def received(change):
    """What an issuer signs that changed the tree of the original."""
    original = ORIGINALS["BBS title received"]
    tree = original.tree()
    change(tree)
    return original.encode(tree).decode()


def stated(**members):
    return lambda tree: tree["document"].update(members)


def stated_of_the_proof(**members):
    return lambda tree: tree["options"].update(members)


def without(name):
    return lambda tree: tree["document"].pop(name)


def mandatory(*pointers):
    return lambda tree: tree.update(mandatory=list(pointers))


MORNING = NOW - NOW % DAY
LINKING = {
    "a member of its own": stated(name="x"),
    "an identifier": stated(id="urn:uuid:7a2c5f0e-6d1b-4a5e-9d53-1c1f7b1f0a11"),
    "a subject with a name": lambda tree: tree["document"]["credentialSubject"].update(id="did:example:a"),
    "an issuer that is described": lambda tree: tree["document"].update(issuer={"id": tree["document"]["issuer"]}),
    "a beginning within the day": stated(validFrom=date_time.build(MORNING + 1)),
    "an end within the day": stated(validUntil=date_time.build(MORNING + DAY - 1)),
    "two days": stated(validUntil=date_time.build(MORNING + 2 * DAY)),
    "a time in another spelling": stated(validFrom=date_time.build(MORNING).replace("Z", "+00:00")),
    "no end": lambda tree: (without("validUntil")(tree), mandatory("/issuer", "/validFrom")(tree)),
    "a proof with a time of its own": stated_of_the_proof(created=date_time.build(MORNING + 1)),
    "a proof that expires": stated_of_the_proof(expires=date_time.build(MORNING + DAY)),
    "more that is mandatory": mandatory("/issuer", "/validFrom", "/validUntil", "/credentialSubject/age_over_18"),
}


@pytest.mark.parametrize("name", LINKING)
def test_what_would_tell_one_holder_from_another_is_not_taken_from_an_issuer(name):
    assert judged(received(lambda _tree: None), Issuance(None)).type
    with refused("credential_linkable"):
        judged(received(LINKING[name]), Issuance(None))


@pytest.mark.parametrize("allowed", [frozenset(), frozenset({"ecdsa-rdfc-2019"})])
def test_its_cryptosuite_is_known_only_where_it_is_allowed(allowed):
    rules = ProofRules(frozenset({"ES256"}), allowed, NOW, 60, 300)
    for raw, occasion in ((bearer(), Issuance(None)), (shown(), ASKED)):
        with refused("cryptosuite_refused"):
            judged(raw, occasion, rules)
