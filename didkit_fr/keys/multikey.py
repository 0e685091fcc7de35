"""Public keys as Multikey (Controlled Identifiers 1.0 section 2.2.2): multicodec, then the key, in multibase.

Elliptic curves and BBS are in base58btc; ML-DSA, whose keys are long, in base64url (Quantum-Resistant Cryptosuites
1.0). A key has one spelling: the base is its algorithm's.
"""

from typing import Final

from didkit_fr.encoding import multibase, multicodec
from didkit_fr.encoding.multibase import BASE58BTC, BASE64URL
from didkit_fr.errors import ParseError
from didkit_fr.keys.algorithms import KNOWN, Table
from didkit_fr.keys.bbs import BbsPublicKey, octets_to_pubkey
from didkit_fr.keys.public import PublicKey, compressed, from_compressed

__all__ = ["BBS_CODE", "MAX_BASE64URL_CHARS", "MAX_CHARS", "base_of", "build", "build_bbs", "parse", "parse_bbs"]

MAX_CHARS: Final = 256
MAX_BASE64URL_CHARS: Final = 4_096

BBS_CODE: Final = "bls12_381-g2-pub"
"""The multicodec of a BBS public key (vc-di-bbs section 2.1)."""


def parse(text: str, *, known: Table = KNOWN) -> PublicKey:
    """Reads a `publicKeyMultibase`; points are compressed.

    Raises:
        ParseError: `input_too_large`, `multibase_invalid`, `multicodec_invalid`, `multicodec_unknown`,
            `key_unsupported`, `key_length`, `key_invalid`.
    """
    limit = MAX_BASE64URL_CHARS if text[:1] == BASE64URL else MAX_CHARS
    data = multibase.decode(text, max_chars=limit)
    code, size = multicodec.decode_varint(data)
    row = known.by_multicodec.get(code)
    if text[:1] != (BASE58BTC if row is None else row.multibase):
        raise ParseError("multibase_invalid", "not the base of its algorithm")
    if row is None:
        multicodec.decode(data)
        raise ParseError("key_unsupported")
    return from_compressed(row, data[size:])


def build(key: PublicKey) -> str:
    """Writes a `publicKeyMultibase`."""
    return multibase.encode(multicodec.encode_varint(key.row.multicodec) + compressed(key), key.row.multibase)


def base_of(name: str) -> str:
    """The prefix of the base in which keys of a multicodec are written."""
    row = KNOWN.by_multicodec.get(multicodec.CODES[name])
    return BASE58BTC if row is None else row.multibase


def parse_bbs(text: str) -> BbsPublicKey:
    """Reads the `publicKeyMultibase` of a BBS key: a compressed point of G2, 96 bytes.

    Raises:
        ParseError: `input_too_large`, `multibase_invalid`, `multicodec_invalid`, `multicodec_unknown`,
            `key_unsupported`, `key_length`, `key_invalid`.
    """
    name, data = multicodec.decode(multibase.decode(text, bases=BASE58BTC, max_chars=MAX_CHARS))
    if name != BBS_CODE:
        raise ParseError("key_unsupported", "not a BBS key")
    return octets_to_pubkey(data)


def build_bbs(key: BbsPublicKey) -> str:
    """Writes the `publicKeyMultibase` of a BBS key."""
    return multibase.encode(multicodec.encode(BBS_CODE, key.octets))
