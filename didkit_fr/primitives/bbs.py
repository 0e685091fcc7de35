"""BBS signatures (draft-irtf-cfrg-bbs-signatures, version of July 2025), in the paper's names and order.

A signature is over a `header` and a list of messages; a proof shows some of the messages, and that its maker had
a signature over all of them. Two proofs from one signature cannot be told from proofs from two, except by what they
show: header, presentation header, disclosed messages, their indexes and the number of all messages.

A public key has 96 octets, a signature 80, a proof 272 and 32 more for each message that is not disclosed.
"""

from collections.abc import Sequence

from didkit_fr.errors import ParseError
from didkit_fr.primitives import bls12_381
from didkit_fr.primitives.bbs_core import core_proof_gen, core_proof_verify, core_sign, core_verify
from didkit_fr.primitives.bbs_utilities import (
    BLS12_381_SHA_256,
    BLS12_381_SHAKE_256,
    Ciphersuite,
    Interface,
    PublicKey,
    create_generators,
    hash_to_scalar,
    messages_to_scalars,
    octets_to_proof,
    octets_to_pubkey,
)
from didkit_fr.primitives.bls12_381 import Scalar
from didkit_fr.primitives.random import Random, system

__all__ = [
    "BLS12_381_SHAKE_256",
    "BLS12_381_SHA_256",
    "Ciphersuite",
    "PublicKey",
    "Scalar",
    "interface",
    "key_gen",
    "octets_to_pubkey",
    "proof_gen",
    "proof_verify",
    "sign",
    "sk_to_pk",
    "verify",
]

MIN_KEY_MATERIAL, MAX_KEY_INFO = 32, 65_535


def interface(suite: Ciphersuite) -> Interface:
    """The BBS Signatures Interface of a ciphersuite (section 3.5)."""
    return Interface(suite, suite.id + b"H2G_HM2S_")


# --- Key generation (section 3.4)


def key_gen(
    key_material: bytes,
    key_info: bytes = b"",
    key_dst: bytes | None = None,
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
) -> Scalar:
    """`KeyGen`: a secret key from 32 random bytes or more (section 3.4.1).

    Without `key_dst` the tag is the one that the fixtures use, `api_id` and "KEYGEN_DST_".

    Raises:
        ParseError: `key_length` where the material is too short or the info too long.
    """
    if len(key_material) < MIN_KEY_MATERIAL or len(key_info) > MAX_KEY_INFO:
        raise ParseError("key_length", "key material or key info")
    tag = interface(suite).api_id + b"KEYGEN_DST_" if key_dst is None else key_dst
    return hash_to_scalar(key_material + len(key_info).to_bytes(2) + key_info, tag, suite)


def sk_to_pk(sk: Scalar, *, random: Random = system) -> PublicKey:
    """`SkToPk` (section 3.4.2); the random bytes blind the multiplication and do not show in what comes out."""
    point = bls12_381.secret_to_g2(sk, random)
    return PublicKey(point.to_compressed_bytes(), point)


# --- The BBS Signatures Interface (section 3.5)


def sign(
    sk: Scalar,
    pk: PublicKey,
    header: bytes,
    messages: Sequence[bytes],
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
    random: Random = system,
) -> bytes:
    """`Sign`: 80 octets, the same each time; the random bytes only blind the computation (section 3.5.1).

    Raises:
        ParseError: `input_too_large` for more than 1,024 messages.
    """
    api = interface(suite)
    scalars = messages_to_scalars(messages, api)
    generators = create_generators(len(messages) + 1, api)
    return core_sign(sk, pk, generators, header, scalars, api, random=random)


def verify(
    pk: PublicKey,
    signature: bytes,
    header: bytes,
    messages: Sequence[bytes],
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
) -> None:
    """`Verify` (section 3.5.2).

    Raises:
        ParseError: `bbs_signature_malformed`, `point_invalid`, `scalar_invalid`, `input_too_large`.
        VerificationError: `signature_invalid`.
    """
    api = interface(suite)
    scalars = messages_to_scalars(messages, api)
    generators = create_generators(len(messages) + 1, api)
    core_verify(pk, signature, generators, header, scalars, api)


def proof_gen(
    pk: bytes,
    signature: bytes,
    header: bytes,
    ph: bytes,
    messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
    random: Random = system,
) -> bytes:
    """`ProofGen`: shows the messages at `disclosed_indexes`, bound to the presentation header `ph` (section 3.5.3).

    The signature is not verified, nor is `pk`, the octets of the public key: who receives a signature does that, once.

    Raises:
        ParseError: `bbs_signature_malformed`, `point_invalid`, `scalar_invalid`, `bbs_indexes_invalid`,
            `input_too_large`.
    """
    api = interface(suite)
    scalars = messages_to_scalars(messages, api)
    generators = create_generators(len(messages) + 1, api)
    return core_proof_gen(pk, signature, generators, header, ph, scalars, disclosed_indexes, api, random=random)


def proof_verify(
    pk: PublicKey,
    proof: bytes,
    header: bytes,
    ph: bytes,
    disclosed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
) -> None:
    """`ProofVerify`: this key signed the messages at these indexes, with that header (section 3.5.4).

    Whose key it is, and that the presentation header is the one that was asked for, is the caller's.

    Raises:
        ParseError: `bbs_proof_malformed`, `point_invalid`, `scalar_invalid`, `bbs_indexes_invalid`,
            `bbs_lists_unequal`, `input_too_large`.
        VerificationError: `signature_invalid`.
    """
    api = interface(suite)
    parsed = octets_to_proof(proof)
    scalars = messages_to_scalars(disclosed_messages, api)
    generators = create_generators(len(parsed.commitments) + len(disclosed_indexes) + 1, api)
    core_proof_verify(pk, parsed, generators, header, ph, scalars, disclosed_indexes, api)
