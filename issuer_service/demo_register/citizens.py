"""The citizens of the demonstration register: people who do not exist, and what the register says of them.

A citizens file (`serve --citizens FILE`) is JSON:

    {"citizens": [{"document_number": "X4RTBPFW4", "family_name": "...", "given_name": "...",
                   "birth_date": "1948-00-00", "nationality": ["FR"], "birth_country": "FR", ...}]}

Each member is an attribute id of the title's table with the value its codec takes (a portrait is a JPEG in base64).
`birth_date` may be partial. `birth_place_code`, an INSEE code, may stand for country and commune of birth. Absent,
`portrait` is empty and the issuing authority is the register's. `age_over_18` and `birth_date_presumed` are computed,
never stored.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from didkit_fr.credentials import titles
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError
from issuer_service.demo_register import dates, places, portrait
from issuer_service.demo_register.dates import BirthDate

__all__ = ["TITLE", "Citizen", "Citizens", "answer", "load", "parse_citizen"]

TITLE = "pid"
MAX_BYTES = 1 << 24
MAX_CITIZENS = 100_000

_NUMBER = re.compile(r"[A-Za-z0-9-]{1,32}", re.ASCII)
_COMPUTED = frozenset({"age_over_18", "birth_date_presumed"})
_DEFAULTS: Mapping[str, str] = MappingProxyType(
    {"issuing_authority": "Registre de démonstration", "issuing_country": "FR"}
)

Citizens = Mapping[str, "Citizen"]


@dataclass(frozen=True, slots=True)
class Citizen:
    """One record; `face` is the number of a drawn portrait, where the record holds no picture."""

    document_number: str = field(repr=False)
    birth: BirthDate = field(repr=False)
    attributes: Mapping[str, Any] = field(repr=False)
    face: int | None = None


def load(raw: bytes) -> Citizens:
    """Reads a citizens file.

    Raises:
        ParseError: `citizens_malformed`, and those of `encoding.json`.
    """
    found = json.parse_object(raw, max_bytes=MAX_BYTES).get("citizens")
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_CITIZENS:
        raise ParseError("citizens_malformed", f"not 1 to {MAX_CITIZENS} citizens")
    return index(parse_citizen(record) for record in found)


def index(citizens: Iterable[Citizen]) -> Citizens:
    """Citizens by document number.

    Raises:
        ParseError: `citizens_malformed` where two have one number.
    """
    by_number: dict[str, Citizen] = {}
    for citizen in citizens:
        if by_number.setdefault(citizen.document_number, citizen) is not citizen:
            raise ParseError("citizens_malformed", "two citizens of one document_number")
    return MappingProxyType(by_number)


def parse_citizen(record: JsonValue, *, face: int | None = None) -> Citizen:
    """Reads one record, checked as the title will check it.

    Raises:
        ParseError: `citizens_malformed`, with the attribute's name and not its value.
    """
    if not isinstance(record, dict) or not _COMPUTED.isdisjoint(record):
        raise ParseError("citizens_malformed", "not a record, or one with computed attributes")
    attributes: JsonObject = {**_DEFAULTS, **record}
    number, code = attributes.get("document_number"), attributes.pop("birth_place_code", None)
    if not isinstance(number, str) or _NUMBER.fullmatch(number) is None:
        raise ParseError("citizens_malformed", "document_number")
    if code is not None:
        attributes |= places.birth_place(code if isinstance(code, str) else "")
    birth = dates.parse(attributes.pop("birth_date", None))
    if face is None:
        attributes.setdefault("portrait", "")
    computed = {"birth_date": birth.latest().isoformat(), "age_over_18": False, "birth_date_presumed": False}
    try:
        titles.build_claims(titles.load(TITLE), {**attributes, **computed})
    except ParseError as error:
        raise ParseError("citizens_malformed", error.detail or error.code) from None
    return Citizen(number, birth, MappingProxyType(attributes), face)


def answer(citizen: Citizen, presumed: str | None, now: int) -> JsonObject:
    """The attributes at `now`, every computed one present: an absent one would tell by the count of digests.

    Raises:
        VerificationError: `birth_date_partial`, `birth_date_inconsistent`.
    """
    birth_date, is_presumed = dates.settle(citizen.birth, presumed, now)
    attributes = dict(citizen.attributes)
    if citizen.face is not None:
        attributes["portrait"] = portrait.draw(citizen.face)
    return {
        **attributes,
        "birth_date": birth_date,
        "birth_date_presumed": is_presumed,
        "age_over_18": dates.is_adult(citizen.birth, now),
    }
