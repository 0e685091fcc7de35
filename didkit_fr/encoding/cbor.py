"""CBOR (RFC 8949): everything in CBOR that comes from outside is decoded here, and leaves deterministically.

What is read has shortest integers, lengths and floating-point numbers, definite lengths, no repeated key and only
known tags; the order of map keys is left free, because ISO/IEC 18013-5 leaves it free. So bytes that were received
are hashed as received, and never encoded again. The decoder refuses any other spelling itself, in one pass, and counts
the items of an array or map before it makes them.
"""

import math
import struct
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import cbor2
from cbor2 import CBORTag as Tag

from didkit_fr.encoding import base64url
from didkit_fr.encoding.budget import Budget
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

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 24

TDATE: Final = 0  # RFC 8949 section 3.4.1
MAC0: Final = 17  # RFC 9052 section 6.2
SIGN1: Final = 18  # RFC 9052 section 4.2
ENCODED: Final = 24  # RFC 8949 section 3.4.5.1: CBOR in a byte string
FULL_DATE: Final = 1004  # RFC 8943
TAGS: Final = MappingProxyType({TDATE: str, MAC0: list, SIGN1: list, ENCODED: bytes, FULL_DATE: str})
"""The known tags, each with the type of what it stands before."""

_SCALARS: Final[frozenset[type]] = frozenset({str, bytes, bool, type(None)})
_KEYS: Final = frozenset({int, str, bytes})
_UINT: Final = 0
_NINT: Final = 1
_BYTES: Final = 2
_TEXT: Final = 3
_ARRAY: Final = 4
_MAP: Final = 5
_SIMPLE: Final = 7
_ONE_BYTE: Final = 24
_EIGHT_BYTES: Final = 27
_LEAST: Final = (24, 1 << 8, 1 << 16, 1 << 32)  # what a number of 1, 2, 4, 8 bytes of its own must at least be
_FALSE: Final = 0xF4
_TRUE: Final = 0xF5
_NULL: Final = 0xF6
_LONG_SIMPLE: Final = 0xF8
_HALF: Final = 0xF9
_DOUBLE: Final = 0xFB
_FLOATS: Final = (struct.Struct(">e"), struct.Struct(">f"), struct.Struct(">d"))
_CHEAP_NUMBERS: Final = 128
_CONTAINER: Final = 10  # steps: an array, a map or a tag takes as long to make and to collect as ten whole numbers
_TAG_24: Final = b"\xd8\x18"
_MIN_INT: Final = -(1 << 64)
_MAX_INT: Final = (1 << 64) - 1


def decode(
    raw: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    tags: Collection[int] = TAGS,
    long_counts: bool = False,
    budget: Budget | None = None,
) -> CborValue:
    """Decodes one item that fills `raw`; a tag stays a `Tag`, what tag 24 holds stays bytes.

    Args:
        raw: the encoded item.
        max_bytes: the limit.
        max_depth: how deeply it may nest.
        tags: those of `TAGS` that may stand here.
        long_counts: whether maps and arrays may spell their number of members longer than needed, as some encoders of
            wallets do; everything else stays shortest, so that a value still has one spelling.
        budget: of the message that this is a part of; every item in an array or map takes a step of it,
            and every array, map and tag ten.

    Raises:
        ParseError: `input_too_large`, `cbor_invalid`, `cbor_duplicate_key`, `cbor_depth`, `cbor_type`,
            `cbor_not_shortest`, `work_exceeded`.
    """
    if len(raw) > max_bytes:
        raise ParseError("input_too_large", f"CBOR over {max_bytes} bytes")
    decoder = _Decoder(raw, tags, Budget() if budget is None else budget, long_counts=long_counts)
    try:
        value = decoder.item(max_depth)
    except IndexError:
        raise ParseError("cbor_invalid", "cut") from None
    except UnicodeDecodeError:
        raise ParseError("cbor_invalid", "text that is not UTF-8") from None
    if decoder.at != decoder.size:
        raise ParseError("cbor_not_shortest", "bytes after the end")
    return value


class _Decoder:
    """Reads the items of `raw` one after the other; `at` is where the next one begins."""

    __slots__ = ("at", "budget", "long_counts", "raw", "size", "tags")

    def __init__(self, raw: bytes, tags: Collection[int], budget: Budget, *, long_counts: bool) -> None:
        self.raw = raw
        self.size = len(raw)
        self.at = 0
        self.tags = tags
        self.budget = budget
        self.long_counts = long_counts

    def item(self, depth: int) -> CborValue:
        """One item, in which `depth` levels may nest. It raises IndexError where the bytes end too soon."""
        first = self.raw[self.at]
        self.at += 1
        short, major = first & 31, first >> 5
        if major == _SIMPLE:
            return self._simple(first)
        number = short if short < _ONE_BYTE else self._number(short, major)
        if major <= _NINT:
            return number if major == _UINT else -1 - number
        if major <= _TEXT:
            data = self._take(number)
            return data if major == _BYTES else data.decode("utf-8")
        if depth <= 0:
            raise ParseError("cbor_depth")
        if major == _ARRAY:
            self._count(number)
            return [self.item(depth - 1) for _ in range(number)]
        return self._map(number, depth - 1) if major == _MAP else self._tag(number, depth - 1)

    def _take(self, length: int) -> bytes:
        start = self.at
        end = start + length
        if end > self.size:
            raise ParseError("cbor_invalid", "longer than what is left")
        self.at = end
        return self.raw[start:end]

    def _number(self, short: int, major: int) -> int:
        """The number in the bytes behind the first."""
        if short == _ONE_BYTE:
            number = self.raw[self.at]
            self.at += 1
        elif short <= _EIGHT_BYTES:
            number = int.from_bytes(self._take(1 << (short - _ONE_BYTE)), "big")
        else:
            raise ParseError("cbor_invalid", "an indefinite length, or what has no meaning")
        if number < _LEAST[short - _ONE_BYTE] and not (self.long_counts and _ARRAY <= major <= _MAP):
            raise ParseError("cbor_not_shortest", "a longer spelling")
        return number

    def _count(self, items: int) -> None:
        """Refuses more items than there are bytes for, or than the message may have, before any is made."""
        if items > self.size - self.at:
            raise ParseError("cbor_invalid", "more items than bytes")
        self.budget.spend(_CONTAINER + items)

    def _map(self, members: int, depth: int) -> dict[int | str | bytes, CborValue]:
        self._count(2 * members)
        value: dict[int | str | bytes, CborValue] = {}
        numbers = 0
        for _ in range(members):
            major = self.raw[self.at] >> 5
            if major > _TEXT:
                raise ParseError("cbor_type", "map key")
            if major <= _NINT:
                numbers += 1
                # Whole numbers, unlike texts, can be chosen to collide: each then looks at many of those before it.
                if numbers > _CHEAP_NUMBERS:
                    self.budget.spend(numbers // _CHEAP_NUMBERS)
            key = self.item(0)
            value[key] = self.item(depth)
        if len(value) != members:
            raise ParseError("cbor_duplicate_key")
        return value

    def _tag(self, tag: int, depth: int) -> Tag:
        self.budget.spend(_CONTAINER)
        value = self.item(depth)
        if tag not in self.tags or not isinstance(value, TAGS.get(tag, ())):
            raise ParseError("cbor_type", f"tag {tag}")
        return Tag(tag, value)

    def _simple(self, first: int) -> CborValue:
        if first == _FALSE:
            return False
        if first == _TRUE:
            return True
        if first == _NULL:
            return None
        if _HALF <= first <= _DOUBLE:
            return self._float(first - _HALF)
        # RFC 8949 section 3.3: what takes a byte of its own is 32 at least.
        if first > _DOUBLE or (first == _LONG_SIMPLE and self._take(1)[0] < 32):  # noqa: PLR2004 - as said
            raise ParseError("cbor_invalid", "a simple value that is none")
        raise ParseError("cbor_type", "a simple value")

    def _float(self, width: int) -> float:
        encoded = self._take(2 << width)
        number: float = _FLOATS[width].unpack(encoded)[0]
        if not math.isfinite(number):
            raise ParseError("cbor_type", "not a finite number")
        if width and _fits(number, width - 1):
            raise ParseError("cbor_not_shortest", "a longer floating-point number")
        return number


def _fits(number: float, width: int) -> bool:
    """Whether half or single precision (width 0, 1) has this number."""
    try:
        return bool(_FLOATS[width].unpack(_FLOATS[width].pack(number))[0] == number)
    except OverflowError:
        return False


def encode(value: CborValue, *, max_depth: int = MAX_DEPTH) -> bytes:
    """Encodes deterministically (RFC 8949 section 4.2.1): shortest encodings, map keys in the order of their bytes.

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
    if type(value) in _SCALARS:
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


def embed(encoded: bytes) -> bytes:
    """CBOR in a byte string, with its tag 24 (RFC 8949 section 3.4.5.1), encoded."""
    return _TAG_24 + encode_bytes(encoded)


def head(major: int, number: int) -> bytes:
    """The first bytes of an item of a major type (RFC 8949 section 3), shortest; `number` is of 64 bits at most."""
    first = major << 5
    if number < _ONE_BYTE:
        return bytes((first | number,))
    if number < _LEAST[1]:
        return bytes((first | _ONE_BYTE, number))
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


def _check(value: CborValue, depth: int) -> bool:
    """Refuses what is no `CborValue`, level by level; whether a floating-point number is in it."""
    has_float, level = False, [value]
    while level := [one for one in level if type(one) not in _SCALARS]:
        below: list[CborValue] = []
        for one in level:
            kind = type(one)
            if kind is float or kind is int:
                _check_number(one)
                has_float |= kind is float
            elif depth <= 0:
                raise ParseError("cbor_depth")
            elif isinstance(one, dict):
                _check_keys(one)
                below += one.values()
            elif isinstance(one, (list, tuple)):
                below += one
            else:
                below.append(_tagged(one))
        level, depth = below, depth - 1
    return has_float


def _check_number(number: CborValue) -> None:
    if isinstance(number, int):
        if not _MIN_INT <= number <= _MAX_INT:
            raise ParseError("cbor_type", "integer over 64 bits")
    elif not math.isfinite(number):
        raise ParseError("cbor_type", "not a finite number")


def _check_keys(value: dict[Any, CborValue]) -> None:
    if not _KEYS.issuperset(map(type, value)):
        raise ParseError("cbor_type", "map key")
    for key in value:
        if type(key) is int:
            _check_number(key)


def _tagged(value: CborValue) -> CborValue:
    if not isinstance(value, Tag):
        raise ParseError("cbor_type", "neither data nor a known tag")
    if not isinstance(value.value, TAGS.get(value.tag, ())):
        raise ParseError("cbor_type", f"tag {value.tag}")
    return value.value
