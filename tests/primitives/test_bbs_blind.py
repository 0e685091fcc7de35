import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.primitives import bbs, bbs_blind
from didkit_fr.primitives.bbs_blind import Disclosed
from tests.refused import refusal

SK = bbs.key_gen(b"k" * 32)
PK = bbs.sk_to_pk(SK)
HEADER, PH = b"header", b"presentation header"
OWN, SECRET = [b"name", b"birth", b"over 18"], [b"holder secret", b"another"]
COMMITMENT = bbs_blind.commit(SECRET)
BLIND = COMMITMENT.secret_prover_blind
SIGNATURE = bbs_blind.blind_sign(SK, PK, COMMITMENT.with_proof, HEADER, OWN)
SHOWN, SHOWN_SECRETS = Disclosed([OWN[2]], [2]), Disclosed([SECRET[1]], [1])
PROOF = bbs_blind.blind_proof_gen(PK.octets, SIGNATURE, HEADER, PH, OWN, SECRET, [2], [1], BLIND)


def verified(proof=PROOF, *, header=HEADER, ph=PH, own=SHOWN, secrets=SHOWN_SECRETS, count=3):
    bbs_blind.blind_proof_verify(PK, proof, header, ph, count, own, secrets)


@settings(deadline=None, max_examples=15)
@given(st.data())
def test_whatever_is_committed_to_signed_and_shown_verifies(data):
    own, secret = (data.draw(st.lists(st.binary(max_size=9), max_size=5)) for _ in range(2))
    suite = data.draw(st.sampled_from([bbs.BLS12_381_SHA_256, bbs.BLS12_381_SHAKE_256]))
    commitment = bbs_blind.commit(secret, suite=suite)
    blind = commitment.secret_prover_blind
    signature = bbs_blind.blind_sign(SK, PK, commitment.with_proof, HEADER, own, suite=suite)
    bbs_blind.verify_blind_sign(PK, signature, HEADER, own, secret, blind, suite=suite)
    at, at_secret = (
        sorted(data.draw(st.sets(st.sampled_from(range(len(part)))))) if part else [] for part in (own, secret)
    )
    proof = bbs_blind.blind_proof_gen(PK.octets, signature, HEADER, PH, own, secret, at, at_secret, blind, suite=suite)
    shown = Disclosed([own[i] for i in at], at), Disclosed([secret[i] for i in at_secret], at_secret)
    bbs_blind.blind_proof_verify(PK, proof, HEADER, PH, len(own), *shown, suite=suite)


def test_without_the_secret_or_the_blinding_factor_there_is_no_proof():
    other = bbs_blind.commit(SECRET)
    for secret, blind in (([b"guessed", SECRET[1]], BLIND), (SECRET, other.secret_prover_blind), (SECRET, None)):
        args = (PK, SIGNATURE, HEADER, OWN, secret, blind)
        assert refusal(bbs_blind.verify_blind_sign, *args) == "signature_invalid"
        proof = bbs_blind.blind_proof_gen(PK.octets, SIGNATURE, HEADER, PH, OWN, secret, [2], [1], blind)
        assert refusal(verified, proof) == "signature_invalid"


def test_two_commitments_to_one_secret_share_nothing():
    one, other = COMMITMENT.with_proof, bbs_blind.commit(SECRET).with_proof
    assert not [at for at in range(len(one) - 7) if one[at : at + 8] in other]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"header": b"other"}, "signature_invalid"),
        ({"ph": b"other"}, "signature_invalid"),
        ({"own": Disclosed([b"over 65"], [2])}, "signature_invalid"),
        ({"own": Disclosed([OWN[2]], [1])}, "signature_invalid"),
        ({"secrets": Disclosed([b"other"], [1])}, "signature_invalid"),
        ({"count": 2, "own": Disclosed([OWN[2]], [1])}, "signature_invalid"),
        ({"own": Disclosed([OWN[2]], [3])}, "bbs_indexes_invalid"),
        ({"own": Disclosed([OWN[2]], [-1])}, "bbs_indexes_invalid"),
        ({"secrets": Disclosed([SECRET[1]], [-1])}, "bbs_indexes_invalid"),
        ({"secrets": Disclosed([SECRET[1]], [2])}, "bbs_indexes_invalid"),
        ({"own": Disclosed([OWN[2]] * 2, [2, 2]), "count": 4}, "bbs_indexes_invalid"),
        ({"own": Disclosed([], [2])}, "bbs_lists_unequal"),
        ({"count": 6}, "bbs_lists_unequal"),
        ({"count": -1, "own": Disclosed([], [])}, "bbs_lists_unequal"),
        ({"proof": PROOF[:-1]}, "bbs_proof_malformed"),
    ],
)
def test_proofs_refused(wrong, expected):
    verified()
    assert refusal(verified, **wrong) == expected


def test_the_blinding_factor_is_never_shown():
    """Its index lies between the signer's messages and those committed to, where no list reaches."""
    assert refusal(bbs_blind.blind_proof_gen, PK.octets, SIGNATURE, HEADER, PH, OWN, SECRET, [3], [], BLIND) == (
        "bbs_indexes_invalid"
    )
    assert refusal(bbs_blind.blind_proof_gen, PK.octets, SIGNATURE, HEADER, PH, OWN, SECRET, [], [-1], BLIND) == (
        "bbs_indexes_invalid"
    )


@given(st.binary(max_size=200))
def test_any_octets_are_no_commitment(octets):
    if not octets:
        return
    assert refusal(bbs_blind.blind_sign, SK, PK, octets, HEADER, OWN) in {
        "bbs_commitment_malformed",
        "point_invalid",
        "scalar_invalid",
    }
