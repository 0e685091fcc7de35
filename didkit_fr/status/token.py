"""Token Status List (draft-ietf-oauth-status-list-20) as a JWT: one signed document for many credentials.

The order of checks is the caller's: the credential first, then the list's signature, then `read_list`, then `lookup`.
"""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TypeAlias

from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.keys.algorithms import JOSE_NAMES
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.jose.jws import UnverifiedJws, VerifiedJwt

__all__ = [
    "INVALID",
    "MAX_BYTES",
    "MAX_CHARS",
    "MEDIA_TYPE",
    "SUSPENDED",
    "TYP",
    "VALID",
    "StatusList",
    "StatusReference",
    "UnverifiedStatusList",
    "build_list",
    "build_reference",
    "check_address",
    "check_claims",
    "pack",
    "parse_list",
    "parse_reference",
    "prepare_list",
    "read_claims",
    "read_entry",
    "read_list",
]

TYP = "statuslist+jwt"
MEDIA_TYPE = "application/statuslist+jwt"
VALID, INVALID, SUSPENDED = 0, 1, 2  # section 7.1
MAX_CHARS = 1_048_576
MAX_BYTES = 1_048_576
MAX_URI_CHARS = 2_048
LEEWAY = 60
MAX_TIME = 253_402_300_799
"""The last second of the year 9999: no time and no duration is longer."""

_LEVEL = 6  # the draft recommends 9: many times the work for a few percent fewer bytes
_URI = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+", re.ASCII)
_BITS = frozenset({1, 2, 4, 8})

UnverifiedStatusList: TypeAlias = UnverifiedJws


@dataclass(frozen=True, slots=True)
class StatusReference:
    """Where a credential's status is: the list's address and the position in it."""

    uri: str
    index: int


@dataclass(frozen=True, slots=True)
class StatusList:
    """A verified list; times in seconds since 1970 UTC, `ttl` in seconds, `bits` per entry, `data` decompressed."""

    uri: str
    bits: int
    data: bytes = field(repr=False)
    expires_at: int | None
    ttl: int | None
    issued_at: int

    def lookup(self, index: int) -> int:
        """The status at an index (section 4.1: the least significant bits of a byte come first).

        Raises:
            VerificationError: `status_index_out_of_range`: then nothing can be said (section 8.3).
        """
        bits, data = self.bits, self.data
        at = index * bits
        # A negative index would count from the end.
        if index < 0 or at >> 3 >= len(data):
            raise VerificationError("status_index_out_of_range")
        return data[at >> 3] >> (at & 7) & (1 << bits) - 1


def parse_reference(status: JsonValue) -> StatusReference:
    """Reads the `status` claim of a credential (section 6.2); whether its address may be contacted is not decided here.

    Raises:
        ParseError: `status_reference_malformed`.
        VerificationError: `status_mechanism_unsupported`, where the claim names only other mechanisms.
    """
    uri, index = read_entry(status)
    return StatusReference(check_address(uri), index)


def check_address(uri: JsonValue) -> str:
    """A list's address as it may be contacted, if at all.

    Raises:
        ParseError: `status_reference_malformed`.
    """
    if not isinstance(uri, str) or len(uri) > MAX_URI_CHARS or _URI.fullmatch(uri) is None:
        raise ParseError("status_reference_malformed", "uri")
    return uri


def read_entry(status: JsonValue) -> tuple[str, int]:
    """As `parse_reference`, of an address that is compared and not contacted: it may be any text.

    Raises:
        ParseError, VerificationError: as `parse_reference`.
    """
    try:
        reference = status["status_list"]
        index, uri = reference["idx"], reference["uri"]
    except (KeyError, TypeError, IndexError):
        raise _no_entry(status) from None
    if type(index) is not int or index < 0:
        raise ParseError("status_reference_malformed", "idx")
    if type(uri) is not str:
        raise ParseError("status_reference_malformed", "uri")
    return uri, index


def _no_entry(status: JsonValue) -> DidkitError:
    if isinstance(status, dict) and "status_list" not in status:
        return VerificationError("status_mechanism_unsupported")
    return ParseError("status_reference_malformed", "not an object with idx and uri")


def build_reference(reference: StatusReference) -> JsonObject:
    """Writes the `status` claim of a credential (section 6.2)."""
    return {"status_list": {"idx": reference.index, "uri": reference.uri}}


def pack(size: int, revoked: Iterable[int], *, bits: int = 1, others: Mapping[int, int] | None = None) -> bytes:
    """Packs the statuses of `size` entries of `bits` bits (1, 2, 4, 8) each, up to a whole byte (section 4.1).

    Args:
        size: how many entries.
        revoked: the indices that are invalid, whatever `others` says of them: revocation is final.
        bits: per entry.
        others: index to status, for those that are neither valid nor invalid.

    Raises:
        ParseError: `status_entry_invalid` for a width the draft does not have, or a status wider than that.
        VerificationError: `status_index_out_of_range`.
    """
    if bits not in _BITS or any(not 0 <= status < 1 << bits for status in (others or {}).values()):
        raise ParseError("status_entry_invalid")
    data, mask = bytearray((size * bits + 7) >> 3), (1 << bits) - 1
    for index, status in chain((others or {}).items(), zip(revoked, repeat(INVALID))):
        if not 0 <= index < size:
            raise VerificationError("status_index_out_of_range")
        byte, shift = index * bits >> 3, index * bits & 7
        data[byte] = data[byte] & ~(mask << shift) | status << shift
    return bytes(data)


def build_list(
    statuses: bytes,
    *,
    uri: str,
    now: int,
    ttl: int,
    expires: int,
    signer: Signer,
    x5c: Sequence[str],
    bits: int = 1,
    aggregation: str | None = None,
) -> str:
    """Signs a Status List Token (section 5.1).

    Args:
        statuses: the packed statuses, as `pack` gives them.
        uri: the list's address, exactly as credentials name it.
        now: seconds since 1970 UTC.
        ttl: for how many seconds a reader may keep it.
        expires: seconds since 1970 UTC, after which it says nothing any more.
        signer: the status issuer's key.
        x5c: its certificate chain, as `keys.x509.build_x5c` spells it.
        bits: per entry, as `statuses` was packed.
        aggregation: where all the addresses of the issuer's lists are listed (section 9).

    Raises:
        ParseError: `status_entry_invalid` for a width the draft does not have.
    """
    unsigned = prepare_list(
        statuses, uri=uri, now=now, ttl=ttl, expires=expires, signer=signer, x5c=x5c, bits=bits, aggregation=aggregation
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
    x5c: Sequence[str],
    bits: int = 1,
    aggregation: str | None = None,
) -> ToBeSigned[str]:
    """As `build_list`, for a key that is elsewhere."""
    if bits not in _BITS:
        raise ParseError("status_entry_invalid")
    status_list: JsonObject = {"bits": bits, "lst": base64url.encode(zlib.compress(statuses, _LEVEL))}
    if aggregation is not None:
        status_list["aggregation_uri"] = aggregation
    claims = {"sub": uri, "iat": now, "exp": expires, "ttl": ttl, "status_list": status_list}
    return jws.prepare_claims(claims, signer, typ=TYP, header={"x5c": list(x5c)})


def parse_list(raw: str, *, max_chars: int = MAX_CHARS) -> UnverifiedStatusList:
    """Parses a Status List Token; its type is checked now, its signature by whoever finds the key.

    Raises:
        ParseError: as `proofs.jose.jws.parse`.
        VerificationError: `typ_mismatch`, `critical_header`, `algorithm_refused`.
    """
    unverified = jws.parse(raw, max_chars=max_chars)
    jws.check_header(unverified.unverified_header, typ=TYP, algorithms=JOSE_NAMES)
    return unverified


def read_list(verified: VerifiedJwt, *, uri: str, now: int, max_bytes: int = MAX_BYTES) -> StatusList:
    """Reads a verified Status List Token (sections 5.1 and 8.3).

    Args:
        verified: the token, its signature and signer verified.
        uri: the address the credential names: the token must say that it is this list.
        now: seconds since 1970 UTC.
        max_bytes: the decompressed list's limit.

    Raises:
        ParseError: `status_list_malformed`, `input_too_large`, `base64url_invalid`.
        VerificationError: `typ_mismatch`, `status_list_subject`, `status_list_not_yet_valid`, `status_list_expired`.
    """
    jws.check_header(verified.header, typ=TYP, algorithms=JOSE_NAMES)
    return read_claims(verified.claims, uri=uri, now=now, max_bytes=max_bytes)


def read_claims(claims: JsonObject, *, uri: str, now: int, max_bytes: int = MAX_BYTES) -> StatusList:
    """As `read_list`, of verified claims as a JWT has them, whether they came in a JWT or a CWT."""
    issued_at, expires_at, ttl = check_claims(claims, uri=uri, now=now)
    bits, data = _statuses(claims.get("status_list"), max_bytes)
    return StatusList(uri, bits, data, expires_at, ttl, issued_at)


def check_claims(claims: JsonObject, *, uri: str, now: int) -> tuple[int, int | None, int | None]:
    """Checks which list it is, and its times; returns when it was issued, when it expires, and its time to live.

    Raises:
        ParseError: `status_list_malformed`.
        VerificationError: as `read_list`.
    """
    # Without this, the list of one address could be shown for another, where the same index is still valid.
    if claims.get("sub") != uri:
        raise VerificationError("status_list_subject")
    issued_at, expires_at, ttl = _seconds(claims, "iat"), _seconds(claims, "exp"), _seconds(claims, "ttl")
    if issued_at is None or (ttl is not None and ttl <= 0):
        raise ParseError("status_list_malformed", "iat or ttl")
    if max(issued_at, _seconds(claims, "nbf") or 0) > now + LEEWAY:
        raise VerificationError("status_list_not_yet_valid")
    if expires_at is not None and expires_at <= now:
        raise VerificationError("status_list_expired")
    if expires_at is not None and expires_at < issued_at:
        raise ParseError("status_list_malformed", "exp before iat")
    return issued_at, expires_at, ttl


def _statuses(status_list: JsonValue, max_bytes: int) -> tuple[int, bytes]:
    if not isinstance(status_list, dict):
        raise ParseError("status_list_malformed", "status_list")
    bits, text = status_list.get("bits"), status_list.get("lst")
    if not isinstance(bits, int) or isinstance(bits, bool) or bits not in _BITS:
        raise ParseError("status_list_malformed", "bits")
    if not isinstance(text, str):
        raise ParseError("status_list_malformed", "lst")
    return bits, _decompress(base64url.decode(text), max_bytes)


def _decompress(data: bytes, max_bytes: int) -> bytes:
    """Decompresses one whole ZLIB stream (RFC 1950), never more than the limit and one byte: a bomb costs no memory."""
    stream = zlib.decompressobj()
    try:
        statuses = stream.decompress(data, max_bytes + 1)
    except zlib.error:
        raise ParseError("status_list_malformed", "not a ZLIB stream") from None
    if len(statuses) > max_bytes:
        raise ParseError("input_too_large", f"status list over {max_bytes} bytes")
    if not stream.eof or stream.unused_data:
        raise ParseError("status_list_malformed", "truncated, or followed by other bytes")
    return statuses


def _seconds(claims: JsonObject, name: str) -> int | None:
    """A time or duration; RFC 7519 section 2 allows fractions, which are cut off."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    # The bounds also refuse what CBOR has and JSON has not, infinity and what is no number.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_TIME:
        raise ParseError("status_list_malformed", name)
    return int(value)
