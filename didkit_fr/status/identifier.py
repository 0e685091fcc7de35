"""Identifier lists of ISO mdoc (ISO/IEC 18013-5 second edition section 12.3.6): which documents were revoked, by name.

A document says under its signature which list and which identifier are its own; what is not on the list is in force.
The list is a CWT like a Status List Token, with claims of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from didkit_fr.encoding import base64url, cbor
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.cbor import CborValue
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.cose.cose import UnverifiedCose, VerifiedCose
from didkit_fr.status import token

__all__ = [
    "MAX_BYTES",
    "MEDIA_TYPE",
    "TYP",
    "IdentifierList",
    "build_list",
    "build_reference",
    "parse_list",
    "parse_reference",
    "read_list",
    "unverified_claims",
]

TYP = "identifierlist+cwt"
MEDIA_TYPE = "application/identifierlist+cwt"
MAX_BYTES = 1_048_576
MAX_IDENTIFIER_BYTES = 64
_STEPS = 800_000
"""A list is a message of its own; each identifier in it is followed by a map, and a megabyte of them is read."""

_CLAIMS: Mapping[int, str] = MappingProxyType(
    {1: "iss", 2: "sub", 4: "exp", 5: "nbf", 6: "iat", 65530: "identifier_list", 65534: "ttl"}
)


@dataclass(frozen=True, slots=True)
class IdentifierList:
    """A verified list; times in seconds since 1970 UTC, `ttl` in seconds."""

    uri: str
    identifiers: frozenset[bytes] = field(repr=False)
    expires_at: int | None
    ttl: int | None
    issued_at: int

    def is_revoked(self, identifier: bytes) -> bool:
        """Whether a document of this identifier was revoked."""
        return identifier in self.identifiers


def build_reference(uri: str, identifier: bytes) -> dict[str, dict[str, str | bytes]]:
    """The `status` of a Mobile Security Object; the identifier is random, of this copy alone."""
    return {"identifier_list": {"id": identifier, "uri": uri}}


def parse_reference(status: JsonValue) -> tuple[str, bytes]:
    """Reads the status of a credential as JSON: the list's address, and the identifier.

    Raises:
        ParseError: `status_reference_malformed`, `base64url_invalid`.
    """
    reference = status.get("identifier_list") if isinstance(status, dict) else None
    if not isinstance(reference, dict) or not isinstance(reference.get("id"), str):
        raise ParseError("status_reference_malformed", "identifier_list")
    identifier = base64url.decode(reference["id"], max_chars=2 * MAX_IDENTIFIER_BYTES)
    if not 0 < len(identifier) <= MAX_IDENTIFIER_BYTES:
        raise ParseError("status_reference_malformed", "id")
    return token.check_address(reference.get("uri")), identifier


def build_list(
    identifiers: Collection[bytes],
    *,
    uri: str,
    now: int,
    ttl: int,
    expires: int,
    signer: Signer,
    chain: Sequence[Certificate],
) -> bytes:
    """Signs a list of the identifiers of revoked documents; arguments as `token_cwt.build_list`."""
    listed: CborValue = {"identifiers": {identifier: {} for identifier in identifiers}}
    claims = {2: uri, 6: now, 4: expires, 65534: ttl, 65530: listed}
    header: cose.Header = {cose.X5CHAIN: cose.build_x5chain(chain)}
    return cose.sign1(cbor.encode(claims), signer, typ=MEDIA_TYPE, header=header)


def parse_list(raw: bytes, *, max_bytes: int = MAX_BYTES) -> UnverifiedCose:
    """Parses a list; its type is checked now, its signature by whoever finds the key.

    Raises:
        ParseError: as `proofs.cose.cose.parse_sign1`.
        VerificationError: `typ_mismatch`, `critical_header`.
    """
    unverified = cose.parse_sign1(raw, tagged=True, max_bytes=max_bytes)
    cose.check_header(unverified.unverified_header, typ=TYP)
    return unverified


def unverified_claims(unverified: UnverifiedCose) -> JsonObject:
    """The claims by their names, unverified: to find out whose key to ask for.

    Raises:
        ParseError: `status_list_malformed`, and those of `encoding.cbor.decode`.
    """
    return _claims(unverified.unverified_payload or b"")


def read_list(verified: VerifiedCose, *, uri: str, now: int) -> IdentifierList:
    """Reads a verified list; arguments and errors as `token.read_list`."""
    cose.check_header(verified.header, typ=TYP)
    claims = _claims(verified.payload)
    issued_at, expires_at, ttl = token.check_claims(claims, uri=uri, now=now)
    listed = claims.get("identifier_list")
    identifiers = listed.get("identifiers") if isinstance(listed, dict) else None
    if not isinstance(identifiers, dict) or not all(isinstance(one, bytes) for one in identifiers):
        raise ParseError("status_list_malformed", "identifiers")
    return IdentifierList(uri, frozenset(identifiers), expires_at, ttl, issued_at)


def _claims(payload: bytes) -> JsonObject:
    value = cbor.decode(payload, budget=Budget(steps=_STEPS))
    if not isinstance(value, dict):
        raise ParseError("status_list_malformed", "not a map of claims")
    return {name: value[number] for number, name in _CLAIMS.items() if number in value}
