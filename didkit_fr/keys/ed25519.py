"""Ed25519 (RFC 8032): keys checked, signatures made and verified."""

from collections.abc import Callable
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.algorithm import Key
from didkit_fr.primitives.random import Random

__all__ = ["KEY_BYTES", "SIGNATURE_BYTES", "check", "draw", "from_secret", "load", "read", "secret", "sign", "verify"]

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


def check(octets: bytes) -> None:
    """Refuses what is no point of the curve's main subgroup.

    Raises:
        ParseError: `key_invalid`.
    """
    from nacl.bindings import crypto_core_ed25519_is_valid_point as is_valid  # noqa: PLC0415 - slow import

    # A key of small order would verify any message: OpenSSL accepts one. Only the main subgroup has honest keys.
    if not is_valid(octets):
        raise ParseError("key_invalid", "not a point of the curve's main subgroup")


def load(octets: bytes) -> Ed25519PublicKey:
    """Makes a key of its octets (RFC 8032 section 5.1.5).

    Raises:
        ParseError: `key_invalid`.
    """
    check(octets)
    return Ed25519PublicKey.from_public_bytes(octets)


def read(handle: object) -> bytes | None:
    """The octets of a key of pyca/cryptography, None where it is another algorithm's.

    Raises:
        ParseError: `key_invalid`: OpenSSL does not refuse keys of small order.
    """
    if not isinstance(handle, Ed25519PublicKey):
        return None
    octets = handle.public_bytes_raw()
    check(octets)
    return octets


def verify(key: Key, signature: bytes, message: bytes) -> None:
    """Verifies a signature of 64 bytes; libsodium also refuses a key or an R of small order.

    Raises:
        VerificationError: `signature_invalid`.
    """
    open_signed, bad_signature = _sodium()
    try:
        open_signed(signature + message, key.octets)
    except bad_signature:
        raise VerificationError("signature_invalid") from None


def draw(random: Random) -> bytes:
    """A fresh seed (RFC 8032 section 5.1.5)."""
    return random(KEY_BYTES)


def from_secret(seed: bytes) -> Ed25519PrivateKey:
    """The private key of a seed.

    Raises:
        ParseError: `key_unsupported`.
    """
    if len(seed) != KEY_BYTES:
        raise ParseError("key_unsupported", "not a seed of 32 bytes")
    return Ed25519PrivateKey.from_private_bytes(seed)


def secret(private: Ed25519PrivateKey) -> bytes:
    """The seed, 32 bytes."""
    return private.private_bytes_raw()


def sign(private: Ed25519PrivateKey, message: bytes) -> bytes:
    """Signs the message itself; 64 bytes, always the same for the same message."""
    return private.sign(message)


@cache
def _sodium() -> tuple[Callable[[bytes, bytes], bytes], type[Exception]]:
    from nacl.bindings import crypto_sign_open  # noqa: PLC0415 - slow import
    from nacl.exceptions import BadSignatureError  # noqa: PLC0415 - slow import

    return crypto_sign_open, BadSignatureError
