"""Resources that a credential vouches for by their digest (VC Data Model 2.0 section 5.3, CID 1.0 section 2.6)."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.credentials.properties import each, url
from didkit_fr.encoding import multibase, multicodec
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError

__all__ = ["check_resources", "digests", "related_resources"]

_SRI = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/]+={0,2})(?:\?[\x21-\x7e]*)?", re.ASCII)
_MAX_SRI, _MAX_CHARS = 8, 1_024
# Multihash codes of SHA-2 (the multicodec table): the hash, and its length in bytes.
_MULTIHASH: Mapping[int, tuple[str, int]] = MappingProxyType(
    {0x12: ("sha256", 32), 0x20: ("sha384", 48), 0x13: ("sha512", 64)}
)
_SIZES = dict(_MULTIHASH.values())


def related_resources(value: JsonValue, at: str) -> None:
    """Checks `relatedResource`: each with an `id` of its own and a digest that can be checked.

    Raises:
        ParseError: `related_resource_malformed`, `vc_identifier`, `vc_property`, `input_too_large`.
    """
    seen = set()
    for place, one in each(value, at):
        if not isinstance(one, dict):
            raise ParseError("related_resource_malformed", place)
        url(one.get("id"), f"{place}/id")
        if one["id"] in seen:
            raise ParseError("related_resource_malformed", f"{place}/id comes twice")
        seen.add(one["id"])
        digests(one)
        if not isinstance(one.get("mediaType", ""), str):
            raise ParseError("related_resource_malformed", f"{place}/mediaType")


def digests(resource: JsonObject) -> tuple[tuple[str, bytes], ...]:
    """The digests of a related resource: the name of each hash, and its value.

    Raises:
        ParseError: `related_resource_malformed` where there is none, or one that is not of SHA-256, SHA-384, SHA-512.
    """
    found = []
    if "digestSRI" in resource:
        found += _sri(resource["digestSRI"])
    if "digestMultibase" in resource:
        found.append(_multihash(resource["digestMultibase"]))
    if not found:
        raise ParseError("related_resource_malformed", "no digest")
    return tuple(found)


def check_resources(document: JsonObject, contents: Mapping[str, bytes]) -> tuple[str, ...]:
    """Compares the bytes of resources that the caller has, by URL, with what a credential says of them.

    All digests of a resource must hold. Returns the URLs that were compared: of others nothing is said. The document
    must have been verified, or the digests prove nothing.

    Raises:
        ParseError: as `related_resources`.
        VerificationError: `related_resource_mismatch`.
    """
    stated, at = document.get("relatedResource"), "/relatedResource"
    if stated is None:
        return ()
    related_resources(stated, at)
    compared = []
    for place, one in each(stated, at):
        content = contents.get(one["id"])
        if content is None:
            continue
        for name, expected in digests(one):
            if not hmac.compare_digest(hashlib.new(name, content).digest(), expected):
                raise VerificationError("related_resource_mismatch", place)
        compared.append(one["id"])
    return tuple(compared)


def _sri(stated: JsonValue) -> list[tuple[str, bytes]]:
    """Subresource Integrity section 3.5: one or more hashes, with space between them."""
    parts = stated.split() if isinstance(stated, str) and len(stated) <= _MAX_CHARS else []
    if not 0 < len(parts) <= _MAX_SRI:
        raise ParseError("related_resource_malformed", "digestSRI")
    return list(map(_sri_part, parts))


def _sri_part(part: str) -> tuple[str, bytes]:
    found = _SRI.fullmatch(part)
    if found is None:
        raise ParseError("related_resource_malformed", "digestSRI")
    try:
        value = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        raise ParseError("related_resource_malformed", "digestSRI") from None
    if len(value) != _SIZES[found[1]]:
        raise ParseError("related_resource_malformed", "digestSRI")
    return found[1], value


def _multihash(stated: JsonValue) -> tuple[str, bytes]:
    if not isinstance(stated, str):
        raise ParseError("related_resource_malformed", "digestMultibase")
    try:
        raw = multibase.decode(stated, max_chars=_MAX_CHARS)
        code, at = multicodec.decode_varint(raw)
        size, more = multicodec.decode_varint(raw[at:])
    except ParseError:
        raise ParseError("related_resource_malformed", "digestMultibase") from None
    value = raw[at + more :]
    if code not in _MULTIHASH or _MULTIHASH[code][1] != size or len(value) != size:
        raise ParseError("related_resource_malformed", "digestMultibase")
    return _MULTIHASH[code][0], value
