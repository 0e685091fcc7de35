"""Public keys, and the one place where a signature is verified."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.algorithm import Algorithm
from didkit_fr.keys.algorithms import ED25519, KNOWN, Table, named

__all__ = [
    "ED25519",
    "PublicKey",
    "compressed",
    "from_compressed",
    "from_cryptography",
    "from_octets",
    "verify_signature",
]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A valid public key: the row of its algorithm, and its octets.

    The octets are an uncompressed point of ECDSA (P-256: 65 bytes, P-384: 97, P-521: 133), and what the standard of
    any other algorithm calls the public key (Ed25519: 32 bytes, ML-DSA-44: 1,312).
    """

    row: Algorithm
    octets: bytes
    _handle: Any = field(default=None, compare=False, repr=False)

    def __reduce__(self) -> tuple[Callable[[str, bytes], "PublicKey"], tuple[str, bytes]]:
        # A row is the same as another only if it is one object: a copy of a key has to have the row of the table.
        return _of_known, (self.row.name, self.octets)

    @property
    def handle(self) -> Any:  # noqa: ANN401 - the types of pyca/cryptography share no base
        """The key as pyca/cryptography has it; made when first asked for, because many a holder's key never is."""
        handle = self._handle
        if handle is None:
            handle = self.row.load(self.octets)
            # The same whoever makes it, and whenever: only the work is saved.
            object.__setattr__(self, "_handle", handle)
        return handle

    @property
    def family(self) -> str:
        """The name of its row, such as `P-256`, `Ed25519` or `ML-DSA-44`."""
        return self.row.name

    @property
    def algorithm(self) -> str:
        """The JOSE signature algorithm that this key's signer writes (RFC 7518 section 3.4, RFC 8037 section 3.1)."""
        return self.row.jose[0]

    def signs_with(self, algorithm: str) -> bool:
        """Whether a JOSE signature algorithm is this key's."""
        return algorithm in self.row.jose


def from_octets(row: Algorithm, octets: bytes, *, load: bool = False) -> PublicKey:
    """Takes the octets of a key, as `PublicKey` has them, and checks them.

    `load` makes its handle at once, for a key that is about to be used: what OpenSSL loads, it checks.

    Raises:
        ParseError: `key_length`, `key_invalid`.
    """
    if len(octets) != row.key_bytes:
        raise ParseError("key_length")
    if load:
        return PublicKey(row, octets, row.load(octets))
    row.check(octets)
    return PublicKey(row, octets)


def _of_known(name: str, octets: bytes) -> PublicKey:
    return from_octets(named(name), octets)


def from_compressed(row: Algorithm, data: bytes) -> PublicKey:
    """Takes a compressed point (SEC 1 section 2.3.3), or a key of an algorithm that compresses none, and checks it.

    Raises:
        ParseError: `key_length`, `key_invalid`.
    """
    if row.compression is None:
        return from_octets(row, data)
    if len(data) != row.compression.size:
        raise ParseError("key_length")
    octets, handle = row.compression.expand(data)
    return PublicKey(row, octets, handle)


def from_cryptography(handle: object, *, known: Table = KNOWN) -> PublicKey:
    """Takes a key of pyca/cryptography.

    Raises:
        ParseError: `key_unsupported`, `key_invalid`.
    """
    for row in known.rows:
        octets = row.read(handle)
        if octets is not None:
            return PublicKey(row, octets, handle)
    raise ParseError("key_unsupported")


def compressed(key: PublicKey) -> bytes:
    """The point compressed (P-256: 33 bytes); the key as it is where its algorithm compresses none."""
    compression = key.row.compression
    return key.octets if compression is None else compression.compress(key.octets)


def verify_signature(key: PublicKey, signature: bytes, message: bytes) -> None:
    """Verifies a raw signature: r||s of ECDSA (RFC 7518 section 3.4; P-256: 64 bytes), or as its algorithm writes it.

    Raises:
        VerificationError: `signature_invalid`.
    """
    if len(signature) != key.row.signature_bytes:
        raise VerificationError("signature_invalid", "wrong length")
    key.row.verify(key, signature, message)
