"""ML-DSA-44, -65 and -87 (FIPS 204), pure and with the empty context, as RFC 9964 uses them."""

from typing import Any, Final, NamedTuple, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import mldsa

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.algorithm import Key
from didkit_fr.primitives.random import Random

__all__ = [
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "SEED_BYTES",
    "ParameterSet",
    "check",
    "draw",
    "from_secret",
    "load",
    "read",
    "secret",
    "sign",
    "verify",
]

SEED_BYTES: Final = 32

_Private: TypeAlias = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey


class ParameterSet(NamedTuple):
    """A parameter set (FIPS 204 section 4): lengths of keys and signatures in bytes, and pyca/cryptography's types."""

    key_bytes: int
    signature_bytes: int
    public: Any
    private: Any


ML_DSA_44: Final = ParameterSet(1_312, 2_420, mldsa.MLDSA44PublicKey, mldsa.MLDSA44PrivateKey)
ML_DSA_65: Final = ParameterSet(1_952, 3_309, mldsa.MLDSA65PublicKey, mldsa.MLDSA65PrivateKey)
ML_DSA_87: Final = ParameterSet(2_592, 4_627, mldsa.MLDSA87PublicKey, mldsa.MLDSA87PrivateKey)


def check(_octets: bytes) -> None:
    """Any octets of the right length are a public key (FIPS 204 algorithm 23): there is nothing to refuse."""


def load(parameters: ParameterSet, octets: bytes) -> Any:  # noqa: ANN401 - one of three types without a common base
    """Makes a key of its octets.

    Raises:
        ParseError: `key_unsupported` where this build of pyca/cryptography has no ML-DSA.
    """
    try:
        return parameters.public.from_public_bytes(octets)
    except (ValueError, UnsupportedAlgorithm):
        raise ParseError("key_unsupported", "ML-DSA is not available") from None


def read(parameters: ParameterSet, handle: object) -> bytes | None:
    """The octets of a key of pyca/cryptography, None where it is another algorithm's."""
    return bytes(handle.public_bytes_raw()) if isinstance(handle, parameters.public) else None


def verify(key: Key, signature: bytes, message: bytes) -> None:
    """Verifies a signature over the message itself, with the empty context (RFC 9964).

    Raises:
        VerificationError: `signature_invalid`.
    """
    try:
        key.handle.verify(signature, message)
    except InvalidSignature:
        raise VerificationError("signature_invalid") from None


def draw(random: Random) -> bytes:
    """A fresh seed (FIPS 204 algorithm 1)."""
    return random(SEED_BYTES)


def from_secret(parameters: ParameterSet, seed: bytes) -> _Private:
    """The private key of a seed of 32 bytes (FIPS 204 algorithm 6).

    Raises:
        ParseError: `key_unsupported` where it is none, or this build of pyca/cryptography has no ML-DSA.
    """
    try:
        private: _Private = parameters.private.from_seed_bytes(seed)
    except (ValueError, UnsupportedAlgorithm):
        raise ParseError("key_unsupported", "not a seed of 32 bytes, or ML-DSA is not available") from None
    return private


def secret(private: _Private) -> bytes:
    """The seed, 32 bytes."""
    return private.private_bytes_raw()


def sign(private: _Private, message: bytes) -> bytes:
    """Signs the message itself, with the empty context, hedged (FIPS 204 section 3.4)."""
    return private.sign(message)
