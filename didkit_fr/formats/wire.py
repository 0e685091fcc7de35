"""How messages hold credentials: as text or as JSON objects. The library's own functions have the text of both."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError

__all__ = ["OBJECT", "TEXT", "Wire"]

MAX_BYTES: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Wire:
    """How a message holds the credentials of a format: `read` gives their text, `write` what stands in the message.

    `read` raises `ParseError` (`message_invalid`) for what no credential of the format is.
    """

    read: Callable[[JsonValue], str]
    write: Callable[[str], JsonValue]


def _read_text(held: JsonValue) -> str:
    if not isinstance(held, str):
        raise ParseError("message_invalid", "a credential of this format is a string")
    return held


def _write_text(raw: str) -> JsonValue:
    return raw


def _read_object(held: JsonValue) -> str:
    if not isinstance(held, dict):
        raise ParseError("message_invalid", "a credential of this format is an object")
    return json.encode_text(held)


def _write_object(raw: str) -> JsonValue:
    return json.parse_object(raw, max_bytes=MAX_BYTES)


TEXT: Final = Wire(_read_text, _write_text)
OBJECT: Final = Wire(_read_object, _write_object)
