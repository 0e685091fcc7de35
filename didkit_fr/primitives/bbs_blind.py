"""Blind BBS signatures (draft-irtf-cfrg-bbs-blind-signatures, fixtures of June 2026); experimental.

A holder commits to messages that the signer never sees, gets a signature over these and the signer's own, and proves
to have it as with any other. So a credential can be bound to a secret of its holder.

The draft's text and its fixtures differ: the text has commitments in proofs and hashes the domain once more for a
signature, the fixtures do neither. The fixtures are followed. In the list of signed messages the signer's come first,
then the factor that blinds the commitment, then those committed to.
"""

from collections.abc import Sequence
from typing import NamedTuple

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.primitives import bls12_381
from didkit_fr.primitives.bbs_core import core_proof_gen, core_proof_verify, core_verify
from didkit_fr.primitives.bbs_utilities import (
    BLS12_381_SHA_256,
    MAX_GENERATORS,
    Ciphersuite,
    Generators,
    Interface,
    PublicKey,
    calculate_domain,
    calculate_random_scalars,
    create_generators,
    hash_to_scalar,
    messages_to_scalars,
    octets_to_proof,
    serialize,
)
from didkit_fr.primitives.bls12_381 import (
    G1_BYTES,
    SCALAR_BYTES,
    G1Point,
    Scalar,
    octets_to_g1,
    octets_to_scalar,
    sum_of_products,
)
from didkit_fr.primitives.random import Random, system

__all__ = [
    "Commitment",
    "Disclosed",
    "blind_proof_gen",
    "blind_proof_verify",
    "blind_sign",
    "commit",
    "core_blind_sign",
    "core_commit",
    "every_generator",
    "every_index",
    "interface",
    "verify_blind_sign",
]

COMMITMENT_FLOOR_BYTES = G1_BYTES + 2 * SCALAR_BYTES


class Commitment(NamedTuple):
    """What goes to the signer, and the scalar that the holder keeps: without it the signature is of no use."""

    with_proof: bytes
    secret_prover_blind: Scalar


class Disclosed(NamedTuple):
    """Messages that a proof shows, and their indexes among the signer's messages or among those committed to."""

    messages: Sequence[bytes]
    indexes: Sequence[int]


def interface(suite: Ciphersuite) -> Interface:
    """The Blind BBS Signatures Interface of a ciphersuite."""
    return Interface(suite, suite.id + b"BLIND_H2G_HM2S_")


def commit(
    committed_messages: Sequence[bytes],
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
    random: Random = system,
    blinding: Random = system,
) -> Commitment:
    """`Commit`; the bytes of `blinding` do not show in what comes out.

    Raises:
        ParseError: `input_too_large`.
    """
    api = interface(suite)
    return core_commit(messages_to_scalars(committed_messages, api), api, random=random, blinding=blinding)


def core_commit(scalars: Sequence[Scalar], api: Interface, *, random: Random, blinding: Random) -> Commitment:
    """`CoreCommit`.

    Raises:
        ParseError: `input_too_large`.
    """
    generators = _blind_generators(len(scalars) + 1, api)
    secret_prover_blind, s_tilde, *m_tilde = calculate_random_scalars(len(scalars) + 2, random)
    secrets = [secret_prover_blind, *scalars]
    c = bls12_381.sum_of_secrets(generators.points, secrets, blinding)
    c_bar = sum_of_products(generators.points, [s_tilde, *m_tilde])
    challenge = _challenge(c, c_bar, generators, api)
    hats = (tilde + secret * challenge for tilde, secret in zip((s_tilde, *m_tilde), secrets, strict=True))
    return Commitment(serialize(c, *hats, challenge), secret_prover_blind)


def blind_sign(
    sk: Scalar,
    pk: PublicKey,
    commitment_with_proof: bytes,
    header: bytes,
    messages: Sequence[bytes],
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
    random: Random = system,
) -> bytes:
    """`BlindSign`: 80 octets; of an empty `commitment_with_proof`, a signature over the signer's messages alone.

    Raises:
        ParseError: `bbs_commitment_malformed`, `point_invalid`, `scalar_invalid`, `input_too_large`.
        VerificationError: `signature_invalid` where the commitment's proof does not hold.
    """
    api = interface(suite)
    scalars = messages_to_scalars(messages, api)
    return core_blind_sign(sk, pk, commitment_with_proof, header, scalars, api, entropy=Scalar(0), random=random)


def core_blind_sign(
    sk: Scalar,
    pk: PublicKey,
    commitment_with_proof: bytes,
    header: bytes,
    messages: Sequence[Scalar],
    api: Interface,
    *,
    entropy: Scalar,
    random: Random,
) -> bytes:
    """`B_calculate` and `FinalizeBlindSign`; what the signer adds to the last message committed to is `entropy`.

    Raises:
        ParseError: as `blind_sign`.
        VerificationError: as `blind_sign`.
    """
    hidden = _committed(commitment_with_proof)
    blind_generators = _blind_generators(hidden + 1, api)
    generators = create_generators(len(messages) + 1, api)
    every = _joined(generators, blind_generators)
    domain = calculate_domain(pk.octets, every, header, api)
    b = sum_of_products([api.suite.p1, *generators.points], [Scalar(1), domain, *messages])
    if commitment_with_proof:
        b += _validated(commitment_with_proof, blind_generators, api) + blind_generators.points[-1] * entropy
    if b == G1Point.identity():
        raise VerificationError("signature_invalid", "a commitment that cancels the messages")
    e = hash_to_scalar(serialize(sk, b), api.api_id + b"H2S_", api.suite)
    return serialize(bls12_381.divide_secret([b], [Scalar(1)], sk + e, random), e)


def verify_blind_sign(
    pk: PublicKey,
    signature: bytes,
    header: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes],
    secret_prover_blind: Scalar | None,
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
) -> None:
    """`VerifyBlindSign`, by the holder; `secret_prover_blind` is None where nothing was committed to.

    Raises:
        ParseError: `bbs_signature_malformed`, `point_invalid`, `scalar_invalid`, `input_too_large`.
        VerificationError: `signature_invalid`.
    """
    api = interface(suite)
    generators = every_generator(len(messages), len(committed_messages), api)
    scalars = _every_scalar(messages, committed_messages, secret_prover_blind, api)
    core_verify(pk, signature, generators, header, scalars, api)


def blind_proof_gen(
    pk: bytes,
    signature: bytes,
    header: bytes,
    ph: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    disclosed_commitment_indexes: Sequence[int],
    secret_prover_blind: Scalar | None,
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
    random: Random = system,
) -> bytes:
    """`BlindProofGen`: shows messages of the signer's and of those committed to, and never the blinding factor.

    Raises:
        ParseError: `bbs_signature_malformed`, `point_invalid`, `scalar_invalid`, `bbs_indexes_invalid`,
            `input_too_large`.
    """
    api = interface(suite)
    generators = every_generator(len(messages), len(committed_messages), api)
    scalars = _every_scalar(messages, committed_messages, secret_prover_blind, api)
    indexes = every_index(disclosed_indexes, disclosed_commitment_indexes, len(messages))
    return core_proof_gen(pk, signature, generators, header, ph, scalars, indexes, api, random=random)


def blind_proof_verify(
    pk: PublicKey,
    proof: bytes,
    header: bytes,
    ph: bytes,
    issuer_known_messages_no: int,
    disclosed: Disclosed,
    disclosed_committed: Disclosed,
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
) -> None:
    """`BlindProofVerify`; the first number says how many messages are the signer's own.

    Raises:
        ParseError: `bbs_proof_malformed`, `point_invalid`, `scalar_invalid`, `bbs_indexes_invalid`,
            `bbs_lists_unequal`, `input_too_large`.
        VerificationError: `signature_invalid`.
    """
    api = interface(suite)
    parsed = octets_to_proof(proof)
    indexes = every_index(disclosed.indexes, disclosed_committed.indexes, issuer_known_messages_no)
    committed_no = len(parsed.commitments) + len(indexes) - issuer_known_messages_no - 1
    if issuer_known_messages_no < 0 or committed_no < 0:
        raise ParseError("bbs_lists_unequal", "fewer messages than are the signer's")
    generators = every_generator(issuer_known_messages_no, committed_no, api)
    scalars = messages_to_scalars([*disclosed.messages, *disclosed_committed.messages], api)
    core_proof_verify(pk, parsed, generators, header, ph, scalars, indexes, api)


def _every_scalar(
    messages: Sequence[bytes], committed: Sequence[bytes], blind: Scalar | None, api: Interface
) -> list[Scalar]:
    factor = Scalar(0) if blind is None else blind
    return [*messages_to_scalars(messages, api), factor, *messages_to_scalars(committed, api)]


def every_index(disclosed: Sequence[int], committed: Sequence[int], count: int) -> list[int]:
    """The indexes in the list of all messages, in which the signer's `count` and the blinding factor come before.

    Raises:
        ParseError: `bbs_indexes_invalid`.
    """
    if not all(0 <= index < count for index in disclosed) or not all(index >= 0 for index in committed):
        raise ParseError("bbs_indexes_invalid")
    return [*disclosed, *(index + count + 1 for index in committed)]


def every_generator(count: int, committed: int, api: Interface) -> Generators:
    """The generators of `count` messages of the signer's, the blinding factor, and those committed to.

    Raises:
        ParseError: `input_too_large`.
    """
    return _joined(create_generators(count + 1, api), _blind_generators(committed + 1, api))


def _blind_generators(count: int, api: Interface) -> Generators:
    return create_generators(count, Interface(api.suite, b"BLIND_" + api.api_id))


def _joined(one: Generators, other: Generators) -> Generators:
    return Generators(one.points + other.points, one.octets + other.octets)


def _challenge(commitment: G1Point, c_bar: G1Point, generators: Generators, api: Interface) -> Scalar:
    """`calculate_blind_challenge` of a commitment."""
    count = (len(generators.points) - 1).to_bytes(8)
    octets = count + generators.octets + serialize(commitment, c_bar)
    return hash_to_scalar(octets, api.api_id + b"H2S_", api.suite)


def _committed(commitment_with_proof: bytes) -> int:
    """How many messages a commitment is to, by its length."""
    if not commitment_with_proof:
        return 0
    over = len(commitment_with_proof) - COMMITMENT_FLOOR_BYTES
    if over < 0 or over % SCALAR_BYTES:
        raise ParseError("bbs_commitment_malformed")
    if over // SCALAR_BYTES >= MAX_GENERATORS:
        raise ParseError("input_too_large", "messages of a BBS commitment")
    return over // SCALAR_BYTES


def _validated(commitment_with_proof: bytes, generators: Generators, api: Interface) -> G1Point:
    """`deserialize_and_validate_commit`: the commitment, if its sender proved to know what is committed."""
    point = octets_to_g1(commitment_with_proof[:G1_BYTES])
    octets = commitment_with_proof[G1_BYTES:]
    *hats, challenge = (octets_to_scalar(octets[at : at + SCALAR_BYTES]) for at in range(0, len(octets), SCALAR_BYTES))
    c_bar = sum_of_products([*generators.points, point], [*hats, -challenge])
    if _challenge(point, c_bar, generators, api) != challenge:
        raise VerificationError("signature_invalid", "the proof of a commitment")
    return point
