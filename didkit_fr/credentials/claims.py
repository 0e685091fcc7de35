"""The claims of a presented credential beside the table of its type: what a reader may rely on without looking.

`if claims["age_over_18"]` must be safe: a signature says who wrote a value, not that it is one. What is asked is the
type and the shape of each value, whichever country's issuer signed it. Lengths and presence are the issuing side's
(`values`, `titles`): another issuer may set its own, and what was withheld is not missing.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, partial
from types import MappingProxyType
from typing import Any, TypeAlias

from didkit_fr import specs
from didkit_fr.credentials import titles, values
from didkit_fr.credentials.table import MDOC, SD_JWT_VC, Attribute, Title
from didkit_fr.credentials.values import ValueType
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import VerificationError

__all__ = ["MAX_TEXT", "check_claims"]

MAX_TEXT = 16_384
"""The most characters of a text, for every issuer."""

Shape: TypeAlias = Callable[[JsonValue], bool]
"""Whether a value is well-formed."""
Shapes: TypeAlias = Mapping[str, Any]
"""By name of a claim: its shape, or the shapes of the members of an object."""

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
_DATA_URL = "data:image/jpeg;base64,"
# A stream of JPEG, and a file of JPEG 2000, which ISO/IEC 18013-5 section 7.2.2 allows for a portrait as well.
_IMAGES = (b"\xff\xd8\xff", b"\x00\x00\x00\x0cjP  ")
# ISO/IEC 18013-5 section 7.2.5: every age has a name of its own, so that no table lists them all. In the first tables
# of European identification data they were the members of `age_equal_or_over`.
_AGE = re.compile(r"age_over_[0-9]{2}", re.ASCII)
_SPACES = frozenset("\n\r\t")
# A day of birth has no hour; of all other dates ISO/IEC 18013-5 table 5 allows either.
_DAY_ONLY = frozenset({"birth_date"})


def check_claims(type_: str, claims: JsonObject, format_: str) -> bool:
    """Refuses a claim that is not what the table of its type says; returns whether there is a table of it here.

    Args:
        type_: the verified type: `vct`, document type, or the IRI of a W3C credential.
        claims: the verified claims, as the format gives them.
        format_: the format's identifier.

    Raises:
        VerificationError: `type_rule_broken`, naming the claim and never the value.
    """
    shapes = _shapes(format_).get(type_)
    if shapes is not None:
        _check(claims, shapes)
    return shapes is not None


def _check(holder: JsonValue, shapes: Shapes) -> None:
    for name, value in holder.items():
        shape = shapes.get(name)
        if shape is None:
            if name[:4] != "age_" or _is_age(name, value):
                continue
        elif type(shape) is partial:
            if shape(value):
                continue
        elif type(value) is dict:
            _check(value, shape)
            continue
        # The name is one of a table of ours, or of an age.
        raise VerificationError("type_rule_broken", f"value: {name}")


def _is_age(name: str, value: JsonValue) -> bool:
    """Whether a claim that no table names is either no age that was reached or not, or says so with true or false."""
    if name == "age_equal_or_over":
        return type(value) is dict and all(type(one) is bool for one in value.values())
    return type(value) is bool or _AGE.fullmatch(name) is None


@cache
def _shapes(format_: str) -> Mapping[str, Shapes]:
    """By type, of every title that this format may show; a cache of as many entries as there are formats."""
    found: dict[str, Shapes] = {}
    for title_id in specs.folders("credentials"):
        title = titles.load(title_id)
        if format_ == MDOC:
            if title.doctype is not None:
                found[title.doctype] = _elements(title)
        elif format_ == SD_JWT_VC:
            # The type that a title extends has no table of its own: what both name has one shape.
            for type_ in filter(None, (title.extends, title.vct)):
                found[type_] = _tree([(row.json, row) for row in title.attributes], _CLAIMS)
        elif title.iri is not None:
            subject = _tree([(row.json, row) for row in title.attributes], _CLAIMS)
            found[title.iri] = MappingProxyType({"credentialSubject": subject})
    return MappingProxyType(found)


def _elements(title: Title) -> Shapes:
    places = [((title.namespaces[row.namespace], *row.mdoc), row) for row in title.attributes]
    return _tree(places, _ELEMENTS)


def _tree(places: list[tuple[tuple[str, ...], Attribute]], codecs: Mapping[str, Callable[..., bool]]) -> Shapes:
    tree: dict[str, Any] = {}
    for path, row in places:
        holder = tree
        for name in path[:-1]:
            holder = holder.setdefault(name, {})
        one = partial(_codec(row, codecs), row.value)
        holder[path[-1]] = partial(_many, one) if row.value.many else one
    return tree


def _codec(row: Attribute, codecs: Mapping[str, Callable[..., bool]]) -> Callable[..., bool]:
    return codecs["day" if row.id in _DAY_ONLY and row.value.type == "full-date" else row.value.type]


def _many(one: Shape, value: JsonValue) -> bool:
    """An array; empty where each of its elements was withheld."""
    return type(value) is list and len(value) <= values.MAX_ELEMENTS and all(map(one, value))


def _boolean(kind: ValueType, value: JsonValue) -> bool:  # noqa: ARG001 - every codec has this shape
    return type(value) is bool


def _uint(kind: ValueType, value: JsonValue) -> bool:
    return type(value) is int and 0 <= value <= kind.max and (not kind.allowed or value in kind.allowed)


def _text(kind: ValueType, value: JsonValue) -> bool:  # noqa: ARG001 - every codec has this shape
    if type(value) is not str or len(value) > MAX_TEXT:
        return False
    return value.isprintable() or all(character in _SPACES or values.is_text(character) for character in value)


def _choice(kind: ValueType, value: JsonValue) -> bool:
    return type(value) is str and value in kind.codes


def _country(kind: ValueType, value: JsonValue) -> bool:  # noqa: ARG001 - every codec has this shape
    """Two letters, also of a country that is no more: people were born there."""
    return type(value) is str and _COUNTRY.fullmatch(value) is not None


def _day(kind: ValueType, value: JsonValue) -> bool:  # noqa: ARG001 - every codec has this shape
    if type(value) is not str or _DATE.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _day_or_moment(kind: ValueType, value: JsonValue) -> bool:
    if type(value) is not str or _MOMENT.fullmatch(value) is None:
        return _day(kind, value)
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _data_url(kind: ValueType, value: JsonValue) -> bool:
    """A picture and nothing else that a browser would open: neither a page nor a drawing with a program in it."""
    if type(value) is not str or not value.startswith(_DATA_URL):
        return value == "" and kind.may_be_empty
    return _is_image(value[len(_DATA_URL) :], _IMAGES[:1])


def _image(kind: ValueType, value: JsonValue) -> bool:
    """Bytes, which are base64url in JSON."""
    if type(value) is not str or not value:
        return value == "" and kind.may_be_empty
    return _is_image(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), _IMAGES)


def _is_image(text: str, begins: tuple[bytes, ...]) -> bool:
    try:
        return b64decode(text.encode("ascii"), validate=True).startswith(begins)
    except (Base64Error, UnicodeEncodeError):
        return False


def _privileges(kind: ValueType, value: JsonValue) -> bool:  # noqa: ARG001 - every codec has this shape
    """ISO/IEC 18013-5 section 7.2.4; which categories there are, each country says."""
    return type(value) is list and len(value) <= values.MAX_PRIVILEGES and all(map(_is_privilege, value))


def _is_privilege(value: JsonValue) -> bool:
    if type(value) is not dict:
        return False
    text, codes = ValueType("text"), value.get("codes", [])
    return (
        _text(text, value.get("vehicle_category_code"))
        and all(_day_or_moment(text, value[name]) for name in ("issue_date", "expiry_date") if name in value)
        and type(codes) is list
        and len(codes) <= values.MAX_PRIVILEGES
        and all(type(code) is dict and all(_text(text, one) for one in code.values()) for code in codes)
    )


_CLAIMS: Mapping[str, Callable[..., bool]] = MappingProxyType(
    {
        "boolean": _boolean,
        "choice": _choice,
        "country": _country,
        "day": _day,
        "driving_privileges": _privileges,
        "full-date": _day,
        "jpeg": _data_url,
        "latin1": _text,
        "text": _text,
        "uint": _uint,
    }
)
"""By the codec of `values.CODECS`: whether a claim has its shape; `day` is that of a date without hour anywhere."""

_ELEMENTS: Mapping[str, Callable[..., bool]] = MappingProxyType(
    {**_CLAIMS, "full-date": _day_or_moment, "jpeg": _image}
)
"""The same of an ISO mdoc, in its JSON encoding."""
