"""Controlled identifier documents (Controlled Identifiers 1.0), of which DID documents (DID 1.0) are a kind.

A document is read as JSON; `@context` is not looked at. Whether it is the document of the identifier is checked here,
where it came from is its method's business. The material of a verification method is read when it is used, so that a
key of an unknown type affects no other key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from didkit_fr.did.url import is_url
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import jwk, multikey
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import ED25519, PublicKey

__all__ = ["MAX_BYTES", "MAX_ENTRIES", "RELATIONSHIPS", "DidDocument", "VerificationMethod", "parse_document"]

MAX_BYTES = 65_536
MAX_ENTRIES = 64

RELATIONSHIPS = ("authentication", "assertionMethod", "keyAgreement", "capabilityInvocation", "capabilityDelegation")
"""What a key may be for (section 2.3)."""

_JWK, _MULTIBASE = "publicKeyJwk", "publicKeyMultibase"
_MATERIAL = MappingProxyType(
    {
        "JsonWebKey": _JWK,
        "JsonWebKey2020": _JWK,
        "Multikey": _MULTIBASE,
        "Ed25519VerificationKey2020": _MULTIBASE,
    }
)
# XML Schema 1.1 dateTimeStamp: the time zone is not optional.
_TIME_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class VerificationMethod:
    """A key in a document, as stated (section 2.2): `id` and `controller` are absolute URLs."""

    id: str
    type: str
    controller: str
    stated: JsonObject = field(repr=False)

    def public_key(self, *, now: int) -> PublicKey:
        """Its key, if it can still be used at `now` (seconds since 1970 UTC).

        Raises:
            ParseError: those of `keys.jwk.parse` and `keys.multikey.parse`.
            VerificationError: `verification_method_invalid`, `verification_method_ended`.
        """
        material = self._material(now)
        if not isinstance(material, str):
            return jwk.parse(material)
        key = multikey.parse(material)
        if self.type == "Ed25519VerificationKey2020" and key.family != ED25519:
            raise VerificationError("verification_method_invalid", "a key of another type")
        return key

    def bbs_public_key(self, *, now: int) -> BbsPublicKey:
        """Its BBS key, which is a `Multikey`, if it can still be used at `now` (seconds since 1970 UTC).

        Raises:
            ParseError: those of `keys.multikey.parse_bbs`.
            VerificationError: `verification_method_invalid`, `verification_method_ended`.
        """
        material = self._material(now)
        if self.type != "Multikey" or not isinstance(material, str):
            raise VerificationError("verification_method_invalid", "not a Multikey")
        return multikey.parse_bbs(material)

    def _material(self, now: int) -> JsonValue:
        """What is stated of the key: text in multibase, or a JWK, which is anything but text."""
        for name in ("expires", "revoked"):
            if name in self.stated and now >= _seconds(self.stated[name], name):
                raise VerificationError("verification_method_ended", name)
        member = _MATERIAL.get(self.type)
        if member is None:
            raise VerificationError("verification_method_invalid", "type")
        # Two spellings of a key could be two keys (section 2.2.1).
        if [name for name in (_JWK, _MULTIBASE) if name in self.stated] != [member]:
            raise VerificationError("verification_method_invalid", f"not {member} alone")
        material = self.stated[member]
        if isinstance(material, str) != (member == _MULTIBASE):
            raise VerificationError("verification_method_invalid", member)
        return material


@dataclass(frozen=True, slots=True)
class DidDocument:
    """A document that is about `id`.

    `relationships` gives the identifiers of the methods for each of `RELATIONSHIPS`, also of methods that are in
    other documents; `methods` those that are in this one. `max_age` is how long its source says it stays fresh, in
    seconds, None where it says nothing. `stated` is the document as received.
    """

    id: str
    controllers: tuple[str, ...]
    also_known_as: tuple[str, ...]
    methods: Mapping[str, VerificationMethod]
    relationships: Mapping[str, frozenset[str]]
    services: tuple[JsonObject, ...]
    max_age: int | None
    stated: JsonObject = field(repr=False, compare=False)

    def public_key(self, url: str, purpose: str, *, now: int) -> PublicKey:
        """The key of one verification method, for one of `RELATIONSHIPS` (section 3.3).

        Raises:
            ParseError: those of `VerificationMethod.public_key`.
            VerificationError: `verification_method_unknown`, `verification_method_invalid`,
                `verification_method_purpose`, `verification_method_ended`.
        """
        return self._method(url, purpose).public_key(now=now)

    def bbs_public_key(self, url: str, purpose: str, *, now: int) -> BbsPublicKey:
        """As `public_key`, for a BBS key.

        Raises:
            ParseError: those of `VerificationMethod.bbs_public_key`.
            VerificationError: as `public_key`.
        """
        return self._method(url, purpose).bbs_public_key(now=now)

    def _method(self, url: str, purpose: str) -> VerificationMethod:
        method = self.methods.get(url)
        if method is None:
            raise VerificationError("verification_method_unknown")
        # A document may show another's key, which proves nothing about the document's subject.
        if method.controller != self.id or url.partition("#")[0] != self.id:
            raise VerificationError("verification_method_invalid", "controlled by another")
        if url not in self.relationships.get(purpose, ()):
            raise VerificationError("verification_method_purpose", f"not for {purpose}")
        return method


def parse_document(value: JsonValue, *, id: str, max_age: int | None = None) -> DidDocument:  # noqa: A002 - its name
    """Reads a document that must be about `id`, a DID or another absolute URL.

    Raises:
        ParseError: `did_document_invalid`.
        VerificationError: `did_document_mismatch`.
    """
    if not isinstance(value, dict) or not is_url(value.get("id")):
        raise _refusal("id")
    if value["id"] != id:
        raise VerificationError("did_document_mismatch")
    methods = {one.id: one for one in (_method(entry, id) for entry in _entries(value, "verificationMethod"))}
    if len(methods) != len(_entries(value, "verificationMethod")):
        raise _refusal("verificationMethod: an id is repeated")
    relationships = {name: frozenset(_related(value, name, id, methods)) for name in RELATIONSHIPS}
    if len(methods) > MAX_ENTRIES:
        raise _refusal("too many verification methods")
    return DidDocument(
        id=id,
        controllers=_urls(value, "controller"),
        also_known_as=_urls(value, "alsoKnownAs"),
        methods=MappingProxyType(methods),
        relationships=MappingProxyType(relationships),
        services=_services(value),
        max_age=max_age,
        stated=value,
    )


def _related(document: JsonObject, name: str, base: str, methods: dict[str, VerificationMethod]) -> list[str]:
    """The identifiers in a relationship; a method that is embedded there is added to `methods`, for this use only."""
    found = []
    for entry in _entries(document, name):
        if isinstance(entry, str):
            found.append(_absolute(entry, base, name))
            continue
        method = _method(entry, base)
        if methods.setdefault(method.id, method) != method:
            raise _refusal(f"{name}: two methods of one id")
        found.append(method.id)
    return found


def _method(entry: JsonValue, base: str) -> VerificationMethod:
    if not isinstance(entry, dict):
        raise _refusal("verification method")
    type_ = entry.get("type")
    if not isinstance(type_, str) or not type_:
        raise _refusal("verification method: type")
    id_ = _absolute(entry.get("id"), base, "verification method: id")
    return VerificationMethod(id_, type_, _absolute(entry.get("controller"), base, "controller"), entry)


def _absolute(value: JsonValue, base: str, where: str) -> str:
    """An absolute URL; a reference that is only a fragment is to this document (section 3.4)."""
    absolute = base + value if isinstance(value, str) and value.startswith("#") else value
    if not is_url(absolute):
        raise _refusal(where)
    return str(absolute)


def _entries(document: JsonObject, name: str) -> list[JsonValue]:
    entries = document.get(name, [])
    if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
        raise _refusal(name)
    return entries


def _urls(document: JsonObject, name: str) -> tuple[str, ...]:
    stated = document.get(name, [])
    urls = [stated] if isinstance(stated, str) else stated
    if not isinstance(urls, list) or len(urls) > MAX_ENTRIES or not all(is_url(url) for url in urls):
        raise _refusal(name)
    return tuple(urls)


def _services(document: JsonObject) -> tuple[JsonObject, ...]:
    services = tuple(_entries(document, "service"))
    if not all(isinstance(one, dict) and {"type", "serviceEndpoint"} <= one.keys() for one in services):
        raise _refusal("service")
    return services


def _seconds(value: JsonValue, name: str) -> float:
    if not isinstance(value, str) or _TIME_STAMP.fullmatch(value) is None:
        raise VerificationError("verification_method_invalid", name)
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        raise VerificationError("verification_method_invalid", name) from None


def _refusal(where: str) -> ParseError:
    return ParseError("did_document_invalid", where)
