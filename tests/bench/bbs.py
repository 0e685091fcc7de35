"""Rows of BBS: the primitive, with ten messages, half of them shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from didkit_fr.errors import VerificationError
from didkit_fr.keys import bbs as keys
from didkit_fr.primitives import bbs
from tests.bench.measure import Case, Work
from tests.bench.proofs import S

__all__ = ["ROWS"]

HEADER, PH = b"h" * 64, b"p" * 32
MESSAGES = [f"message number {number}".encode() * 4 for number in range(10)]
SHOWN = [0, 2, 4, 6, 8]


@cache
def signer() -> keys.SoftwareBbsSigner:
    return keys.generate()


@cache
def signature() -> bytes:
    return signer().sign(HEADER, MESSAGES)


def prove() -> bytes:
    return bbs.proof_gen(signer().public_key, signature(), HEADER, PH, MESSAGES, SHOWN)


def check(proof: bytes, ph: bytes = PH) -> None:
    bbs.proof_verify(signer().public_key, proof, HEADER, ph, [MESSAGES[i] for i in SHOWN], SHOWN)


@contextmanager
def sign_10() -> Iterator[Case]:
    bbs.verify(signer().public_key, signature(), HEADER, MESSAGES)
    yield Case("S", Work(lambda: signer().sign(HEADER, MESSAGES)), S)


@contextmanager
def verify_10() -> Iterator[Case]:
    with pytest.raises(VerificationError):
        bbs.verify(signer().public_key, signature(), PH, MESSAGES)
    yield Case("S", Work(lambda: bbs.verify(signer().public_key, signature(), HEADER, MESSAGES)), S)


@contextmanager
def proof_10() -> Iterator[Case]:
    check(prove())
    yield Case("S", Work(prove), S)


@contextmanager
def proof_verify_10() -> Iterator[Case]:
    proof = prove()
    with pytest.raises(VerificationError):
        check(proof, HEADER)
    yield Case("S", Work(lambda: check(proof)), S)


ROWS = {
    "bbs_primitive_sign_10": sign_10,
    "bbs_primitive_verify_10": verify_10,
    "bbs_primitive_proof_10": proof_10,
    "bbs_primitive_proof_verify_10": proof_verify_10,
}
