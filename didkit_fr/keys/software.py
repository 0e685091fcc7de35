"""A signer whose private key lives in this process's memory."""

from dataclasses import dataclass, field
from typing import cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from didkit_fr.errors import ParseError
from didkit_fr.keys.public import CURVES, ED25519, ED25519_BYTES, PublicKey, from_cryptography
from didkit_fr.primitives.random import Random, system

__all__ = ["SoftwareSigner", "from_pem", "from_secret", "generate", "order"]

_ORDERS = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16
    ),
    "P-521": int(
        "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        "A51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
        16,
    ),
}


@dataclass(frozen=True, slots=True)
class SoftwareSigner:
    """Signs with a key in memory; the private key is in no `repr`."""

    public_key: PublicKey
    private: ec.EllipticCurvePrivateKey | Ed25519PrivateKey = field(repr=False, compare=False)

    def sign(self, message: bytes) -> bytes:
        """Signs; returns r||s (P-256: 64 bytes), or Ed25519's 64 bytes."""
        curve = CURVES.get(self.public_key.curve)
        if curve is None:
            return cast("Ed25519PrivateKey", self.private).sign(message)
        digest = curve.hash(message).digest()
        return _raw(cast("ec.EllipticCurvePrivateKey", self.private).sign(digest, curve.signature), curve.size)

    def agree(self, peer: PublicKey) -> bytes:
        """The shared secret with another key (`keys.agreement.KeyAgreement`): the x coordinate, big endian.

        Raises:
            ParseError: `key_unsupported` where the two keys are not of one curve of ECDH.
        """
        ours, theirs = self.private, peer.handle
        if not isinstance(ours, ec.EllipticCurvePrivateKey) or not isinstance(theirs, ec.EllipticCurvePublicKey):
            raise ParseError("key_unsupported", "no key agreement")
        if peer.curve != self.public_key.curve:
            raise ParseError("key_unsupported", "another curve")
        return ours.exchange(ec.ECDH(), theirs)

    def secret(self) -> bytes:
        """The private scalar, big endian, of the curve's length, or Ed25519's seed: only for sealing it."""
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.private_bytes_raw()
        return self.private.private_numbers().private_value.to_bytes(CURVES[self.public_key.curve].size)


def order(curve: str) -> int:
    """The order of the group of a curve of ECDSA (FIPS 186-5, SP 800-186)."""
    return _ORDERS[curve]


def generate(curve: str = "P-256", *, random: Random = system) -> SoftwareSigner:
    """Makes a key pair (FIPS 186-5 appendix A.2.1: 64 bits more than the order, then reduced; RFC 8032)."""
    if curve == ED25519:
        return from_secret(random(ED25519_BYTES), ED25519)
    size = CURVES[curve].size
    scalar = int.from_bytes(random(size + 8)) % (order(curve) - 1) + 1
    return from_secret(scalar.to_bytes(size), curve)


def from_secret(secret: bytes, curve: str = "P-256") -> SoftwareSigner:
    """Takes a private scalar or seed as `SoftwareSigner.secret` gives it.

    Raises:
        ParseError: `key_unsupported` where it is not one.
    """
    if curve == ED25519 and len(secret) == ED25519_BYTES:
        seed = Ed25519PrivateKey.from_private_bytes(secret)
        return SoftwareSigner(from_cryptography(seed.public_key()), seed)
    scalar = int.from_bytes(secret)
    if curve not in CURVES or len(secret) != CURVES[curve].size or not 0 < scalar < order(curve):
        raise ParseError("key_unsupported", "not a private key of the curve")
    private = ec.derive_private_key(scalar, CURVES[curve].curve)
    return SoftwareSigner(from_cryptography(private.public_key()), private)


def from_pem(pem: bytes, passphrase: bytes | None = None) -> SoftwareSigner:
    """Takes a private key in PEM (PKCS #8, or SEC 1 for ECDSA).

    Raises:
        ParseError: `key_unsupported` where it is not one, is of another curve, or the passphrase is wrong.
    """
    try:
        private = load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ParseError("key_unsupported", "not a private key in PEM, or another passphrase") from None
    if not isinstance(private, (ec.EllipticCurvePrivateKey, Ed25519PrivateKey)):
        raise ParseError("key_unsupported")
    return SoftwareSigner(from_cryptography(private.public_key()), private)


def _raw(der: bytes, size: int) -> bytes:
    """DER ECDSA-Sig-Value to r||s by slicing: both lengths are one byte for curves up to 521 bits' integers."""
    at = 3 if der[1] & 0x80 else 2
    r_end = at + 2 + der[at + 1]
    r, s = der[at + 2 : r_end], der[r_end + 2 :]
    return r[-size:].rjust(size, b"\0") + s[-size:].rjust(size, b"\0")
