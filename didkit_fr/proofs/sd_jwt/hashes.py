"""The digests of SD-JWT (RFC 9901 sections 4.1.1, 4.2.3 and 4.3.1), by the names of the IANA registry of hashes."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha3_256, sha3_384, sha3_512, sha256, sha384, sha512
from types import MappingProxyType
from typing import Any, Final

from didkit_fr.encoding import base64url
from didkit_fr.errors import ParseError

__all__ = ["HASHES", "SHA_256", "SHA_256_ONLY", "digest_of", "digests_of"]

SHA_256: Final = "sha-256"
SHA_256_ONLY: Final = frozenset({SHA_256})

HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = MappingProxyType(
    {
        SHA_256: sha256,
        "sha-384": sha384,
        "sha-512": sha512,
        "sha3-256": sha3_256,
        "sha3-384": sha3_384,
        "sha3-512": sha3_512,
    }
)
"""What can be read, by the value of `_sd_alg`: none is weaker than SHA-256. Whether it is accepted, the caller says."""


def digest_of(text: str, hash_name: str = SHA_256) -> str:
    """The digest of a disclosure (section 4.2.3), or of a presentation (section 4.3.1).

    Raises:
        ParseError: `sd_jwt_malformed` for what is not ASCII.
    """
    if not text.isascii():
        raise ParseError("sd_jwt_malformed", "not ASCII")
    return base64url.encode(HASHES[hash_name](text.encode("ascii")).digest())


def digests_of(disclosures: Sequence[bytes], hash_name: str = SHA_256) -> list[str]:
    """The digests of disclosures; of SHA-256 in one encoding: 32 bytes and a zero byte are 44 characters, one spare."""
    hashed = HASHES[hash_name]
    if hashed is not sha256:
        return [base64url.encode(hashed(disclosure).digest()) for disclosure in disclosures]
    joined = base64url.encode(b"\0".join([sha256(disclosure).digest() for disclosure in disclosures]))
    return [joined[at : at + 43] for at in range(0, len(joined), 44)]
