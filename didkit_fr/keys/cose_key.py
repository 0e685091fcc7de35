"""Public keys as COSE_Key (RFC 9052 section 7, RFC 9053 section 7, RFC 9964), already decoded from CBOR."""

from typing import Any

from didkit_fr.encoding.cbor import CborValue
from didkit_fr.errors import ParseError
from didkit_fr.keys.algorithm import Algorithm
from didkit_fr.keys.algorithms import KNOWN, Table
from didkit_fr.keys.public import PublicKey, from_compressed, from_octets

__all__ = ["build", "parse"]

_KTY, _ALG, _KEY_OPS, _D = 1, 3, 4, -4
_SYMMETRIC = 4
_VERIFY = 2


def parse(value: CborValue, *, known: Table = KNOWN) -> PublicKey:
    """Reads a public key; parameters that are not understood are ignored (RFC 9052 section 7.1).

    Raises:
        ParseError: `cose_key_invalid`, `cose_key_private`, `key_unsupported`.
    """
    if not isinstance(value, dict):
        raise ParseError("cose_key_invalid", "not a map")
    number = value.get(_KTY)
    # Also where the type is not known: at this label, the types that have curves hold the private key.
    if _D in value or (_is_int(number) and number == _SYMMETRIC):
        raise ParseError("cose_key_private")
    kind = known.key_types.get(number) if type(number) is int else None
    if kind is None:
        raise ParseError("key_unsupported")
    if kind.cose_private in value:
        raise ParseError("cose_key_private")
    stated = value.get(kind.cose_name)
    row = known.by_cose.get((kind.cose, stated)) if type(stated) is int else None
    if row is None:
        raise ParseError("key_unsupported")
    try:
        key = _key(row, [value.get(label) for label in kind.cose_parts])
    except ParseError as error:
        raise ParseError("cose_key_invalid", error.detail or "wrong length") from None
    _check_use(value, row)
    return key


def build(key: PublicKey) -> dict[int, int | bytes]:
    """Writes a public key, required parameters only, points uncompressed (ISO/IEC 18013-5 section 9.1.5.2)."""
    kind = key.row.key_type
    parts = zip(kind.cose_parts, kind.split(key.octets), strict=True)
    return {_KTY: kind.cose, kind.cose_name: key.row.cose_key, **dict(parts)}


def _key(row: Algorithm, parts: list[CborValue]) -> PublicKey:
    """The last of two parts may be the sign bit of a compressed point (RFC 9053 section 7.1.1)."""
    first, last = parts[0], parts[-1]
    if not isinstance(first, bytes):
        raise ParseError("cose_key_invalid", "coordinate missing")
    if row.compression is not None and isinstance(last, bool):
        return from_compressed(row, bytes([2 + last]) + first)
    if not isinstance(last, bytes) or len(last) != len(first):
        raise ParseError("cose_key_invalid", "coordinate missing, or of wrong length")
    # A device's key is about to be used: what OpenSSL loads, it checks.
    return from_octets(row, row.key_type.join(parts), load=True)


def _check_use(value: dict[Any, Any], row: Algorithm) -> None:
    if _ALG in value and not (_is_int(value[_ALG]) and value[_ALG] in row.cose):
        raise ParseError("cose_key_invalid", "for another algorithm")
    operations = value.get(_KEY_OPS, [_VERIFY])
    if not isinstance(operations, list) or not any(_is_int(one) and one == _VERIFY for one in operations):
        raise ParseError("cose_key_invalid", "for other operations")


def _is_int(value: CborValue) -> bool:
    """Whether it is an integer of CBOR: to Python, true is 1 and 1.0 is 1."""
    return type(value) is int
