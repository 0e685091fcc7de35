"""What an issuer signs of an ISO mdoc (ISO/IEC 18013-5 sections 8.3 and 9.1.2): the elements and their digests.

The elements that are disclosed come with their salts; the Mobile Security Object, which the issuer signs, has the
digest of each, and the key of the device. How the device answers is in `mdoc/device`, issuing many in `mdoc/batch`.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256, sha384, sha512
from hmac import compare_digest
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from didkit_fr.encoding import cbor
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.cbor import ENCODED, FULL_DATE, TDATE, CborValue, Tag
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import cose_key
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.cose.cose import UnverifiedCose

__all__ = [
    "DIGESTS",
    "MAX_BYTES",
    "MAX_ELEMENTS",
    "TAGS",
    "Authorizations",
    "Elements",
    "Item",
    "MobileSecurityObject",
    "UnverifiedIssuerSigned",
    "VerifiedIssuerSigned",
    "check_complete",
    "decode",
    "digest_of",
    "embedded",
    "embedded_bytes",
    "name_of",
    "parse",
    "read",
    "read_object",
    "select",
    "tdate",
    "verify",
]

Elements: TypeAlias = Mapping[str, Mapping[str, CborValue]]
"""Values by namespace and element identifier."""

MAX_BYTES: Final = 1_048_576
MAX_ELEMENTS: Final = 1_024
MAX_NAME_CHARS: Final = 256
MIN_SALT_BYTES: Final = 16  # ISO/IEC 18013-5 section 9.1.2.5

TAGS: Final = frozenset({TDATE, ENCODED, FULL_DATE})
"""The tags of this standard, and no other."""

DIGESTS: Final[Mapping[str, Callable[[bytes], Any]]] = MappingProxyType(
    {"SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512}
)
"""The digest algorithms (section 9.1.2.4)."""

_VERSION: Final = "1.0"
_DIGEST_BYTES: Final = {name: digest(b"").digest_size for name, digest in DIGESTS.items()}
_ITEM_MEMBERS: Final = 4  # digestID, random, elementIdentifier, elementValue
_TDATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """An element that was disclosed, with its salt; `encoded` are its bytes as received, which the digest is over."""

    digest_id: int
    salt: bytes = field(repr=False)
    identifier: str
    value: CborValue = field(repr=False)
    encoded: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authorizations:
    """What a device may sign of itself: whole namespaces, or single elements of others (section 9.1.2.4)."""

    namespaces: frozenset[str] = frozenset()
    elements: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def allow(self, namespace: str, identifier: str) -> bool:
        """Whether the device may sign this element."""
        return namespace in self.namespaces or identifier in self.elements.get(namespace, frozenset())


_NOTHING: Final = Authorizations()


@dataclass(frozen=True, slots=True)
class MobileSecurityObject:
    """The Mobile Security Object (section 9.1.2.4). Times are seconds since 1970 (UTC); `status` is as signed."""

    doctype: str
    digest_algorithm: str
    digests: Mapping[str, Mapping[int, bytes]] = field(repr=False)
    device_key: PublicKey
    authorizations: Authorizations
    signed: int
    valid_from: int
    valid_until: int
    expected_update: int | None
    status: CborValue


@dataclass(frozen=True, slots=True)
class UnverifiedIssuerSigned:
    """A parsed IssuerSigned; nothing of it is to be believed."""

    unverified_items: Mapping[str, tuple[Item, ...]] = field(repr=False)
    unverified_object: MobileSecurityObject
    auth: UnverifiedCose = field(repr=False)
    auth_value: CborValue = field(repr=False)

    def unverified_elements(self) -> dict[str, dict[str, CborValue]]:
        """The disclosed elements, unverified: to show them, or to find out whose key to ask for."""
        return {name: {item.identifier: item.value for item in items} for name, items in self.unverified_items.items()}


@dataclass(frozen=True, slots=True)
class VerifiedIssuerSigned:
    """Elements whose digests an issuer signed with a key; whose key that is, times and status were not checked."""

    elements: Elements = field(repr=False)
    object: MobileSecurityObject


def decode(raw: bytes, *, max_bytes: int = MAX_BYTES, budget: Budget | None = None) -> CborValue:
    """Decodes by the rules of this standard: its tags only; some wallets spell counts longer than needed.

    `budget` is that of the message which this is a part of.

    Raises:
        ParseError: as `encoding.cbor.decode`.
    """
    return cbor.decode(raw, max_bytes=max_bytes, tags=TAGS, long_counts=True, budget=budget)


def parse(raw: bytes, *, max_bytes: int = MAX_BYTES, budget: Budget | None = None) -> UnverifiedIssuerSigned:
    """Parses an IssuerSigned (section 8.3.2.1.2.2); `budget` as for `decode`.

    Raises:
        ParseError: `mdoc_malformed`, `cose_malformed`, `cose_key_...`, `key_unsupported`, and those of `decode`.
    """
    budget = Budget() if budget is None else budget
    return read(decode(raw, max_bytes=max_bytes, budget=budget), budget=budget)


def read(value: CborValue, *, budget: Budget | None = None) -> UnverifiedIssuerSigned:
    """Reads an IssuerSigned that was decoded with what it stands in; errors as `parse`."""
    budget = Budget() if budget is None else budget
    if not isinstance(value, dict) or "issuerAuth" not in value:
        raise ParseError("mdoc_malformed", "issuerSigned")
    auth = cose.read(value["issuerAuth"], "Signature1", budget=budget)
    if auth.unverified_payload is None:
        raise ParseError("mdoc_malformed", "issuerAuth without payload")
    return UnverifiedIssuerSigned(
        unverified_items=_items(value.get("nameSpaces", {}), budget),
        unverified_object=read_object(embedded(decode(auth.unverified_payload, budget=budget), budget)),
        auth=auth,
        auth_value=value["issuerAuth"],
    )


def verify(unverified: UnverifiedIssuerSigned, key: PublicKey, *, algorithms: Collection[str]) -> VerifiedIssuerSigned:
    """Verifies the issuer's signature, and the digest of every element (section 9.3.1 steps 2 and 3).

    Verifies neither whose key it is, nor times, nor status, nor the device, nor for which document type it is used.

    Args:
        unverified: the parsed IssuerSigned.
        key: the document signer's key.
        algorithms: the allowed signature algorithms, in the names of JOSE.

    Raises:
        VerificationError: those of `cose.verify_sign1`, `mdoc_digest_missing` for an element without a digest,
            `mdoc_digest_mismatch`.
    """
    cose.verify_sign1(unverified.auth, key, typ=None, algorithms=algorithms)
    signed = unverified.unverified_object
    algorithm = signed.digest_algorithm
    for namespace, items in unverified.unverified_items.items():
        digests = signed.digests.get(namespace, {})
        for item in items:
            expected = digests.get(item.digest_id)
            if expected is None:
                raise VerificationError("mdoc_digest_missing")
            if not compare_digest(digest_of(item.encoded, algorithm), expected):
                raise VerificationError("mdoc_digest_mismatch")
    return VerifiedIssuerSigned(unverified.unverified_elements(), signed)


def check_complete(unverified: UnverifiedIssuerSigned) -> None:
    """Checks, for the holder of a document that was just issued and verified, that each digest has its element.

    What a holder cannot see it cannot withhold knowingly either: such a digest may mark the copy.

    Raises:
        VerificationError: `mdoc_digest_unused`.
    """
    for namespace, digests in unverified.unverified_object.digests.items():
        if not digests.keys() <= {item.digest_id for item in unverified.unverified_items.get(namespace, ())}:
            raise VerificationError("mdoc_digest_unused")


def select(unverified: UnverifiedIssuerSigned, wanted: Collection[tuple[str, str]]) -> CborValue:
    """An IssuerSigned, not encoded yet, with the elements wanted (namespace, identifier) and no other.

    Raises:
        ParseError: `mdoc_element_unknown` where there is no such element.
    """
    held = {(name, item.identifier): item for name, items in unverified.unverified_items.items() for item in items}
    if not held.keys() >= set(wanted):
        raise ParseError("mdoc_element_unknown")
    namespaces: dict[str, list[Tag]] = {}
    for (namespace, identifier), item in held.items():
        if (namespace, identifier) in wanted:
            namespaces.setdefault(namespace, []).append(Tag(ENCODED, item.encoded))
    return {"nameSpaces": namespaces, "issuerAuth": unverified.auth_value}


def digest_of(encoded: bytes, algorithm: str = "SHA-256") -> bytes:
    """The digest of an IssuerSignedItem, of its bytes in tag 24 (section 9.1.2.5)."""
    digest: bytes = DIGESTS[algorithm](cbor.embed(encoded)).digest()
    return digest


def embedded(value: CborValue, budget: Budget | None = None) -> CborValue:
    """What tag 24 holds, decoded; `budget` as for `decode`.

    Raises:
        ParseError: `mdoc_malformed` where there is no tag 24, and those of `decode`.
    """
    return decode(embedded_bytes(value), budget=budget)


def tdate(seconds: int) -> Tag:
    """A time as this standard spells it: whole seconds, UTC (section 9.1.2.4)."""
    return Tag(TDATE, datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def read_object(value: CborValue) -> MobileSecurityObject:
    """Reads a Mobile Security Object (section 9.1.2.4); members that are not understood are ignored.

    Raises:
        ParseError: `mdoc_malformed`, and those of `keys.cose_key.parse`.
    """
    if not isinstance(value, dict) or value.get("version") != _VERSION:
        raise ParseError("mdoc_malformed", "version of the MSO")
    algorithm, validity, device = value.get("digestAlgorithm"), value.get("validityInfo"), value.get("deviceKeyInfo")
    if not isinstance(algorithm, str) or algorithm not in DIGESTS:
        raise ParseError("mdoc_malformed", "digestAlgorithm")
    if not isinstance(validity, dict) or not isinstance(device, dict):
        raise ParseError("mdoc_malformed", "validityInfo or deviceKeyInfo")
    if "status" in value and value["status"] is None:
        raise ParseError("mdoc_malformed", "status")
    expected = validity.get("expectedUpdate")
    return MobileSecurityObject(
        doctype=name_of(value.get("docType"), "docType"),
        digest_algorithm=algorithm,
        digests=_digests(value.get("valueDigests"), _DIGEST_BYTES[algorithm]),
        device_key=cose_key.parse(device.get("deviceKey")),
        authorizations=_authorizations(device["keyAuthorizations"]) if "keyAuthorizations" in device else _NOTHING,
        signed=_seconds(validity.get("signed"), "signed"),
        valid_from=_seconds(validity.get("validFrom"), "validFrom"),
        valid_until=_seconds(validity.get("validUntil"), "validUntil"),
        expected_update=None if expected is None else _seconds(expected, "expectedUpdate"),
        status=value.get("status"),
    )


def name_of(value: CborValue, what: str) -> str:
    """A name of a document type, namespace or element.

    Raises:
        ParseError: `mdoc_malformed`.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS:
        raise ParseError("mdoc_malformed", what)
    return value


def _items(value: CborValue, budget: Budget) -> dict[str, tuple[Item, ...]]:
    if not isinstance(value, dict):
        raise ParseError("mdoc_malformed", "nameSpaces")
    count = 0
    for items in value.values():
        if not isinstance(items, list) or not items:
            raise ParseError("mdoc_malformed", "nameSpaces")
        count += len(items)
    if count > MAX_ELEMENTS:
        raise ParseError("input_too_large", f"over {MAX_ELEMENTS} elements")
    return {name_of(name, "namespace"): _of_namespace(items, budget) for name, items in value.items()}


def _of_namespace(values: list[CborValue], budget: Budget) -> tuple[Item, ...]:
    items = [_item(value, budget) for value in values]
    # Of two values of one element, which one a reader sees would be the presenter's choice.
    if len({item.identifier for item in items}) < len(items) or len({item.digest_id for item in items}) < len(items):
        raise ParseError("mdoc_malformed", "an element or digest twice")
    return tuple(items)


def _item(value: CborValue, budget: Budget) -> Item:
    encoded = embedded_bytes(value)
    item = decode(encoded, budget=budget)
    if not isinstance(item, dict) or len(item) != _ITEM_MEMBERS or "elementValue" not in item:
        raise ParseError("mdoc_malformed", "IssuerSignedItem")
    digest_id, salt = item.get("digestID"), item.get("random")
    if type(digest_id) is not int or digest_id < 0:
        raise ParseError("mdoc_malformed", "digestID")
    if not isinstance(salt, bytes) or len(salt) < MIN_SALT_BYTES:
        raise ParseError("mdoc_malformed", "random")
    identifier = name_of(item.get("elementIdentifier"), "elementIdentifier")
    return Item(digest_id, salt, identifier, item["elementValue"], encoded)


def embedded_bytes(value: CborValue) -> bytes:
    """What tag 24 holds, as it is.

    Raises:
        ParseError: `mdoc_malformed` where there is no tag 24.
    """
    if not isinstance(value, Tag) or value.tag != ENCODED:
        raise ParseError("mdoc_malformed", "not CBOR in a byte string")
    inner: bytes = value.value
    return inner


def _digests(value: CborValue, size: int) -> dict[str, dict[int, bytes]]:
    if not isinstance(value, dict):
        raise ParseError("mdoc_malformed", "valueDigests")
    for name, digests in value.items():
        name_of(name, "namespace")
        if not isinstance(digests, dict):
            raise ParseError("mdoc_malformed", "valueDigests")
        for number, digest in digests.items():
            if type(number) is not int or number < 0:
                raise ParseError("mdoc_malformed", "digestID")
            if not isinstance(digest, bytes) or len(digest) != size:
                raise ParseError("mdoc_malformed", "length of a digest")
    return value


def _authorizations(value: CborValue) -> Authorizations:
    if not isinstance(value, dict):
        raise ParseError("mdoc_malformed", "keyAuthorizations")
    namespaces, elements = value.get("nameSpaces", []), value.get("dataElements", {})
    if not isinstance(namespaces, list) or not isinstance(elements, dict):
        raise ParseError("mdoc_malformed", "keyAuthorizations")
    if not all(isinstance(names, list) for names in elements.values()):
        raise ParseError("mdoc_malformed", "keyAuthorizations")
    return Authorizations(
        frozenset(name_of(name, "keyAuthorizations") for name in namespaces),
        {
            name_of(namespace, "keyAuthorizations"): frozenset(name_of(name, "keyAuthorizations") for name in names)
            for namespace, names in elements.items()
        },
    )


def _seconds(value: CborValue, name: str) -> int:
    if not isinstance(value, Tag) or value.tag != TDATE or _TDATE.fullmatch(value.value) is None:
        raise ParseError("mdoc_malformed", name)
    try:
        return int(datetime.fromisoformat(value.value).timestamp())
    except ValueError:
        raise ParseError("mdoc_malformed", name) from None
