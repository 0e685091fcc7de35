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

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError

__all__ = ["CODECS", "COUNTRIES", "MAX_ELEMENTS", "MAX_PRIVILEGES", "MEMBERS", "VEHICLES", "Codec", "ValueType",
           "check", "is_text"]  # fmt: skip

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
_REFUSED_VEHICLES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
_LAST_LATIN1 = 0xFF

# ISO/IEC 18013-1 annex B and directive 2006/126/EC article 4, with what France adds to them.
VEHICLES = frozenset("AM A1 A2 A B1 B BE C1 C1E C CE D1 D1E D DE T".split())  # noqa: SIM905 - as the law lists them
MAX_PRIVILEGES = 32
_PRIVILEGE = frozenset({"vehicle_category_code", "issue_date", "expiry_date", "codes"})
_CODE = re.compile(r"[A-Z0-9][A-Z0-9.]{0,15}", re.ASCII)
_SIGN = re.compile(r"[<>=]{1,2}", re.ASCII)

MEMBERS: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "driving_privileges": MappingProxyType(
            {
                "vehicle_category_code": {"fr": "catégorie", "en": "category"},
                "issue_date": {"fr": "date de délivrance", "en": "date of issuance"},
                "expiry_date": {"fr": "date d'expiration", "en": "date of expiry"},
                "code": {"fr": "code", "en": "code"},
                "sign": {"fr": "signe du code", "en": "sign of the code"},
                "value": {"fr": "valeur du code", "en": "value of the code"},
            }
        )
    }
)
"""What people call the members of a codec's objects, which no row of a title names."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """A codec and its limits.

    Args:
        type: the codec's name in `CODECS`.
        many: an array of one to `MAX_ELEMENTS` distinct values.
        max: characters of a text, bytes of an image, the largest integer.
        codes: what else is allowed where an ISO list is the rule; all that is, of a choice.
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
    """One codec: a line of `CODECS`.

    `limits` a row may state and those it must; `read` returns the claim or says why not; `schema` is the claim's JSON
    Schema; `cddl` its type in mdoc (ISO/IEC 18013-5 section 7.2); `datatype` its RDF datatype, empty for JSON's own.
    """

    limits: frozenset[str]
    required: frozenset[str]
    read: Callable[[JsonValue, ValueType], JsonValue]
    schema: Callable[[ValueType], JsonObject]
    cddl: str
    datatype: str = ""


class _Refused(Exception):  # noqa: N818 - never leaves this file
    """Says why, without the value."""


def is_text(character: str) -> bool:
    """Whether a character is one that a person can read, of those that change nothing of what stands beside it."""
    return character in _JOINERS or unicodedata.category(character) not in _REFUSED_VEHICLES


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
    if not all(is_text(character) for character in value):
        raise _Refused("a character that is not text")
    return value


def _latin1(value: JsonValue, kind: ValueType) -> str:
    """A text of ISO/IEC 8859-1, as ISO/IEC 18013-5 wants the names of a driving licence; never transliterated here."""
    text = _text(value, kind)
    if not all(ord(character) <= _LAST_LATIN1 for character in text):
        raise _Refused("a character outside ISO/IEC 8859-1")
    return text


def _choice(value: JsonValue, kind: ValueType) -> str:
    if not isinstance(value, str) or value not in kind.codes:
        raise _Refused("not one of the values allowed")
    return value


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


def _driving_privileges(value: JsonValue, kind: ValueType) -> list[JsonValue]:  # noqa: ARG001 - every codec has this shape
    """ISO/IEC 18013-5 section 7.2.4: what may be driven, since and until when, and under which restrictions."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_PRIVILEGES:
        raise _Refused(f"not an array of 1 to {MAX_PRIVILEGES}")
    privileges = [_privilege(one) for one in value]
    categories = [one["vehicle_category_code"] for one in privileges]
    if len(set(categories)) < len(categories):
        raise _Refused("a category repeats")
    return list(privileges)


def _privilege(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict) or not value.keys() <= _PRIVILEGE:
        raise _Refused("not a driving privilege")
    category = value.get("vehicle_category_code")
    if not isinstance(category, str) or category not in VEHICLES:
        raise _Refused("not a vehicle category")
    for name in ("issue_date", "expiry_date"):
        if name in value:
            _full_date(value[name], ValueType("full-date"))
    codes = value.get("codes", [{"code": "0"}])
    if not isinstance(codes, list) or not 1 <= len(codes) <= MAX_PRIVILEGES or not all(map(_is_restriction, codes)):
        raise _Refused("not restriction codes")
    return value


def _is_restriction(value: JsonValue) -> bool:
    """A code, and where it needs them a sign and a value, such as 70 km/h at most: S06, <=, 70."""
    return (
        isinstance(value, dict)
        and "code" in value
        and value.keys() <= {"code", "sign", "value"}
        and all(isinstance(text, str) for text in value.values())
        and all(_CODE.fullmatch(value[name]) is not None for name in ("code", "value") if name in value)
        and _SIGN.fullmatch(value.get("sign", "=")) is not None
    )


def _text_schema(kind: ValueType) -> JsonObject:
    return {"type": "string", "minLength": 0 if kind.may_be_empty else 1, "maxLength": kind.max}


def _uint_schema(kind: ValueType) -> JsonObject:
    allowed: JsonObject = {"enum": sorted(kind.allowed)} if kind.allowed else {}
    return {"type": "integer", "minimum": 0, "maximum": kind.max, **allowed}


def _jpeg_schema(kind: ValueType) -> JsonObject:
    image = f"{_DATA_URL}[A-Za-z0-9+/]+={{0,2}}"
    longest = len(_DATA_URL) + (kind.max + 2) // 3 * 4
    return {"type": "string", "pattern": f"^({image})?$" if kind.may_be_empty else f"^{image}$", "maxLength": longest}


def _privileges_schema(_: ValueType) -> JsonObject:
    day = {"type": "string", "format": "date"}
    text = {"type": "string", "pattern": f"^{_CODE.pattern}$"}
    code = {
        "type": "object",
        "required": ["code"],
        "properties": {"code": text, "sign": {"type": "string", "pattern": f"^{_SIGN.pattern}$"}, "value": text},
        "additionalProperties": False,
    }
    codes = {"type": "array", "minItems": 1, "maxItems": MAX_PRIVILEGES, "items": code}
    category = {"enum": sorted(VEHICLES)}
    privilege = {
        "type": "object",
        "required": ["vehicle_category_code"],
        "properties": {"vehicle_category_code": category, "issue_date": day, "expiry_date": day, "codes": codes},
        "additionalProperties": False,
    }
    return {"type": "array", "minItems": 1, "maxItems": MAX_PRIVILEGES, "items": privilege}


def _limits(*names: str) -> frozenset[str]:
    return frozenset(names)


_XSD = "http://www.w3.org/2001/XMLSchema#"

CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        "boolean": Codec(_limits(), _limits(), _boolean, lambda _: {"type": "boolean"}, "bool"),
        "choice": Codec(_limits("codes"), _limits("codes"), _choice, lambda kind: {"enum": sorted(kind.codes)}, "tstr"),
        "country": Codec(
            _limits("codes"), _limits(), _country, lambda _: {"type": "string", "pattern": "^[A-Z]{2}$"}, "tstr"
        ),
        "driving_privileges": Codec(
            _limits(), _limits(), _driving_privileges, _privileges_schema, "driving_privileges", "@json"
        ),
        "full-date": Codec(
            _limits(), _limits(), _full_date, lambda _: {"type": "string", "format": "date"}, "full-date", f"{_XSD}date"
        ),
        "jpeg": Codec(_limits("max", "may_be_empty"), _limits("max"), _jpeg, _jpeg_schema, "bstr"),
        "latin1": Codec(_limits("max"), _limits("max"), _latin1, _text_schema, "tstr"),
        "text": Codec(_limits("max", "may_be_empty"), _limits("max"), _text, _text_schema, "tstr"),
        "uint": Codec(_limits("max", "allowed"), _limits("max"), _uint, _uint_schema, "uint"),
    }
)
