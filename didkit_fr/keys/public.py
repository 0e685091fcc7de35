"""Public keys, and the one place where a signature is verified."""

from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from didkit_fr.errors import ParseError, VerificationError

__all__ = ["ALGORITHMS", "CURVES", "Curve", "PublicKey", "from_cryptography", "from_point", "verify_signature"]


class Curve(NamedTuple):
    """A curve: its JOSE algorithm, coordinate length in bytes, and what pyca/cryptography calls all that."""

    algorithm: str
    size: int
    curve: ec.EllipticCurve
    digest: hashes.HashAlgorithm
    signature: ec.ECDSA


CURVES: dict[str, Curve] = {"P-256": Curve("ES256", 32, ec.SECP256R1(), hashes.SHA256(), ec.ECDSA(hashes.SHA256()))}
ALGORITHMS: dict[str, str] = {curve.algorithm: name for name, curve in CURVES.items()}

_NAMES = {curve.curve.name: name for name, curve in CURVES.items()}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A valid public key; `curve` as JOSE names it, `point` uncompressed (P-256: 65 bytes)."""

    curve: str
    point: bytes
    handle: ec.EllipticCurvePublicKey = field(compare=False, repr=False)

    @property
    def algorithm(self) -> str:
        """The JOSE signature algorithm of this key (RFC 7518 section 3.4)."""
        return CURVES[self.curve].algorithm


def from_cryptography(handle: object) -> PublicKey:
    """Takes a key of pyca/cryptography.

    Raises:
        ParseError: `key_unsupported`.
    """
    if not isinstance(handle, ec.EllipticCurvePublicKey) or handle.curve.name not in _NAMES:
        raise ParseError("key_unsupported")
    point = handle.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return PublicKey(_NAMES[handle.curve.name], point, handle)


def from_point(curve: str, point: bytes) -> PublicKey:
    """Takes an uncompressed point (SEC 1 section 2.3.3), checked to be on the curve.

    Raises:
        ParseError: `key_unsupported`, `jwk_invalid`.
    """
    if curve not in CURVES:
        raise ParseError("key_unsupported")
    if len(point) != 1 + 2 * CURVES[curve].size or point[:1] != b"\x04":
        raise ParseError("jwk_invalid", "wrong length")
    try:
        handle = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[curve].curve, point)
    except ValueError:
        raise ParseError("jwk_invalid", "not a point of the curve") from None
    return PublicKey(curve, point, handle)


def verify_signature(key: PublicKey, signature: bytes, message: bytes) -> None:
    """Verifies a raw signature r||s (RFC 7518 section 3.4; P-256: 64 bytes). High s is valid.

    Raises:
        VerificationError: `signature_invalid`.
    """
    curve = CURVES[key.curve]
    if len(signature) != 2 * curve.size:
        raise VerificationError("signature_invalid", "wrong length")
    r = int.from_bytes(signature[: curve.size])
    s = int.from_bytes(signature[curve.size :])
    try:
        key.handle.verify(encode_dss_signature(r, s), message, curve.signature)
    except InvalidSignature:
        raise VerificationError("signature_invalid") from None
