"""BBS signatures with pseudonyms (draft-irtf-cfrg-bbs-per-verifier-linkability, fixtures of June 2026); experimental.

A holder shows the same pseudonym whenever it is shown in one context, such as to one relying party, and pseudonyms of
two contexts cannot be linked. Holder and signer each give a part of the secret behind them, so that neither chooses it.
That a pseudonym is the holder's is proved together with the signature.
"""

from collections.abc import Sequence
from typing import NamedTuple

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.primitives import bls12_381
from didkit_fr.primitives.bbs_blind import Commitment, Disclosed, core_blind_sign, core_commit
from didkit_fr.primitives.bbs_blind import every_generator as _generators
from didkit_fr.primitives.bbs_blind import every_index as _indexes
from didkit_fr.primitives.bbs_core import (
    InitRes,
    core_verify,
    proof_finalize,
    proof_init,
    proof_verify_init,
    undisclosed,
)
from didkit_fr.primitives.bbs_utilities import (
    BLS12_381_SHA_256,
    Ciphersuite,
    Interface,
    PublicKey,
    calculate_random_scalars,
    hash_to_scalar,
    messages_to_scalars,
    octets_to_proof,
    octets_to_signature,
    serialize,
)
from didkit_fr.primitives.bls12_381 import G1Point, G2Point, Scalar, octets_to_g1
from didkit_fr.primitives.random import Random, system

__all__ = [
    "ProofWithNym",
    "blind_sign_with_nym",
    "commit_with_nym",
    "interface",
    "proof_gen_with_nym",
    "proof_verify_with_nym",
    "verify_finalize_with_nym",
]

_BLINDS = 5


class ProofWithNym(NamedTuple):
    """A proof, and the pseudonym of its context: a point of G1, 48 octets."""

    proof: bytes
    pseudonym: bytes


def interface(suite: Ciphersuite) -> Interface:
    """The BBS Pseudonym Interface of a ciphersuite."""
    return Interface(suite, suite.id + b"H2G_HM2S_PSEUDONYM_")


def commit_with_nym(
    committed_messages: Sequence[bytes],
    prover_nyms: Sequence[Scalar],
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
    random: Random = system,
    blinding: Random = system,
) -> Commitment:
    """`CommitWithNym`: as `bbs_blind.commit`, to the holder's part of the secret too.

    Raises:
        ParseError: `input_too_large`.
    """
    api = interface(suite)
    scalars = [*messages_to_scalars(committed_messages, api), *prover_nyms]
    return core_commit(scalars, api, random=random, blinding=blinding)


def blind_sign_with_nym(
    sk: Scalar,
    pk: PublicKey,
    commitment_with_proof: bytes,
    length_nym_vector: int,
    signer_nym_entropy: Scalar,
    header: bytes,
    messages: Sequence[bytes],
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
    random: Random = system,
) -> bytes:
    """`BlindSignWithNym`: as `bbs_blind.blind_sign`, with the signer's part of the secret added.

    Raises:
        ParseError: as `bbs_blind.blind_sign`, and `bbs_lists_unequal` for a vector of no length.
        VerificationError: `signature_invalid` where the commitment's proof does not hold.
    """
    api = interface(suite)
    scalars, combined = messages_to_scalars(messages, api), _combined(header, length_nym_vector)
    return core_blind_sign(
        sk, pk, commitment_with_proof, combined, scalars, api, entropy=signer_nym_entropy, random=random
    )


def verify_finalize_with_nym(
    pk: PublicKey,
    signature: bytes,
    header: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes],
    prover_nyms: Sequence[Scalar],
    signer_nym_entropy: Scalar,
    secret_prover_blind: Scalar,
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
) -> list[Scalar]:
    """`VerifyFinalizeWithNym`, by the holder: the secrets behind the pseudonyms.

    Raises:
        ParseError: `bbs_signature_malformed`, `point_invalid`, `scalar_invalid`, `bbs_lists_unequal`,
            `input_too_large`.
        VerificationError: `signature_invalid`.
    """
    api, combined = interface(suite), _combined(header, len(prover_nyms))
    nym_secrets = [*prover_nyms[:-1], prover_nyms[-1] + signer_nym_entropy]
    generators = _generators(len(messages), len(committed_messages) + len(nym_secrets), api)
    scalars = _scalars(messages, committed_messages, nym_secrets, secret_prover_blind, api)
    core_verify(pk, signature, generators, combined, scalars, api)
    return nym_secrets


def proof_gen_with_nym(
    pk: bytes,
    signature: bytes,
    header: bytes,
    ph: bytes,
    nym_secrets: Sequence[Scalar],
    context_id: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    disclosed_commitment_indexes: Sequence[int],
    secret_prover_blind: Scalar,
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
    random: Random = system,
    blinding: Random = system,
) -> ProofWithNym:
    """`ProofGenWithNym`: as `bbs_blind.blind_proof_gen`, with the pseudonym of a context.

    Raises:
        ParseError: `bbs_signature_malformed`, `point_invalid`, `scalar_invalid`, `bbs_indexes_invalid`,
            `bbs_lists_unequal`, `input_too_large`.
    """
    api, combined = interface(suite), _combined(header, len(nym_secrets))
    if not all(index < len(committed_messages) for index in disclosed_commitment_indexes):
        raise ParseError("bbs_indexes_invalid", "not one of the messages committed to")
    generators = _generators(len(messages), len(committed_messages) + len(nym_secrets), api)
    scalars = _scalars(messages, committed_messages, nym_secrets, secret_prover_blind, api)
    indexes = _indexes(disclosed_indexes, disclosed_commitment_indexes, len(messages))
    hidden = undisclosed(indexes, len(scalars))
    a, e = octets_to_signature(signature)
    random_scalars = calculate_random_scalars(_BLINDS + len(hidden), random)
    init_res = proof_init(pk, (a, e), generators, random_scalars, combined, scalars, hidden, api)
    op, powers = _context(context_id, len(nym_secrets), api)
    pseudonym = bls12_381.sum_of_secrets([op], [_dot(nym_secrets, powers)], blinding)
    ut = op * _dot(random_scalars[-len(nym_secrets) :], powers)
    shown = [scalars[i] for i in indexes]
    challenge = _challenge(init_res, (pseudonym, ut), (shown, indexes), ph, context_id, api)
    proof = proof_finalize(init_res, challenge, e, random_scalars, [scalars[j] for j in hidden])
    return ProofWithNym(proof, pseudonym.to_compressed_bytes())


def proof_verify_with_nym(
    pk: PublicKey,
    proof: ProofWithNym,
    header: bytes,
    ph: bytes,
    context_id: bytes,
    length_nym_vector: int,
    issuer_known_messages_no: int,
    disclosed: Disclosed,
    disclosed_committed: Disclosed,
    *,
    suite: Ciphersuite = BLS12_381_SHA_256,
) -> None:
    """`ProofVerifyWithNym`: as `bbs_blind.blind_proof_verify`, and that the pseudonym is the holder's in this context.

    Raises:
        ParseError: as `bbs_blind.blind_proof_verify`.
        VerificationError: `signature_invalid`.
    """
    api, combined = interface(suite), _combined(header, length_nym_vector)
    parsed, pseudonym = octets_to_proof(proof.proof), octets_to_g1(proof.pseudonym)
    indexes = _indexes(disclosed.indexes, disclosed_committed.indexes, issuer_known_messages_no)
    committed_no = len(parsed.commitments) + len(indexes) - issuer_known_messages_no - 1
    # The secrets come last, and none of them is ever shown.
    if issuer_known_messages_no < 0 or committed_no < length_nym_vector:
        raise ParseError("bbs_lists_unequal", "fewer messages than there must be")
    if not all(index < committed_no - length_nym_vector for index in disclosed_committed.indexes):
        raise ParseError("bbs_indexes_invalid", "not one of the messages committed to")
    generators = _generators(issuer_known_messages_no, committed_no, api)
    shown = messages_to_scalars([*disclosed.messages, *disclosed_committed.messages], api)
    init_res = proof_verify_init(pk, parsed, generators, combined, shown, indexes, api)
    op, powers = _context(context_id, length_nym_vector, api)
    ut = op * _dot(parsed.commitments[-length_nym_vector:], powers) - pseudonym * parsed.challenge
    if _challenge(init_res, (pseudonym, ut), (shown, indexes), ph, context_id, api) != parsed.challenge:
        raise VerificationError("signature_invalid")
    if not bls12_381.pairings_cancel((parsed.a_bar, pk.point), (-parsed.b_bar, G2Point())):
        raise VerificationError("signature_invalid")


def _combined(header: bytes, length_nym_vector: int) -> bytes:
    if length_nym_vector < 1:
        raise ParseError("bbs_lists_unequal", "no secret for pseudonyms")
    return header + length_nym_vector.to_bytes(8)


def _scalars(
    messages: Sequence[bytes], committed: Sequence[bytes], nyms: Sequence[Scalar], blind: Scalar, api: Interface
) -> list[Scalar]:
    return [*messages_to_scalars(messages, api), blind, *messages_to_scalars(committed, api), *nyms]


def _context(context_id: bytes, count: int, api: Interface) -> tuple[G1Point, list[Scalar]]:
    """The point of a context, and the powers of its scalar."""
    z = hash_to_scalar(context_id, api.api_id + b"VECT_NYM_SECRETS", api.suite)
    powers = [Scalar(1)]
    while len(powers) < count:
        powers.append(powers[-1] * z)
    return api.suite.hash_to_curve_g1(context_id, api.api_id), powers


def _dot(scalars: Sequence[Scalar], powers: Sequence[Scalar]) -> Scalar:
    total = Scalar(0)
    for scalar, power in zip(scalars, powers, strict=True):
        total += scalar * power
    return total


def _challenge(
    init_res: InitRes,
    points: tuple[G1Point, G1Point],
    shown: tuple[Sequence[Scalar], Sequence[int]],
    ph: bytes,
    context_id: bytes,
    api: Interface,
) -> Scalar:
    """`ProofWithPseudonymChallengeCalculate`."""
    messages, indexes = shown
    pairs = (one for pair in zip(indexes, messages, strict=True) for one in pair)
    octets = serialize(len(indexes), *pairs, *init_res[:-1], *points, init_res.domain)
    octets += len(ph).to_bytes(8) + ph + len(context_id).to_bytes(8) + context_id
    return hash_to_scalar(octets, api.api_id + b"H2S_", api.suite)
