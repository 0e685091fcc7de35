"""The one CBOR door (RFC 8949): everything in CBOR that comes from outside enters here, and leaves deterministically.

What is read has shortest integers, lengths and floating-point numbers, definite lengths, no repeated key and only
known tags; the order of map keys is left free, because ISO/IEC 18013-5 leaves it free. So bytes that were received
are hashed as received, and never encoded again.
"""

import math
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import cbor2
from cbor2 import CBORTag as Tag

from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError

__all__ = [
    "ENCODED",
    "FULL_DATE",
    "MAC0",
    "MAX_BYTES",
    "MAX_DEPTH",
    "SIGN1",
    "TAGS",
    "TDATE",
    "CborValue",
    "Tag",
    "decode",
    "embed",
    "encode",
    "encode_bytes",
    "encode_text",
    "head",
    "to_json",
]

CborValue: TypeAlias = Any
"""int, bytes, str, bool, None, finite float, list, dict with keys of int, str or bytes, and `Tag` of `TAGS`."""

MAX_BYTES = 1_048_576
MAX_DEPTH = 24

TDATE = 0  # RFC 8949 section 3.4.1
MAC0 = 17  # RFC 9052 section 6.2
SIGN1 = 18  # RFC 9052 section 4.2
ENCODED = 24  # RFC 8949 section 3.4.5.1: CBOR in a byte string
FULL_DATE = 1004  # RFC 8943
TAGS = MappingProxyType({TDATE: str, MAC0: list, SIGN1: list, ENCODED: bytes, FULL_DATE: str})
"""The known tags, each with the type of what it stands before."""

_SCALARS: frozenset[type] = frozenset({str, bytes, bool, type(None)})
_PLAIN: frozenset[type] = _SCALARS | {int}
_KEYS = frozenset({int, str, bytes})
_BYTES, _TEXT, _TAG = 2, 3, 6
_MEMBERS = {4: 1, 5: 2}  # the major types of arrays and maps, and how many items a member is
_ONE_BYTE = 24
_TAG_24 = b"\xd8\x18"
_MIN_INT, _MAX_INT = -(1 << 64), (1 << 64) - 1
# Tags that the decoder would interpret: it would compile a regular expression, make a date, resolve a reference.
_INTERPRETED = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def decode(
    raw: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    tags: Collection[int] = TAGS,
    long_counts: bool = False,
) -> CborValue:
    """Decodes one item that fills `raw`; a tag stays a `Tag`, what tag 24 holds stays bytes.

    Args:
        raw: the encoded item.
        max_bytes: the limit.
        max_depth: how deeply it may nest.
        tags: those of `TAGS` that may stand here.
        long_counts: whether maps and arrays may spell their number of members longer than needed, as some encoders of
            wallets do; everything else stays shortest, so that a value still has one spelling.

    Raises:
        ParseError: `input_too_large`, `cbor_invalid`, `cbor_duplicate_key`, `cbor_depth`, `cbor_type`,
            `cbor_not_shortest`.
    """
    if len(raw) > max_bytes:
        raise ParseError("input_too_large", f"CBOR over {max_bytes} bytes")
    try:
        value = cbor2.loads(
            raw,
            semantic_decoders=_DECODERS,
            max_depth=max_depth,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except cbor2.CBORError as error:
        raise _refusal(str(error)) from None
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise ParseError("cbor_invalid") from None
    # Whole numbers are read of 64 bits at most. Only floating-point numbers need our own encoder to be their shortest.
    has_float = _check(value, max_depth, tags, _PLAIN)
    # Encoded again in the order given, any other spelling of the same value differs, and so does what follows it.
    shortest = _dump(value) if has_float else cbor2.dumps(value)
    if shortest != raw and not (long_counts and _shortened(raw) == shortest):
        raise ParseError("cbor_not_shortest", "a longer spelling, or bytes after the end")
    return value


def encode(value: CborValue, *, max_depth: int = MAX_DEPTH) -> bytes:
    """Encodes deterministically (RFC 8949 section 4.2.1): shortest forms, map keys in the order of their bytes.

    Raises:
        ParseError: `cbor_type`, `cbor_depth`.
    """
    has_float = _check(value, max_depth)
    try:
        return _dump(_sorted(value)) if has_float else cbor2.dumps(_sorted(value))
    except UnicodeEncodeError:
        raise ParseError("cbor_type", "text with a lone surrogate") from None


def _dump(value: CborValue) -> bytes:
    return cbor2.dumps(value, encoders=_ENCODERS)


def _write_float(encoder: cbor2.CBOREncoder, number: float) -> None:
    encoder.write(cbor2.dumps(number, canonical=True))


_ENCODERS: Mapping[type, Callable[[cbor2.CBOREncoder, Any], Any]] = {float: _write_float}


def _sorted(value: CborValue) -> CborValue:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=cbor2.dumps)}
    if isinstance(value, (list, tuple)):
        return [_sorted(item) for item in value]
    return Tag(value.tag, _sorted(value.value)) if isinstance(value, Tag) else value


def to_json(value: CborValue) -> JsonValue:
    """What JSON has for a value (RFC 8949 section 6.1): bytes as base64url, a tagged value without its tag.

    Raises:
        ParseError: `cbor_type` where two keys would become one.
    """
    if isinstance(value, Tag):
        return to_json(value.value)
    if isinstance(value, bytes):
        return base64url.encode(value)
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    converted = {key if isinstance(key, str) else str(to_json(key)): to_json(item) for key, item in value.items()}
    if len(converted) != len(value):
        raise ParseError("cbor_type", "map keys that are one in JSON")
    return converted


def _shortened(raw: bytes) -> bytes:
    """The same item, which was decoded, with the counts of its maps and arrays in their shortest spelling."""
    parts, at, due = [], 0, 1
    while due:
        major, short = raw[at] >> 5, raw[at] & 31
        size = 0 if short < _ONE_BYTE else 1 << (short - _ONE_BYTE)
        number = int.from_bytes(raw[at + 1 : at + 1 + size]) if size else short
        end = at + 1 + size + (number if major in (_BYTES, _TEXT) else 0)
        parts.append(head(major, number) if major in _MEMBERS else raw[at:end])
        due += _MEMBERS.get(major, 0) * number + (major == _TAG) - 1
        at = end
    return b"".join(parts) + raw[at:]


def embed(encoded: bytes) -> bytes:
    """CBOR in a byte string, with its tag 24 (RFC 8949 section 3.4.5.1), encoded."""
    return _TAG_24 + encode_bytes(encoded)


def head(major: int, number: int) -> bytes:
    """The first bytes of an item of a major type (RFC 8949 section 3), shortest; `number` is of 64 bits at most."""
    first = major << 5
    if number < _ONE_BYTE:
        return bytes((first | number,))
    power = (number.bit_length() - 1 >> 3).bit_length()
    return bytes((first | _ONE_BYTE + power,)) + number.to_bytes(1 << power)


def encode_bytes(data: bytes) -> bytes:
    """As `encode`, of a byte string."""
    return head(_BYTES, len(data)) + data


def encode_text(text: str) -> bytes:
    """As `encode`, of a text.

    Raises:
        ParseError: `cbor_type`.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise ParseError("cbor_type", "text with a lone surrogate") from None
    return head(_TEXT, len(data)) + data


def _check(value: CborValue, depth: int, tags: Collection[int] = TAGS, plain: frozenset[type] = _SCALARS) -> bool:
    """Refuses what is no `CborValue` with these tags, level by level; whether a floating-point number is in it.

    Types that are `plain` need no look.
    """
    has_float, level = False, [value]
    while level := [one for one in level if type(one) not in plain]:
        below: list[CborValue] = []
        for one in level:
            kind = type(one)
            if kind is float or kind is int:
                _check_number(one)
                has_float |= kind is float
            elif depth <= 0:
                raise ParseError("cbor_depth")
            elif isinstance(one, dict):
                _check_keys(one, plain)
                below += one.values()
            elif isinstance(one, (list, tuple)):
                below += one
            else:
                below.append(_tagged(one, tags))
        level, depth = below, depth - 1
    return has_float


def _check_number(number: CborValue) -> None:
    if isinstance(number, int):
        if not _MIN_INT <= number <= _MAX_INT:
            raise ParseError("cbor_type", "integer over 64 bits")
    elif not math.isfinite(number):
        raise ParseError("cbor_type", "not a finite number")


def _check_keys(value: dict[Any, CborValue], plain: frozenset[type]) -> None:
    if not _KEYS.issuperset(map(type, value)):
        raise ParseError("cbor_type", "map key")
    if int not in plain:
        for key in value:
            if type(key) is int:
                _check_number(key)


def _tagged(value: CborValue, tags: Collection[int]) -> CborValue:
    if not isinstance(value, Tag):
        raise ParseError("cbor_type", "neither data nor a known tag")
    if value.tag not in tags or not isinstance(value.value, TAGS.get(value.tag, ())):
        raise ParseError("cbor_type", f"tag {value.tag}")
    return value.value


def _refusal(message: str) -> ParseError:
    if "uplicate map key" in message:
        return ParseError("cbor_duplicate_key")
    if "nesting depth" in message:
        return ParseError("cbor_depth")
    return ParseError("cbor_invalid")


def _keep(tag: int) -> Callable[[Any, bool], Tag]:
    return lambda value, _immutable: Tag(tag, value)


# Without a decoder of ours, what a tag stands before would come as tuples, to serve as a key.
_DECODERS = {tag: _keep(tag) for tag in (*_INTERPRETED, *TAGS)}
