import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.primitives import bbs, bbs_nym
from didkit_fr.primitives.bbs_blind import Disclosed
from didkit_fr.primitives.bls12_381 import Scalar, random_scalar
from didkit_fr.primitives.random import system
from tests.refused import refusal

SK = bbs.key_gen(b"k" * 32)
PK = bbs.sk_to_pk(SK)
HEADER, PH, SHOP, BANK = b"header", b"presentation header", b"https://shop.example", b"https://bank.example"
OWN, SECRET = [b"name", b"birth", b"over 18"], [b"holder secret", b"another"]
NYMS = [random_scalar(system) for _ in range(2)]
ENTROPY = random_scalar(system)


def issued(nyms=NYMS, entropy=ENTROPY, own=OWN, secret=SECRET):
    commitment = bbs_nym.commit_with_nym(secret, nyms)
    signature = bbs_nym.blind_sign_with_nym(SK, PK, commitment.with_proof, len(nyms), entropy, HEADER, own)
    blind = commitment.secret_prover_blind
    secrets = bbs_nym.verify_finalize_with_nym(PK, signature, HEADER, own, secret, nyms, entropy, blind)
    return signature, secrets, blind


SIGNATURE, SECRETS, BLIND = issued()


def shown(context=SHOP, ph=PH, secrets=SECRETS, own=(2,), committed=(1,)):
    return bbs_nym.proof_gen_with_nym(
        PK.octets, SIGNATURE, HEADER, ph, secrets, context, OWN, SECRET, own, committed, BLIND
    )


PROOF = shown()


def verified(proof=PROOF, *, header=HEADER, ph=PH, context=SHOP, length=2, count=3, own=None, committed=None):
    own, committed = own or Disclosed([OWN[2]], [2]), committed or Disclosed([SECRET[1]], [1])
    bbs_nym.proof_verify_with_nym(PK, proof, header, ph, context, length, count, own, committed)


def test_a_pseudonym_is_the_same_in_its_context_and_another_elsewhere():
    again, elsewhere = shown(ph=b"later"), shown(context=BANK)
    verified(again, ph=b"later")
    verified(elsewhere, context=BANK)
    assert again.pseudonym == PROOF.pseudonym != elsewhere.pseudonym
    assert not [at for at in range(len(again.proof) - 7) if again.proof[at : at + 8] in PROOF.proof]


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 3), st.lists(st.binary(max_size=9), max_size=4), st.lists(st.binary(max_size=9), max_size=3))
def test_whatever_is_issued_is_shown_and_verifies(length, own, secret):
    nyms = [random_scalar(system) for _ in range(length)]
    signature, secrets, blind = issued(nyms, own=own, secret=secret)
    made = bbs_nym.proof_gen_with_nym(
        PK.octets, signature, HEADER, PH, secrets, SHOP, own, secret, range(len(own)), [], blind
    )
    disclosed = Disclosed(own, range(len(own)))
    bbs_nym.proof_verify_with_nym(PK, made, HEADER, PH, SHOP, length, len(own), disclosed, Disclosed([], []))


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"header": b"other"}, "signature_invalid"),
        ({"ph": b"other"}, "signature_invalid"),
        ({"context": BANK}, "signature_invalid"),
        ({"length": 1}, "signature_invalid"),
        ({"length": 3, "committed": Disclosed([SECRET[1]], [0])}, "signature_invalid"),
        ({"length": 0}, "bbs_lists_unequal"),
        ({"length": 9}, "bbs_lists_unequal"),
        ({"count": 8}, "bbs_lists_unequal"),
        ({"proof": PROOF._replace(pseudonym=shown(BANK).pseudonym)}, "signature_invalid"),
        ({"proof": PROOF._replace(pseudonym=b"\xc0" + bytes(47))}, "point_invalid"),
        ({"proof": PROOF._replace(proof=PROOF.proof[:-1])}, "bbs_proof_malformed"),
        ({"committed": Disclosed([SECRET[1]], [2])}, "bbs_indexes_invalid"),
        ({"committed": Disclosed([b"other"], [1])}, "signature_invalid"),
        ({"own": Disclosed([b"over 65"], [2])}, "signature_invalid"),
    ],
)
def test_proofs_refused(wrong, expected):
    verified()
    assert refusal(verified, **wrong) == expected


def test_nobody_chooses_another_pseudonym():
    """Other secrets than the signed ones give a proof that does not hold."""
    stolen = [SECRETS[0], SECRETS[1] + Scalar(1)]
    assert refusal(verified, shown(secrets=stolen)) == "signature_invalid"


def test_a_secret_is_never_shown():
    assert refusal(shown, committed=(2,)) == "bbs_indexes_invalid"
    assert refusal(shown, own=(3,)) == "bbs_indexes_invalid"


def test_a_signature_over_another_part_of_the_secret_is_noticed():
    commitment = bbs_nym.commit_with_nym(SECRET, NYMS)
    signature = bbs_nym.blind_sign_with_nym(SK, PK, commitment.with_proof, 2, ENTROPY, HEADER, OWN)
    args = (PK, signature, HEADER, OWN, SECRET, NYMS, ENTROPY + Scalar(1), commitment.secret_prover_blind)
    assert refusal(bbs_nym.verify_finalize_with_nym, *args) == "signature_invalid"
    assert refusal(bbs_nym.verify_finalize_with_nym, PK, signature, HEADER, OWN, SECRET, [], ENTROPY, BLIND) == (
        "bbs_lists_unequal"
    )
