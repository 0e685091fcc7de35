"""The citizens of the demonstration register: people who do not exist, and what the register says of them.

A citizens file (`serve --citizens FILE`) is JSON, one record for each document that a person holds:

    {"citizens": [{"document_number": "X4RTBPFW4", "family_name": "...", "given_name": "...",
                   "birth_date": "1948-00-00", "nationality": ["FR"], "birth_country": "FR", ...},
                  {"titles": ["passport"], "document_number": "26AB12345", "passport_type": "P", ...}]}

`titles` are those that may be issued of a document; absent, it is an identity card: `pid`, the proof of age and the
national attestations drawn from the same rows. Each other member is an attribute id of one of its titles' tables, with
the value its codec takes (a portrait is a JPEG in base64). `birth_date` may be partial. `birth_place_code`, an INSEE
code, may stand for country and commune of birth. Absent, the `portrait` of a card is empty and the issuing authority is
the register's. Ages (`age_over_18` and its like) and `birth_date_presumed` are computed, never stored.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from didkit_fr.credentials import titles
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError
from issuer_service.register import dates, places, portrait
from issuer_service.register.dates import BirthDate

__all__ = ["PID", "TITLES", "Citizen", "Citizens", "answer", "load", "parse_citizen"]

PID = "pid"
PROOF_OF_AGE = "proof_of_age"
TITLES = frozenset(
    {
        *(PID, "passport", "residence_permit", "national_identity", "residence_attestation"),
        *("driving_licence", PROOF_OF_AGE),
    }
)
MAX_BYTES = 1 << 24
MAX_CITIZENS = 100_000

_NUMBER = re.compile(r"[A-Za-z0-9-]{1,32}", re.ASCII)
_AGE = re.compile(r"age_over_([0-9]{1,3})", re.ASCII)
_COMPUTED = frozenset({"birth_date_presumed", "age_in_years", "age_birth_year"})
_DEFAULTS: Mapping[str, str] = MappingProxyType(
    {"issuing_authority": "Registre de démonstration", "issuing_country": "FR"}
)

# Stands for a portrait that is drawn only when it is read.
_SOME_PORTRAIT = b64encode(b"\xff\xd8\xff\xff\xd9").decode("ascii")

Citizens = Mapping[str, "Citizen"]


@dataclass(frozen=True, slots=True)
class Citizen:
    """One record; `face` is the number of a drawn portrait, where the record holds no picture."""

    document_number: str = field(repr=False)
    titles: frozenset[str]
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
    """Reads one record, checked as each of its titles will check it.

    Raises:
        ParseError: `citizens_malformed`, with the attribute's name and not its value.
    """
    if not isinstance(record, dict) or not _COMPUTED.isdisjoint(record) or any(map(_AGE.fullmatch, record)):
        raise ParseError("citizens_malformed", "not a record, or one with computed attributes")
    attributes: JsonObject = {**_DEFAULTS, **record}
    held = _titles(attributes)
    number, code = attributes.get("document_number"), attributes.pop("birth_place_code", None)
    if not isinstance(number, str) or _NUMBER.fullmatch(number) is None:
        raise ParseError("citizens_malformed", "document_number")
    if code is not None:
        attributes |= places.birth_place(code if isinstance(code, str) else "")
    birth = dates.parse(attributes.pop("birth_date", None))
    if face is None and PID in held:
        attributes.setdefault("portrait", "")
    citizen = Citizen(number, held, birth, MappingProxyType(attributes), face)
    if not attributes.keys() <= {row.id for title in held for row in titles.load(title).attributes}:
        raise ParseError("citizens_malformed", "an attribute that none of its titles has")
    for title in held:
        _check(citizen, title)
    return citizen


def answer(citizen: Citizen, presumed: str | None, now: int, *, title: str = PID) -> JsonObject:
    """The attributes of one title at `now`, every computed one present: an absent one would tell by the digests' count.

    Raises:
        VerificationError: `birth_date_partial`, `birth_date_inconsistent`.
    """
    birth_date, is_presumed = dates.settle(citizen.birth, presumed, now)
    known = dict(citizen.attributes)
    if citizen.face is not None:
        known["portrait"] = portrait.draw(citizen.face)
    return _of_title(
        title,
        {
            **known,
            "birth_date": birth_date,
            "birth_date_presumed": is_presumed,
            **{name: dates.has_age(citizen.birth, years, now) for name, years in _ages(title).items()},
        },
    )


def _titles(attributes: JsonObject) -> frozenset[str]:
    """Takes `titles` out of a record; an identity card's are those that can be drawn from its rows."""
    named = attributes.pop("titles", None)
    if named is None:
        lives = any(name.startswith("resident_") for name in attributes)
        return frozenset({PID, "national_identity", PROOF_OF_AGE} | ({"residence_attestation"} if lives else set()))
    if not isinstance(named, list) or not named or not all(isinstance(one, str) and one in TITLES for one in named):
        raise ParseError("citizens_malformed", "titles")
    return frozenset(named)


def _ages(title: str) -> dict[str, int]:
    """The attributes of a title that say whether someone is of an age, and which."""
    found = [_AGE.fullmatch(row.id) for row in titles.load(title).attributes]
    return {match.group(): int(match[1]) for match in found if match is not None}


def _of_title(title: str, attributes: Mapping[str, Any]) -> JsonObject:
    """What the title's table has, and no more: what a title does not need the issuer does not see."""
    return {row.id: attributes[row.id] for row in titles.load(title).attributes if row.id in attributes}


def _check(citizen: Citizen, title: str) -> None:
    computed = {"birth_date": citizen.birth.latest().isoformat(), "birth_date_presumed": False}
    computed |= dict.fromkeys(_ages(title), False)
    known = dict(citizen.attributes)
    if citizen.face is not None:
        known["portrait"] = _SOME_PORTRAIT
    try:
        titles.build_claims(titles.load(title), _of_title(title, {**known, **computed}))
    except ParseError as error:
        raise ParseError("citizens_malformed", error.detail or error.code) from None
