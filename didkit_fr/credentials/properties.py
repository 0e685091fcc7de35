"""How the values of a W3C credential's properties have to look (VC Data Model 2.0 sections 4 and 5).

Each check takes a value and where it stands, as a JSON pointer, and raises. Checks are put together to tables: `model`
has one table for each version of the data model.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from didkit_fr.encoding import date_time
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.rdf.nquads import is_language
from didkit_fr.errors import ParseError

__all__ = [
    "MAX_TYPES",
    "MAX_URL_CHARS",
    "MAX_VALUES",
    "Check",
    "agent",
    "agent_id",
    "each",
    "is_url",
    "language_values",
    "naive_time",
    "objects",
    "subjects",
    "time",
    "type_names",
    "types",
    "url",
]

Check: TypeAlias = Callable[[JsonValue, str], None]

MAX_URL_CHARS = 8_192  # as in `did.url`: a verification method may be a DID that holds an ML-DSA key, twice
MAX_TYPES = 32
MAX_VALUES = 256

# An absolute URL: a scheme, and no character that a URL cannot hold unescaped; http and https have a host.
_URL = re.compile(r"(?!https?:(?!//[^/?#]))[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20\x7f<>\"{}|\\^`]+")
_TERM = re.compile(r"[^\s\x00-\x20\x7f@:<>\"{}|\\^`][^\s\x00-\x20\x7f:<>\"{}|\\^`]*")
_LANGUAGE_KEYS = frozenset({"@value", "@language", "@direction"})
_DIRECTIONS = ("ltr", "rtl")
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)


def is_url(value: JsonValue) -> bool:
    """Whether a value is one absolute URL."""
    return isinstance(value, str) and len(value) <= MAX_URL_CHARS and _URL.fullmatch(value) is not None


def url(value: JsonValue, at: str) -> None:
    """One absolute URL (section 4.4).

    Raises:
        ParseError: `vc_identifier`.
    """
    if not is_url(value):
        raise ParseError("vc_identifier", at)


def type_names(value: JsonValue, at: str) -> tuple[str, ...]:
    """One or more terms and absolute URLs (section 4.5), as stated; what a term means is not asked here.

    Raises:
        ParseError: `vc_type`.
    """
    listed = value if isinstance(value, list) else [value]
    if not 0 < len(listed) <= MAX_TYPES or not all(map(_is_type, listed)):
        raise ParseError("vc_type", at)
    return tuple(listed)


def types(value: JsonValue, at: str) -> None:
    """As `type_names`."""
    type_names(value, at)


def time(value: JsonValue, at: str) -> None:
    """A `dateTimeStamp` of XML Schema 1.1, its offset included (section 4.9).

    Raises:
        ParseError: `date_time_invalid`.
    """
    if not isinstance(value, str):
        raise ParseError("date_time_invalid", at)
    date_time.parse(value)


def naive_time(value: JsonValue, at: str) -> None:
    """As `time`, of data model 1.1: what lacks its offset is in UTC (VC Data Model 2.0 section 5.9)."""
    time(f"{value}Z" if isinstance(value, str) and _OFFSET.search(value) is None else value, at)


def language_values(value: JsonValue, at: str) -> None:
    """A text, a language value object, or one such object for each of several languages (section 11.1).

    Raises:
        ParseError: `vc_language_value`, `vc_property`.
    """
    if isinstance(value, str):
        return
    for place, one in each(value, at):
        if not isinstance(one, dict) or not isinstance(one.get("@value"), str) or not one.keys() <= _LANGUAGE_KEYS:
            raise ParseError("vc_language_value", place)
        language, direction = one.get("@language", "und"), one.get("@direction", "ltr")
        if not isinstance(language, str) or not is_language(language) or direction not in _DIRECTIONS:
            raise ParseError("vc_language_value", place)


def agent(value: JsonValue, at: str) -> None:
    """An issuer or holder: a URL, or an object whose `id` is one (sections 4.7 and 4.13).

    Raises:
        ParseError: `vc_identifier`, `vc_type`, `vc_language_value`, `vc_property`.
    """
    url(agent_id(value), at)
    if isinstance(value, dict):
        _check_members(value, at, {"type": types, "name": language_values, "description": language_values})


def agent_id(value: JsonValue) -> JsonValue:
    """The `id` of an issuer or holder."""
    return value.get("id") if isinstance(value, dict) else value


def subjects(value: JsonValue, at: str) -> None:
    """One or more objects, none of them empty (section 4.8).

    Raises:
        ParseError: `vc_property`, `vc_identifier`, `vc_type`.
    """
    for place, one in each(value, at):
        if not isinstance(one, dict) or not one:
            raise ParseError("vc_property", place)
        _check_members(one, place, {"id": url, "type": types})


def objects(*required: str) -> Check:
    """A check of one or more objects with these members at least, whose `id` is a URL and whose `type` is one."""

    def check(value: JsonValue, at: str) -> None:
        for place, one in each(value, at):
            if not isinstance(one, dict):
                raise ParseError("vc_property", place)
            for name in required:
                if name not in one:
                    raise ParseError("vc_type" if name == "type" else "vc_property", f"{place}/{name}")
            _check_members(one, place, {"id": url, "type": types})

    return check


def each(value: JsonValue, at: str, *, max_values: int = MAX_VALUES) -> Iterator[tuple[str, JsonValue]]:
    """The values of a property that may have several, each with its place.

    Raises:
        ParseError: `vc_property` where there is none, `input_too_large`.
    """
    if not isinstance(value, list):
        yield at, value
        return
    if not value:
        raise ParseError("vc_property", at)
    if len(value) > max_values:
        raise ParseError("input_too_large", at)
    for position, one in enumerate(value):
        yield f"{at}/{position}", one


def _check_members(value: JsonObject, at: str, checks: dict[str, Check]) -> None:
    for name, check in checks.items():
        if name in value:
            check(value[name], f"{at}/{name}")


def _is_type(value: JsonValue) -> bool:
    return is_url(value) or (
        isinstance(value, str) and len(value) <= MAX_URL_CHARS and _TERM.fullmatch(value) is not None
    )
