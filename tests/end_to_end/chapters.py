"""The journey whole: what one identity card does, then a chapter for each kind of title, each in a file of its own.

A chapter `journey_<name>.py` has `TITLES` and `FORMATS`, what the issuer must issue for it, and `steps(journey)`. It
takes no citizen and no copy from another, so that each can be played alone.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.end_to_end.journey import Journey, Outcome

__all__ = ["FORMATS", "NAMES", "TITLES", "Step", "steps"]

Step = tuple[str, Callable[[], Outcome]]

NAMES = ("titles", "w3c", "mdoc", "bbs")
"""The chapters in their order."""


def _chapters() -> list[ModuleType]:
    here = Path(__file__).parent
    return [import_module(f"{__package__}.journey_{name}") for name in NAMES if (here / f"journey_{name}.py").exists()]


def _named(what: str, first: str) -> tuple[str, ...]:
    found: Iterable[str] = (one for chapter in _chapters() for one in getattr(chapter, what))
    return tuple(dict.fromkeys((first, *found)))


TITLES = _named("TITLES", "pid")
FORMATS = _named("FORMATS", "dc+sd-jwt")


def steps(journey: Journey) -> list[Step]:
    """Every step in its order, but for the leak scan; the world of the journey issues `TITLES` in `FORMATS`."""
    return [*journey.steps(), *(step for chapter in _chapters() for step in chapter.steps(journey))]
