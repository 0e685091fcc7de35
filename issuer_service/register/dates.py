"""Birth dates as civil status knows them: a year, or a year and a month, or a day (specs/decisions/0001).

The unknown parts are zeros, `1948-00-00` or `1948-07-00`, as in French identity files. No day is ever made up.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime
from typing import NamedTuple

from didkit_fr.errors import ParseError, VerificationError

__all__ = ["MAJORITY", "BirthDate", "has_age", "is_adult", "parse", "settle", "today"]

MAJORITY = 18

# French Polynesia: the last inhabited French territory in which a day begins. A person is adult here when they are
# adult everywhere: "18 or over" is late by some hours, never early.
_LAST_ZONE = 10 * 3600

_PATTERN = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)


class BirthDate(NamedTuple):
    """A birth date; `month` and `day` are 0 where they are unknown."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    @property
    def partial(self) -> bool:
        """Whether the day is unknown."""
        return self.day == 0

    def latest(self) -> date:
        """The last day that it can be."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])


def parse(text: object) -> BirthDate:
    """Parses `YYYY-MM-DD`, with `00` for what is unknown; an unknown month has an unknown day.

    Raises:
        ParseError: `citizens_malformed`.
    """
    match = _PATTERN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ParseError("citizens_malformed", "birth_date")
    birth = BirthDate(*(int(part) for part in match.groups()))
    try:
        birth.latest()
    except ValueError:
        raise ParseError("citizens_malformed", "birth_date") from None
    if birth.day and not birth.month:
        raise ParseError("citizens_malformed", "birth_date")
    return birth


def today(now: int) -> date:
    """The day that it is, at `now`, in all of France."""
    return datetime.fromtimestamp(now - _LAST_ZONE, UTC).date()


def is_adult(birth: BirthDate, now: int) -> bool:
    """Whether the person is certainly 18 at `now`, as `has_age`."""
    return has_age(birth, MAJORITY, now)


def has_age(birth: BirthDate, years: int, now: int) -> bool:
    """Whether the person is certainly of this age at `now`: counted from the latest day they can have been born.

    Born on 29 February, they are 18 on 1 March.
    """
    latest, day = birth.latest(), today(now)
    return (latest.year + years, latest.month, latest.day) <= (day.year, day.month, day.day)


def settle(birth: BirthDate, presumed: str | None, now: int) -> tuple[str, bool]:
    """The day to put on a title, and whether it is only presumed.

    Raises:
        VerificationError: `birth_date_partial` where the record has no day and the officer gave none;
            `birth_date_inconsistent` where the officer's contradicts the record, or lies in the future.
    """
    if presumed is None:
        if birth.partial:
            raise VerificationError("birth_date_partial")
        return str(birth), False
    try:
        chosen = parse(presumed)
    except ParseError:
        raise VerificationError("birth_date_inconsistent") from None
    known = (birth.year, birth.month or chosen.month)
    if not birth.partial or chosen.partial or (chosen.year, chosen.month) != known or chosen.latest() > today(now):
        raise VerificationError("birth_date_inconsistent")
    return str(chosen), True
