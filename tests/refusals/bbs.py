"""Originals of BBS: a signature, a proof, a public key; around them is what they are about."""

from contextlib import contextmanager
from copy import deepcopy
from functools import cache

from didkit_fr.keys import bbs as keys
from didkit_fr.keys import multikey
from didkit_fr.primitives import bbs, bbs_blind
from didkit_fr.primitives.bls12_381 import octets_to_scalar
from tests.refusals.receiver import Original, Receiver

MESSAGES = ["family name", "given name", "birth date", "nationality", "over 18"]
SHOWN = [3, 4]


def counting():
    """The same bytes each time, so that a proof can be made again."""
    drawn = [0]

    def random(length):
        drawn[0] += 1
        return drawn[0].to_bytes(2) * (length // 2)

    return random


SIGNERS = {name: keys.generate(random=lambda length, at=at: bytes([at]) * length) for at, name in enumerate("ab", 1)}


@cache
def _signature():
    return SIGNERS["a"].sign(b"header", [text.encode() for text in MESSAGES])


@cache
def _proof():
    texts = [text.encode() for text in MESSAGES]
    key = SIGNERS["a"].public_key
    return bbs.proof_gen(key.octets, _signature(), b"header", b"for this party", texts, SHOWN, random=counting())


def _signed():
    around = {"key": "a", "header": "header", "messages": list(MESSAGES)}
    return {"document": _signature().hex(), "around": around}


def _proven():
    around = {
        "key": "a",
        "header": "header",
        "presentation_header": "for this party",
        "messages": [MESSAGES[at] for at in SHOWN],
        "indexes": list(SHOWN),
    }
    return {"document": _proof().hex(), "around": around}


def _encode(tree):
    return bytes.fromhex(tree["document"])


@contextmanager
def _holder(around, _folder):
    key, texts = SIGNERS[around["key"]].public_key, [text.encode() for text in around["messages"]]
    yield Receiver(lambda raw: bbs.verify(key, raw, around["header"].encode(), texts))


@contextmanager
def _verifier(around, _folder):
    key, texts = SIGNERS[around["key"]].public_key, [text.encode() for text in around["messages"]]
    header, ph = around["header"].encode(), around["presentation_header"].encode()
    yield Receiver(lambda raw: bbs.proof_verify(key, raw, header, ph, texts, around["indexes"]))


@contextmanager
def _reader_of_keys(_around, _folder):
    yield Receiver(lambda raw: multikey.parse_bbs(raw.decode("latin-1")))


@cache
def _commitment():
    return bbs_blind.commit([b"a secret of the holder's"], random=counting())


def _committed():
    return {"document": _commitment().with_proof.hex(), "around": {}}


@contextmanager
def _blind_issuer(_around, _folder):
    signer, texts = SIGNERS["a"], [text.encode() for text in MESSAGES]
    sk = octets_to_scalar(signer.secret())
    yield Receiver(lambda raw: bbs_blind.blind_sign(sk, signer.public_key, raw, b"header", texts))


BBS_ORIGINALS = {
    "bbs commitment": Original(_committed, _encode, _blind_issuer),
    "bbs signature": Original(_signed, _encode, _holder),
    "bbs proof": Original(_proven, _encode, _verifier),
    "bbs key": Original(
        lambda: deepcopy({"document": multikey.build_bbs(SIGNERS["a"].public_key), "around": {}}),
        lambda tree: tree["document"].encode("latin-1"),
        _reader_of_keys,
    ),
}
