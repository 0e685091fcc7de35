"""The port behind which a private key stands: software, HSM, a remote service."""

from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

from didkit_fr.keys.public import PublicKey

__all__ = ["KeyHolder", "Signer", "ToBeSigned"]

T = TypeVar("T")


class KeyHolder(Protocol):
    """Whoever has the private half of a key, wherever it is."""

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        ...


class Signer(Protocol):
    """Signs with one private key that it never shows."""

    @property
    def public_key(self) -> PublicKey:
        """The public half; its `algorithm` is the signature's."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Signs, hashing as the key's algorithm says, and as it writes a signature (P-256: r||s, 64 bytes)."""
        ...


class ToBeSigned(NamedTuple, Generic[T]):
    """Octets that a private key, which may be remote and slow, has yet to sign, and what their signature completes."""

    message: bytes
    attach: Callable[[bytes], T]

    def by(self, signer: Signer) -> T:
        """What a signer that is here completes."""
        return self.attach(signer.sign(self.message))
