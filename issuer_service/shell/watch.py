"""Measures time for `clock`, and remembers it in a file that the processes of one service share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from didkit_fr.encoding import json
from didkit_fr.errors import FetchError, ParseError
from didkit_fr.primitives.random import Random, system
from issuer_service.shell import clock, locks, private_files
from issuer_service.shell.clock import Known

__all__ = ["Steady", "Watch", "accept", "read"]

Steady: TypeAlias = Callable[[], float]
"""Seconds since some moment, which never jump: `time.monotonic`."""

MINUTE = 60

_MEMBERS = ("measured", "accepted", "acceptances")


class Watch:
    """One process's measuring; `steady` is its steady clock."""

    def __init__(self, place: Path, steady: Steady, random: Random = system) -> None:
        self._place = place
        self._steady = steady
        self._random = random
        self._since = steady()
        self._own: Known | None = None
        self._asked: float | None = None

    def known(self) -> Known | None:
        """What is known by now, written down; None where nothing was ever accepted.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`.
            ParseError: `storage_malformed`.
        """
        self._asked = self._steady()
        passed = int(self._asked - self._since)
        self._since += passed
        own = None if self._own is None else clock.advance(self._own, passed)
        with locks.alone(self._place.parent):
            stored = read(self._place)
            self._own = clock.merge(own, stored)
            if self._own is not None and self._own != stored:
                _write(self._place, self._own, self._random)
        return self._own

    def recent(self) -> Known | None:
        """What was known within the last minute: for whoever asks often.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`.
            ParseError: `storage_malformed`.
        """
        due = self._asked is None or self._steady() - self._asked >= MINUTE
        return self.known() if due else self._own


def accept(place: Path, *, wall: int, random: Random = system) -> Known:
    """Writes down that an operator accepts the wall clock.

    Raises:
        FetchError: `file_unavailable`, `storage_unavailable`.
        ParseError: `storage_malformed`.
    """
    with locks.alone(place.parent):
        known = clock.accept(read(place), wall=wall)
        _write(place, known, random)
    return known


def read(place: Path) -> Known | None:
    """What is written down; None where there is no such file.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `storage_malformed`.
    """
    try:
        raw = private_files.read(place)
    except FetchError:
        if os.path.lexists(place):
            raise
        return None
    try:
        value = json.parse_object(raw)
        numbers = [value[name] for name in _MEMBERS]
    except (ParseError, KeyError):
        raise ParseError("storage_malformed", f"{place.name}: not a record of the clock") from None
    if value.keys() != set(_MEMBERS) or any(type(number) is not int or number < 0 for number in numbers):
        raise ParseError("storage_malformed", f"{place.name}: not a record of the clock")
    return Known(*numbers)


def _write(place: Path, known: Known, random: Random) -> None:
    data = json.encode({name: getattr(known, name) for name in _MEMBERS})
    private_files.replace(place, data, random=random)
