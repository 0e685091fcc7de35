"""The one JSON parser (RFC 8259, restricted as RFC 7493): every JSON text that comes from outside enters here."""

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any, Final, TypeAlias

import jiter
from orjson import OPT_PASSTHROUGH_DATACLASS, OPT_PASSTHROUGH_DATETIME, OPT_PASSTHROUGH_SUBCLASS, dumps, loads

from didkit_fr.errors import ParseError

__all__ = [
    "MAX_BYTES",
    "MAX_CONTAINERS",
    "MAX_DEPTH",
    "MAX_ITEMS",
    "ClaimsPath",
    "JsonObject",
    "JsonValue",
    "containers",
    "encode",
    "encode_text",
    "parse",
    "parse_object",
]

MAX_BYTES: Final = 262_144
MAX_DEPTH: Final = 24
MAX_ITEMS: Final = 131_072
"""How many commas a text may have: one byte of an array becomes forty in memory."""
MAX_CONTAINERS: Final = 65_536
"""Objects and arrays, counted by their brackets before any is made: each is some hundred bytes that somebody sends
with two."""

_PLAIN: Final = OPT_PASSTHROUGH_DATACLASS | OPT_PASSTHROUGH_DATETIME | OPT_PASSTHROUGH_SUBCLASS
# What is encoded was parsed, or built of literals: no value contains itself.
_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))

JsonValue: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]
ClaimsPath: TypeAlias = tuple[str | int | None, ...]
"""A claims path pointer (OpenID4VP 1.0 section 7): names, positions, and None for every element of an array."""


def parse(raw: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Parses JSON; refuses duplicate keys, non-finite numbers (also `1e999`), lone surrogates, and depth.

    Raises:
        ParseError: `input_too_large`, `json_invalid`, `json_duplicate_key`, `json_depth`, `json_number`,
            `json_surrogate`.
    """
    data = raw if isinstance(raw, bytes) else _utf8(raw)
    if len(data) > max_bytes:
        raise ParseError("input_too_large", f"JSON over {max_bytes} bytes")
    if len(data) > MAX_ITEMS and data.count(b",") > MAX_ITEMS:
        raise ParseError("input_too_large", f"JSON over {MAX_ITEMS} items")
    if len(data) > MAX_CONTAINERS and containers(data) > MAX_CONTAINERS:
        raise ParseError("input_too_large", f"JSON of over {MAX_CONTAINERS} objects and arrays")
    try:
        value: JsonValue = loads(data)
        # Written again, a repeated key is gone and an infinite number is null: who is the same has neither.
        if dumps(value) != data:
            value = _parse_any(data)
    except (ValueError, TypeError):
        value = _parse_any(data)
    _check((value,), max_depth)
    return value


def containers(data: bytes) -> int:
    """How many objects and arrays there are in a JSON text at the most, by their brackets."""
    return data.count(b"[") + data.count(b"{")


def parse_object(raw: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JsonObject:
    """Parses a JSON object.

    Raises:
        ParseError: as `parse`, and `json_not_object`.
    """
    value = parse(raw, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(value, dict):
        raise ParseError("json_not_object")
    return value


def encode(value: JsonValue) -> bytes:
    """Encodes compactly as UTF-8, keys in the order given.

    Raises:
        ParseError: `json_surrogate`.
    """
    quick = _encode_quickly(value)
    return _utf8(_COMPACT.encode(value)) if quick is None else quick


def encode_text(value: JsonValue) -> str:
    """Encodes as `encode` does, before UTF-8; a lone surrogate stays one."""
    quick = _encode_quickly(value)
    return _COMPACT.encode(value) if quick is None else quick.decode()


def _encode_quickly(value: JsonValue) -> bytes | None:
    try:
        data = dumps(value, option=_PLAIN)
        # What it writes as something else (infinity as null, a tuple as a list) does not come back as it was.
        return data if loads(data) == value else None
    except (ValueError, TypeError, RecursionError):
        return None


def _parse_any(data: bytes) -> JsonValue:
    """The reference implementation, for any spelling, and for what is to be refused: it alone says why."""
    try:
        return jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="none")
    except ValueError as error:
        raise _refusal(str(error)) from None


def _utf8(raw: str) -> bytes:
    try:
        return raw.encode()
    except UnicodeEncodeError:
        raise ParseError("json_surrogate") from None


def _refusal(message: str) -> ParseError:
    if "uplicate" in message:
        return ParseError("json_duplicate_key")
    if "recursion" in message:
        return ParseError("json_depth")
    return ParseError("json_invalid")


def _check(values: Iterable[JsonValue], depth: int) -> None:
    """What nests, and numbers too large to be told from infinity."""
    for value in values:
        kind = type(value)
        if kind is dict or kind is list:
            if depth <= 0:
                raise ParseError("json_depth")
            _check(value.values() if kind is dict else value, depth - 1)
        elif kind is float and not isfinite(value):
            raise ParseError("json_number")
