"""Rows of BBS: the primitive, with ten messages, half of them shown; bbs-2023, against the primitive in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from didkit_fr.encoding import cbor, json, multibase
from didkit_fr.errors import VerificationError
from didkit_fr.keys import bbs as keys
from didkit_fr.primitives import bbs
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.data_integrity import bbs_2023, options, proof
from tests.bench.integrity import CREDENTIAL, MANDATORY, SELECTED
from tests.bench.measure import Case, Work
from tests.bench.proofs import S
from tests.nation import NOW

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
    return bbs.proof_gen(signer().public_key.octets, signature(), HEADER, PH, MESSAGES, SHOWN)


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


METHOD = "https://issuer.example/keys#bbs"


def base(random: Random = system) -> dict[str, Any]:
    stated = options.build_options(
        cryptosuite=bbs_2023.NAME, verification_method=METHOD, purpose="assertionMethod", created=NOW
    )
    return bbs_2023.sign_base(CREDENTIAL, signer(), stated, mandatory=MANDATORY, random=random)


@cache
def prepared() -> bbs_2023.PreparedBbs:
    stated = {name: value for name, value in base()["proof"].items() if name != "proofValue"}
    return bbs_2023.prepare_base(CREDENTIAL, stated, mandatory=MANDATORY, random=bytes)


@contextmanager
def bbs_base() -> Iterator[Case]:
    header, messages = prepared().header, prepared().messages
    assert len(messages) >= 17
    more = {"messages": len(messages)}
    yield Case("BBS sign", Work(base), Work(lambda: signer().sign(header, messages)), more=more)


@cache
def derived() -> dict[str, Any]:
    return bbs_2023.derive(base(bytes), SELECTED, presentation_header=PH)


def parts() -> tuple[bytes, list[int]]:
    bbs_proof, _labels, _mandatory, selective, _ph = cbor.decode(multibase.decode(derived()["proof"]["proofValue"])[3:])
    return bbs_proof, selective


@contextmanager
def bbs_derive() -> Iterator[Case]:
    document, header, messages, (_, shown) = base(bytes), prepared().header, prepared().messages, parts()
    key, signed = signer().public_key, signer().sign(header, messages)
    subject = Work(lambda: bbs_2023.derive(document, SELECTED, presentation_header=PH))
    unit = Work(lambda: bbs.proof_gen(key.octets, signed, header, PH, messages, shown))
    yield Case("BBS proof", subject, unit, more={"messages": len(messages), "shown": len(shown)})


@contextmanager
def bbs_verify() -> Iterator[Case]:
    """From JSON bytes."""
    raw, header, messages, (made, shown) = json.encode(derived()), prepared().header, prepared().messages, parts()
    key, disclosed = signer().public_key, [messages[at] for at in shown]
    suites = {bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=PH)}
    checks: dict[str, Any] = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}

    def subject() -> proof.VerifiedSecured:
        unverified = proof.parse(json.parse_object(raw))
        return proof.verify(unverified, {METHOD: key}, cryptosuites=suites, suites=suites, **checks)

    assert subject().document["credentialSubject"]["birthDate"] == "1990-05-17"
    unit = Work(lambda: bbs.proof_verify(key, made, header, PH, disclosed, shown))
    unit.call()
    yield Case("BBS proof verify", Work(subject), unit, more={"messages": len(messages), "shown": len(shown)})


ROWS = {
    "bbs_primitive_sign_10": sign_10,
    "bbs_primitive_verify_10": verify_10,
    "bbs_primitive_proof_10": proof_10,
    "bbs_primitive_proof_verify_10": proof_verify_10,
    "bbs_base": bbs_base,
    "bbs_derive": bbs_derive,
    "bbs_verify": bbs_verify,
}
