"""Limits as tables: what is tried with a size, the last size that is accepted, and the code of one beyond."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.refused import refused


class Limit(NamedTuple):
    """A limit by its number, which the test writes out: a constant that changes must change a test.

    `otherwise` is the code by which the bound itself is refused, where a document of that size is not worth making:
    it must be another one than that of the limit. `step` is -1 for a least size.
    """

    tried: Callable[[int], Any]
    bound: int
    code: str
    otherwise: str | None = None
    step: int = 1

    def check(self) -> None:
        """The bound is no reason to refuse, and one beyond it is."""
        assert self.otherwise != self.code
        if self.otherwise is None:
            self.tried(self.bound)
        else:
            with refused(self.otherwise):
                self.tried(self.bound)
        with refused(self.code):
            self.tried(self.bound + self.step)


def nested(depth: int) -> list[Any]:
    """Arrays inside each other."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value
