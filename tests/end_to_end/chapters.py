"""The journey whole: the opening, what one identity card does, then a chapter for each other kind of title.

A chapter `journey_<name>.py` has `TITLES` and `FORMATS`, what the issuer must issue for it, and `steps(journey)`. It
needs what the opening made and nothing else, no citizen and no copy of another chapter: so they are played side by
side, as citizens who do not know each other come to the same counters, and told one after the other.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import NamedTuple

from tests.end_to_end.journey import Journey, Outcome
from tests.end_to_end.world import World

__all__ = ["FORMATS", "NAMES", "TITLES", "Played", "play", "world_of"]

NAMES = ("titles", "w3c", "mdoc", "bbs")
"""The chapters in the order in which they are told."""


class Played(NamedTuple):
    """A step that is being played: `outcome()` waits for what came of it, and says how many seconds it took."""

    title: str
    outcome: Callable[[], tuple[Outcome, float]]


def _chapters() -> list[ModuleType]:
    here = Path(__file__).parent
    return [import_module(f"{__package__}.journey_{name}") for name in NAMES if (here / f"journey_{name}.py").exists()]


def _named(what: str, first: str) -> tuple[str, ...]:
    found: Iterable[str] = (one for chapter in _chapters() for one in getattr(chapter, what))
    return tuple(dict.fromkeys((first, *found)))


TITLES = _named("TITLES", "pid")
FORMATS = _named("FORMATS", "dc+sd-jwt")


BATCH = 3
"""Copies of each form: as many as any chapter shows of one."""


def world_of(folder: Path, citizens: Path | None = None) -> World:
    """A world whose issuer issues all that the chapters need."""
    return World(folder, citizens=citizens, titles=TITLES, formats=FORMATS, batch_size=BATCH)


def play(journey: Journey) -> Iterator[Played]:
    """Every step in its order, but for the leak scan; the world of the journey is one of `world_of`.

    A chapter goes no further than an outcome that was not expected, and none goes on when the reader stops.
    """
    for title, step in journey.opening():
        yield Played(title, lambda step=step: _timed(step))  # type: ignore[misc]
    parts = [journey.card(), *(chapter.steps(journey) for chapter in _chapters())]
    futures: list[list[Future[tuple[Outcome, float]]]] = [[Future() for _ in part] for part in parts]
    stopped = Event()
    with ThreadPoolExecutor(len(parts)) as pool:
        for part, coming in zip(parts, futures, strict=True):
            pool.submit(_play_part, [step for _, step in part], coming, stopped)
        try:
            for part, coming in zip(parts, futures, strict=True):
                for (title, _), future in zip(part, coming, strict=True):
                    yield Played(title, future.result)
        finally:
            stopped.set()
    asked = journey.world.tickets
    if len(asked) != len(set(asked)):
        raise RuntimeError("two chapters take one title of one citizen: what one revokes the other shows")


def _play_part(
    steps: Sequence[Callable[[], Outcome]], coming: Sequence[Future[tuple[Outcome, float]]], stopped: Event
) -> None:
    for step, future in zip(steps, coming, strict=True):
        if stopped.is_set():
            return
        try:
            result = _timed(step)
        except Exception as error:  # noqa: BLE001 - whoever waits for this step is told
            future.set_exception(error)
            return
        future.set_result(result)
        if not result[0].as_expected:
            return


def _timed(step: Callable[[], Outcome]) -> tuple[Outcome, float]:
    start = time.monotonic()
    return step(), time.monotonic() - start
