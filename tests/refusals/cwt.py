"""The original of a Token Status List as CWT, as a relying party fetches it; a tree as those of `documents`."""

from contextlib import contextmanager
from copy import deepcopy
from functools import cache

import cbor2

from didkit_fr.encoding.cbor import Tag
from didkit_fr.errors import VerificationError
from didkit_fr.flow import run
from didkit_fr.proofs.cose import cose
from didkit_fr.status import token, token_cwt
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.check import load_status_list
from tests import documents
from tests.nation import DAY, NOW, STATUS_URI, Web, nation
from tests.refusals import people
from tests.refusals.documents import _header, _meant, _respelt, chain
from tests.refusals.receiver import Original, Receiver

_NUMBERS = {name: number for number, name in token_cwt.CLAIMS.items()}


@cache
def _listed():
    made = token_cwt.build_list(
        token.pack(4096, ()),
        uri=STATUS_URI,
        now=NOW,
        ttl=60,
        expires=NOW + DAY,
        signer=nation().signer,
        chain=[nation().leaf],
    )
    packed = cbor2.loads(cbor2.loads(made).value[2])[65533]["lst"]
    return {
        "claims": {
            "sub": STATUS_URI,
            "exp": NOW + DAY,
            "iat": NOW,
            "ttl": 60,
            "status_list": {"bits": 1, "lst": f"hex:{packed.hex()}"},
        },
        "issuer": {
            "key": "signer",
            "chain": "leaf",
            "protected": {"alg": -7, "typ": token_cwt.MEDIA_TYPE},
            "unprotected": {},
            "signature": "made",
        },
        "tag": 18,
        "respelt": [],
        "behind": "",
        "around": {"clock": 0, "web": "up"},
    }


def _served(tree):
    issuer, header = tree["issuer"], _header(tree["issuer"]["protected"])
    if issuer["chain"]:
        header[cose.X5CHAIN] = cose.build_x5chain(chain(issuer["chain"]))
    protected = cbor2.dumps(header, canonical=True)
    claims = {_NUMBERS.get(name, name): value for name, value in _meant(tree["claims"]).items()}
    payload = _respelt(cbor2.dumps(claims, canonical=True), tree, "claims")
    signature = people.key(issuer["key"]).sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    if issuer["signature"] == "flipped":
        signature = bytes([signature[0] ^ 1]) + signature[1:]
    message = [protected, _header(issuer["unprotected"]), payload, signature]
    raw = cbor2.dumps(Tag(tree["tag"], message) if tree["tag"] else message)
    return _respelt(raw, tree, "message") + bytes.fromhex(tree["behind"])


@contextmanager
def _reader_of_lists(around, _folder):
    web, memory, policy = Web({}), Memory(), Policy(documents.anchors())

    def receive(raw):
        if around["web"] == "up":
            web.pages[STATUS_URI] = raw
        flow = load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW + around["clock"]))
        if run(flow, web).lookup(7):
            raise VerificationError("status_revoked")

    yield Receiver(receive, web)


CWT = {"status list in CBOR": Original(lambda: deepcopy(_listed()), _served, _reader_of_lists)}
