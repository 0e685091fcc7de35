"""A few hundred fictional people, the same on every machine: each oddity of civil status returns every thirty.

Citizens have an identity card, some of them a passport; foreigners have a residence permit; then come the driving
licences of those citizens who drive.
"""

import random
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from issuer_service.register import citizens, names, places
from issuer_service.register.citizens import Citizen, Citizens
from issuer_service.register.dates import MAJORITY

__all__ = ["COUNT", "FOREIGNERS", "SEED", "citizen", "foreigner", "generate", "licence", "passport"]

SEED = 20_261_101
COUNT = 300
FOREIGNERS = 30

_CYCLE = 30
_YEAR_ONLY, _YEAR_AND_MONTH, _MINOR, _LONG, _ABROAD, _OVERSEAS, _CORSICAN, _NO_PORTRAIT, _DUAL = range(2, 20, 2)

_TRAVELS, _STATELESS = 3, 7
_DRIVES, _RIDES, _LORRIES = 2, 4, 10
_PASSPORTS, _PERMITS, _LICENCES = (
    1_000_000,
    2_000_000,
    3_000_000,
)  # seeds of their own: a document more changes no other
_LETTERS = "ABCDEFGHJKLMNPRTVWXYZ"
_NAMES = ("family_name", "given_name")
_NAME_CHARS = 150
_LAST_YEAR_OF_DRIVERS = 2003
_CARD_ONLY = frozenset({"given_name_birth", "issuing_authority"})

_ALPHABET = "0123456789BCDFGHJKLMNPQRSTVWXYZ"
_HOME = tuple(places.COMMUNES)
_CORSICA = tuple(code for code in _HOME if code.startswith(("2A", "2B")))
_FAR = tuple(code for code in _HOME if code.startswith(("97", "98")))
_FOREIGN = tuple(places.COUNTRIES)

T = TypeVar("T")


@cache
def generate(count: int = COUNT, foreigners: int = FOREIGNERS) -> Citizens:
    """The demonstration's documents by number: cards, passports of those who travel, permits, licences."""
    cards = [citizen(at) for at in range(count)]
    passports = [passport(at, card) for at, card in enumerate(cards) if at % _TRAVELS == 0 and card.face is not None]
    licences = [licence(at, card) for at, card in enumerate(cards) if at % _DRIVES == 0 and _may_drive(card)]
    return citizens.index([*cards, *passports, *(foreigner(at) for at in range(foreigners)), *licences])


class _Dice:
    """Draws from `random.Random.random`, the one method whose sequence Python promises never to change."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed).random  # noqa: S311 - people who do not exist must be reproducible, not secret

    def below(self, end: int) -> int:
        return int(self._draw() * end)

    def one(self, of: Sequence[T]) -> T:
        return of[self.below(len(of))]

    def often(self, percent: int) -> bool:
        return self.below(100) < percent


def citizen(at: int) -> Citizen:
    """The citizen number `at`."""
    dice, oddity = _Dice(SEED + at), at % _CYCLE
    record: dict[str, Any] = {"document_number": _number(at, dice)}
    record |= _names(dice, oddity)
    year = 2010 + dice.below(14) if oddity == _MINOR else 1930 + dice.below(77)
    month = 0 if oddity == _YEAR_ONLY else 1 + dice.below(12)
    day = 0 if oddity in (_YEAR_ONLY, _YEAR_AND_MONTH) else 1 + dice.below(28)
    record["birth_date"] = f"{year:04}-{month:02}-{day:02}"
    record["birth_place_code"] = _birth_place(dice, oddity)
    record |= _papers(dice, oddity, year)
    record |= _address(dice, oddity)
    face = dice.below(1 << 20)
    return citizens.parse_citizen(record, face=None if oddity == _NO_PORTRAIT else face)


def passport(at: int, card: Citizen) -> Citizen:
    """The passport of the citizen number `at`, who has this card."""
    dice = _Dice(SEED + _PASSPORTS + at)
    record = {name: value for name, value in card.attributes.items() if name not in _CARD_ONLY} | {
        "titles": ["passport"],
        "document_number": f"{20 + dice.below(7)}{dice.one(_LETTERS)}{dice.one(_LETTERS)}{at:05}",
        "birth_date": str(card.birth),
        "passport_type": "PD" if at % _CYCLE == 0 and at else "P",
        "height": 150 + dice.below(45),
        "eye_colour": dice.one(("brown", "blue", "green", "grey", "hazel")),
    }
    return citizens.parse_citizen(record | _validity(dice, card.birth.year, 10), face=card.face)


def foreigner(at: int) -> Citizen:
    """The foreign national number `at`."""
    dice, oddity = _Dice(SEED + _PERMITS + at), at % _CYCLE
    country = dice.one(_FOREIGN)
    year = 1945 + dice.below(60)
    record: dict[str, Any] = {
        "titles": ["residence_permit", "residence_attestation"],
        "document_number": f"{dice.one(_LETTERS)}{dice.one(_LETTERS)}{at:07}",
        "birth_date": f"{year:04}-{1 + dice.below(12):02}-{1 + dice.below(28):02}",
        "birth_place_code": country,
        "nationality": ["QS"] if oddity == _STATELESS else [places.COUNTRIES[country]],
        "permit_category": dice.one(("temporary", "multiannual", "resident", "permanent_resident")),
        "foreigner_number": f"{9_900_000_000 + at}",
        "may_work": dice.often(85),
        **_names(dice, _ABROAD),
        **_address(dice, _ABROAD),
    }
    del record["given_name_birth"]
    return citizens.parse_citizen(record | _validity(dice, year, 4), face=dice.below(1 << 20))


def licence(at: int, card: Citizen) -> Citizen:
    """The driving licence of the citizen number `at`, who has this card: cars, for some motorcycles or lorries too."""
    dice = _Dice(SEED + _LICENCES + at)
    since = card.birth.year + MAJORITY + dice.below(2)
    passed = f"{since}-{1 + dice.below(12):02}-{1 + dice.below(28):02}"
    glasses = {"codes": [{"code": "01"}]} if dice.often(40) else {}
    categories = ["AM", "B", *(["A"] if at % _RIDES == 0 else []), *(["C"] if at % _LORRIES == 0 else [])]
    record: dict[str, Any] = {
        "titles": ["driving_licence"],
        "document_number": f"{at % 100:02}{dice.one(_LETTERS)}{dice.one(_LETTERS)}{at:05}",
        "birth_date": str(card.birth),
        "sex": card.attributes["sex"],
        "un_distinguishing_sign": "F",
        "driving_privileges": [
            {"vehicle_category_code": category, "issue_date": passed, **glasses} for category in categories
        ],
        **{name: _in_latin1(card.attributes[name]) for name in _NAMES},
        **{
            f"{name}_national_character": card.attributes[name]
            for name in _NAMES
            if _in_latin1(card.attributes[name]) != card.attributes[name]
        },
    }
    return citizens.parse_citizen(record | _validity(dice, since, 15), face=card.face)


def _may_drive(card: Citizen) -> bool:
    grown = card.birth.year <= _LAST_YEAR_OF_DRIVERS
    return grown and not card.birth.partial and card.face is not None


def _in_latin1(name: str) -> str:
    """As ISO/IEC 18013-5 has names: the ligature of French that its alphabet lacks is two letters, 150 at most."""
    return name.replace("\u0152", "OE").replace("\u0153", "oe")[:_NAME_CHARS]


def _number(at: int, dice: _Dice) -> str:
    """Nine characters as on the new card; the last three are the rank, so that no two are equal."""
    rank = "".join(_ALPHABET[at // len(_ALPHABET) ** power % len(_ALPHABET)] for power in (2, 1, 0))
    return "".join(dice.one(_ALPHABET) for _ in range(6)) + rank


def _validity(dice: _Dice, born: int, years: int) -> dict[str, str]:
    year, rest = max(2022, born + 1) + dice.below(3), f"{1 + dice.below(12):02}-{1 + dice.below(28):02}"
    return {"issuance_date": f"{year}-{rest}", "expiry_date": f"{year + years}-{rest}"}


def _names(dice: _Dice, oddity: int) -> dict[str, Any]:
    woman = dice.often(51)
    stock = names.WOMEN if woman else names.MEN
    given = " ".join(dict.fromkeys(dice.one(stock) for _ in range(1 + dice.below(3))))
    born = dice.one(names.FAMILY)
    family = dice.one(names.FAMILY) if dice.often(20) else born
    if oddity == _LONG:
        family, born, given = names.LONG_FAMILY, names.LONG_FAMILY, names.LONG_GIVEN
    return {
        "family_name": family,
        "given_name": given,
        "family_name_birth": born,
        "given_name_birth": given,
        "sex": 2 if woman else 1,
    }


def _birth_place(dice: _Dice, oddity: int) -> str:
    stock = {_ABROAD: _FOREIGN, _OVERSEAS: _FAR, _CORSICAN: _CORSICA}.get(oddity)
    return dice.one(stock or (_FOREIGN if dice.often(12) else _HOME))


def _papers(dice: _Dice, oddity: int, born: int) -> dict[str, Any]:
    year, rest = max(2021, born + 1) + dice.below(3), f"{1 + dice.below(12):02}-{1 + dice.below(28):02}"
    second = places.COUNTRIES[dice.one(_FOREIGN)]
    nationality = ["FR", second] if oddity == _DUAL or dice.often(10) else ["FR"]
    return {"nationality": nationality, "issuance_date": f"{year}-{rest}", "expiry_date": f"{year + 10}-{rest}"}


def _address(dice: _Dice, oddity: int) -> dict[str, Any]:
    commune = places.COMMUNES[dice.one(_FAR if oddity == _OVERSEAS else _HOME)]
    street = f"{1 + dice.below(199)} {dice.one(names.STREETS)}"
    return {
        "resident_address": f"{street}, {commune.postal} {commune.name}, France",
        "resident_street": street,
        "resident_postal_code": commune.postal,
        "resident_city": commune.name,
        "resident_country": "FR",
    }
