"""What the table of signature algorithms says of each of them: the shape of a row, and of its parts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from cryptography.hazmat.primitives import hashes

from didkit_fr.encoding.multibase import BASE58BTC
from didkit_fr.primitives.random import Random

__all__ = ["AKP", "EC2", "OKP", "Algorithm", "CertificateHash", "Compression", "Key", "KeyType", "Software"]


CertificateHash: TypeAlias = hashes.SHA256 | hashes.SHA384 | hashes.SHA512


class Key(Protocol):
    """What an algorithm sees of a public key: its octets, and what pyca/cryptography makes of them."""

    @property
    def octets(self) -> bytes:
        """The key as its algorithm writes it."""
        ...

    @property
    def handle(self) -> Any:  # noqa: ANN401 - the types of pyca/cryptography share no base
        """The key as pyca/cryptography has it, made when it is first asked for."""
        ...


class KeyType(NamedTuple):
    """How JWK and COSE_Key write the keys of a type.

    `jwk_name` and `cose_name` are the members that say which algorithm's key it is: its curve or the algorithm itself.
    `jwk_parts` and `cose_parts` are the members that hold the octets, in their order; `cose_private` holds the private
    key, which a public one must not have. `max_chars` bounds the text of one member.
    """

    jwk: str
    cose: int
    jwk_name: str
    cose_name: int
    jwk_parts: tuple[str, ...]
    cose_parts: tuple[int, ...]
    cose_private: int
    max_chars: int

    def join(self, parts: Sequence[bytes]) -> bytes:
        """The octets of what the members hold; two coordinates make an uncompressed point (SEC 1 section 2.3.3)."""
        return parts[0] if len(parts) == 1 else b"\x04" + parts[0] + parts[1]

    def split(self, octets: bytes) -> tuple[bytes, ...]:
        """The inverse of `join`."""
        if len(self.jwk_parts) == 1:
            return (octets,)
        middle = len(octets) // 2 + 1
        return octets[1:middle], octets[middle:]


EC2: Final = KeyType("EC", 2, "crv", -1, ("x", "y"), (-2, -3), -4, 128)
"""Elliptic curves with two coordinates (RFC 7518 section 6.2, RFC 9053 section 7.1.1)."""

OKP: Final = KeyType("OKP", 1, "crv", -1, ("x",), (-2,), -4, 128)
"""Octet key pairs (RFC 8037 section 2, RFC 9053 section 7.2)."""

AKP: Final = KeyType("AKP", 7, "alg", 3, ("pub",), (-1,), -2, 4_096)
"""Algorithm key pairs: the key says its one algorithm (RFC 9964)."""


class Compression(NamedTuple):
    """The shorter of two ways to write a key, which Multikey takes: `size` is its length in bytes.

    `expand` returns the octets, and the key as pyca/cryptography has it.
    """

    size: int
    compress: Callable[[bytes], bytes]
    expand: Callable[[bytes], tuple[bytes, Any]]


class Software(NamedTuple):
    """How a private key is made, read and used that lives in this process's memory.

    `draw` makes a secret of random bytes; `load` takes one as `secret` gives it, and raises `key_unsupported` where it
    is none. `certificate_hash` is what an X.509 certificate is hashed with before it is signed, if anything.
    """

    draw: Callable[[Random], bytes]
    load: Callable[[bytes], Any]
    secret: Callable[[Any], bytes]
    sign: Callable[[Any, bytes], bytes]
    certificate_hash: CertificateHash | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Algorithm:
    """A signature algorithm and its keys: one row of the table; two rows are the same only if they are one object.

    Args:
        name: what JOSE calls the curve, or the algorithm where there is no curve to choose.
        jose: the names of JOSE; the first is the one that is written.
        cose: the identifiers of COSE and, for each, the name of JOSE that policies know it by; the first is written.
        cose_key: what a COSE_Key states at its type's `cose_name`.
        multicodec: the code before a Multikey.
        key_type: how JWK and COSE_Key write its keys.
        key_bytes: the length of the octets.
        signature_bytes: the length of a signature.
        check: refuses octets of the right length that are no key: `key_invalid`.
        load: makes what pyca/cryptography calls the key, refusing what `check` refuses.
        read: the octets of a key of pyca/cryptography, None where it is another algorithm's.
        verify: verifies a signature of the right length over a message: `signature_invalid`.
        software: how its private keys are handled, where this library can sign with it.
        compression: the shorter way to write its keys, where there is one.
        multibase: the base of a Multikey.
        must_be_named: whether a policy has to name it also for the keys and signatures of certificates, which other
            algorithms of this table need not be.
    """

    name: str
    jose: tuple[str, ...]
    cose: Mapping[int, str]
    cose_key: int
    multicodec: int
    key_type: KeyType
    key_bytes: int
    signature_bytes: int
    check: Callable[[bytes], None]
    load: Callable[[bytes], Any]
    read: Callable[[object], bytes | None]
    verify: Callable[[Key, bytes, bytes], None]
    software: Software | None = None
    compression: Compression | None = None
    multibase: str = BASE58BTC
    must_be_named: bool = False

    def __repr__(self) -> str:
        return f"Algorithm({self.name!r})"

    @property
    def cose_identifier(self) -> int:
        """The identifier of COSE that is written."""
        return next(iter(self.cose))

    def may_certify(self, algorithms: Collection[str]) -> bool:
        """Whether certificates may have its keys and signatures, by the JOSE names that a policy allows."""
        return not self.must_be_named or any(name in algorithms for name in self.jose)
