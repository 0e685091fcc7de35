"""Searches the slowest input of each kind: what costs the most of what it may is changed further."""

import random
import time
import zlib
from collections.abc import Iterator, Sequence

from tests.fuzz.run_one import Ran, run_one

__all__ = ["search"]

START = 24
"""Decisions, in bytes, of a first input."""


def search(names: Sequence[str], seconds: float, *, seed: int) -> Iterator[tuple[Ran, bytes]]:
    """The most expensive input that was found of each kind, with its bytes, in `seconds` for all of them.

    Raises:
        Exception: what `run_one` raises; the bytes are its note.
    """
    chance = random.Random(seed)  # noqa: S311 - a search that can be repeated
    for name in names:
        found = _climb(name, chance, time.monotonic() + seconds / len(names))
        if found is not None:
            yield found


def _climb(name: str, chance: random.Random, until: float) -> tuple[Ran, bytes] | None:
    best: tuple[Ran, bytes] | None = None
    while time.monotonic() < until:
        data = _changed(best[1], chance) if best and chance.random() < 0.5 else _fresh(name, chance)
        try:
            ran = run_one(data, name=name)
        except Exception as error:
            error.add_note(f"the input: {data.hex()} of {name}")
            raise
        if ran is not None and (best is None or ran.cost > best[0].cost):
            best = ran, data
    return best


def _fresh(name: str, chance: random.Random) -> bytes:
    return zlib.crc32(name.encode()).to_bytes(4, "little") + chance.randbytes(START)


def _changed(data: bytes, chance: random.Random) -> bytes:
    at, kind = chance.randrange(4, len(data)), chance.random()
    if kind < 0.6:
        return data[:at] + chance.randbytes(1) + data[at + 1 :]
    if kind < 0.8:
        return data[:at] + chance.randbytes(4) + data[at:]
    return data + chance.randbytes(8)
