"""Public keys as Multikey (Controlled Identifiers 1.0 section 2.2.2): multicodec, then the key, in base58btc."""

from didkit_fr.encoding import multibase, multicodec
from didkit_fr.errors import ParseError
from didkit_fr.keys.bbs import BbsPublicKey, octets_to_pubkey
from didkit_fr.keys.public import ED25519, PublicKey, compressed, from_compressed

__all__ = ["BBS", "MAX_CHARS", "build", "build_bbs", "parse", "parse_bbs"]

MAX_CHARS = 256

BBS = "bls12_381-g2-pub"
"""The multicodec of a BBS public key (vc-di-bbs section 2.1)."""

# P-521 has a code but no row in the standard's table; did:key has it.
_CURVES = {"p256-pub": "P-256", "p384-pub": "P-384", "p521-pub": "P-521", "ed25519-pub": ED25519}
_CODECS = {curve: name for name, curve in _CURVES.items()}


def parse(text: str) -> PublicKey:
    """Reads a `publicKeyMultibase`; points are compressed.

    Raises:
        ParseError: `input_too_large`, `multibase_invalid`, `multicodec_invalid`, `multicodec_unknown`,
            `key_unsupported`, `key_length`, `key_invalid`.
    """
    name, data = multicodec.decode(multibase.decode(text, bases=multibase.BASE58BTC, max_chars=MAX_CHARS))
    if name not in _CURVES:
        raise ParseError("key_unsupported")
    return from_compressed(_CURVES[name], data)


def build(key: PublicKey) -> str:
    """Writes a `publicKeyMultibase`."""
    return multibase.encode(multicodec.encode(_CODECS[key.curve], compressed(key)))


def parse_bbs(text: str) -> BbsPublicKey:
    """Reads the `publicKeyMultibase` of a BBS key: a compressed point of G2, 96 bytes.

    Raises:
        ParseError: `input_too_large`, `multibase_invalid`, `multicodec_invalid`, `multicodec_unknown`,
            `key_unsupported`, `key_length`, `key_invalid`.
    """
    name, data = multicodec.decode(multibase.decode(text, bases=multibase.BASE58BTC, max_chars=MAX_CHARS))
    if name != BBS:
        raise ParseError("key_unsupported", "not a BBS key")
    return octets_to_pubkey(data)


def build_bbs(key: BbsPublicKey) -> str:
    """Writes the `publicKeyMultibase` of a BBS key."""
    return multibase.encode(multicodec.encode(BBS, key.octets))
