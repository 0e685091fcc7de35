"""Originals that are spellings: canonical JSON, CBOR, multibase, and keys as documents may spell them."""

import hmac
from copy import deepcopy

from didkit_fr.encoding import cbor, jcs, json, multibase
from didkit_fr.keys import cose_key, jwk, multikey
from didkit_fr.keys.public import compressed
from didkit_fr.proofs.cose import cose
from tests.nation import nation
from tests.refusals import trees
from tests.refusals.receiver import parser

SHARED = bytes(range(32))
P256 = "8024"  # The varint of multicodec 0x1200


def _text(parse):
    return lambda raw: parse(raw.decode("latin-1"))


def _hex(value):
    """The bytes that a tree spells in hexadecimal digits."""
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) and value.keys() == {"hex"} else value


# --- a key in a DID or in a document: the code of what it is, and the key, each in hexadecimal digits


def _multikey():
    return {"base": "z", "code": P256, "key": compressed(nation().holder.public_key).hex(), "behind": ""}


def _multikey_text(tree):
    text = multibase.encode(bytes.fromhex(tree["code"] + tree["key"]), "z")
    return (tree["base"] + text[1:] + tree["behind"]).encode()


# --- a key in an mdoc: pairs of a label and a value, because TOML has no numbers as names


def _cose_key():
    pairs = cose_key.build(nation().holder.public_key).items()
    return [[label, {"hex": value.hex()} if isinstance(value, bytes) else value] for label, value in pairs]


def _cose_key_bytes(tree):
    return cbor.encode({label: _hex(value) for label, value in tree})


# --- a message that a shared key authenticates


def _mac0_tree():
    return {
        "protected": [[cose.ALG, cose.HMAC_256]],
        "unprotected": [],
        "payload": "content",
        "said": "content",
        "key": SHARED.hex(),
        "cut": 32,
    }


def _mac0(tree):
    protected, said = cbor.encode(dict(tree["protected"])), tree["said"].encode()
    code = hmac.digest(bytes.fromhex(tree["key"]), cbor.encode(["MAC0", protected, b"", said]), "sha256")
    return cbor.encode([protected, dict(tree["unprotected"]), tree["payload"].encode(), code[: tree["cut"]]])


def _hear_mac0(raw):
    return cose.verify_mac0(cose.parse_mac0(raw), SHARED, typ=None)


def _key_set():
    return jwk.build_set({"one": nation().holder.public_key, "two": nation().signer.public_key})


ENCODINGS = {
    "canonical JSON": parser(
        lambda: deepcopy({"a": [1, 2.5, "é"]}), lambda raw: jcs.encode(json.parse(raw)), trees.text_of
    ),
    "CBOR": parser(lambda: "a2616101616202", cbor.decode, bytes.fromhex),
    "multibase": parser(lambda: "zUXE7GvtEk8XTXs1GF8HSGbVA9FCX9SEBPe", _text(multibase.decode), str.encode),
    "Multikey": parser(_multikey, _text(multikey.parse), _multikey_text),
    "COSE_Key": parser(_cose_key, lambda raw: cose_key.parse(cbor.decode(raw)), _cose_key_bytes),
    "JWK set": parser(_key_set, lambda raw: jwk.parse_set(json.parse(raw)), trees.text_of),
    "COSE_Mac0": parser(_mac0_tree, _hear_mac0, _mac0),
}
