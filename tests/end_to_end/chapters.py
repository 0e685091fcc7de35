"""The journey whole: the opening, what one identity card does, then a chapter for each other kind of title.

A chapter `journey_<name>.py` has `TITLES` and `FORMATS`, what the issuer must issue for it, and `steps(world)`. It
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

__all__ = ["FORMATS", "NAMES", "TITLES", "Played", "play", "play_alone", "world_of"]

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
    parts = [journey.card(), *(chapter.steps(journey.world) for chapter in _chapters())]
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


def play_alone(chapter: ModuleType, folder: Path, *, batch_size: int = 4) -> dict[str, Outcome]:
    """Plays one chapter by itself, in a world of its own: what came of each step, by the step's name."""
    titles, formats = chapter.TITLES, chapter.FORMATS
    with World(folder, titles=titles, formats=formats, batch_size=batch_size) as world:
        world.start_register()
        made = world.init_issuer()
        assert made.status == 0, made.err
        world.start_issuer()
        world.certify_relying_party()
        seen = {}
        for title, step in chapter.steps(world):
            outcome = seen[step.__name__] = step()
            assert outcome.as_expected, f"{title}: {outcome.seen}\n{outcome.shown}"
    return seen


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
