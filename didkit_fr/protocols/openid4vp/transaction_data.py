"""Transaction data (OpenID4VP 1.0 sections 5.1, 8.4 and B.3.3): what the holder's key signs besides possession.

The profile for SD-JWT: the key binding carries a SHA-256 hash of each encoded string, exactly as it was received.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, TypeAlias

from pydantic import Field

from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, ProtocolError, VerificationError
from didkit_fr.proofs.sd_jwt.sd_jwt import digest_of
from didkit_fr.protocols.message import Items, Message, parse_message
from didkit_fr.protocols.openid4vp.dcql import Query

__all__ = [
    "STATEMENT",
    "STATEMENTS",
    "TransactionData",
    "Types",
    "build_transaction_data",
    "check_bound",
    "hash_of",
    "is_forbidden",
    "parse_transaction_data",
]

Types: TypeAlias = Mapping[str, Mapping[str, type]]
"""The types that are understood: each with its own members, all due, and what each one is."""

STATEMENT = "urn:didkit-fr:transaction:statement:1"
STATEMENTS: Types = MappingProxyType({STATEMENT: MappingProxyType({"statement": str})})
"""One type for all purposes: a sentence that the holder approves."""

HASH = "sha-256"
MAX_CHARS = 16_384
MAX_ENTRIES = 16
# PID Rulebook 1.7 section 5: a key of person identification data signs no transaction.
FORBIDDEN = ("urn:eudi:pid:", "eu.europa.ec.eudi.pid.")

_Id = Annotated[str, Field(max_length=128)]


class _Entry(Message):
    type: Annotated[str, Field(min_length=1, max_length=256)]
    credential_ids: Annotated[Items[_Id], Field(min_length=1, max_length=16)]
    transaction_data_hashes_alg: Annotated[Items[_Id], Field(min_length=1, max_length=16)] | None = None


@dataclass(frozen=True, slots=True)
class TransactionData:
    """One entry; `encoded` is what is hashed, `content` the members of its type, to be shown before anyone signs."""

    encoded: str = field(repr=False)
    type: str
    credential_ids: tuple[str, ...]
    content: JsonObject = field(repr=False)


def build_transaction_data(entries: Sequence[JsonObject]) -> tuple[str, ...]:
    """Encodes entries once for all: what is stored, sent and hashed is the same text."""
    return tuple(base64url.encode(json.encode(entry)) for entry in entries)


def parse_transaction_data(encoded: Sequence[str], *, types: Types | None, query: Query) -> tuple[TransactionData, ...]:
    """Reads the entries of a request; one that is not wholly understood refuses the request (section 5.1).

    Args:
        encoded: the entries as received.
        types: those that are understood; None for the asker itself, who knows its own.
        query: what the entries are about.

    Raises:
        ProtocolError: `invalid_transaction_data`.
        VerificationError: `transaction_data_unsupported` for a type outside `types`, `transaction_data_forbidden`.
    """
    if not 0 < len(encoded) <= MAX_ENTRIES or len(set(encoded)) != len(encoded):
        raise ProtocolError("invalid_transaction_data", f"not 1 to {MAX_ENTRIES} different entries")
    return tuple(_parse(one, types, query) for one in encoded)


def hash_of(encoded: str) -> str:
    """The hash of an entry, over the text and not over what it encodes."""
    return digest_of(encoded)


def is_forbidden(type_: str) -> bool:
    """Whether the keys of credentials of a type (`vct`, `doctype`) must never sign transaction data."""
    return type_.startswith(FORBIDDEN)


def check_bound(entries: Sequence[TransactionData], signed: Mapping[str, Collection[str]]) -> None:
    """Checks that each entry was signed once, with a credential meant for it, and that nothing else was (section 5.1).

    Args:
        entries: what was asked.
        signed: by credential query id, the hashes in all the key bindings that were verified.

    Raises:
        VerificationError: `transaction_data_unbound`.
    """
    wanted = {hash_of(entry.encoded): set(entry.credential_ids) for entry in entries}
    for name, hashes in signed.items():
        if any(name not in wanted.get(one, ()) for one in hashes):
            raise VerificationError("transaction_data_unbound", "a hash of something else")
    if sorted(wanted) != sorted(one for hashes in signed.values() for one in hashes):
        raise VerificationError("transaction_data_unbound", "an entry not signed once")


def _parse(encoded: str, types: Types | None, query: Query) -> TransactionData:
    try:
        document = json.parse_object(base64url.decode(encoded, max_chars=MAX_CHARS), max_bytes=MAX_CHARS)
        stated = document.get("type")
        if types is not None and (not isinstance(stated, str) or stated not in types):
            raise VerificationError("transaction_data_unsupported")
        entry = parse_message(_Entry, document)
    except ParseError as error:
        raise ProtocolError("invalid_transaction_data", error.code) from None
    content = {name: value for name, value in document.items() if name not in _Entry.model_fields}
    if types is not None and not _has_members(content, types[entry.type]):
        raise ProtocolError("invalid_transaction_data", "members of its type")
    if HASH not in (entry.transaction_data_hashes_alg or [HASH]):
        raise ProtocolError("invalid_transaction_data", "hash algorithm")
    _check_credentials(entry.credential_ids, query)
    return TransactionData(encoded, entry.type, tuple(entry.credential_ids), content)


def _has_members(content: JsonObject, members: Mapping[str, type]) -> bool:
    return set(content) == set(members) and all(type(content[name]) is kind for name, kind in members.items())


def _check_credentials(ids: Sequence[str], query: Query) -> None:
    for id_ in ids:
        wanted = query.find(id_)
        if wanted is None or not wanted.require_cryptographic_holder_binding:
            raise ProtocolError("invalid_transaction_data", "credential_ids")
        named = [
            value for values in wanted.meta.values() for value in (values if isinstance(values, list) else [values])
        ]
        if any(isinstance(value, str) and is_forbidden(value) for value in named):
            raise VerificationError("transaction_data_forbidden")
