"""Files sealed under a passphrase: XChaCha20-Poly1305 with a key from Argon2id (RFC 9106), through libsodium.

Layout: magic (8 bytes), operations and memory in bytes (8 each, big endian), salt (16), nonce (24), ciphertext. All
that stands before the ciphertext is authenticated, with the caller's context. What a sealed file does not show is
its age: an older copy put back in its place opens.
"""

import struct
from dataclasses import dataclass

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.primitives.random import Random, system

__all__ = [
    "INTERACTIVE",
    "MAX_MEMORY",
    "MAX_OPERATIONS",
    "MIN_MEMORY",
    "Cost",
    "check_length",
    "is_sealed",
    "open_sealed",
    "seal",
]

_MAGIC = b"didkit\x00\x01"
_HEADER = struct.Struct(">8sQQ16s24s")
_KEY_BYTES = 32

MIN_BYTES = 8
MIN_OPERATIONS, MAX_OPERATIONS = 1, 10
MIN_MEMORY, MAX_MEMORY = 8_192, 1 << 28


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of a passphrase costs: Argon2id passes, and memory in bytes."""

    operations: int
    memory: int


INTERACTIVE = Cost(operations=3, memory=1 << 26)


def check_length(passphrase: bytes) -> None:
    """Refuses a passphrase that is too short to be chosen; one that was chosen before still opens what it sealed.

    Raises:
        VerificationError: `passphrase_too_short`.
    """
    if len(passphrase) < MIN_BYTES:
        raise VerificationError("passphrase_too_short", f"{MIN_BYTES} bytes at least")


def seal(
    passphrase: bytes, plaintext: bytes, *, context: bytes, cost: Cost = INTERACTIVE, random: Random = system
) -> bytes:
    """Seals `plaintext`; `context` names what it is, so that one kind of file is never opened as another."""
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt  # noqa: PLC0415 - slow import

    header = _HEADER.pack(_MAGIC, cost.operations, cost.memory, random(16), random(24))
    salt, nonce = header[24:40], header[40:64]
    return header + encrypt(plaintext, header + context, nonce, _key(passphrase, salt, cost))


def is_sealed(data: bytes) -> bool:
    """Whether data begins as `seal` begins; whether it opens, and under which passphrase, is not known."""
    return data.startswith(_MAGIC)


def open_sealed(passphrase: bytes, sealed: bytes, *, context: bytes) -> bytes:
    """Opens what `seal` made; the cost read from the file is bounded both ways before any work is done.

    Raises:
        ParseError: `sealed_malformed`.
        VerificationError: `passphrase_wrong`, for a wrong passphrase, another context, or an edited file: they
            cannot be told apart.
        FetchError: `memory_short`.
    """
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt  # noqa: PLC0415 - slow import
    from nacl.exceptions import CryptoError  # noqa: PLC0415 - slow import

    if len(sealed) < _HEADER.size + 16 or not is_sealed(sealed):
        raise ParseError("sealed_malformed")
    _, operations, memory, salt, nonce = _HEADER.unpack_from(sealed)
    if not (MIN_OPERATIONS <= operations <= MAX_OPERATIONS and MIN_MEMORY <= memory <= MAX_MEMORY):
        raise ParseError("sealed_malformed", "cost out of bounds")
    header, ciphertext = sealed[: _HEADER.size], sealed[_HEADER.size :]
    try:
        return decrypt(ciphertext, header + context, nonce, _key(passphrase, salt, Cost(operations, memory)))
    except CryptoError:
        raise VerificationError("passphrase_wrong") from None


def _key(passphrase: bytes, salt: bytes, cost: Cost) -> bytes:
    from nacl.exceptions import RuntimeError as OutOfMemory  # noqa: PLC0415 - slow import
    from nacl.pwhash import argon2id  # noqa: PLC0415 - slow import

    try:
        return argon2id.kdf(_KEY_BYTES, passphrase, salt, opslimit=cost.operations, memlimit=cost.memory)
    except OutOfMemory:
        raise FetchError("memory_short") from None
