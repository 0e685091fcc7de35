"""The port behind which a private key stands: software, HSM, a remote service."""

from typing import Protocol

from didkit_fr.keys.public import PublicKey

__all__ = ["Signer"]


class Signer(Protocol):
    """Signs with one private key that it never shows."""

    @property
    def public_key(self) -> PublicKey:
        """The public half; its `algorithm` is the signature's."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Signs, hashing as the key's algorithm says, and as it writes a signature (P-256: r||s, 64 bytes)."""
        ...
