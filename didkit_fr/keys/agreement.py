"""The port behind which a private key agrees on a shared secret: software, HSM, a remote service."""

from typing import Protocol

from didkit_fr.keys.public import PublicKey

__all__ = ["KeyAgreement"]


class KeyAgreement(Protocol):
    """Agrees on secrets with one private key that it never shows."""

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        ...

    def agree(self, peer: PublicKey) -> bytes:
        """The shared secret of elliptic curve Diffie-Hellman (BSI TR-03111 section 4.3.1): the x coordinate.

        Raises:
            ParseError: `key_unsupported` where the peer's key is of another curve.
        """
        ...
