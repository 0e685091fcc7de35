"""Bitstring Status List 1.0: a list for its purposes, inside a W3C credential, and the entries that refer to it.

Here a list is read that was verified already, and its document is built; whose it is and how it is signed is decided
elsewhere. The first entry is the left-most bit, unlike in a Token Status List.
"""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from didkit_fr.encoding import base64url, date_time
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError

__all__ = [
    "MAX_BYTES",
    "MAX_SIZE",
    "MIN_ENTRIES",
    "NOTICES",
    "STATUS_PURPOSES",
    "BitstringList",
    "Entry",
    "build_entries",
    "build_list",
    "pack",
    "read_entries",
    "read_list",
]

MIN_ENTRIES = 131_072
MAX_BYTES = 1_048_576
MAX_ENTRIES = 8
LEEWAY = 60
MAX_URL_CHARS = 2_048
MAX_SIZE = 8
"""The most bits that one entry may have."""

STATUS_PURPOSES = {"revocation": 1, "suspension": 2}
"""The purposes that say a credential is not in force, each with the status it means in a Token Status List."""

NOTICES = frozenset({"refresh", "message"})
"""The purposes that say something about a credential which stays in force."""

_KNOWN = (*STATUS_PURPOSES, *NOTICES)

MAX_MESSAGE_CHARS, MAX_REFERENCES = 1_024, 16

_ENTRY, _LIST, _CREDENTIAL = "BitstringStatusListEntry", "BitstringStatusList", "BitstringStatusListCredential"
_GZIP = 31  # how zlib is told of a gzip header
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_HEX = re.compile(r"0x[0-9A-Fa-f]{1,2}", re.ASCII)
_MAX_TTL = 10**14
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a credential (section 2.1): which list, for which purpose, and the place in it.

    `size` is its length in bits; `messages` what each value means, by the issuer's words, which are not for end users;
    `references` where more about them is found.
    """

    url: str
    purpose: str
    index: int
    size: int = 1
    messages: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def message(self, value: int) -> str:
        """What a value of this entry means; where the issuer says nothing of it, "set" or "unset"."""
        return self.messages[value] if self.messages else ("set" if value else "unset")


@dataclass(frozen=True, slots=True)
class BitstringList:
    """A verified list (section 2.2), decompressed; `expires` is in seconds since 1970 (UTC), `ttl` in seconds."""

    url: str
    purpose: str
    data: bytes = field(repr=False)
    expires: int | None
    ttl: int | None = None

    def is_set(self, index: int) -> bool:
        """Whether the entry at an index, of one bit, says what the list is for.

        Raises:
            VerificationError: `status_index_out_of_range`.
        """
        return bool(self.lookup(index))

    def lookup(self, index: int, size: int = 1) -> int:
        """The value of the entry at an index, of `size` bits, the most significant first (section 3.2).

        Raises:
            ParseError: `status_list_short` where entries of that size are fewer than hide a credential among others.
            VerificationError: `status_index_out_of_range`.
        """
        if (len(self.data) << 3) // size < MIN_ENTRIES:
            raise ParseError("status_list_short")
        at = index * size
        if index < 0 or at + size > len(self.data) << 3:
            raise VerificationError("status_index_out_of_range")
        window = int.from_bytes(self.data[at >> 3 : (at + size + 7) >> 3])
        return window >> (-(at + size) & 7) & (1 << size) - 1


def read_entries(stated: JsonValue) -> tuple[Entry, ...]:
    """Reads `credentialStatus`: every entry has to be one that can be checked.

    Raises:
        ParseError: `status_reference_malformed`.
        VerificationError: `status_mechanism_unsupported` for another type or purpose.
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
        ParseError: `status_list_malformed`, `status_list_short`, `date_time_invalid`.
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
    return BitstringList(url, purpose, _unpacked(subject.get("encodedList")), ends, _ttl(subject.get("ttl")))


def pack(size: int, statuses: Mapping[int, int], *, bits: int = 1) -> bytes:
    """Packs the statuses of `size` entries, and of as many as a list must have (section 3.3).

    Args:
        size: how many entries.
        statuses: index to value, for those whose value is not zero.
        bits: per entry, from 1 to 8; the most significant bit comes first.

    Raises:
        ParseError: `status_entry_invalid` for another width, or a value wider than that.
        VerificationError: `status_index_out_of_range`.
    """
    if not 0 < bits <= MAX_SIZE or any(not 0 <= value < 1 << bits for value in statuses.values()):
        raise ParseError("status_entry_invalid")
    entries = max(size, MIN_ENTRIES)
    data = bytearray((entries * bits + 7) >> 3)
    for index, value in statuses.items():
        if not 0 <= index < entries:
            raise VerificationError("status_index_out_of_range")
        for bit in range(bits):
            at = index * bits + bit
            data[at >> 3] |= (value >> bits - 1 - bit & 1) << 7 - (at & 7)
    return bytes(data)


def build_list(  # noqa: PLR0917 - what a list is
    url: str,
    purpose: str,
    issuer: str,
    entries: Iterable[int],
    size: int,
    valid: tuple[int, int],
    *,
    ttl: int | None = None,
    bits: int = 1,
    others: Mapping[int, int] | None = None,
) -> JsonObject:
    """The credential of a list, to be signed (section 2.2).

    Args:
        url: where it will be found.
        purpose: what it is for.
        issuer: whose it is.
        entries: the indices whose value is 1.
        size: how many entries there are.
        valid: from and until, in seconds since 1970 (UTC).
        ttl: for how many seconds it may be kept.
        bits: per entry.
        others: index to value, for other values than 0 and 1.

    Raises:
        ParseError, VerificationError: those of `pack`.
    """
    data = pack(size, {**dict.fromkeys(entries, 1), **(others or {})}, bits=bits)
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    packed = packer.compress(data) + packer.flush()
    subject: JsonObject = {"id": f"{url}#list", "type": _LIST, "statusPurpose": purpose}
    if ttl is not None:
        subject["ttl"] = ttl * 1_000
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", _CREDENTIAL],
        "issuer": issuer,
        "validFrom": date_time.build(valid[0]),
        "validUntil": date_time.build(valid[1]),
        "credentialSubject": {**subject, "encodedList": f"u{base64url.encode(packed)}"},
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
    if stated.get("type") not in (_ENTRY, [_ENTRY]) or purpose not in _KNOWN:
        raise VerificationError("status_mechanism_unsupported")
    url, index = stated.get("statusListCredential"), stated.get("statusListIndex")
    if not _is_url(url) or stated.get("id") == url:
        raise ParseError("status_reference_malformed", "statusListCredential")
    if not isinstance(index, str) or _INDEX.fullmatch(index) is None:
        raise ParseError("status_reference_malformed", "statusListIndex")
    size = stated.get("statusSize", 1)
    if type(size) is not int or not 0 < size <= MAX_SIZE:
        raise ParseError("status_reference_malformed", "statusSize")
    messages = _messages(stated.get("statusMessage"), size)
    return Entry(str(url), str(purpose), int(index), size, messages, _references(stated.get("statusReference")))


def _messages(stated: JsonValue, size: int) -> tuple[str, ...]:
    """One for each value that an entry can have, in the order of the values; they may be missing for one bit."""
    if stated is None and size == 1:
        return ()
    if not isinstance(stated, list) or len(stated) != 1 << size:
        raise ParseError("status_reference_malformed", "statusMessage")
    found: dict[int, str] = {}
    for one in stated:
        value, text = (one.get("status"), one.get("message")) if isinstance(one, dict) else (None, None)
        if not isinstance(value, str) or _HEX.fullmatch(value) is None:
            raise ParseError("status_reference_malformed", "statusMessage")
        if not isinstance(text, str) or len(text) > MAX_MESSAGE_CHARS:
            raise ParseError("status_reference_malformed", "statusMessage")
        found[int(value, 16)] = text
    # A value that comes twice, or is wider than the entry, leaves another one without its meaning.
    if found.keys() != set(range(1 << size)):
        raise ParseError("status_reference_malformed", "statusMessage")
    return tuple(found[value] for value in range(1 << size))


def _references(stated: JsonValue) -> tuple[str, ...]:
    listed = [] if stated is None else stated if isinstance(stated, list) else [stated]
    if len(listed) > MAX_REFERENCES or not all(map(_is_url, listed)):
        raise ParseError("status_reference_malformed", "statusReference")
    return tuple(listed)


def _is_url(value: JsonValue) -> bool:
    return isinstance(value, str) and len(value) <= MAX_URL_CHARS and _URL.fullmatch(value) is not None


def _ttl(stated: JsonValue) -> int | None:
    """A time to live in milliseconds, as whole seconds; less than one is kept for none."""
    if stated is None:
        return None
    if isinstance(stated, bool) or not isinstance(stated, (int, float)) or not 0 < stated <= _MAX_TTL:
        raise ParseError("status_list_malformed", "ttl")
    return int(stated) // 1_000


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
        raise ParseError("status_list_short")
    return data


def _time(document: JsonObject, name: str) -> int | None:
    stated = document.get(name)
    if stated is None:
        return None
    if not isinstance(stated, str):
        raise ParseError("date_time_invalid", name)
    return date_time.parse(stated)
