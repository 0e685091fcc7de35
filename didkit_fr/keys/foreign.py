"""Keys of types that nothing here signs or verifies with: they are shown in a document, checked, and never used."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from didkit_fr.errors import ParseError

__all__ = ["CHECKS", "MAX_RSA_BITS", "MIN_RSA_BITS"]

MIN_RSA_BITS, MAX_RSA_BITS = 2_048, 4_096

_SECP256K1_BYTES = 33


def _secp256k1(data: bytes) -> None:
    if len(data) != _SECP256K1_BYTES:
        raise ParseError("key_length")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), data)
    except (ValueError, UnsupportedAlgorithm):
        raise ParseError("key_invalid") from None


def _rsa(data: bytes) -> None:
    """An RSAPublicKey (RFC 8017 appendix A.1.1), in its only encoding."""
    try:
        key = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise ParseError("key_invalid") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.public_bytes(Encoding.DER, PublicFormat.PKCS1) != data:
        raise ParseError("key_invalid")
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise ParseError("key_length")


CHECKS: Mapping[str, Callable[[bytes], None]] = MappingProxyType({"rsa-pub": _rsa, "secp256k1-pub": _secp256k1})
"""By name of multicodec.

Raises:
    ParseError: `key_length`, `key_invalid`.
"""
