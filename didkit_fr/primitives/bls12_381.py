"""The groups of BLS12-381, through arkworks: strict in what it reads, and blinding what is secret.

A point has one spelling: compressed, as draft-irtf-cfrg-pairing-friendly-curves appendix C writes it. Multiplication
by a scalar takes a time that depends on the scalar, so a secret one is never multiplied with as it is: a fresh random
factor goes in before and comes out after. That hides the secret from who measures the whole; it is no promise of
constant time.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from didkit_fr.errors import ParseError
from didkit_fr.primitives.random import Random

__all__ = [
    "G1_BYTES",
    "G2_BYTES",
    "SCALAR_BYTES",
    "WIDE_BYTES",
    "Expand",
    "G1Point",
    "G2Point",
    "HashToG1",
    "R",
    "Scalar",
    "divide_secret",
    "expand_message_xmd",
    "expand_message_xof",
    "hash_to_g1_xmd",
    "hash_to_g1_xof",
    "octets_to_g1",
    "octets_to_g2",
    "octets_to_scalar",
    "pairings_cancel",
    "random_scalar",
    "secret_to_g2",
    "sum_of_products",
    "sum_of_secrets",
]

P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""The prime order of both groups."""

SCALAR_BYTES, G1_BYTES, G2_BYTES = 32, 48, 96
WIDE_BYTES = 48
"""As many random bytes as make a scalar without bias: 128 bits more than the order has."""

MAX_DST_BYTES, MAX_EXPANDED_BYTES = 255, 65_535
_FIELD_BYTES, _WIDE_FIELD_BYTES = 48, 64
_SHA256_BYTES, _SHA256_BLOCK = 32, 64

Expand: TypeAlias = Callable[[bytes, bytes, int], bytes]
"""Message, domain separation tag, length in bytes: that many bytes (RFC 9380 section 5.3)."""

HashToG1: TypeAlias = Callable[[bytes, bytes], G1Point]
"""Message, domain separation tag: a point (RFC 9380 section 3)."""


def octets_to_g1(octets: bytes) -> G1Point:
    """Reads a compressed point of the main subgroup of G1, 48 bytes; never the identity.

    Raises:
        ParseError: `point_invalid`.
    """
    try:
        point = G1Point.from_compressed_bytes(octets)
    except ValueError:
        raise ParseError("point_invalid", "not a point of G1") from None
    # The identity has many spellings that are read as one, and no place in any proof.
    if point == G1Point.identity() or point.to_compressed_bytes() != octets:
        raise ParseError("point_invalid", "the identity, or another spelling")
    return point


def octets_to_g2(octets: bytes) -> G2Point:
    """Reads a compressed point of the main subgroup of G2, 96 bytes; never the identity.

    Raises:
        ParseError: `point_invalid`.
    """
    try:
        point = G2Point.from_compressed_bytes(octets)
    except ValueError:
        raise ParseError("point_invalid", "not a point of G2") from None
    if point == G2Point.identity() or point.to_compressed_bytes() != octets:
        raise ParseError("point_invalid", "the identity, or another spelling")
    return point


def octets_to_scalar(octets: bytes) -> Scalar:
    """Reads a scalar between 1 and r - 1, 32 bytes, big endian.

    Raises:
        ParseError: `scalar_invalid`.
    """
    try:
        scalar = Scalar.from_be_bytes(octets)
    except ValueError:
        raise ParseError("scalar_invalid", "not below the order of the group") from None
    if scalar.is_zero():
        raise ParseError("scalar_invalid", "zero")
    return scalar


def random_scalar(random: Random) -> Scalar:
    """A uniformly random scalar."""
    return Scalar.from_be_bytes_mod_order(random(WIDE_BYTES))


def sum_of_products(points: Sequence[G1Point], scalars: Sequence[Scalar]) -> G1Point:
    """The sum of each point times its scalar.

    Raises:
        ParseError: `bbs_lists_unequal`.
    """
    # Of unequal lists the native function silently leaves out what is over.
    if len(points) != len(scalars):
        raise ParseError("bbs_lists_unequal", "points and scalars")
    return G1Point.multiexp_unchecked(list(points), list(scalars))


def divide_secret(points: Sequence[G1Point], scalars: Sequence[Scalar], secret: Scalar, random: Random) -> G1Point:
    """`sum_of_products`, divided by a secret scalar that is not zero.

    Neither the inversion nor a multiplication sees the secret, or its inverse, without a random factor that is used
    once.
    """
    factor = _blinding_factor(random)
    blinded = (secret * factor).inverse()
    return sum_of_products(points, [scalar * blinded for scalar in scalars]) * factor


def sum_of_secrets(points: Sequence[G1Point], secrets: Sequence[Scalar], random: Random) -> G1Point:
    """`sum_of_products` with secret scalars, blinded as in `divide_secret`.

    Raises:
        ParseError: `bbs_lists_unequal`.
    """
    factor = _blinding_factor(random)
    return sum_of_products(points, [secret * factor for secret in secrets]) * factor.inverse()


def secret_to_g2(secret: Scalar, random: Random) -> G2Point:
    """The base point of G2 times a secret scalar, blinded as in `divide_secret`."""
    factor = _blinding_factor(random)
    return G2Point() * (secret * factor) * factor.inverse()


def _blinding_factor(random: Random) -> Scalar:
    factor = random_scalar(random)
    return Scalar(1) if factor.is_zero() else factor


def pairings_cancel(left: tuple[G1Point, G2Point], right: tuple[G1Point, G2Point]) -> bool:
    """Whether the product of the two pairings is one."""
    return GT.pairing_check([left[0], right[0]], [left[1], right[1]])


# --- RFC 9380


def expand_message_xmd(message: bytes, dst: bytes, length: int) -> bytes:
    """`expand_message_xmd` with SHA-256 (RFC 9380 section 5.3.1).

    Raises:
        ParseError: `input_too_large` where the tag or the length is over what the procedure allows.
    """
    blocks = -(-length // _SHA256_BYTES)
    _check_lengths(dst, length, blocks)
    suffix = dst + bytes([len(dst)])
    first = hashlib.sha256(bytes(_SHA256_BLOCK) + message + length.to_bytes(2) + b"\0" + suffix).digest()
    last = hashlib.sha256(first + b"\1" + suffix).digest()
    output = [last]
    for at in range(2, blocks + 1):
        mixed = (int.from_bytes(first) ^ int.from_bytes(last)).to_bytes(_SHA256_BYTES)
        last = hashlib.sha256(mixed + bytes([at]) + suffix).digest()
        output.append(last)
    return b"".join(output)[:length]


def expand_message_xof(message: bytes, dst: bytes, length: int) -> bytes:
    """`expand_message_xof` with SHAKE-256 (RFC 9380 section 5.3.2).

    Raises:
        ParseError: `input_too_large` where the tag or the length is over what the procedure allows.
    """
    _check_lengths(dst, length)
    return hashlib.shake_256(message + length.to_bytes(2) + dst + bytes([len(dst)])).digest(length)


def _check_lengths(dst: bytes, length: int, blocks: int = 0) -> None:
    if len(dst) > MAX_DST_BYTES or length > MAX_EXPANDED_BYTES or blocks > 255:  # noqa: PLR2004 - one byte counts them
        raise ParseError("input_too_large", "domain separation tag, or length to expand to")


def hash_to_g1_xmd(message: bytes, dst: bytes) -> G1Point:
    """`BLS12381G1_XMD:SHA-256_SSWU_RO_` (RFC 9380 section 8.8.1)."""
    return G1Point.hash_to_curve(message, dst)


def hash_to_g1_xof(message: bytes, dst: bytes) -> G1Point:
    """`BLS12381G1_XOF:SHAKE-256_SSWU_RO_` (draft-irtf-cfrg-bbs-signatures appendix A.1)."""
    uniform = expand_message_xof(message, dst, 2 * _WIDE_FIELD_BYTES)
    first, second = (
        G1Point.map_from_fp_be((int.from_bytes(half) % P).to_bytes(_FIELD_BYTES))
        for half in (uniform[:_WIDE_FIELD_BYTES], uniform[_WIDE_FIELD_BYTES:])
    )
    return first + second
