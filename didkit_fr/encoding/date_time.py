"""Dates with times as XML Schema 1.1 has them (`dateTimeStamp`, part 2 section 3.4.28): the offset is not optional."""

import re
from datetime import UTC, datetime

from didkit_fr.errors import ParseError

__all__ = ["MAX_CHARS", "build", "parse"]

MAX_CHARS = 64

# Offsets go to 14 hours; 24:00:00 is the next day's first moment.
_STAMP = re.compile(
    r"\d{4}-\d\d-\d\dT(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|(24):00:00(?:\.0+)?)"
    r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))",
    re.ASCII,
)
_EPOCH, _DAY = datetime(1970, 1, 1, tzinfo=UTC), 86_400


def parse(text: str) -> int:
    """Seconds since 1970 (UTC), rounded down; years are of four digits, from 0001.

    Raises:
        ParseError: `date_time_invalid`.
    """
    found = _STAMP.fullmatch(text) if len(text) <= MAX_CHARS else None
    if found is None:
        raise ParseError("date_time_invalid")
    late = found[1] is not None
    try:
        moment = datetime.fromisoformat(f"{text[:11]}00{text[13:]}" if late else text)
    except ValueError:
        raise ParseError("date_time_invalid", "no such day") from None
    since = moment - _EPOCH
    return (since.days + late) * _DAY + since.seconds


def build(seconds: int) -> str:
    """The text of a moment, in UTC, to the second."""
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}Z"
