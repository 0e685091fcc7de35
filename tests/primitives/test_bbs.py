from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.keys import bbs as keys
from didkit_fr.primitives import bbs, bbs_utilities
from didkit_fr.primitives.bls12_381 import R, Scalar
from didkit_fr.primitives.random import system
from tests.refused import refusal

SUITES = (bbs.BLS12_381_SHA_256, bbs.BLS12_381_SHAKE_256)
HEADER, PH = b"header", b"presentation header"
MESSAGES = [f"message {i}".encode() for i in range(6)]
SIGNER = keys.generate()
PK = SIGNER.public_key
SIGNATURE = SIGNER.sign(HEADER, MESSAGES)
SHOWN = [1, 4]
PROOF = bbs.proof_gen(PK.octets, SIGNATURE, HEADER, PH, MESSAGES, SHOWN)
INFINITY = b"\xc0" + bytes(47)


def verified(proof=PROOF, *, header=HEADER, ph=PH, messages=None, indexes=SHOWN, pk=PK):
    shown = [MESSAGES[i] for i in SHOWN] if messages is None else messages
    bbs.proof_verify(pk, proof, header, ph, shown, indexes)


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.id.decode())
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_whatever_is_signed_and_shown_verifies(suite, data):
    messages = data.draw(st.lists(st.binary(max_size=40), max_size=40))
    header, ph = data.draw(st.binary(max_size=20)), data.draw(st.binary(max_size=20))
    indexes = sorted(data.draw(st.sets(st.sampled_from(range(len(messages)))))) if messages else []
    sk = bbs.key_gen(data.draw(st.binary(min_size=32, max_size=64)), suite=suite)
    pk = bbs.sk_to_pk(sk)
    signature = bbs.sign(sk, pk, header, messages, suite=suite)
    bbs.verify(pk, signature, header, messages, suite=suite)
    proof = bbs.proof_gen(pk.octets, signature, header, ph, messages, indexes, suite=suite)
    assert len(proof) == 272 + 32 * (len(messages) - len(indexes))
    shown = [messages[i] for i in indexes]
    bbs.proof_verify(pk, proof, header, ph, shown, indexes, suite=suite)
    other = SUITES[suite is SUITES[0]]
    assert refusal(bbs.verify, pk, signature, header, messages, suite=other) == "signature_invalid"
    assert refusal(bbs.proof_verify, pk, proof, header, ph, shown, indexes, suite=other) == "signature_invalid"


def test_a_signature_is_the_same_each_time_and_a_proof_never():
    assert SIGNER.sign(HEADER, MESSAGES) == SIGNATURE
    other = bbs.proof_gen(PK.octets, SIGNATURE, HEADER, PH, MESSAGES, SHOWN)
    shared = [at for at in range(len(PROOF) - 7) if PROOF[at : at + 8] in other]
    assert not shared


def test_randomness_comes_from_outside():
    one, same = (
        bbs.proof_gen(PK.octets, SIGNATURE, HEADER, PH, MESSAGES, SHOWN, random=source()) for source in (drip, drip)
    )
    assert one == same
    assert keys.generate(random=drip()).public_key == keys.generate(random=drip()).public_key


def drip():
    state = [0]

    def random(length):
        state[0] += 1
        return state[0].to_bytes(length)

    return random


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"header": b"another"}, "signature_invalid"),
        ({"ph": b"another"}, "signature_invalid"),
        ({"pk": keys.generate().public_key}, "signature_invalid"),
        ({"messages": [MESSAGES[1], b"another"]}, "signature_invalid"),
        ({"messages": [MESSAGES[4], MESSAGES[1]]}, "signature_invalid"),
        ({"indexes": [1, 3]}, "signature_invalid"),
        ({"messages": [], "indexes": []}, "signature_invalid"),
        ({"messages": MESSAGES[:3], "indexes": [0, 1, 2]}, "signature_invalid"),
        ({"messages": [MESSAGES[1]]}, "bbs_lists_unequal"),
        ({"messages": []}, "bbs_lists_unequal"),
        ({"indexes": [1, 1]}, "bbs_indexes_invalid"),
        ({"indexes": [4, 1]}, "bbs_indexes_invalid"),
        ({"indexes": [1, 6]}, "bbs_indexes_invalid"),
        ({"indexes": [-1, 4]}, "bbs_indexes_invalid"),
        ({"indexes": [1, 1 << 70]}, "bbs_indexes_invalid"),
        ({"proof": PROOF[:-32]}, "signature_invalid"),
        ({"proof": PROOF + PROOF[-32:]}, "signature_invalid"),
        ({"proof": PROOF[:-1]}, "bbs_proof_malformed"),
        ({"proof": PROOF[:240]}, "bbs_proof_malformed"),
        ({"proof": b""}, "bbs_proof_malformed"),
        ({"proof": PROOF[:48] * 3 + b"\x01" * 32 * 1_030}, "input_too_large"),
        ({"proof": INFINITY + PROOF[48:]}, "point_invalid"),
        ({"proof": PROOF[:48] + INFINITY + PROOF[96:]}, "point_invalid"),
        ({"proof": PROOF[:96] + INFINITY[:-1] + b"\1" + PROOF[144:]}, "point_invalid"),
        ({"proof": INFINITY * 2 + PROOF[96:]}, "point_invalid"),
        ({"proof": PROOF[:144] + bytes(32) + PROOF[176:]}, "scalar_invalid"),
        ({"proof": PROOF[:-32] + bytes(32)}, "scalar_invalid"),
        ({"proof": PROOF[:-32] + R.to_bytes(32)}, "scalar_invalid"),
        ({"proof": PROOF[:-32] + (int.from_bytes(PROOF[-32:]) + R).to_bytes(33)[-32:]}, "scalar_invalid"),
    ],
)
def test_proofs_refused(wrong, expected):
    verified()
    assert refusal(verified, **wrong) == expected


@pytest.mark.parametrize("at", range(0, len(PROOF), 16))
def test_a_proof_with_one_bit_changed(at):
    changed = bytearray(PROOF)
    changed[at] ^= 1
    assert refusal(verified, bytes(changed)) in {"signature_invalid", "point_invalid", "scalar_invalid"}


@pytest.mark.parametrize(
    ("signature", "header", "messages", "expected"),
    [
        (SIGNATURE, b"another", MESSAGES, "signature_invalid"),
        (SIGNATURE, HEADER, MESSAGES[:-1], "signature_invalid"),
        (SIGNATURE, HEADER, [*MESSAGES, b""], "signature_invalid"),
        (SIGNATURE, HEADER, [*MESSAGES[1:], MESSAGES[0]], "signature_invalid"),
        (SIGNATURE, HEADER, [b""] * 1_025, "input_too_large"),
        (SIGNATURE[:-1], HEADER, MESSAGES, "bbs_signature_malformed"),
        (SIGNATURE + b"\0", HEADER, MESSAGES, "bbs_signature_malformed"),
        (INFINITY + SIGNATURE[48:], HEADER, MESSAGES, "point_invalid"),
        (SIGNATURE[:48] + bytes(32), HEADER, MESSAGES, "scalar_invalid"),
        (SIGNATURE[:48] + b"\xff" * 32, HEADER, MESSAGES, "scalar_invalid"),
    ],
)
def test_signatures_refused(signature, header, messages, expected):
    bbs.verify(PK, SIGNATURE, HEADER, MESSAGES)
    assert refusal(bbs.verify, PK, signature, header, messages) == expected
    if expected not in ("signature_invalid", "input_too_large"):
        assert refusal(bbs.proof_gen, PK.octets, signature, header, PH, messages, []) == expected


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (PK.octets[:-1], "key_length"),
        (b"\xc0" + bytes(95), "key_invalid"),
        (b"\xc0" + bytes(94) + b"\1", "key_invalid"),
        (b"\xff" * 96, "key_invalid"),
    ],
)
def test_keys_refused(octets, expected):
    assert bbs.octets_to_pubkey(PK.octets) == PK
    assert refusal(bbs.octets_to_pubkey, octets) == expected


def test_indexes_to_show_are_checked_too():
    for indexes in ([6], [-1], [1, 1], [4, 1]):
        assert refusal(bbs.proof_gen, PK.octets, SIGNATURE, HEADER, PH, MESSAGES, indexes) == "bbs_indexes_invalid"


def test_key_material_has_limits():
    assert refusal(bbs.key_gen, bytes(31)) == "key_length"
    assert refusal(bbs.key_gen, bytes(32), bytes(65_536)) == "key_length"


@given(st.binary(max_size=400))
def test_any_octets_are_no_proof(octets):
    assert refusal(verified, octets) in {"bbs_proof_malformed", "point_invalid", "scalar_invalid"}


def test_generators_are_cached_and_go_on_where_they_ended():
    for suite in SUITES:
        api = bbs.interface(suite)
        many, few = bbs_utilities.create_generators(70, api), bbs_utilities.create_generators(33, api)
        assert many.points[:33] == few.points
        assert many.octets[: 33 * 48] == few.octets
        assert all(one is other for one, other in pairwise([many.points[5], few.points[5]]))
        assert len(set(many.points)) == 70
        assert bbs_utilities.create_generators(0, api).points == ()
        assert refusal(bbs_utilities.create_generators, 1_026, api) == "input_too_large"


def test_a_signer_keeps_its_secret():
    assert keys.from_secret(SIGNER.secret()).public_key == PK
    assert keys.from_secret(SIGNER.secret()).sign(HEADER, MESSAGES) == SIGNATURE
    assert SIGNER.secret().hex() not in repr(SIGNER)
    assert str(int.from_bytes(SIGNER.secret())) not in repr(SIGNER)
    for secret in (b"", bytes(32), R.to_bytes(32), b"\1" * 33):
        assert refusal(keys.from_secret, secret) == "key_unsupported"


def test_no_secret_that_makes_an_identity():
    assert int(bbs.key_gen(system(32))) != 0
    assert bbs.sk_to_pk(Scalar(1)).octets == bbs.octets_to_pubkey(bbs.sk_to_pk(Scalar(1)).octets).octets
