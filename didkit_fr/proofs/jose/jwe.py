"""Compact JWE (RFC 7516) in the one mode of OpenID4VC HAIP 1.0: ECDH-ES as direct key agreement on P-256, AES-GCM.

What an encrypted message says is no better known for having been encrypted: anyone has the public key.
joserfc is imported late (it is slow to import), and draws the sender's ephemeral key and the nonce itself.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import jwk, software
from didkit_fr.keys.public import PublicKey
from didkit_fr.primitives.random import Random, system

if TYPE_CHECKING:
    from joserfc.jwe import JWERegistry

__all__ = [
    "ALGORITHM",
    "CURVE",
    "ENCRYPTIONS",
    "MAX_CHARS",
    "DecryptionKey",
    "UnverifiedJwe",
    "decrypt",
    "encrypt",
    "generate",
    "parse",
]

ALGORITHM = "ECDH-ES"
CURVE = "P-256"
ENCRYPTIONS = ("A256GCM", "A128GCM")
"""The content encryptions, the better one first."""

MAX_CHARS = 1_048_576
MAX_HEADER_CHARS = 4096
MAX_PARTY_CHARS = 1024

_NONCE_BYTES, _TAG_BYTES = 12, 16


@dataclass(frozen=True, slots=True)
class DecryptionKey:
    """A private key (scalar, 32 bytes big endian) that opens messages; made for one request, it dies with it."""

    secret: bytes = field(repr=False)

    @property
    def public_key(self) -> PublicKey:
        """The half to publish.

        Raises:
            ParseError: `key_unsupported` where the secret is not a private key.
        """
        return software.from_secret(self.secret, CURVE).public_key


@dataclass(frozen=True, slots=True)
class UnverifiedJwe:
    """A parsed compact JWE; its header is the sender's word, its content is not known yet."""

    unverified_header: Mapping[str, Any]
    compact: str = field(repr=False)

    @property
    def unverified_kid(self) -> str | None:
        """Which key the sender says it encrypted to: to look it up."""
        kid = self.unverified_header.get("kid")
        return kid if isinstance(kid, str) else None


def generate(*, random: Random = system) -> DecryptionKey:
    """Makes a key for one message."""
    return DecryptionKey(software.generate(CURVE, random=random).secret())


def encrypt(plaintext: bytes, key: PublicKey, *, enc: str, kid: str) -> str:
    """Encrypts to a public key; the header names it by `kid` (OpenID4VP 1.0 section 8.3).

    Raises:
        ParseError: `key_unsupported`.
        VerificationError: `algorithm_refused`.
    """
    if key.family != CURVE:
        raise ParseError("key_unsupported", f"{ALGORITHM} needs {CURVE}")
    if enc not in ENCRYPTIONS:
        raise VerificationError("algorithm_refused")
    from joserfc import jwe  # noqa: PLC0415 - slow import, only for those who encrypt
    from joserfc.jwk import ECKey  # noqa: PLC0415 - slow import, only for those who encrypt

    header = {"alg": ALGORITHM, "enc": enc, "kid": kid}
    return jwe.encrypt_compact(header, plaintext, ECKey.import_key(jwk.build(key)), registry=_registry())


def parse(compact: str, *, max_chars: int = MAX_CHARS) -> UnverifiedJwe:
    """Parses the compact serialisation (RFC 7516 section 7.1), complete: nothing malformed is left to decrypt.

    Raises:
        ParseError: `input_too_large`, `jwe_malformed`, `base64url_invalid`, and those of `encoding.json`.
    """
    if len(compact) > max_chars:
        raise ParseError("input_too_large", f"JWE over {max_chars} characters")
    parts = compact.split(".")
    if len(parts) != 5 or not compact.isascii():  # noqa: PLR2004 - header, key, nonce, ciphertext, tag
        raise ParseError("jwe_malformed")
    if len(parts[0]) > MAX_HEADER_CHARS:
        raise ParseError("input_too_large", f"JWE header over {MAX_HEADER_CHARS} characters")
    header, encrypted_key, nonce, _, tag = (base64url.decode(part, max_chars=max_chars) for part in parts)
    # Direct agreement has no encrypted key. A tag of another length would be split off the ciphertext elsewhere.
    if encrypted_key or len(nonce) != _NONCE_BYTES or len(tag) != _TAG_BYTES:
        raise ParseError("jwe_malformed", "a part of another length")
    return UnverifiedJwe(json.parse_object(header, max_bytes=MAX_HEADER_CHARS), compact)


def decrypt(
    unverified: UnverifiedJwe, key: DecryptionKey, *, kid: str, encryptions: Collection[str] = ENCRYPTIONS
) -> bytes:
    """Decrypts. Nothing says who encrypted.

    Args:
        unverified: the parsed message.
        key: the private key.
        kid: what that key is called; the header must name it.
        encryptions: the allowed `enc` values.

    Raises:
        ParseError: `jwe_malformed`, `base64url_invalid`, and those of `keys.jwk` for the sender's key.
        VerificationError: `critical_header`, `algorithm_refused`, `decryption_failed`.
    """
    _check_header(unverified.unverified_header, encryptions)
    if unverified.unverified_kid != kid:
        raise VerificationError("decryption_failed", "for another key")
    from joserfc import jwe  # noqa: PLC0415 - slow import, only for those who decrypt
    from joserfc.errors import JoseError  # noqa: PLC0415 - slow import, only for those who decrypt
    from joserfc.jwk import ECKey  # noqa: PLC0415 - slow import, only for those who decrypt

    private = ECKey.import_key({**jwk.build(key.public_key), "d": base64url.encode(key.secret)})
    try:
        plaintext = jwe.decrypt_compact(unverified.compact, private, registry=_registry()).plaintext
    except (JoseError, ValueError, TypeError, AssertionError):
        raise VerificationError("decryption_failed") from None
    return plaintext or b""


def _check_header(header: Mapping[str, Any], encryptions: Collection[str]) -> None:
    if "crit" in header:
        raise VerificationError("critical_header")
    # Compressed content would be a bomb, and its length an oracle (RFC 8725 section 3.6).
    if header.get("alg") != ALGORITHM or "zip" in header:
        raise VerificationError("algorithm_refused")
    enc = header.get("enc")
    if not isinstance(enc, str) or enc not in encryptions:
        raise VerificationError("algorithm_refused")
    if jwk.parse(header.get("epk")).family != CURVE:  # on the curve: another point would leak the private key
        raise ParseError("key_unsupported")
    for name in ("apu", "apv"):
        _check_party(header.get(name, ""))


def _check_party(value: JsonValue) -> None:
    if not isinstance(value, str):
        raise ParseError("jwe_malformed", "apu or apv")
    base64url.decode(value, max_chars=MAX_PARTY_CHARS)


@cache
def _registry() -> "JWERegistry":
    from joserfc.jwe import JWERegistry  # noqa: PLC0415 - slow import, only for those who encrypt or decrypt

    registry = JWERegistry(algorithms=[ALGORITHM, *ENCRYPTIONS], strict_check_header=False)
    # Its own limits stop at 64 kB, which a portrait exceeds; `parse` has set ours.
    registry.max_ciphertext_length = MAX_CHARS
    registry.max_protected_header_length = MAX_HEADER_CHARS
    return registry
