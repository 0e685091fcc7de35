"""BBS signatures: the core operations (draft-irtf-cfrg-bbs-signatures, version of July 2025, sections 3.6 and 3.7).

They take generators, and messages that are scalars already: they serve the interfaces, `bbs` and `bbs_blind`, never an
application. They have the paper's names, order and variables.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.primitives import bls12_381
from didkit_fr.primitives.bbs_utilities import (
    Generators,
    Interface,
    Proof,
    PublicKey,
    calculate_domain,
    calculate_random_scalars,
    hash_to_scalar,
    octets_to_signature,
    serialize,
)
from didkit_fr.primitives.bls12_381 import G1Point, G2Point, Scalar, sum_of_products
from didkit_fr.primitives.random import Random

__all__ = [
    "InitRes",
    "core_proof_gen",
    "core_proof_verify",
    "core_sign",
    "core_verify",
    "proof_challenge_calculate",
    "proof_finalize",
    "proof_init",
    "proof_verify_init",
    "undisclosed",
]

_BLINDS = 5


class InitRes(NamedTuple):
    """What proof generation and verification hash for the challenge: (Abar, Bbar, D, T1, T2, domain)."""

    a_bar: G1Point
    b_bar: G1Point
    d: G1Point
    t1: G1Point
    t2: G1Point
    domain: Scalar


# --- Core operations (section 3.6)


def core_sign(
    sk: Scalar,
    pk: PublicKey,
    generators: Generators,
    header: bytes,
    messages: Sequence[Scalar],
    api: Interface,
    *,
    random: Random,
) -> bytes:
    """`CoreSign` (section 3.6.1): 80 octets; the random bytes blind the computation and do not show in them.

    Raises:
        ParseError: `bbs_lists_unequal`.
    """
    domain = calculate_domain(pk.octets, generators, header, api)
    e = hash_to_scalar(serialize(sk, *messages, domain), api.api_id + b"H2S_", api.suite)
    points, scalars = [api.suite.p1, *generators.points], [Scalar(1), domain, *messages]
    return serialize(bls12_381.divide_secret(points, scalars, sk + e, random), e)


def core_verify(
    pk: PublicKey, signature: bytes, generators: Generators, header: bytes, messages: Sequence[Scalar], api: Interface
) -> None:
    """`CoreVerify` (section 3.6.2).

    Raises:
        ParseError: `bbs_signature_malformed`, `point_invalid`, `scalar_invalid`, `bbs_lists_unequal`.
        VerificationError: `signature_invalid`.
    """
    a, e = octets_to_signature(signature)
    domain = calculate_domain(pk.octets, generators, header, api)
    b = sum_of_products([api.suite.p1, *generators.points], [Scalar(1), domain, *messages])
    if not bls12_381.pairings_cancel((a, pk.point), (a * e - b, G2Point())):
        raise VerificationError("signature_invalid")


def core_proof_gen(
    pk: bytes,
    signature: bytes,
    generators: Generators,
    header: bytes,
    ph: bytes,
    messages: Sequence[Scalar],
    disclosed_indexes: Sequence[int],
    api: Interface,
    *,
    random: Random,
) -> bytes:
    """`CoreProofGen`, of the octets of the public key (section 3.6.3). The holder has verified the signature before.

    Raises:
        ParseError: `bbs_signature_malformed`, `point_invalid`, `scalar_invalid`, `bbs_indexes_invalid`,
            `bbs_lists_unequal`.
    """
    a, e = octets_to_signature(signature)
    undisclosed_indexes = undisclosed(disclosed_indexes, len(messages))
    random_scalars = calculate_random_scalars(_BLINDS + len(undisclosed_indexes), random)
    init_res = proof_init(pk, (a, e), generators, random_scalars, header, messages, undisclosed_indexes, api)
    disclosed = [messages[i] for i in disclosed_indexes]
    challenge = proof_challenge_calculate(init_res, disclosed, disclosed_indexes, ph, api)
    return proof_finalize(init_res, challenge, e, random_scalars, [messages[j] for j in undisclosed_indexes])


def core_proof_verify(
    pk: PublicKey,
    proof: Proof,
    generators: Generators,
    header: bytes,
    ph: bytes,
    disclosed_messages: Sequence[Scalar],
    disclosed_indexes: Sequence[int],
    api: Interface,
) -> None:
    """`CoreProofVerify` (section 3.6.4).

    Raises:
        ParseError: `bbs_indexes_invalid`, `bbs_lists_unequal`.
        VerificationError: `signature_invalid`.
    """
    init_res = proof_verify_init(pk, proof, generators, header, disclosed_messages, disclosed_indexes, api)
    challenge = proof_challenge_calculate(init_res, disclosed_messages, disclosed_indexes, ph, api)
    if proof.challenge != challenge:
        raise VerificationError("signature_invalid")
    if not bls12_381.pairings_cancel((proof.a_bar, pk.point), (-proof.b_bar, G2Point())):
        raise VerificationError("signature_invalid")


# --- Proof protocol subroutines (section 3.7)


def proof_init(
    pk: bytes,
    signature: tuple[G1Point, Scalar],
    generators: Generators,
    random_scalars: Sequence[Scalar],
    header: bytes,
    messages: Sequence[Scalar],
    undisclosed_indexes: Sequence[int],
    api: Interface,
) -> InitRes:
    """`ProofInit` (section 3.7.1).

    B is never computed: with r2 inside the sum for D, and r1 * r2 inside the one for Bbar, no multiplication sees a
    message or e without a random factor.

    Raises:
        ParseError: `bbs_lists_unequal`.
    """
    a, e = signature
    r1, r2, e_tilde, r1_tilde, r3_tilde, *m_tilde = random_scalars
    domain = calculate_domain(pk, generators, header, api)
    scalars = [r2, *(scalar * r2 for scalar in (domain, *messages))]
    d = sum_of_products([api.suite.p1, *generators.points], scalars)
    r12 = r1 * r2
    a_bar = a * r12
    b_bar = sum_of_products([d, a], [r1, -(r12 * e)])
    t1 = sum_of_products([a_bar, d], [e_tilde, r1_tilde])
    hidden = [generators.messages[j] for j in undisclosed_indexes]
    t2 = sum_of_products([d, *hidden], [r3_tilde, *m_tilde])
    return InitRes(a_bar, b_bar, d, t1, t2, domain)


def proof_finalize(
    init_res: InitRes,
    challenge: Scalar,
    e_value: Scalar,
    random_scalars: Sequence[Scalar],
    undisclosed_messages: Sequence[Scalar],
) -> bytes:
    """`ProofFinalize` (section 3.7.2)."""
    r1, r2, e_tilde, r1_tilde, r3_tilde, *m_tilde = random_scalars
    e_hat = e_tilde + e_value * challenge
    r1_hat = r1_tilde - r1 * challenge
    r3_hat = r3_tilde - r2.inverse() * challenge
    hats = (tilde + message * challenge for tilde, message in zip(m_tilde, undisclosed_messages, strict=True))
    return serialize(init_res.a_bar, init_res.b_bar, init_res.d, e_hat, r1_hat, r3_hat, *hats, challenge)


def proof_verify_init(
    pk: PublicKey,
    proof: Proof,
    generators: Generators,
    header: bytes,
    disclosed_messages: Sequence[Scalar],
    disclosed_indexes: Sequence[int],
    api: Interface,
) -> InitRes:
    """`ProofVerifyInit` (section 3.7.3).

    Raises:
        ParseError: `bbs_indexes_invalid`, `bbs_lists_unequal`.
    """
    a_bar, b_bar, d, e_hat, r1_hat, r3_hat, commitments, c = proof
    if len(disclosed_messages) != len(disclosed_indexes):
        raise ParseError("bbs_lists_unequal", "disclosed messages and their indexes")
    undisclosed_indexes = undisclosed(disclosed_indexes, len(disclosed_indexes) + len(commitments))
    domain = calculate_domain(pk.octets, generators, header, api)
    t1 = sum_of_products([b_bar, a_bar, d], [c, e_hat, r1_hat])
    scalars = {i: message * c for i, message in zip(disclosed_indexes, disclosed_messages, strict=True)}
    scalars |= zip(undisclosed_indexes, commitments, strict=True)
    in_order = [scalars[i] for i in range(len(scalars))]
    t2 = sum_of_products([api.suite.p1, *generators.points, d], [c, domain * c, *in_order, r3_hat])
    return InitRes(a_bar, b_bar, d, t1, t2, domain)


def proof_challenge_calculate(
    init_res: InitRes,
    disclosed_messages: Sequence[Scalar],
    disclosed_indexes: Sequence[int],
    ph: bytes,
    api: Interface,
) -> Scalar:
    """`ProofChallengeCalculate` (section 3.7.4)."""
    pairs = (one for pair in zip(disclosed_indexes, disclosed_messages, strict=True) for one in pair)
    c_octs = serialize(len(disclosed_indexes), *pairs, *init_res) + len(ph).to_bytes(8) + ph
    return hash_to_scalar(c_octs, api.api_id + b"H2S_", api.suite)


def undisclosed(disclosed_indexes: Collection[int], count: int) -> list[int]:
    """The other indexes below `count`, in order.

    Raises:
        ParseError: `bbs_indexes_invalid` where the disclosed ones are not in ascending order, each once, below `count`.
    """
    given = list(disclosed_indexes)
    hidden = sorted(set(range(count)) - set(given))
    if given != sorted(set(given)) or len(given) + len(hidden) != count:
        raise ParseError("bbs_indexes_invalid")
    return hidden
