"""Issuing an ISO mdoc, plainly; `mdoc/batch` does the same for many copies, held equal by a test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from didkit_fr.encoding import cbor
from didkit_fr.encoding.cbor import ENCODED, CborValue, Tag
from didkit_fr.errors import ParseError
from didkit_fr.keys import cose_key
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.mdoc.mdoc import Authorizations, Elements, digest_of, tdate

__all__ = [
    "SALT_BYTES",
    "Draw",
    "Validity",
    "authorizations_value",
    "check_elements",
    "draw",
    "issue",
    "validity_value",
]

SALT_BYTES = 16
"""The least that ISO/IEC 18013-5 section 9.1.2.5 allows: proofs over documents limit the size of an element."""
_ORDER_BYTES = 8
_MAP = 5


@dataclass(frozen=True, slots=True)
class Validity:
    """When a document was signed and is valid, in seconds since 1970 (UTC), whole; the caller floors them.

    Times to the second would tell copies of one batch from those of another (ARF topic 10): floor them to the day.
    """

    signed: int
    valid_from: int
    valid_until: int
    expected_update: int | None = None


class Draw(NamedTuple):
    """The salt of an element, and the number of its digest."""

    salt: bytes
    digest_id: int


def issue(
    elements: Elements,
    signer: Signer,
    *,
    doctype: str,
    validity: Validity,
    device_key: PublicKey,
    chain: Sequence[Certificate],
    status: Mapping[str, CborValue] | None = None,
    authorizations: Authorizations | None = None,
    random: Random = system,
) -> bytes:
    """Issues an IssuerSigned (ISO/IEC 18013-5 sections 8.3.2.1.2.2 and 9.1.2.4), encoded.

    Args:
        elements: the values by namespace and element identifier.
        signer: the document signer's key.
        doctype: the document type.
        validity: the times.
        device_key: the holder's key.
        chain: the document signer's certificate first, without the anchor (section 9.1.2.4); in `x5chain`.
        status: the mechanisms that say whether it was revoked (`status.token`, `status.identifier`).
        authorizations: what the device may sign of itself; None for nothing.
        random: where salts (16 bytes each) and digest numbers come from, in one draw.

    Raises:
        ParseError: `cbor_type` for a value that has no place in CBOR, `mdoc_malformed` without elements.
    """
    check_elements(elements)
    drawn = iter(draw(sum(map(len, elements.values())), random))
    items: dict[str, list[Tag]] = {}
    digests: dict[str, dict[int, bytes]] = {}
    for namespace, values in elements.items():
        for identifier, value in values.items():
            salt, number = next(drawn)
            encoded = _encode_item(number, salt, identifier, value)
            items.setdefault(namespace, []).append(Tag(ENCODED, encoded))
            digests.setdefault(namespace, {})[number] = digest_of(encoded)
    device: dict[str, CborValue] = {"deviceKey": cose_key.build(device_key)}
    if authorizations is not None:
        device["keyAuthorizations"] = authorizations_value(authorizations)
    signed = {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "valueDigests": digests,
        "deviceKeyInfo": device,
        "docType": doctype,
        "validityInfo": validity_value(validity),
        **({} if status is None else {"status": dict(status)}),
    }
    payload = cbor.encode(Tag(ENCODED, cbor.encode(signed)))
    unprotected: cose.Header = {cose.X5CHAIN: cose.build_x5chain(chain)}
    prepared = cose.prepare(cose.build_header(signer), payload, unprotected=unprotected)
    auth = cose.attach(prepared, signer.sign(prepared.to_be_signed))
    return cbor.encode({"nameSpaces": items, "issuerAuth": auth})


def _encode_item(number: int, salt: bytes, identifier: str, value: CborValue) -> bytes:
    """An IssuerSignedItem, its members in the order of the schema (ISO/IEC 18013-5 section 8.3.2.1.2.2).

    Sorted, as `cbor.encode` writes maps, it would be a document too, but one that some proofs over documents do not
    take: their circuits read the members in this order.
    """
    item = {"digestID": number, "random": salt, "elementIdentifier": identifier, "elementValue": value}
    return cbor.head(_MAP, len(item)) + b"".join(cbor.encode(name) + cbor.encode(item[name]) for name in item)


def draw(count: int, random: Random) -> list[Draw]:
    """Draws salts, and which element gets which number: the order of the elements must not tell what was withheld."""
    data = random(count * (SALT_BYTES + _ORDER_BYTES))
    salts = [data[at : at + SALT_BYTES] for at in range(0, count * SALT_BYTES, SALT_BYTES)]
    ranks = [data[at : at + _ORDER_BYTES] for at in range(count * SALT_BYTES, len(data), _ORDER_BYTES)]
    order = sorted(range(count), key=ranks.__getitem__)
    return [Draw(salt, number) for salt, number in zip(salts, order, strict=True)]


def check_elements(elements: Elements) -> None:
    """Refuses a document without elements, or with an empty namespace (ISO/IEC 18013-5 section 8.3.2.1.2.2).

    Raises:
        ParseError: `mdoc_malformed`.
    """
    if not elements or not all(elements.values()):
        raise ParseError("mdoc_malformed", "no elements")


def validity_value(validity: Validity) -> dict[str, CborValue]:
    """The `validityInfo` of a Mobile Security Object."""
    times = {"signed": validity.signed, "validFrom": validity.valid_from, "validUntil": validity.valid_until}
    if validity.expected_update is not None:
        times["expectedUpdate"] = validity.expected_update
    return {name: tdate(seconds) for name, seconds in times.items()}


def authorizations_value(authorizations: Authorizations) -> dict[str, CborValue]:
    """The `keyAuthorizations` of a Mobile Security Object."""
    value: dict[str, CborValue] = {}
    if authorizations.namespaces:
        value["nameSpaces"] = sorted(authorizations.namespaces)
    if authorizations.elements:
        value["dataElements"] = {name: sorted(names) for name, names in authorizations.elements.items()}
    return value
