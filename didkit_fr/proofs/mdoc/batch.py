"""Issuing many copies of an ISO mdoc: what they share is encoded once; equal to `mdoc/issue`, byte for byte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from didkit_fr.encoding import cbor
from didkit_fr.encoding.cbor import CborValue
from didkit_fr.keys import cose_key
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import KeyHolder, ToBeSigned
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.mdoc.issue import SALT_BYTES, Validity, authorizations_value, check_elements, draw, validity_value
from didkit_fr.proofs.mdoc.mdoc import Authorizations, Elements

__all__ = ["Template"]

_UINT: Final = 0
_BYTES: Final = 2
_ARRAY: Final = 4
_MAP: Final = 5
# The members of an item stand in the order of its schema (ISO/IEC 18013-5 section 8.3.2.1.2.2). Those of other maps
# stand in the order of their encoded names, of which the length comes first (RFC 8949 section 4.2.1).
_ITEM_START: Final = cbor.head(_MAP, 4) + cbor.encode("digestID")
_SALT_HEAD: Final = cbor.encode("random") + cbor.head(_BYTES, SALT_BYTES)
_DIGEST_HEAD: Final = cbor.head(_BYTES, 32)
_DEVICE_KEY: Final = cbor.encode("deviceKey")
_DEVICE_KEY_INFO: Final = cbor.encode("deviceKeyInfo")
_ISSUER_AUTH: Final = cbor.encode("issuerAuth")
_NAMESPACES: Final = cbor.encode("nameSpaces")


@dataclass(frozen=True, slots=True)
class Template:
    """What the copies of one document share, encoded; each copy has salts, digests and a key of its own."""

    count: int
    numbers: tuple[bytes, ...]
    namespaces: tuple[tuple[bytes, tuple[bytes, ...]], ...] = field(repr=False)
    object_before: bytes = field(repr=False)
    object_between: bytes = field(repr=False)
    object_after: bytes = field(repr=False)
    protected: bytes = field(repr=False)
    unprotected: bytes = field(repr=False)
    authorizations: bytes = field(repr=False)

    @classmethod
    def of(
        cls,
        elements: Elements,
        signer: KeyHolder,
        *,
        doctype: str,
        validity: Validity,
        chain: Sequence[Certificate],
        authorizations: Authorizations | None = None,
    ) -> Self:
        """Encodes what the copies share; arguments and errors as `issue.issue`."""
        check_elements(elements)
        allowed = b"" if authorizations is None else _member("keyAuthorizations", authorizations_value(authorizations))
        count = sum(map(len, elements.values()))
        return cls(
            count=count,
            numbers=tuple(cbor.head(_UINT, number) for number in range(count)),
            namespaces=tuple(
                (cbor.encode(name), tuple(map(_end, values.items()))) for name, values in elements.items()
            ),
            object_before=_member("docType", doctype) + _member("version", "1.0"),
            object_between=_member("validityInfo", validity_value(validity)) + cbor.encode("valueDigests"),
            object_after=_member("digestAlgorithm", "SHA-256"),
            protected=cbor.encode(cose.build_header(signer)),
            unprotected=cbor.encode({cose.X5CHAIN: cose.build_x5chain(chain)}),
            authorizations=allowed,
        )

    def prepare(
        self, device_key: PublicKey, *, status: Mapping[str, CborValue] | None = None, random: Random = system
    ) -> ToBeSigned[bytes]:
        """One copy, yet to be signed: an encoded IssuerSigned, bound to a device key, with a status of its own."""
        drawn = iter(draw(self.count, random))
        items: list[tuple[bytes, list[bytes]]] = []
        digests: list[tuple[bytes, bytes]] = []
        for name, ends in self.namespaces:
            made, numbered = [], {}
            for end in ends:
                salt, number = next(drawn)
                tagged = cbor.embed(b"".join((_ITEM_START, self.numbers[number], _SALT_HEAD, salt, end)))
                made.append(tagged)
                numbered[number] = sha256(tagged).digest()
            items.append((name, made))
            digests.append((name, self._digests(numbered)))
        payload = cbor.embed(self._object(digests, device_key, status))
        message = cose.to_be_signed("Signature1", self.protected, b"", payload)
        return ToBeSigned(message, lambda signature: self._assemble(items, self.protected, payload, signature))

    def _digests(self, numbered: dict[int, bytes]) -> bytes:
        members = (self.numbers[number] + _DIGEST_HEAD + numbered[number] for number in sorted(numbered))
        return cbor.head(_MAP, len(numbered)) + b"".join(members)

    def _object(
        self, digests: list[tuple[bytes, bytes]], device_key: PublicKey, status: Mapping[str, CborValue] | None
    ) -> bytes:
        key = _DEVICE_KEY + cbor.encode(cose_key.build(device_key))
        members = cbor.head(_MAP, 2 if self.authorizations else 1) + key + self.authorizations
        return b"".join(
            (
                cbor.head(_MAP, 6 if status is None else 7),
                b"" if status is None else _member("status", dict(status)),
                self.object_before,
                self.object_between,
                cbor.head(_MAP, len(digests)),
                *(name + numbered for name, numbered in sorted(digests)),
                _DEVICE_KEY_INFO,
                members,
                self.object_after,
            )
        )

    def _assemble(
        self, items: list[tuple[bytes, list[bytes]]], protected: bytes, payload: bytes, signature: bytes
    ) -> bytes:
        return b"".join(
            (
                cbor.head(_MAP, 2),
                _ISSUER_AUTH,
                cbor.head(_ARRAY, 4),
                cbor.encode_bytes(protected),
                self.unprotected,
                cbor.encode_bytes(payload),
                cbor.encode_bytes(signature),
                _NAMESPACES,
                cbor.head(_MAP, len(items)),
                *(b"".join((name, cbor.head(_ARRAY, len(made)), *made)) for name, made in sorted(items)),
            )
        )


def _member(name: str, value: CborValue) -> bytes:
    return cbor.encode(name) + cbor.encode(value)


def _end(element: tuple[str, CborValue]) -> bytes:
    """What follows the salt in an IssuerSignedItem, which is the same in every copy."""
    identifier, value = element
    return _member("elementIdentifier", identifier) + _member("elementValue", value)
