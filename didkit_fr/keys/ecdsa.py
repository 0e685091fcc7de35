"""ECDSA on the curves P-256, P-384 and P-521 (FIPS 186-5, SP 800-186): keys checked, signatures made and verified."""

from collections.abc import Callable
from hashlib import sha256, sha384, sha512
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.algorithm import CertificateHash, Key
from didkit_fr.primitives.random import Random

__all__ = [
    "P_256",
    "P_384",
    "P_521",
    "Curve",
    "check",
    "compress",
    "draw",
    "expand",
    "from_secret",
    "load",
    "raw",
    "read",
    "secret",
    "sign",
    "verify",
]

_POSITIVE: Final = 0x7F


class Curve(NamedTuple):
    """A curve of ECDSA: coordinate length in bytes, what pyca/cryptography calls it, its equation, its order.

    `signature` is of a digest, which `hash` makes: that of `hashlib` is sooner made. The equation is
    y^2 = x^3 - 3x + b modulo `prime` (SP 800-186 section 3.2.1).
    """

    size: int
    curve: ec.EllipticCurve
    digest: CertificateHash
    hash: Callable[[bytes], Any]
    signature: ec.ECDSA
    prime: int
    b: int
    order: int


def _curve(  # noqa: PLR0917 - the columns of the table below
    size: int,
    curve: ec.EllipticCurve,
    digest: CertificateHash,
    hash_: Callable[[bytes], Any],
    prime: int,
    b: str,
    order: str,
) -> Curve:
    return Curve(size, curve, digest, hash_, ec.ECDSA(Prehashed(digest)), prime, int(b, 16), int(order, 16))


P_256: Final = _curve(
    32,
    ec.SECP256R1(),
    hashes.SHA256(),
    sha256,
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B",
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
)
P_384: Final = _curve(
    48,
    ec.SECP384R1(),
    hashes.SHA384(),
    sha384,
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF",
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
)
P_521: Final = _curve(
    66,
    ec.SECP521R1(),
    hashes.SHA512(),
    sha512,
    2**521 - 1,
    "51953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109"
    "E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00",
    "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
    "A51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
)


# --- Public keys


def check(curve: Curve, point: bytes) -> None:
    """Refuses what is no uncompressed point of the curve (SP 800-56A section 5.6.2.3.3): as `load`, and cheaper.

    Raises:
        ParseError: `key_invalid`.
    """
    _check_uncompressed(point)
    x, y = int.from_bytes(point[1 : 1 + curve.size]), int.from_bytes(point[1 + curve.size :])
    if x >= curve.prime or y >= curve.prime or (y * y - (x * x - 3) * x - curve.b) % curve.prime:
        raise ParseError("key_invalid", "not a point of the curve")


def load(curve: Curve, point: bytes) -> ec.EllipticCurvePublicKey:
    """Makes a key of an uncompressed point (SEC 1 section 2.3.3); OpenSSL checks what it loads.

    Raises:
        ParseError: `key_invalid`.
    """
    _check_uncompressed(point)
    return _load(curve, point)


def read(curve: Curve, handle: object) -> bytes | None:
    """The uncompressed point of a key of pyca/cryptography, None where it is not on this curve."""
    if not isinstance(handle, ec.EllipticCurvePublicKey) or handle.curve.name != curve.curve.name:
        return None
    return handle.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def compress(curve: Curve, point: bytes) -> bytes:
    """The point compressed (SEC 1 section 2.3.3; P-256: 33 bytes)."""
    return bytes([2 + (point[-1] & 1)]) + point[1 : 1 + curve.size]


def expand(curve: Curve, data: bytes) -> tuple[bytes, ec.EllipticCurvePublicKey]:
    """The inverse of `compress`, and the key that OpenSSL made on the way.

    Raises:
        ParseError: `key_invalid`.
    """
    if data[:1] not in (b"\x02", b"\x03"):
        raise ParseError("key_invalid", "not a compressed point")
    handle = _load(curve, data)
    return handle.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), handle


def verify(curve: Curve, key: Key, signature: bytes, message: bytes) -> None:
    """Verifies r||s (RFC 7518 section 3.4; P-256: 64 bytes). High s is valid.

    Raises:
        VerificationError: `signature_invalid`.
    """
    try:
        key.handle.verify(_der(signature, curve.size), curve.hash(message).digest(), curve.signature)
    except InvalidSignature:
        raise VerificationError("signature_invalid") from None


# --- Private keys


def draw(curve: Curve, random: Random) -> bytes:
    """A fresh private scalar (FIPS 186-5 appendix A.2.1: 64 bits more than the order, then reduced)."""
    return (int.from_bytes(random(curve.size + 8)) % (curve.order - 1) + 1).to_bytes(curve.size)


def from_secret(curve: Curve, data: bytes) -> ec.EllipticCurvePrivateKey:
    """The private key of a scalar, big endian.

    Raises:
        ParseError: `key_unsupported`.
    """
    scalar = int.from_bytes(data)
    if len(data) != curve.size or not 0 < scalar < curve.order:
        raise ParseError("key_unsupported", "not a private key of the curve")
    return ec.derive_private_key(scalar, curve.curve)


def secret(curve: Curve, private: ec.EllipticCurvePrivateKey) -> bytes:
    """The private scalar, big endian, of the curve's length."""
    return private.private_numbers().private_value.to_bytes(curve.size)


def sign(curve: Curve, private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Signs; returns r||s (P-256: 64 bytes)."""
    return raw(private.sign(curve.hash(message).digest(), curve.signature), curve.size)


def raw(der: bytes, size: int) -> bytes:
    """DER ECDSA-Sig-Value to r||s by slicing: both lengths are one byte for curves up to 521 bits' integers."""
    at = 3 if der[1] & 0x80 else 2
    r_end = at + 2 + der[at + 1]
    r, s = der[at + 2 : r_end], der[r_end + 2 :]
    return r[-size:].rjust(size, b"\0") + s[-size:].rjust(size, b"\0")


def _check_uncompressed(point: bytes) -> None:
    if point[:1] != b"\x04":
        raise ParseError("key_invalid", "not an uncompressed point")


def _load(curve: Curve, point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve.curve, point)
    except ValueError:
        raise ParseError("key_invalid", "not a point of the curve") from None


def _der(signature: bytes, size: int) -> bytes:
    """r||s as the ASN.1 of RFC 3279 section 2.2.3: each the shortest spelling of a number that is not negative."""
    r, s = signature[:size].lstrip(b"\0"), signature[size:].lstrip(b"\0")
    if not r or r[0] > _POSITIVE:
        r = b"\0" + r
    if not s or s[0] > _POSITIVE:
        s = b"\0" + s
    length = len(r) + len(s) + 4
    head = b"\x30%c" % length if length <= _POSITIVE else b"\x30\x81%c" % length
    return b"%b\x02%c%b\x02%c%b" % (head, len(r), r, len(s), s)
