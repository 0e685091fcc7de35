"""Bytes as decisions: what a fuzzer changes in its input changes what is done to a document, and nothing is random."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

__all__ = ["Choices"]


class Choices:
    """Decisions taken from bytes, in order; when they are used up, each further one is the first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return max(0, len(self._data) - self._at)

    def number(self, size: int) -> int:
        """A number of so many bytes."""
        taken = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(taken, "little")

    def below(self, limit: int) -> int:
        """A number below a limit, which is at least 1 and at most 65,536."""
        return self.number(2 if limit > 256 else 1) % limit

    def one(self, among: Sequence[T]) -> T:
        """One of several."""
        return among[self.below(len(among))]

    def bytes(self) -> bytes:
        """Up to 31 bytes."""
        size = self.below(32)
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken
