"""BBS keys: public ones, the port behind which a secret one stands, and a signer in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from didkit_fr.errors import ParseError
from didkit_fr.primitives import bbs
from didkit_fr.primitives.bbs import PublicKey as BbsPublicKey
from didkit_fr.primitives.bbs import Scalar, octets_to_pubkey
from didkit_fr.primitives.bls12_381 import octets_to_scalar
from didkit_fr.primitives.random import Random, system

__all__ = ["BbsPublicKey", "BbsSigner", "SoftwareBbsSigner", "from_secret", "generate", "octets_to_pubkey"]

_KEY_MATERIAL_BYTES = 64


class BbsSigner(Protocol):
    """Signs lists of messages with one secret key that it never shows."""

    @property
    def public_key(self) -> BbsPublicKey:
        """The public half, 96 octets."""
        ...

    def sign(self, header: bytes, messages: Sequence[bytes]) -> bytes:
        """Signs with the ciphersuite BLS12-381-SHA-256; 80 octets (draft-irtf-cfrg-bbs-signatures section 3.5.1)."""
        ...


@dataclass(frozen=True, slots=True)
class SoftwareBbsSigner:
    """Signs with a key in memory; the secret key is in no `repr`."""

    public_key: BbsPublicKey
    _secret: Scalar = field(repr=False, compare=False)
    _random: Random = field(repr=False, compare=False)

    def sign(self, header: bytes, messages: Sequence[bytes]) -> bytes:
        """Signs; 80 octets, always the same for the same header and messages.

        Raises:
            ParseError: `input_too_large` for more than 1,024 messages.
        """
        return bbs.sign(self._secret, self.public_key, header, messages, random=self._random)

    def secret(self) -> bytes:
        """The secret scalar, 32 bytes, big endian: only for sealing it."""
        return self._secret.to_be_bytes()


def generate(*, random: Random = system) -> SoftwareBbsSigner:
    """Makes a key pair (`KeyGen`, draft-irtf-cfrg-bbs-signatures section 3.4.1)."""
    sk = bbs.key_gen(random(_KEY_MATERIAL_BYTES))
    return SoftwareBbsSigner(bbs.sk_to_pk(sk, random=random), sk, random)


def from_secret(secret: bytes, *, random: Random = system) -> SoftwareBbsSigner:
    """Takes a secret scalar as `SoftwareBbsSigner.secret` gives it; the random bytes only blind what is computed.

    Raises:
        ParseError: `key_unsupported` where it is not one.
    """
    try:
        sk = octets_to_scalar(secret)
    except ParseError:
        raise ParseError("key_unsupported", "not a BBS secret key") from None
    return SoftwareBbsSigner(bbs.sk_to_pk(sk, random=random), sk, random)
