"""BBS signatures: ciphersuites, and the utility operations (draft-irtf-cfrg-bbs-signatures sections 7 and 4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from didkit_fr.errors import ParseError
from didkit_fr.primitives import bls12_381
from didkit_fr.primitives.bls12_381 import (
    G1_BYTES,
    G2_BYTES,
    SCALAR_BYTES,
    WIDE_BYTES,
    Expand,
    G1Point,
    G2Point,
    HashToG1,
    Scalar,
    octets_to_g1,
    octets_to_scalar,
)
from didkit_fr.primitives.random import Random

__all__ = [
    "BLS12_381_SHAKE_256",
    "BLS12_381_SHA_256",
    "CURVE",
    "MAX_GENERATORS",
    "PROOF_FLOOR_BYTES",
    "SIGNATURE_BYTES",
    "Ciphersuite",
    "Generators",
    "Interface",
    "Proof",
    "PublicKey",
    "calculate_domain",
    "calculate_random_scalars",
    "create_generators",
    "hash_to_scalar",
    "messages_to_scalars",
    "octets_to_proof",
    "octets_to_pubkey",
    "octets_to_signature",
    "serialize",
]

MAX_GENERATORS = 1_025
"""Making a generator takes half a millisecond, and it is kept: so many cost half a second, once for each interface."""

CURVE = "BLS12-381 G2"

SIGNATURE_BYTES = G1_BYTES + SCALAR_BYTES
PROOF_FLOOR_BYTES = 3 * G1_BYTES + 4 * SCALAR_BYTES

_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Ciphersuite:
    """A ciphersuite (section 7.2): what hashes, and the fixed point P1 of G1."""

    id: bytes
    p1: G1Point = field(compare=False, repr=False)
    expand_message: Expand = field(compare=False, repr=False)
    hash_to_curve_g1: HashToG1 = field(compare=False, repr=False)


BLS12_381_SHA_256 = Ciphersuite(
    b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_",
    octets_to_g1(
        bytes.fromhex(
            "a8ce256102840821a3e94ea9025e4662b205762f9776b3a766c872b948f1fd225e7c59698588e70d11406d161b4e28c9"
        )
    ),
    bls12_381.expand_message_xmd,
    bls12_381.hash_to_g1_xmd,
)
BLS12_381_SHAKE_256 = Ciphersuite(
    b"BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_",
    octets_to_g1(
        bytes.fromhex(
            "8929dfbc7e6642c4ed9cba0856e493f8b9d7d5fcb0c31ef8fdcd34d50648a56c795e106e9eada6e0bda386b414150755"
        )
    ),
    bls12_381.expand_message_xof,
    bls12_381.hash_to_g1_xof,
)


class Interface(NamedTuple):
    """A ciphersuite, and the `api_id` under which its operations are used (section 3.8)."""

    suite: Ciphersuite
    api_id: bytes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A valid public key: its 96 octets, and the point that they are."""

    octets: bytes
    point: G2Point = field(compare=False, repr=False)

    @property
    def family(self) -> str:
        """The curve and the group, as other keys name theirs."""
        return CURVE

    @property
    def algorithm(self) -> str:
        """What stands where other keys name a JOSE algorithm: a policy of those allows no BBS unless it says so."""
        return "BBS"


class Generators(NamedTuple):
    """Q_1, H_1, ..., H_L: the points, and the octets of them all in a row."""

    points: tuple[G1Point, ...]
    octets: bytes

    @property
    def messages(self) -> tuple[G1Point, ...]:
        """H_1, ..., H_L."""
        return self.points[1:]


class Proof(NamedTuple):
    """A proof: (Abar, Bbar, D, e^, r1^, r3^, (m^_1, ..., m^_U), c)."""

    a_bar: G1Point
    b_bar: G1Point
    d: G1Point
    e_hat: Scalar
    r1_hat: Scalar
    r3_hat: Scalar
    commitments: tuple[Scalar, ...]
    challenge: Scalar


# --- Utilities (section 4)


def create_generators(count: int, api: Interface) -> Generators:
    """`create_generators` (section 4.1.1): always the same, so they are made once and kept.

    Raises:
        ParseError: `input_too_large` for more than 1,025.
    """
    if count > MAX_GENERATORS:
        raise ParseError("input_too_large", "messages of a BBS signature")
    points: tuple[G1Point, ...] = ()
    octets = b""
    for number in range(-(-count // _BLOCK)):
        block = _generators(api, number)
        points, octets = points + block[0], octets + block[1]
    return Generators(points[:count], octets[: count * G1_BYTES])


@cache
def _generators(api: Interface, number: int) -> tuple[tuple[G1Point, ...], bytes, bytes]:
    """A block of generators, their octets, and the `v` from which the next block goes on."""
    suite, api_id = api
    seed_dst, generator_dst = api_id + b"SIG_GENERATOR_SEED_", api_id + b"SIG_GENERATOR_DST_"
    if number:
        v = _generators(api, number - 1)[2]
    else:
        v = suite.expand_message(api_id + b"MESSAGE_GENERATOR_SEED", seed_dst, WIDE_BYTES)
    points = []
    for i in range(number * _BLOCK + 1, (number + 1) * _BLOCK + 1):
        v = suite.expand_message(v + i.to_bytes(8), seed_dst, WIDE_BYTES)
        points.append(suite.hash_to_curve_g1(v, generator_dst))
    return tuple(points), serialize(*points), v


def messages_to_scalars(messages: Sequence[bytes], api: Interface) -> list[Scalar]:
    """`messages_to_scalars`: each message hashed (section 4.1.2)."""
    map_dst = api.api_id + b"MAP_MSG_TO_SCALAR_AS_HASH_"
    return [hash_to_scalar(message, map_dst, api.suite) for message in messages]


def calculate_random_scalars(count: int, random: Random) -> list[Scalar]:
    """`calculate_random_scalars`, each from 48 bytes of its own (section 4.2.1)."""
    return [bls12_381.random_scalar(random) for _ in range(count)]


def hash_to_scalar(msg_octets: bytes, dst: bytes, suite: Ciphersuite) -> Scalar:
    """`hash_to_scalar` (section 4.2.2)."""
    return Scalar.from_be_bytes_mod_order(suite.expand_message(msg_octets, dst, WIDE_BYTES))


def calculate_domain(pk: bytes, generators: Generators, header: bytes, api: Interface) -> Scalar:
    """`calculate_domain`, of the octets of the public key (section 4.2.3)."""
    dom_octs = (len(generators.points) - 1).to_bytes(8) + generators.octets + api.api_id
    return hash_to_scalar(pk + dom_octs + len(header).to_bytes(8) + header, api.api_id + b"H2S_", api.suite)


def serialize(*elements: G1Point | Scalar | int) -> bytes:
    """`serialize`: points in 48 octets, scalars in 32, numbers in 8 (section 4.2.4.1)."""
    return b"".join(map(_octets, elements))


def _octets(element: G1Point | Scalar | int) -> bytes:
    if isinstance(element, G1Point):
        return element.to_compressed_bytes()
    return element.to_be_bytes() if isinstance(element, Scalar) else element.to_bytes(8)


def octets_to_signature(signature: bytes) -> tuple[G1Point, Scalar]:
    """`octets_to_signature`: (A, e) (section 4.2.4.3).

    Raises:
        ParseError: `bbs_signature_malformed` where it has not 80 octets, `point_invalid`, `scalar_invalid`.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise ParseError("bbs_signature_malformed")
    return octets_to_g1(signature[:G1_BYTES]), octets_to_scalar(signature[G1_BYTES:])


def octets_to_proof(proof: bytes) -> Proof:
    """`octets_to_proof` (section 4.2.4.5).

    Raises:
        ParseError: `bbs_proof_malformed` where it has not 272 octets and 32 for each hidden message, `input_too_large`,
            `point_invalid`, `scalar_invalid`.
    """
    over = len(proof) - PROOF_FLOOR_BYTES
    if over < 0 or over % SCALAR_BYTES:
        raise ParseError("bbs_proof_malformed")
    if over // SCALAR_BYTES >= MAX_GENERATORS:
        raise ParseError("input_too_large", "messages of a BBS signature")
    a_bar, b_bar, d = (octets_to_g1(proof[at : at + G1_BYTES]) for at in range(0, 3 * G1_BYTES, G1_BYTES))
    scalars = [octets_to_scalar(proof[at : at + SCALAR_BYTES]) for at in range(3 * G1_BYTES, len(proof), SCALAR_BYTES)]
    e_hat, r1_hat, r3_hat, *commitments, challenge = scalars
    return Proof(a_bar, b_bar, d, e_hat, r1_hat, r3_hat, tuple(commitments), challenge)


def octets_to_pubkey(octets: bytes) -> PublicKey:
    """`octets_to_pubkey`, of 96 octets (section 4.2.4.6).

    Raises:
        ParseError: `key_length`, `key_invalid`.
    """
    if len(octets) != G2_BYTES:
        raise ParseError("key_length")
    try:
        return PublicKey(octets, bls12_381.octets_to_g2(octets))
    except ParseError as error:
        raise ParseError("key_invalid", error.detail) from None
