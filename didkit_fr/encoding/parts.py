"""Looking at all of a JSON value without following it down: what it costs is spent before, and its depth is bounded."""

from collections.abc import Iterator
from typing import Final

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError

__all__ = ["MAX_DEPTH", "check_size", "parts"]

MAX_DEPTH: Final = 32


def parts(value: JsonValue, budget: Budget, *, steps: int = 1) -> Iterator[JsonValue]:
    """A value and all in it, level by level; each member and element costs so many steps.

    Raises:
        ParseError: `work_exceeded`, `json_depth` where it nests deeper than any document that is read.
    """
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        below: list[JsonValue] = []
        for one in level:
            if isinstance(one, (dict, list)):
                budget.spend(steps * len(one))
                below += one.values() if isinstance(one, dict) else one
            yield one
        if not below:
            return
        level = below
    raise ParseError("json_depth")


def check_size(value: JsonValue, budget: Budget, *, steps: int = 1) -> None:
    """Takes so many steps for each member and element of a value, before they are worked on.

    Raises:
        ParseError: as `parts`.
    """
    for _ in parts(value, budget, steps=steps):
        pass
