import copy
import pickle
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import ParseError
from didkit_fr.keys import ecdsa, software
from didkit_fr.keys.algorithms import KNOWN, named
from didkit_fr.keys.public import (
    PublicKey,
    compressed,
    from_compressed,
    from_cryptography,
    from_octets,
    verify_signature,
)
from tests.refused import refusal

SIGNER = software.generate()
KEY = SIGNER.public_key
MESSAGE = b"message"
SIGNATURE = SIGNER.sign(MESSAGE)
ORDER = ecdsa.P_256.order
CURVES = {"P-256": ecdsa.P_256, "P-384": ecdsa.P_384, "P-521": ecdsa.P_521}
P_256 = named("P-256")


def test_a_point_is_a_key():
    assert from_octets(P_256, KEY.octets) == KEY
    assert (KEY.family, KEY.algorithm, len(KEY.octets), KEY.row) == ("P-256", "ES256", 65, P_256)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        (b"", "key_length"),
        (KEY.octets[:-1], "key_length"),
        (KEY.octets + b"\0", "key_length"),
        (b"\x02" + KEY.octets[1:33], "key_length"),
        (b"\x03" + KEY.octets[1:], "key_invalid"),
        (b"\x06" + KEY.octets[1:], "key_invalid"),
        (b"\x00", "key_length"),
        (b"\x04" + bytes(64), "key_invalid"),
        (b"\x04" + b"\xff" * 64, "key_invalid"),
        (KEY.octets[:-1] + bytes([KEY.octets[-1] ^ 1]), "key_invalid"),
    ],
)
def test_what_is_no_point_is_refused(point, expected):
    assert refusal(lambda: from_octets(P_256, point)) == expected


def test_other_curves_and_kinds_are_not_supported():
    for name in ("secp256k1", "Ed448", "X25519", "ML-DSA", "ES256", ""):
        assert refusal(lambda name=name: named(name)) == "key_unsupported"
    others = [
        ec.generate_private_key(ec.SECP256K1()).public_key(),
        ec.generate_private_key(ec.BrainpoolP256R1()).public_key(),
        ed448.Ed448PrivateKey.generate().public_key(),
        rsa.generate_private_key(65537, 2048).public_key(),
        SIGNER.private,
        None,
    ]
    for other in others:
        assert refusal(lambda other=other: from_cryptography(other)) == "key_unsupported"
    assert from_cryptography(KEY.handle) == KEY


EVERY = {name: software.generate(name) for name in KNOWN.by_name}
SIZES = {
    "P-256": (65, 64),
    "P-384": (97, 96),
    "P-521": (133, 132),
    "Ed25519": (32, 64),
    "ML-DSA-44": (1_312, 2_420),
    "ML-DSA-65": (1_952, 3_309),
    "ML-DSA-87": (2_592, 4_627),
}


@pytest.mark.parametrize("curve", EVERY)
def test_each_algorithm_signs_and_verifies(curve):
    signer = EVERY[curve]
    key, signature = signer.public_key, signer.sign(MESSAGE)
    assert (len(key.octets), len(signature)) == SIZES[curve]
    assert key.row is named(curve)
    assert key.signs_with(key.algorithm)
    assert not key.signs_with("ES256") or curve == "P-256"
    verify_signature(key, signature, MESSAGE)
    for forged in (b"", signature[:-1], signature + b"\0", bytes(len(signature)), signature[::-1], SIGNATURE):
        if forged != signature and curve != "P-256":
            assert refusal(lambda forged=forged: verify_signature(key, forged, MESSAGE)) == "signature_invalid"
    assert refusal(lambda: verify_signature(key, signature, b"other")) == "signature_invalid"


@pytest.mark.parametrize("curve", EVERY)
def test_keys_are_compressed_and_back(curve):
    for _ in range(8):
        key = software.generate(curve).public_key
        assert from_compressed(key.row, compressed(key)) == key
        assert from_octets(key.row, key.octets) == from_octets(key.row, key.octets, load=True) == key
        assert from_cryptography(key.handle) == key


@pytest.mark.parametrize("curve", CURVES)
def test_what_is_no_compressed_point_is_refused(curve):
    point = compressed(EVERY[curve].public_key)
    for wrong in (b"", point[:-1], point + b"\0", b"\x00", EVERY[curve].public_key.octets):
        assert refusal(lambda wrong=wrong: from_compressed(named(curve), wrong)) == "key_length"
    for wrong in (b"\x04" + point[1:], b"\x00" + point[1:], b"\x02" + b"\xff" * (len(point) - 1)):
        assert refusal(lambda wrong=wrong: from_compressed(named(curve), wrong)) == "key_invalid"


# y coordinates of the eight points whose order divides 8 (RFC 7748 section 6, edwards25519), and their other spellings.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_an_ed25519_key_of_small_order_is_refused_wherever_it_comes_from(point):
    raw, row = bytes.fromhex(point), named("Ed25519")
    assert refusal(lambda: from_octets(row, raw)) == "key_invalid"
    assert refusal(lambda: from_octets(row, raw, load=True)) == "key_invalid"
    assert refusal(lambda: from_compressed(row, raw)) == "key_invalid"
    handle = ed25519.Ed25519PublicKey.from_public_bytes(raw)
    assert refusal(lambda: from_cryptography(handle)) == "key_invalid"
    # Were one not refused all the same, libsodium would not verify with it.
    forged = PublicKey(row, raw, handle)
    assert refusal(lambda: verify_signature(forged, raw + bytes(32), MESSAGE)) == "signature_invalid"


def test_a_signature_is_verified():
    verify_signature(KEY, SIGNATURE, MESSAGE)


def test_high_s_is_valid():
    s = int.from_bytes(SIGNATURE[32:])
    verify_signature(KEY, SIGNATURE[:32] + (ORDER - s).to_bytes(32), MESSAGE)


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        SIGNATURE[:-1],
        SIGNATURE + b"\0",
        b"\0" + SIGNATURE,
        bytes(64),
        SIGNATURE[:32] + bytes(32),
        bytes(32) + SIGNATURE[32:],
        ORDER.to_bytes(32) + SIGNATURE[32:],
        SIGNATURE[:32] + ORDER.to_bytes(32),
        b"\xff" * 64,
        SIGNATURE[32:] + SIGNATURE[:32],
    ],
)
def test_other_signatures_are_refused(signature):
    assert refusal(lambda: verify_signature(KEY, signature, MESSAGE)) == "signature_invalid"


def test_another_message_and_another_key_are_refused():
    assert refusal(lambda: verify_signature(KEY, SIGNATURE, b"other")) == "signature_invalid"
    other = software.generate().public_key
    assert refusal(lambda: verify_signature(other, SIGNATURE, MESSAGE)) == "signature_invalid"


@given(st.binary(max_size=70) | st.binary(min_size=64, max_size=64))
def test_any_bytes_are_a_signature_or_refused(signature):
    if signature != SIGNATURE:
        assert refusal(lambda: verify_signature(KEY, signature, MESSAGE)) == "signature_invalid"


@given(st.binary(max_size=70) | st.binary(min_size=64, max_size=64).map(lambda rest: b"\x04" + rest))
def test_any_bytes_are_a_point_or_refused(point):
    try:
        key = from_octets(P_256, point)
    except ParseError:
        return
    assert isinstance(key, PublicKey)


def test_keys_are_compared_by_value_and_can_be_collected():
    assert {KEY, from_octets(P_256, KEY.octets)} == {KEY}
    assert software.generate().public_key != KEY


@pytest.mark.parametrize("name", KNOWN.by_name)
def test_a_key_can_be_copied_and_kept(name):
    key = EVERY[name].public_key
    kept = pickle.dumps(key)
    assert copy.copy(key) == copy.deepcopy(key) == pickle.loads(kept) == key  # noqa: S301 - made in the line above


def accepts(check, *arguments):
    try:
        check(*arguments)
    except (ValueError, ParseError):
        return False
    return True


@given(st.sampled_from(sorted(CURVES)), st.data())
def test_the_equation_accepts_what_openssl_accepts(name, data):
    curve = CURVES[name]
    point = bytearray(software.generate(name).public_key.octets)
    edits = st.lists(st.tuples(st.integers(1, len(point) - 1), st.integers(0, 255)), max_size=3)
    for at, byte in data.draw(edits):
        point[at] = byte
    oracle = accepts(ec.EllipticCurvePublicKey.from_encoded_point, curve.curve, bytes(point))
    assert accepts(from_octets, named(name), bytes(point)) == oracle
    assert accepts(partial(from_octets, load=True), named(name), bytes(point)) == oracle


@pytest.mark.parametrize("name", sorted(CURVES))
def test_a_coordinate_has_one_spelling(name):
    curve = CURVES[name]
    generator = ec.derive_private_key(1, curve.curve).public_key().public_numbers()
    for x, y in (
        (generator.x, generator.y),
        (generator.x, curve.prime - generator.y),
        (generator.x, curve.prime + generator.y),
        (curve.prime + generator.x, generator.y),
        (curve.prime, curve.prime),
        (0, 0),
    ):
        if max(x, y) >= 1 << 8 * curve.size:
            continue
        point = b"\x04" + x.to_bytes(curve.size) + y.to_bytes(curve.size)
        oracle = accepts(ec.EllipticCurvePublicKey.from_encoded_point, curve.curve, point)
        assert accepts(from_octets, named(name), point) == oracle == (0 < x < curve.prime and 0 < y < curve.prime)


@given(st.sampled_from([32, 48, 66]), st.data())
def test_a_signature_becomes_the_asn1_that_the_library_writes(size, data):
    sides = st.one_of(st.integers(0, 2 ** (8 * size) - 1), st.integers(0, 300), st.just(1 << 8 * size - 1))
    r, s = data.draw(sides), data.draw(sides)
    assert ecdsa._der(r.to_bytes(size) + s.to_bytes(size), size) == encode_dss_signature(r, s)
