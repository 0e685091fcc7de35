import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError
from didkit_fr.primitives import bls12_381
from didkit_fr.primitives.bls12_381 import G1Point, G2Point, Scalar
from didkit_fr.primitives.random import system
from tests.refused import refusal

G1, G2 = G1Point().to_compressed_bytes(), G2Point().to_compressed_bytes()


def test_the_base_points_come_back():
    assert bls12_381.octets_to_g1(G1) == G1Point()
    assert bls12_381.octets_to_g2(G2) == G2Point()
    assert (len(G1), len(G2)) == (bls12_381.G1_BYTES, bls12_381.G2_BYTES)


@pytest.mark.parametrize(("parse", "size"), [(bls12_381.octets_to_g1, 48), (bls12_381.octets_to_g2, 96)])
@pytest.mark.parametrize(
    "spell",
    [
        lambda _size: b"",
        lambda size: b"\xc0" + bytes(size - 1),  # the identity
        lambda size: b"\xc0" + bytes(size - 2) + b"\x01",  # the identity, as arkworks reads it too
        lambda size: b"\xe0" + bytes(size - 1),  # the identity, with the sign flag
        lambda size: b"\x40" + bytes(size - 1),  # the identity, not compressed
        bytes,
        lambda size: b"\xff" * size,
        lambda size: (G1 if size == 48 else G2)[:-1],
        lambda size: (G1 if size == 48 else G2) + b"\0",
        lambda size: bytes([(G1 if size == 48 else G2)[0] & 0x7F]) + (G1 if size == 48 else G2)[1:],
    ],
)
def test_what_is_no_point_of_its_group(parse, size, spell):
    assert refusal(parse, spell(size)) == "point_invalid"


def test_a_coordinate_over_the_field_is_no_second_spelling():
    x = int.from_bytes(G1) & ((1 << 381) - 1)
    over = x + bls12_381.P
    assert over >> 381, "this coordinate has no second spelling in 381 bits"
    for number in range(1, 40):
        point = (G1Point() * Scalar(number)).to_compressed_bytes()
        x = int.from_bytes(point) & ((1 << 381) - 1)
        if not (x + bls12_381.P) >> 381:
            second = (int.from_bytes(point) + bls12_381.P).to_bytes(48)
            assert refusal(bls12_381.octets_to_g1, second) == "point_invalid"
            return
    pytest.fail("no coordinate small enough among the first points")


def test_a_point_of_the_curve_outside_the_group():
    """x = 4 is on the curve, in the large group that the main one is a part of."""
    octets = bytes([0x80]) + bytes(46) + b"\x04"
    assert not G1Point.from_compressed_bytes_unchecked(octets).is_in_subgroup()
    assert refusal(bls12_381.octets_to_g1, octets) == "point_invalid"


@pytest.mark.parametrize(
    "octets", [b"", bytes(32), bytes(31) + b"\x01\0", bls12_381.R.to_bytes(32), b"\xff" * 32, b"\x01" * 31]
)
def test_what_is_no_scalar(octets):
    assert refusal(bls12_381.octets_to_scalar, octets) == "scalar_invalid"


def test_the_largest_scalar():
    assert int(bls12_381.octets_to_scalar((bls12_381.R - 1).to_bytes(32))) == bls12_381.R - 1


@given(st.binary(max_size=100))
def test_any_octets_are_read_in_one_spelling_or_refused(octets):
    for parse, write in (
        (bls12_381.octets_to_g1, G1Point.to_compressed_bytes),
        (bls12_381.octets_to_g2, G2Point.to_compressed_bytes),
        (bls12_381.octets_to_scalar, Scalar.to_be_bytes),
    ):
        try:
            value = parse(octets)
        except DidkitError:
            continue
        assert write(value) == octets


def test_lists_of_unequal_length():
    for points, scalars in (([G1Point()], []), ([], [Scalar(1)]), ([G1Point()] * 2, [Scalar(1)])):
        assert refusal(bls12_381.sum_of_products, points, scalars) == "bbs_lists_unequal"
        assert refusal(bls12_381.divide_secret, points, scalars, Scalar(5), system) == "bbs_lists_unequal"


def test_dividing_by_a_secret_whatever_blinds_it():
    points, scalars = [G1Point(), G1Point() * Scalar(7)], [Scalar(3), Scalar(4)]
    expected = G1Point() * (Scalar(31) * Scalar(5).inverse())
    for random in (system, bytes, lambda length: b"\xff" * length):
        assert bls12_381.divide_secret(points, scalars, Scalar(5), random) == expected
        assert bls12_381.secret_to_g2(Scalar(5), random) == G2Point() * Scalar(5)


def fastest(work, rounds=60):
    def seconds():
        start = time.thread_time()
        work()
        return time.thread_time() - start

    return min(seconds() for _ in range(rounds))


def test_the_time_of_a_multiplication_says_nothing_of_a_small_secret():
    """Not blinded, 1 takes a hundredth of the time of another: a factor of two tells them apart on any machine."""
    small, large = Scalar(1), Scalar(bls12_381.R - 12345)
    point = G2Point()
    assert fastest(lambda: point * large) > 10 * fastest(lambda: point * small)
    for work in (
        lambda secret: bls12_381.secret_to_g2(secret, system),
        lambda secret: bls12_381.divide_secret([G1Point()], [Scalar(1)], secret, system),
    ):
        ratio = fastest(lambda work=work: work(small)) / fastest(lambda work=work: work(large))
        assert 0.5 < ratio < 2


# RFC 9380 appendices K.1 and K.6: the first message of each list, and one of 128 bytes.
XMD = [
    (b"", 32, "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235"),
    (b"abc", 32, "d8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615"),
    (b"a512_" + b"a" * 512, 32, "4623227bcc01293b8c130bf771da8c298dede7383243dc0993d2d94823958c4c"),
]
XOF = [
    (b"", 32, "2ffc05c48ed32b95d72e807f6eab9f7530dd1c2f013914c8fed38c5ccc15ad76"),
    (b"abc", 32, "b39e493867e2767216792abce1f2676c197c0692aed061560ead251821808e07"),
]


def test_expand_message_of_rfc_9380():
    for message, length, expected in XMD:
        made = bls12_381.expand_message_xmd(message, b"QUUX-V01-CS02-with-expander-SHA256-128", length)
        assert made.hex() == expected
    for message, length, expected in XOF:
        made = bls12_381.expand_message_xof(message, b"QUUX-V01-CS02-with-expander-SHAKE256", length)
        assert made.hex() == expected


def test_expand_message_has_limits():
    for expand in (bls12_381.expand_message_xmd, bls12_381.expand_message_xof):
        assert refusal(expand, b"", b"x" * 256, 48) == "input_too_large"
        assert refusal(expand, b"", b"x", 65_536) == "input_too_large"
    assert refusal(bls12_381.expand_message_xmd, b"", b"x", 255 * 32 + 1) == "input_too_large"
    assert len(bls12_381.expand_message_xmd(b"", b"x", 255 * 32)) == 255 * 32


def test_hash_to_curve_of_rfc_9380():
    """Appendix J.9.1: x of the point for an empty message."""
    point = bls12_381.hash_to_g1_xmd(b"", b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_")
    x = point.to_xy_bytes_be()[:48].hex()
    assert x == ("052926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1")


def test_both_ways_to_the_curve_differ_only_in_what_hashes(monkeypatch):
    """With the XMD expander in its place, our own path from bytes to point is the native one."""
    monkeypatch.setattr(bls12_381, "expand_message_xof", bls12_381.expand_message_xmd)
    for message in (b"", b"abc", hashlib.sha256(b"x").digest()):
        assert bls12_381.hash_to_g1_xof(message, b"a tag") == bls12_381.hash_to_g1_xmd(message, b"a tag")
