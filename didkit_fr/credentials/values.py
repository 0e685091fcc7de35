"""The codecs of attribute values: from what a register holds to the JSON value of a claim, checked against limits.

One row of a title table names its codec and the codec's limits. What is refused is refused by name: the value itself
is in no error.
"""

import re
import unicodedata
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError

__all__ = ["CODECS", "COUNTRIES", "MAX_ELEMENTS", "Codec", "ValueType", "check"]

MAX_ELEMENTS = 32

# ISO 3166-1 alpha-2, the officially assigned codes.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - 249 quoted literals would be read by nobody
)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATA_URL = "data:image/jpeg;base64,"

# Controls, format characters (among them the bidirectional ones, which make a consent screen read otherwise than the
# relying party), surrogates, private use, unassigned, line and paragraph separators. The joiners are spelling.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True)
class ValueType:
    """A codec and its limits.

    Args:
        type: the codec's name in `CODECS`.
        many: an array of one to `MAX_ELEMENTS` distinct values.
        max: characters of a text, bytes of an image, the largest integer.
        codes: what else is allowed where an ISO list is the rule.
        allowed: the only integers allowed, where not empty.
        may_be_empty: an empty string stands for "the person opted out".
    """

    type: str
    many: bool = False
    max: int = 0
    codes: frozenset[str] = frozenset()
    allowed: frozenset[int] = frozenset()
    may_be_empty: bool = False


class Codec(NamedTuple):
    """The limits a row may state, those it must state, and the check: it returns the claim or says why not."""

    limits: frozenset[str]
    required: frozenset[str]
    read: Callable[[JsonValue, ValueType], JsonValue]


class _Refused(Exception):  # noqa: N818 - never leaves this file
    """Says why, without the value."""


def check(value: JsonValue, kind: ValueType, name: str) -> JsonValue:
    """Checks a value as a register gives it, and returns it as the claim has it; `name` is its attribute.

    Raises:
        ParseError: `value_invalid`, with the name and the rule, never with the value.
    """
    try:
        return _many(value, kind) if kind.many else CODECS[kind.type].read(value, kind)
    except _Refused as refused:
        raise ParseError("value_invalid", f"{name}: {refused}") from None


def _many(value: JsonValue, kind: ValueType) -> list[JsonValue]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ELEMENTS:
        raise _Refused(f"not an array of 1 to {MAX_ELEMENTS}")
    claims = [CODECS[kind.type].read(element, kind) for element in value]
    if any(claim in claims[:at] for at, claim in enumerate(claims)):
        raise _Refused("an element repeats")
    return claims


def _text(value: JsonValue, kind: ValueType) -> str:
    if not isinstance(value, str):
        raise _Refused("not a text")
    if not value and kind.may_be_empty:
        return value
    if not value.strip() or len(value) > kind.max:
        raise _Refused(f"not 1 to {kind.max} characters")
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES - _allowed(character) for character in value):
        raise _Refused("a character that is not text")
    return value


def _allowed(character: str) -> frozenset[str]:
    return frozenset({"Cf"}) if character in _JOINERS else frozenset()


def _full_date(value: JsonValue, kind: ValueType) -> str:  # noqa: ARG001 - every codec has this shape
    """A full-date of RFC 3339 section 5.6 that the calendar has."""
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        raise _Refused("not YYYY-MM-DD")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise _Refused("not a day of the calendar") from None
    return value


def _country(value: JsonValue, kind: ValueType) -> str:
    if not isinstance(value, str) or not (value in COUNTRIES or value in kind.codes):
        raise _Refused("not an ISO 3166-1 alpha-2 code")
    return value


def _boolean(value: JsonValue, kind: ValueType) -> bool:  # noqa: ARG001 - every codec has this shape
    if not isinstance(value, bool):
        raise _Refused("not true or false")
    return value


def _uint(value: JsonValue, kind: ValueType) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= kind.max:
        raise _Refused(f"not an integer of 0 to {kind.max}")
    if kind.allowed and value not in kind.allowed:
        raise _Refused("not one of the values allowed")
    return value


def _jpeg(value: JsonValue, kind: ValueType) -> str:
    """Base64 (RFC 4648 section 4) of a JPEG stream, to a data URL (RFC 2397)."""
    if not isinstance(value, str):
        raise _Refused("not base64")
    if not value and kind.may_be_empty:
        return value
    if len(value) > (kind.max + 2) // 3 * 4:
        raise _Refused(f"over {kind.max} bytes")
    try:
        image = b64decode(value.encode("ascii"), validate=True)
    except (Base64Error, UnicodeEncodeError):
        raise _Refused("not base64") from None
    if len(image) > kind.max or b64encode(image).decode("ascii") != value:
        raise _Refused(f"over {kind.max} bytes, or not canonical base64")
    # Start of image and a marker, end of image (ITU-T T.81 annex B): an HTML page or an SVG is no portrait.
    if not image.startswith(b"\xff\xd8\xff") or not image.endswith(b"\xff\xd9"):
        raise _Refused("not a JPEG")
    return _DATA_URL + value


def _limits(*names: str) -> frozenset[str]:
    return frozenset(names)


CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        "boolean": Codec(_limits(), _limits(), _boolean),
        "country": Codec(_limits("codes"), _limits(), _country),
        "full-date": Codec(_limits(), _limits(), _full_date),
        "jpeg": Codec(_limits("max", "may_be_empty"), _limits("max"), _jpeg),
        "text": Codec(_limits("max", "may_be_empty"), _limits("max"), _text),
        "uint": Codec(_limits("max", "allowed"), _limits("max"), _uint),
    }
)
