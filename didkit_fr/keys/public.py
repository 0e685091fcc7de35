"""Public keys, and the one place where a signature is verified."""

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from didkit_fr.errors import ParseError, VerificationError

__all__ = [
    "ALGORITHMS",
    "CURVES",
    "ED25519",
    "ED25519_BYTES",
    "Curve",
    "Handle",
    "PublicKey",
    "compressed",
    "from_compressed",
    "from_cryptography",
    "from_point",
    "verify_signature",
]

Handle: TypeAlias = ec.EllipticCurvePublicKey | Ed25519PublicKey


class Curve(NamedTuple):
    """A curve of ECDSA: its JOSE algorithm, coordinate length in bytes, and what pyca/cryptography calls it."""

    algorithm: str
    size: int
    curve: ec.EllipticCurve
    digest: hashes.HashAlgorithm
    signature: ec.ECDSA


CURVES: dict[str, Curve] = {
    "P-256": Curve("ES256", 32, ec.SECP256R1(), hashes.SHA256(), ec.ECDSA(hashes.SHA256())),
    "P-384": Curve("ES384", 48, ec.SECP384R1(), hashes.SHA384(), ec.ECDSA(hashes.SHA384())),
    "P-521": Curve("ES512", 66, ec.SECP521R1(), hashes.SHA512(), ec.ECDSA(hashes.SHA512())),
}
ED25519 = "Ed25519"
ED25519_BYTES = 32
_ED25519_SIGNATURE_BYTES = 64

# RFC 9864 names the algorithm of Ed25519 "Ed25519" and deprecates "EdDSA" (RFC 8037), which most others still write:
# both are read, and what everybody understands is written.
_ED25519_ALGORITHMS = ("EdDSA", "Ed25519")

ALGORITHMS: dict[str, str] = {
    **{curve.algorithm: name for name, curve in CURVES.items()},
    **dict.fromkeys(_ED25519_ALGORITHMS, ED25519),
}
"""The curve of each JOSE algorithm."""

_NAMES = {curve.curve.name: name for name, curve in CURVES.items()}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A valid public key; `curve` as JOSE names it.

    `point` is uncompressed (P-256: 65 bytes, P-384: 97, P-521: 133); for Ed25519 the key as it is (32 bytes).
    """

    curve: str
    point: bytes
    handle: Handle = field(compare=False, repr=False)

    @property
    def algorithm(self) -> str:
        """The JOSE signature algorithm that this key's signer writes (RFC 7518 section 3.4, RFC 8037 section 3.1)."""
        return _ED25519_ALGORITHMS[0] if self.curve == ED25519 else CURVES[self.curve].algorithm

    def signs_with(self, algorithm: str) -> bool:
        """Whether a JOSE signature algorithm is this key's."""
        return ALGORITHMS.get(algorithm) == self.curve


def from_cryptography(handle: object) -> PublicKey:
    """Takes a key of pyca/cryptography.

    Raises:
        ParseError: `key_unsupported`, `key_invalid`.
    """
    if isinstance(handle, Ed25519PublicKey):
        return from_point(ED25519, handle.public_bytes_raw())
    if not isinstance(handle, ec.EllipticCurvePublicKey) or handle.curve.name not in _NAMES:
        raise ParseError("key_unsupported")
    point = handle.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return PublicKey(_NAMES[handle.curve.name], point, handle)


def from_point(curve: str, point: bytes) -> PublicKey:
    """Takes an uncompressed point (SEC 1 section 2.3.3) or an Ed25519 key (RFC 8032 section 5.1.5), and checks it.

    Raises:
        ParseError: `key_unsupported`, `key_length`, `key_invalid`.
    """
    if curve == ED25519:
        return _ed25519(point)
    if curve not in CURVES:
        raise ParseError("key_unsupported")
    if len(point) != 1 + 2 * CURVES[curve].size:
        raise ParseError("key_length")
    if point[:1] != b"\x04":
        raise ParseError("key_invalid", "not an uncompressed point")
    return PublicKey(curve, point, _on_curve(curve, point))


def from_compressed(curve: str, point: bytes) -> PublicKey:
    """Takes a compressed point (SEC 1 section 2.3.3) or an Ed25519 key, and checks it.

    Raises:
        ParseError: `key_unsupported`, `key_length`, `key_invalid`.
    """
    if curve == ED25519:
        return _ed25519(point)
    if curve not in CURVES:
        raise ParseError("key_unsupported")
    if len(point) != 1 + CURVES[curve].size:
        raise ParseError("key_length")
    if point[:1] not in (b"\x02", b"\x03"):
        raise ParseError("key_invalid", "not a compressed point")
    return from_cryptography(_on_curve(curve, point))


def compressed(key: PublicKey) -> bytes:
    """The point compressed (P-256: 33 bytes); an Ed25519 key as it is."""
    if key.curve == ED25519:
        return key.point
    return bytes([2 + (key.point[-1] & 1)]) + key.point[1 : 1 + CURVES[key.curve].size]


def verify_signature(key: PublicKey, signature: bytes, message: bytes) -> None:
    """Verifies a raw signature: r||s (RFC 7518 section 3.4; P-256: 64 bytes), or Ed25519's 64 bytes. High s is valid.

    Raises:
        VerificationError: `signature_invalid`.
    """
    if isinstance(key.handle, Ed25519PublicKey):
        _verify_ed25519(key, signature, message)
        return
    curve = CURVES[key.curve]
    if len(signature) != 2 * curve.size:
        raise VerificationError("signature_invalid", "wrong length")
    r = int.from_bytes(signature[: curve.size])
    s = int.from_bytes(signature[curve.size :])
    try:
        key.handle.verify(encode_dss_signature(r, s), message, curve.signature)
    except InvalidSignature:
        raise VerificationError("signature_invalid") from None


def _on_curve(curve: str, point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[curve].curve, point)
    except ValueError:
        raise ParseError("key_invalid", "not a point of the curve") from None


def _ed25519(point: bytes) -> PublicKey:
    from nacl.bindings import crypto_core_ed25519_is_valid_point as is_valid  # noqa: PLC0415 - slow import

    if len(point) != ED25519_BYTES:
        raise ParseError("key_length")
    # A key of small order would verify any message: OpenSSL accepts one. Only the main subgroup has honest keys.
    if not is_valid(point):
        raise ParseError("key_invalid", "not a point of the curve's main subgroup")
    return PublicKey(ED25519, point, Ed25519PublicKey.from_public_bytes(point))


def _verify_ed25519(key: PublicKey, signature: bytes, message: bytes) -> None:
    from nacl.bindings import crypto_sign_open  # noqa: PLC0415 - slow import
    from nacl.exceptions import BadSignatureError  # noqa: PLC0415 - slow import

    if len(signature) != _ED25519_SIGNATURE_BYTES:
        raise VerificationError("signature_invalid", "wrong length")
    try:
        crypto_sign_open(signature + message, key.point)
    except BadSignatureError:
        raise VerificationError("signature_invalid") from None
