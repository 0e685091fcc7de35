"""The syntax of DIDs and DID URLs (DID 1.0 sections 3.1 and 3.2)."""

import re
from typing import NamedTuple

from didkit_fr.errors import ParseError

__all__ = ["MAX_CHARS", "Did", "ParsedDidUrl", "is_url", "parse_did", "parse_did_url"]

MAX_CHARS = 8_192
"""A did:key of ML-DSA-87 has 3,468 characters, and its verification method names the key twice."""

_ID_CHARS = r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})"
_DID = re.compile(rf"did:([a-z0-9]+):((?:{_ID_CHARS}*:)*{_ID_CHARS}+)", re.ASCII)
# Fragments and the like as in RFC 3986: nothing that a terminal, a log or another URL could be misled with.
_FRAGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#\[\]-]|%[0-9A-Fa-f]{2})+", re.ASCII)


class Did(NamedTuple):
    """A DID and its parts; two are the same if their texts are."""

    text: str
    method: str
    id: str


class ParsedDidUrl(NamedTuple):
    """A DID URL that names something in the document of `did`."""

    text: str
    did: Did
    fragment: str


def parse_did(text: str) -> Did:
    """Reads a DID, without path, query or fragment.

    Raises:
        ParseError: `did_invalid`.
    """
    found = _DID.fullmatch(text) if len(text) <= MAX_CHARS else None
    if found is None:
        raise ParseError("did_invalid")
    return Did(text, found[1], found[2])


def parse_did_url(text: str) -> ParsedDidUrl:
    """Reads a DID URL with a fragment; paths and queries, which need a server or other versions, are refused.

    Raises:
        ParseError: `did_url_invalid`.
    """
    did, _, fragment = text[: MAX_CHARS + 1].partition("#")
    if len(text) > MAX_CHARS or _FRAGMENT.fullmatch(fragment) is None:
        raise ParseError("did_url_invalid", "too long, or without fragment")
    try:
        return ParsedDidUrl(text, parse_did(did), fragment)
    except ParseError:
        raise ParseError("did_url_invalid", "before the fragment") from None


def is_url(value: object) -> bool:
    """Whether a value is an absolute URL of decent length, in characters that URLs have."""
    return isinstance(value, str) and len(value) <= MAX_CHARS and _URL.fullmatch(value) is not None
