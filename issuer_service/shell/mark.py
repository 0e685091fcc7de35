"""The mark: how far a store and the revocation log had come, in a file of the state folder, which tells older ones.

Of the log it says how long each partition was and what its end was, before an act is acknowledged, and after the log
has it: whatever is killed in between, all that was acknowledged is behind no mark. Marks of before, and those of the
API of the W3C, say nothing of a log.

While `restore` is at work, the same file says that it began, and what it will answer: whatever kills it, nothing serves
before another one ended, and that one answers the same.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service.shell import allowed, locks, private_files
from issuer_service.shell.allowed import Rule
from issuer_service.shell.progress import NOT_COUNTED, LogPositions, Mark, Position

__all__ = [
    "GONE",
    "KIND",
    "NO_LOG",
    "UNENDED",
    "Restored",
    "advance",
    "begin",
    "begun",
    "check",
    "drafts",
    "read",
    "read_log",
    "write",
]

MAX_RECORD = 8192
MAX_TIME = 1 << 37
"""A time that has a year."""

GONE = "its mark is gone"
UNENDED = "a restore has not ended"

_RESTORING = "restoring"
_MEMBER = rb'"[a-z]{1,16}":[0-9]{1,12}'
_END = r'"[0-9]{4}":"[0-9]{1,12} [0-9a-f]{64}"'
_LOG = rf'"log":\{{{_END}(?:,{_END})*\}}'.encode("ascii")
_RECORD = re.compile(rb"\{" + _MEMBER + rb"(?:," + _MEMBER + rb")*(?:," + _LOG + rb")?\}")
_BEGINS = re.compile(rb'(?:\{["a-z:0-9,{} ]{0,8190}\}?)?')
_PARTITION = re.compile(r"[0-9]{4}", re.ASCII)
_POSITION = re.compile(r"([0-9]{1,12}) ([0-9a-f]{64})", re.ASCII)

NO_LOG = LogPositions({}, 0)
"""Of a store without a revocation log, and of a mark of before, which did not say how far that had come."""


class Restored(NamedTuple):
    """The generation that `restore` opens, and how many lines of the revocation log the database did not have.

    `mark_lost` says that the state folder had no mark; `lost` that the log lacked what the store had of it, or that
    there was neither mark nor log: of what was revoked since the backup, something may be in force again.
    """

    generation: int
    replayed: int
    lost: bool
    mark_lost: bool


KIND = allowed.reading(_RECORD.fullmatch, max_bytes=MAX_RECORD)
"""What a file of a few numbers must be, such as the mark."""


def drafts(name: str) -> Rule:
    """What a killed process may have left of such a file."""
    return allowed.drafts(re.escape(name), _BEGINS.fullmatch, max_bytes=MAX_RECORD)


def check(there: Mark, place: Path) -> None:
    """Refuses a store that is older than its mark, or whose mark is gone: whoever founds a store writes its mark.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed` where the mark is not one.
        VerificationError: `storage_rewound`.
    """
    known = read(place)
    _check_ended(place)
    if known is None:
        raise VerificationError("storage_rewound", GONE)
    if there < known:
        raise VerificationError("storage_rewound")


def advance(there: Mark, place: Path, log: LogPositions = NO_LOG, random: Random = system) -> None:
    """Brings the mark up to its store, and to what is known of the log; where it is further, it stays as it is.

    Raises:
        FetchError: `file_unavailable`, `storage_unavailable`.
        ParseError: `storage_malformed`.
        VerificationError: `storage_rewound` where a restore has not ended.
    """
    with locks.alone(place.parent):
        known, known_log = read(place), read_log(place)
        _check_ended(place)
        ahead, ahead_log = max(there, known or there), _merged(known_log, log)
        if (ahead, ahead_log) != (known, known_log):
            write(place, ahead, ahead_log, random)


def read(place: Path) -> Mark | None:
    """The mark, if there is one.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed`.
    """
    value = _value(place)
    return None if value is None else Mark(*_numbers(place, value, "generation", "ticks"))


def read_log(place: Path) -> LogPositions:
    """What the mark says of the log: `NO_LOG` where there is no mark, or one that says nothing of it.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed`.
    """
    value = _value(place)
    if value is None or "forgotten" not in value:
        return NO_LOG
    (forgotten,) = _numbers(place, value, "forgotten")
    ends = value.get("log", {})
    if not 0 <= forgotten < MAX_TIME or not isinstance(ends, dict):
        raise _malformed(place)
    return LogPositions({year: _position(place, year, end) for year, end in ends.items()}, forgotten)


def begun(place: Path) -> Restored | None:
    """What the `restore` will answer that began and has not ended, if there is one.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed`.
    """
    value = _value(place)
    if value is None or _RESTORING not in value:
        return None
    generation, replayed, lost, mark_lost = _numbers(place, value, "generation", "replayed", "lost", "gone")
    return Restored(generation, replayed, bool(lost), bool(mark_lost))


def begin(place: Path, restored: Restored, log: LogPositions = NO_LOG, random: Random = system) -> None:
    """Says that a restore began: nothing serves until `write` says that it ended. `log` is what was known of the log.

    Raises:
        FetchError: `file_unavailable`.
    """
    generation, replayed, lost, mark_lost = map(int, restored)
    ahead = Mark(generation, 0)._asdict() | {_RESTORING: 1, "replayed": replayed, "lost": lost, "gone": mark_lost}
    _replace(place, ahead, log, random)


def _check_ended(place: Path) -> None:
    if begun(place) is not None:
        raise VerificationError("storage_rewound", UNENDED)


def _value(place: Path) -> JsonObject | None:
    try:
        raw = private_files.read(place)
    except FetchError:
        if place.exists():
            raise
        return None
    try:
        return json.parse_object(raw)
    except ParseError:
        raise _malformed(place) from None


def _numbers(place: Path, value: JsonObject, *names: str) -> list[int]:
    found = [number for name in names if type(number := value.get(name)) is int]
    if len(found) != len(names):
        raise _malformed(place)
    return found


def _malformed(place: Path) -> ParseError:
    return ParseError("storage_malformed", f"{place.name}: not a mark")


def _position(place: Path, year: str, end: object) -> Position:
    match = _POSITION.fullmatch(end) if isinstance(end, str) else None
    if match is None or _PARTITION.fullmatch(year) is None:
        raise _malformed(place)
    return Position(int(match[1]), bytes.fromhex(match[2]))


def _merged(known: LogPositions, log: LogPositions) -> LogPositions:
    """The longer of what two know of each partition that is kept: a log only grows."""
    forgotten = max(known.forgotten, log.forgotten)
    positions = dict(known.positions)
    for partition, position in log.positions.items():
        positions[partition] = max(position, positions.get(partition, position))
    return _kept(LogPositions(positions, forgotten))


def _kept(log: LogPositions) -> LogPositions:
    kept = {year: end for year, end in log.positions.items() if year != NOT_COUNTED and int(year) >= log.oldest}
    return LogPositions(kept, log.forgotten)


def _replace(place: Path, members: Mapping[str, Any], log: LogPositions, random: Random) -> None:
    said: dict[str, Any] = {}
    if log != NO_LOG:
        said["forgotten"] = log.forgotten
    if log.positions:
        said["log"] = {year: f"{end.size} {end.digest.hex()}" for year, end in sorted(log.positions.items())}
    private_files.replace(place, json.encode({**members, **said}), random=random)


def write(place: Path, mark: Mark, log: LogPositions = NO_LOG, random: Random = system) -> None:
    """Writes the mark over the one before, and what is known of the log.

    Raises:
        FetchError: `file_unavailable`.
    """
    _replace(place, mark._asdict(), _kept(log), random)
