"""Originals of bbs-2023: a credential as a holder gets it, and as a verifier does."""

from contextlib import contextmanager
from copy import deepcopy
from functools import cache

from didkit_fr.encoding import base64url, cbor, json, multibase
from didkit_fr.proofs.data_integrity import bbs_2023, options, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES, CRYPTOSUITES_OF_HOLDERS
from tests.nation import NOW
from tests.refusals.bbs import SIGNERS, counting
from tests.refusals.integrity import CREDENTIAL, MANDATORY, METHOD, REVEALED, _readable, checks
from tests.refusals.receiver import Original, Receiver

BASE = ("signature", "header_of_messages", "public_key", "hmac_key", "mandatory")
DERIVED = ("proof", "labels", "mandatory", "selective", "presentation_header")
IN_HEX = frozenset({"signature", "header_of_messages", "public_key", "hmac_key", "proof", "presentation_header"})
OCCASION = b"this party, this time"


def keys():
    return {METHOD.format(name): signer.public_key for name, signer in SIGNERS.items()}


@cache
def _based():
    stated = options.build_options(
        cryptosuite=bbs_2023.NAME, verification_method=METHOD.format("a"), purpose="assertionMethod", created=NOW
    )
    return bbs_2023.sign_base(CREDENTIAL, SIGNERS["a"], stated, mandatory=MANDATORY, random=counting())


@cache
def _derived():
    return bbs_2023.derive(_based(), REVEALED, presentation_header=OCCASION, random=counting())


def _opened(secured, names):
    """The components of a proof value: bytes as hexadecimal digits, its map as pairs."""
    stated = dict(secured["proof"])
    raw = multibase.decode(stated.pop("proofValue"))
    around = {
        "clock": 0,
        "purpose": "assertionMethod",
        "domain": None,
        "challenge": None,
        "occasion": OCCASION.decode(),
    }
    return {
        "document": {name: value for name, value in secured.items() if name != "proof"},
        "options": stated,
        "value": {"header": raw[:3].hex(), **dict(zip(names, map(_readable, cbor.decode(raw[3:])), strict=True))},
        "around": {**around, "cryptosuites": [bbs_2023.NAME]},
    }


def _closed(tree, names):
    parts = []
    for name in names:
        if name in tree["value"]:
            part = tree["value"][name]
            if name == "labels" and isinstance(part, list):
                part = dict(part)
            parts.append(bytes.fromhex(part) if name in IN_HEX and isinstance(part, str) else part)
    parts += tree["value"].get("more", [])
    text = multibase.BASE64URL + base64url.encode(bytes.fromhex(tree["value"]["header"]) + cbor.encode(parts))
    return json.encode({**tree["document"], "proof": {**tree["options"], "proofValue": text}})


@contextmanager
def _holder(around, _folder):
    suites = {**CRYPTOSUITES_OF_HOLDERS, bbs_2023.NAME: bbs_2023.BBS_2023_BASE}

    def receive(raw):
        return proof.verify(proof.parse(json.parse_object(raw)), keys(), suites=suites, **checks(around))

    yield Receiver(receive)


@contextmanager
def _verifier(around, _folder):
    suite = bbs_2023.bbs_2023(presentation_header=around["occasion"].encode())

    def receive(raw):
        unverified = proof.parse(json.parse_object(raw))
        return proof.verify(unverified, keys(), suites={**CRYPTOSUITES, bbs_2023.NAME: suite}, **checks(around))

    yield Receiver(receive)


INTEGRITY_BBS = {
    "bbs base credential": Original(
        lambda: deepcopy(_opened(_based(), BASE)), lambda tree: _closed(tree, BASE), _holder
    ),
    "bbs derived credential": Original(
        lambda: deepcopy(_opened(_derived(), DERIVED)), lambda tree: _closed(tree, DERIVED), _verifier
    ),
}
