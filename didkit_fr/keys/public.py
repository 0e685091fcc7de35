"""Public keys, and the one place where a signature is verified."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256, sha384, sha512
from typing import Any, Final, NamedTuple, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
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
    """A curve of ECDSA: its JOSE algorithm, coordinate length in bytes, what pyca/cryptography calls it, its equation.

    `signature` is of a digest, which `hash` makes: that of `hashlib` is sooner made. The equation is
    y^2 = x^3 - 3x + b modulo `prime` (SP 800-186 section 3.2.1).
    """

    algorithm: str
    size: int
    curve: ec.EllipticCurve
    digest: hashes.HashAlgorithm
    hash: Callable[[bytes], Any]
    signature: ec.ECDSA
    prime: int
    b: int


_B_256: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_B_384: Final = int(
    "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF", 16
)
_B_521: Final = int(
    "51953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109"
    "E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00",
    16,
)
_P_256: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_P_384: Final = 2**384 - 2**128 - 2**96 + 2**32 - 1
_P_521: Final = 2**521 - 1


def _of_digest(algorithm: hashes.HashAlgorithm) -> ec.ECDSA:
    return ec.ECDSA(Prehashed(algorithm))


CURVES: Final[dict[str, Curve]] = {
    "P-256": Curve("ES256", 32, ec.SECP256R1(), hashes.SHA256(), sha256, _of_digest(hashes.SHA256()), _P_256, _B_256),
    "P-384": Curve("ES384", 48, ec.SECP384R1(), hashes.SHA384(), sha384, _of_digest(hashes.SHA384()), _P_384, _B_384),
    "P-521": Curve("ES512", 66, ec.SECP521R1(), hashes.SHA512(), sha512, _of_digest(hashes.SHA512()), _P_521, _B_521),
}
ED25519: Final = "Ed25519"
ED25519_BYTES: Final = 32
_ED25519_SIGNATURE_BYTES: Final = 64
_POSITIVE: Final = 0x7F

# RFC 9864 names the algorithm of Ed25519 "Ed25519" and deprecates "EdDSA" (RFC 8037), which most others still write:
# both are read, and what everybody understands is written.
_ED25519_ALGORITHMS: Final = ("EdDSA", "Ed25519")

ALGORITHMS: Final[dict[str, str]] = {
    **{curve.algorithm: name for name, curve in CURVES.items()},
    **dict.fromkeys(_ED25519_ALGORITHMS, ED25519),
}
"""The curve of each JOSE algorithm."""

_NAMES: Final = {curve.curve.name: name for name, curve in CURVES.items()}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A valid public key; `curve` as JOSE names it.

    `point` is uncompressed (P-256: 65 bytes, P-384: 97, P-521: 133); for Ed25519 the key as it is (32 bytes).
    """

    curve: str
    point: bytes
    _handle: Handle | None = field(default=None, compare=False, repr=False)

    @property
    def handle(self) -> Handle:
        """The key as pyca/cryptography has it; made when first asked for, because many a holder's key never is."""
        handle = self._handle
        if handle is None:
            handle = _load(self.curve, self.point)
            # The same whoever makes it, and whenever: only the work is saved.
            object.__setattr__(self, "_handle", handle)
        return handle

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


def from_point(curve: str, point: bytes, *, load: bool = False) -> PublicKey:
    """Takes an uncompressed point (SEC 1 section 2.3.3) or an Ed25519 key (RFC 8032 section 5.1.5), and checks it.

    `load` makes its handle at once, for a key that is about to be used: what OpenSSL loads, it checks.

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
    if load:
        return PublicKey(curve, point, _load(curve, point))
    _check_equation(CURVES[curve], point)
    return PublicKey(curve, point)


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
    return from_cryptography(_load(curve, point))


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
    if key.curve == ED25519:
        _verify_ed25519(key, signature, message)
        return
    curve = CURVES[key.curve]
    if len(signature) != 2 * curve.size:
        raise VerificationError("signature_invalid", "wrong length")
    handle: Any = key.handle
    try:
        handle.verify(_der(signature, curve.size), curve.hash(message).digest(), curve.signature)
    except InvalidSignature:
        raise VerificationError("signature_invalid") from None


def _check_equation(curve: Curve, point: bytes) -> None:
    """Refuses what is no point of the curve (SP 800-56A section 5.6.2.3.3; the cofactor is 1): as `_load`, cheaper."""
    x, y = int.from_bytes(point[1 : 1 + curve.size]), int.from_bytes(point[1 + curve.size :])
    if x >= curve.prime or y >= curve.prime or (y * y - (x * x - 3) * x - curve.b) % curve.prime:
        raise ParseError("key_invalid", "not a point of the curve")


def _load(curve: str, point: bytes) -> Handle:
    if curve == ED25519:
        return Ed25519PublicKey.from_public_bytes(point)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[curve].curve, point)
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


def _ed25519(point: bytes) -> PublicKey:
    from nacl.bindings import crypto_core_ed25519_is_valid_point as is_valid  # noqa: PLC0415 - slow import

    if len(point) != ED25519_BYTES:
        raise ParseError("key_length")
    # A key of small order would verify any message: OpenSSL accepts one. Only the main subgroup has honest keys.
    if not is_valid(point):
        raise ParseError("key_invalid", "not a point of the curve's main subgroup")
    return PublicKey(ED25519, point)


def _verify_ed25519(key: PublicKey, signature: bytes, message: bytes) -> None:
    open_signed, bad_signature = _sodium()
    if len(signature) != _ED25519_SIGNATURE_BYTES:
        raise VerificationError("signature_invalid", "wrong length")
    try:
        open_signed(signature + message, key.point)
    except bad_signature:
        raise VerificationError("signature_invalid") from None


@cache
def _sodium() -> tuple[Callable[[bytes, bytes], bytes], type[Exception]]:
    from nacl.bindings import crypto_sign_open  # noqa: PLC0415 - slow import
    from nacl.exceptions import BadSignatureError  # noqa: PLC0415 - slow import

    return crypto_sign_open, BadSignatureError
