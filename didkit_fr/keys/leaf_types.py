"""Which document types a signer's certificate is certified for: an extension of a certificate (RFC 5280 section 4.2).

A proof in zero knowledge over a document of ISO shows that one of an authority's signers signed it, and not which
document type was signed. A signer of several types would let one title pass for another, so each type has its own
signer, and its certificate says so: `DocumentTypes ::= SEQUENCE SIZE (0..16) OF UTF8String (SIZE (1..256))`, DER.
An empty sequence certifies for no document type at all, as is due to a signer of status lists.
"""

from collections.abc import Collection, Iterator

from cryptography.x509 import Certificate, ExtensionNotFound, ObjectIdentifier, UnrecognizedExtension

from didkit_fr.errors import ParseError

__all__ = ["MAX_CHARS", "MAX_TYPES", "OID", "build_types", "certified_types"]

OID = ObjectIdentifier("2.25.204487730604075020580396199839241480290")
"""This project's own identifier: the UUID 99d6e784-55b1-4787-a169-1036441e2862 as a number below the arc
{joint-iso-itu-t uuid(25)}, which needs no registration (ITU-T X.667 | ISO/IEC 9834-8)."""

MAX_TYPES = 16
MAX_CHARS = 256

_SEQUENCE, _UTF8_STRING = 0x30, 0x0C  # ITU-T X.690 sections 8.9 and 8.23
_LONG = 0x80


def build_types(doctypes: Collection[str]) -> UnrecognizedExtension:
    """The extension that certifies for these document types and no other.

    Raises:
        ParseError: `value_invalid` for more than 16 types, one that is repeated, or one not of 1 to 256 characters.
    """
    problem = _problem(list(doctypes))
    if problem:
        raise ParseError("value_invalid", problem)
    try:
        strings = [_tagged(_UTF8_STRING, doctype.encode()) for doctype in sorted(doctypes)]
    except UnicodeEncodeError:
        raise ParseError("value_invalid", "a document type that is not Unicode") from None
    return UnrecognizedExtension(OID, _tagged(_SEQUENCE, b"".join(strings)))


def certified_types(certificate: Certificate) -> frozenset[str] | None:
    """The document types that a certificate is certified for; None where it has no such extension.

    Raises:
        ParseError: `x509_malformed` where the extension is.
    """
    try:
        value = certificate.extensions.get_extension_for_oid(OID).value
    except ExtensionNotFound:
        return None
    data = value.value if isinstance(value, UnrecognizedExtension) else b""
    try:
        content, behind = _read(data, _SEQUENCE)
        doctypes = [string.decode() for string in _strings(content)]
    except ValueError:
        raise ParseError("x509_malformed", "document types") from None
    if behind or _problem(doctypes):
        raise ParseError("x509_malformed", "document types")
    return frozenset(doctypes)


def _problem(doctypes: Collection[str]) -> str:
    if len(doctypes) > MAX_TYPES or len(set(doctypes)) != len(doctypes):
        return f"more than {MAX_TYPES} document types, or one twice"
    if not all(0 < len(doctype) <= MAX_CHARS for doctype in doctypes):
        return f"a document type that is not of 1 to {MAX_CHARS} characters"
    return ""


def _strings(content: bytes) -> Iterator[bytes]:
    while content:
        string, content = _read(content, _UTF8_STRING)
        yield string


def _read(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the value that data begins with, and what stands behind it; DER has one length for each.

    Raises:
        ValueError: it is another type, or its length is not that of DER (ITU-T X.690 section 10.1).
    """
    if len(data) < 2 or data[0] != tag:  # noqa: PLR2004 - a tag and a length
        raise ValueError("tag")
    octets = data[1] - _LONG if data[1] > _LONG else 0
    start = 2 + octets
    length = int.from_bytes(data[2:start]) if octets else data[1]
    if data[:start] != _head(tag, length) or len(data) < start + length:
        raise ValueError("length")
    return data[start : start + length], data[start + length :]


def _head(tag: int, length: int) -> bytes:
    if length < _LONG:
        return bytes([tag, length])
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, _LONG + len(octets), *octets])


def _tagged(tag: int, content: bytes) -> bytes:
    return _head(tag, len(content)) + content
