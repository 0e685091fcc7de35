"""A signer whose private key lives in this process's memory."""

from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from didkit_fr.errors import ParseError
from didkit_fr.keys.algorithm import Algorithm, CertificateHash, Software
from didkit_fr.keys.algorithms import named
from didkit_fr.keys.public import PublicKey, from_cryptography
from didkit_fr.primitives.random import Random, system

__all__ = ["SoftwareSigner", "from_pem", "from_secret", "generate"]


@dataclass(frozen=True, slots=True)
class SoftwareSigner:
    """Signs with a key in memory; the private key, as pyca/cryptography has it, is in no `repr`."""

    public_key: PublicKey
    private: Any = field(repr=False, compare=False)

    def sign(self, message: bytes) -> bytes:
        """Signs, as the key's algorithm writes a signature (P-256: r||s, 64 bytes)."""
        return _software(self.public_key.row).sign(self.private, message)

    def agree(self, peer: PublicKey) -> bytes:
        """The shared secret with another key (`keys.agreement.KeyAgreement`): the x coordinate, big endian.

        Raises:
            ParseError: `key_unsupported` where the two keys are not of one curve of ECDH.
        """
        ours, theirs = self.private, peer.handle
        if not isinstance(ours, ec.EllipticCurvePrivateKey) or not isinstance(theirs, ec.EllipticCurvePublicKey):
            raise ParseError("key_unsupported", "no key agreement")
        if peer.family != self.public_key.family:
            raise ParseError("key_unsupported", "another curve")
        return ours.exchange(ec.ECDH(), theirs)

    def secret(self) -> bytes:
        """The private scalar, big endian, of the curve's length, or the seed of 32 bytes: only for sealing it."""
        return _software(self.public_key.row).secret(self.private)

    @property
    def certificate_hash(self) -> CertificateHash | None:
        """What a certificate is hashed with before this key signs it; None where the algorithm takes the whole."""
        return _software(self.public_key.row).certificate_hash


def generate(name: str = "P-256", *, random: Random = system) -> SoftwareSigner:
    """Makes a key pair of the algorithm of that name in `keys.algorithms`.

    Raises:
        ParseError: `key_unsupported`.
    """
    return from_secret(_software(named(name)).draw(random), name)


def from_secret(secret: bytes, name: str = "P-256") -> SoftwareSigner:
    """Takes a private scalar or seed as `SoftwareSigner.secret` gives it.

    Raises:
        ParseError: `key_unsupported` where it is not one.
    """
    private = _software(named(name)).load(secret)
    return SoftwareSigner(from_cryptography(private.public_key()), private)


def from_pem(pem: bytes, passphrase: bytes | None = None) -> SoftwareSigner:
    """Takes a private key in PEM (PKCS #8, or SEC 1 for ECDSA).

    Raises:
        ParseError: `key_unsupported` where it is not one, is of another algorithm, or the passphrase is wrong.
    """
    try:
        private: Any = load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ParseError("key_unsupported", "not a private key in PEM, or another passphrase") from None
    return SoftwareSigner(from_cryptography(private.public_key()), private)


def _software(row: Algorithm) -> Software:
    if row.software is None:
        raise ParseError("key_unsupported", "no private keys of this algorithm in memory")
    return row.software
