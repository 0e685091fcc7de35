"""Token Status List (draft-ietf-oauth-status-list-20) as a CWT (section 5.2): a COSE_Sign1, with its tag.

It says the same as the JWT: `token` has the rules.
"""

import zlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from didkit_fr.encoding import base64url, cbor
from didkit_fr.encoding.cbor import CborValue
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned
from didkit_fr.keys.x509 import Certificate
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.cose.cose import UnverifiedCose, VerifiedCose
from didkit_fr.status import token
from didkit_fr.status.token import StatusList

__all__ = [
    "CLAIMS",
    "MAX_BYTES",
    "MEDIA_TYPE",
    "TYP",
    "build_list",
    "parse_list",
    "prepare_list",
    "read_list",
    "unverified_claims",
]

TYP = "statuslist+cwt"
MEDIA_TYPE = "application/statuslist+cwt"
MAX_BYTES = 1_048_576

CLAIMS: Mapping[int, str] = MappingProxyType(
    {1: "iss", 2: "sub", 4: "exp", 5: "nbf", 6: "iat", 65533: "status_list", 65534: "ttl"}
)
"""The names in JWT of the claims that are used (RFC 8392 section 3.1; sections 5.2 and 14.6 of the draft)."""

_LEVEL = 6
_BITS = (1, 2, 4, 8)


def build_list(
    statuses: bytes,
    *,
    uri: str,
    now: int,
    ttl: int,
    expires: int,
    signer: Signer,
    chain: Sequence[Certificate],
    bits: int = 1,
    aggregation: str | None = None,
) -> bytes:
    """Signs a Status List Token; arguments as `token.build_list`, the chain leaf first in `x5chain`, protected.

    Raises:
        ParseError: `status_entry_invalid` for a width the draft does not have.
    """
    unsigned = prepare_list(
        statuses,
        uri=uri,
        now=now,
        ttl=ttl,
        expires=expires,
        signer=signer,
        chain=chain,
        bits=bits,
        aggregation=aggregation,
    )
    return unsigned.by(signer)


def prepare_list(
    statuses: bytes,
    *,
    uri: str,
    now: int,
    ttl: int,
    expires: int,
    signer: KeyHolder,
    chain: Sequence[Certificate],
    bits: int = 1,
    aggregation: str | None = None,
) -> ToBeSigned[bytes]:
    """As `build_list`, for a key that is elsewhere."""
    if bits not in _BITS:
        raise ParseError("status_entry_invalid")
    listed: dict[str, CborValue] = {"bits": bits, "lst": zlib.compress(statuses, _LEVEL)}
    if aggregation is not None:
        listed["aggregation_uri"] = aggregation
    claims = {2: uri, 6: now, 4: expires, 65534: ttl, 65533: listed}
    header = cose.build_header(signer, {cose.X5CHAIN: cose.build_x5chain(chain), cose.TYP: MEDIA_TYPE})
    prepared = cose.prepare(header, cbor.encode(claims))
    return ToBeSigned(
        prepared.to_be_signed, lambda signature: cose.encode(cose.attach(prepared, signature), tagged=True)
    )


def parse_list(raw: bytes, *, max_bytes: int = MAX_BYTES) -> UnverifiedCose:
    """Parses a Status List Token; its type is checked now, its signature by whoever finds the key.

    Raises:
        ParseError: as `proofs.cose.cose.parse_sign1`.
        VerificationError: `typ_mismatch`, `critical_header`.
    """
    unverified = cose.parse_sign1(raw, tagged=True, max_bytes=max_bytes)
    cose.check_header(unverified.unverified_header, typ=TYP)
    return unverified


def unverified_claims(unverified: UnverifiedCose) -> JsonObject:
    """The claims as a JWT has them, unverified: to find out whose key to ask for.

    Raises:
        ParseError: `status_list_malformed`, and those of `encoding.cbor.decode`.
    """
    return _claims(unverified.unverified_payload or b"")


def read_list(verified: VerifiedCose, *, uri: str, now: int, max_bytes: int = MAX_BYTES) -> StatusList:
    """Reads a verified Status List Token; arguments and errors as `token.read_list`."""
    if verified.header.get(cose.TYP) is None:
        raise VerificationError("typ_mismatch")
    cose.check_header(verified.header, typ=TYP)
    return token.read_claims(_claims(verified.payload), uri=uri, now=now, max_bytes=max_bytes)


def _claims(payload: bytes) -> JsonObject:
    value = cbor.decode(payload)
    if not isinstance(value, dict):
        raise ParseError("status_list_malformed", "not a map of claims")
    claims = {name: value[number] for number, name in CLAIMS.items() if number in value}
    listed = claims.get("status_list")
    if isinstance(listed, dict):
        compressed = listed.get("lst")
        if not isinstance(compressed, bytes):
            raise ParseError("status_list_malformed", "lst")
        claims["status_list"] = {**listed, "lst": base64url.encode(compressed)}
    return claims
