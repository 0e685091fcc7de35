"""Compact JWS (RFC 7515) as JWT (RFC 7519), by the rules of RFC 8725: explicit type, allow-listed algorithm."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.public import PublicKey, verify_signature
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned

__all__ = [
    "MAX_CHARS",
    "UnverifiedJws",
    "VerifiedJwt",
    "attach",
    "build_header",
    "check_header",
    "check_signature",
    "parse",
    "prepare",
    "prepare_claims",
    "sign",
    "verify",
]

MAX_CHARS: Final = 1_048_576
MAX_HEADER_BYTES: Final = 32_768


class UnverifiedJws(NamedTuple):
    """A parsed compact JWS; nothing of it is to be believed. Its `repr` shows the header only."""

    unverified_header: Mapping[str, Any]
    unverified_payload: bytes
    signing_input: bytes
    signature: bytes

    def __repr__(self) -> str:
        return f"UnverifiedJws(unverified_header={self.unverified_header!r})"

    def unverified_claims(self) -> JsonObject:
        """The payload as JSON, unverified: to find out whose key to ask for.

        Raises:
            ParseError: as `encoding.json.parse_object`.
        """
        return json.parse_object(self.unverified_payload, max_bytes=MAX_CHARS)


class VerifiedJwt(NamedTuple):
    """Header and claims of a JWT whose signature, algorithm and type were verified; times and names were not.

    Its `repr` shows the header only.
    """

    header: Mapping[str, Any]
    claims: JsonObject

    def __repr__(self) -> str:
        return f"VerifiedJwt(header={self.header!r})"


def parse(compact: str, *, max_chars: int = MAX_CHARS) -> UnverifiedJws:
    """Parses the compact serialisation (RFC 7515 section 7.1).

    Raises:
        ParseError: `input_too_large`, `jws_malformed`, `base64url_invalid`, and those of `encoding.json`.
    """
    if len(compact) > max_chars:
        raise ParseError("input_too_large", f"JWS over {max_chars} characters")
    signing_input, _, signature = compact.rpartition(".")
    header, dot, payload = signing_input.partition(".")
    if not header or not dot or "." in payload or not compact.isascii():
        raise ParseError("jws_malformed")
    decoded = base64url.decode_each((header, payload, signature))
    protected = json.parse_object(decoded[0], max_bytes=MAX_HEADER_BYTES)
    return UnverifiedJws(protected, decoded[1], signing_input.encode("ascii"), decoded[2])


def verify(unverified: UnverifiedJws, key: PublicKey, *, typ: str, algorithms: Collection[str]) -> VerifiedJwt:
    """Verifies type, algorithm and signature. Verifies neither times nor who signed: that is the caller's.

    Args:
        unverified: the parsed token.
        key: the key that must have signed.
        typ: the exact `typ` header, without "application/" (RFC 8725 section 3.11).
        algorithms: the allowed `alg` values; the key's own must be the header's.

    Raises:
        ParseError: where the payload is not a JSON object.
        VerificationError: `typ_mismatch`, `critical_header`, `algorithm_refused`, `signature_invalid`.
    """
    check_signature(unverified, key, typ=typ, algorithms=algorithms)
    return VerifiedJwt(unverified.unverified_header, unverified.unverified_claims())


def check_signature(unverified: UnverifiedJws, key: PublicKey, *, typ: str, algorithms: Collection[str]) -> None:
    """As `verify`, of a payload that is read elsewhere.

    Raises:
        VerificationError: as `verify`.
    """
    header = unverified.unverified_header
    check_header(header, typ=typ, algorithms=algorithms)
    if not key.signs_with(header["alg"]):
        raise VerificationError("algorithm_refused", "not the key's algorithm")
    verify_signature(key, unverified.signature, unverified.signing_input)


def check_header(header: Mapping[str, Any], *, typ: str, algorithms: Collection[str]) -> None:
    """Checks `typ`, `crit` and `alg` before any key is looked for.

    Raises:
        VerificationError: `typ_mismatch`, `critical_header`, `algorithm_refused`.
    """
    stated = header.get("typ")
    if stated != typ and (not isinstance(stated, str) or stated.lower().removeprefix("application/") != typ):
        raise VerificationError("typ_mismatch", f"expected {typ}")
    if "crit" in header or "b64" in header:
        raise VerificationError("critical_header")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise VerificationError("algorithm_refused")


def build_header(signer: KeyHolder, typ: str, header: Mapping[str, Any] | None = None) -> JsonObject:
    """The protected header: the signer's algorithm, an explicit type, and more members, which cannot replace these."""
    return {**(header or {}), "alg": signer.public_key.algorithm, "typ": typ}


def prepare(header: Mapping[str, Any], payload: bytes) -> bytes:
    """The bytes to sign (RFC 7515 section 5.1 step 5); `attach` completes the token."""
    return base64url.encode_ascii(json.encode(dict(header))) + b"." + base64url.encode_ascii(payload)


def attach(signing_input: bytes, signature: bytes) -> str:
    """Completes a compact JWS with its signature."""
    return f"{signing_input.decode('ascii')}.{base64url.encode(signature)}"


def sign(claims: JsonObject, signer: Signer, *, typ: str, header: Mapping[str, Any] | None = None) -> str:
    """Signs a JWT with an explicit type; `header` adds members such as `x5c` or `jwk`."""
    return prepare_claims(claims, signer, typ=typ, header=header).by(signer)


def prepare_claims(
    claims: JsonObject, signer: KeyHolder, *, typ: str, header: Mapping[str, Any] | None = None
) -> ToBeSigned[str]:
    """As `sign`, for a key that is elsewhere."""
    signing_input = prepare(build_header(signer, typ, header), json.encode(claims))
    return ToBeSigned(signing_input, partial(attach, signing_input))
