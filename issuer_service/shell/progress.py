"""How far a store and the revocation log have come: what a mark outside them says, and what they say themselves."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

__all__ = ["NOT_COUNTED", "LogPositions", "Mark", "Position", "oldest_kept"]


class Mark(NamedTuple):
    """How far a store has come; a smaller one is an older state of it."""

    generation: int
    ticks: int


class Position(NamedTuple):
    """How far a partition of the revocation log is known: its first `size` bytes, whose end has `digest` (32 bytes)."""

    size: int
    digest: bytes


NOT_COUNTED = ""
"""No partition: it has a position in a store that did what the log says before it kept positions."""


def oldest_kept(year: int) -> int:
    """The year of the oldest partition that is kept in a year: a copy lives for a quarter of a year at most."""
    return year - 1


class LogPositions(NamedTuple):
    """How far each partition of the log was replayed, and up to which time the store has forgotten what expired."""

    positions: Mapping[str, Position]
    forgotten: int

    @property
    def oldest(self) -> int:
        """The year of the oldest partition that is kept: those before it may be gone, and are not read any more."""
        return oldest_kept(datetime.fromtimestamp(self.forgotten, UTC).year)
