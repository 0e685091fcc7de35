"""Bitstring Status List 1.0: a list for one purpose, inside a W3C credential, and the entries that refer to it.

Here a list is read that was verified already, and its document is built; whose it is and how it is signed is decided
elsewhere. The first entry is the left-most bit, unlike in a Token Status List.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from didkit_fr.encoding import base64url, date_time
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError

__all__ = [
    "MAX_BYTES",
    "MIN_ENTRIES",
    "PURPOSES",
    "BitstringList",
    "Entry",
    "build_entries",
    "build_list",
    "read_entries",
    "read_list",
]

MIN_ENTRIES = 131_072
MAX_BYTES = 1_048_576
MAX_ENTRIES = 8
LEEWAY = 60
MAX_URL_CHARS = 2_048
PURPOSES = {"revocation": 1, "suspension": 2}
"""The purposes that say a credential is not in force, each with the status it means in a Token Status List."""

_ENTRY, _LIST, _CREDENTIAL = "BitstringStatusListEntry", "BitstringStatusList", "BitstringStatusListCredential"
_GZIP = 31  # how zlib is told of a gzip header
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a credential (section 2.1): which list, for which purpose, and the place in it."""

    url: str
    purpose: str
    index: int


@dataclass(frozen=True, slots=True)
class BitstringList:
    """A verified list (section 2.2), decompressed; `expires` is in seconds since 1970 (UTC)."""

    url: str
    purpose: str
    data: bytes = field(repr=False)
    expires: int | None

    def is_set(self, index: int) -> bool:
        """Whether the entry at an index says what the list is for.

        Raises:
            VerificationError: `status_index_out_of_range`.
        """
        if not 0 <= index < len(self.data) << 3:
            raise VerificationError("status_index_out_of_range")
        return bool(self.data[index >> 3] & 0x80 >> (index & 7))


def read_entries(stated: JsonValue) -> tuple[Entry, ...]:
    """Reads `credentialStatus`: every entry has to be one that can be checked.

    Raises:
        ParseError: `status_reference_malformed`.
        VerificationError: `status_mechanism_unsupported` for another type or purpose, or entries of several bits.
    """
    listed = stated if isinstance(stated, list) else [stated]
    if not 0 < len(listed) <= MAX_ENTRIES:
        raise ParseError("status_reference_malformed", "credentialStatus")
    return tuple(map(_entry, listed))


def read_list(document: JsonObject, *, url: str, purpose: str, now: int) -> BitstringList:
    """Reads a list out of its credential, whose proof and signer were verified (section 3.2).

    Args:
        document: the credential, without its proof.
        url: where it was found, which it must say of itself.
        purpose: what it must be for.
        now: seconds since 1970 (UTC).

    Raises:
        ParseError: `status_list_malformed`, `date_time_invalid`.
        VerificationError: `status_list_subject`, `status_list_not_yet_valid`, `status_list_expired`.
    """
    subject, types = document.get("credentialSubject"), document.get("type")
    if not isinstance(subject, dict) or subject.get("type") != _LIST:
        raise ParseError("status_list_malformed", "credentialSubject")
    if not isinstance(types, list) or _CREDENTIAL not in types:
        raise ParseError("status_list_malformed", "type")
    purposes = subject.get("statusPurpose")
    if document.get("id") != url or purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        raise VerificationError("status_list_subject")
    starts, ends = _time(document, "validFrom"), _time(document, "validUntil")
    if starts is not None and starts > now + LEEWAY:
        raise VerificationError("status_list_not_yet_valid")
    if ends is not None and ends <= now:
        raise VerificationError("status_list_expired")
    return BitstringList(url, purpose, _unpacked(subject.get("encodedList")), ends)


def build_list(  # noqa: PLR0917 - what a list is
    url: str, purpose: str, issuer: str, entries: Iterable[int], size: int, valid: tuple[int, int]
) -> JsonObject:
    """The credential of a list, to be signed (section 2.2): `valid` from and until, in seconds since 1970 (UTC)."""
    data = bytearray((max(size, MIN_ENTRIES) + 7) >> 3)
    for index in entries:
        data[index >> 3] |= 0x80 >> (index & 7)
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    packed = packer.compress(bytes(data)) + packer.flush()
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", _CREDENTIAL],
        "issuer": issuer,
        "validFrom": date_time.build(valid[0]),
        "validUntil": date_time.build(valid[1]),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": _LIST,
            "statusPurpose": purpose,
            "encodedList": f"u{base64url.encode(packed)}",
        },
    }


def build_entries(url: str, purposes: Sequence[str], index: int) -> list[JsonObject]:
    """The `credentialStatus` of a credential: for each purpose a list of its own, below one address."""
    return [
        {
            "type": _ENTRY,
            "statusPurpose": purpose,
            "statusListIndex": str(index),
            "statusListCredential": f"{url}/{purpose}",
        }
        for purpose in purposes
    ]


def _entry(stated: JsonValue) -> Entry:
    if not isinstance(stated, dict):
        raise ParseError("status_reference_malformed", "credentialStatus")
    purpose = stated.get("statusPurpose")
    if stated.get("type") != _ENTRY or purpose not in list(PURPOSES) or "statusSize" in stated:
        raise VerificationError("status_mechanism_unsupported")
    url, index = stated.get("statusListCredential"), stated.get("statusListIndex")
    if not isinstance(url, str) or len(url) > MAX_URL_CHARS or _URL.fullmatch(url) is None or stated.get("id") == url:
        raise ParseError("status_reference_malformed", "statusListCredential")
    if not isinstance(index, str) or _INDEX.fullmatch(index) is None:
        raise ParseError("status_reference_malformed", "statusListIndex")
    return Entry(url, str(purpose), int(index))


def _unpacked(encoded: JsonValue) -> bytes:
    """Decompresses within the limit: a small text may claim to be a huge list."""
    if not isinstance(encoded, str) or encoded[:1] != "u":
        raise ParseError("status_list_malformed", "encodedList")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        data = unpacker.decompress(base64url.decode(encoded[1:], max_chars=MAX_BYTES), MAX_BYTES)
    except zlib.error:
        raise ParseError("status_list_malformed", "not gzip") from None
    if unpacker.unconsumed_tail or not unpacker.eof or unpacker.unused_data:
        raise ParseError("status_list_malformed", "too long, cut short, or followed by more")
    if len(data) << 3 < MIN_ENTRIES:
        raise ParseError("status_list_malformed", f"fewer than {MIN_ENTRIES} entries")
    return data


def _time(document: JsonObject, name: str) -> int | None:
    stated = document.get(name)
    if stated is None:
        return None
    if not isinstance(stated, str):
        raise ParseError("date_time_invalid", name)
    return date_time.parse(stated)
