"""Ratios for a noisy machine: an operation and its unit take turns in one process, and medians are compared."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

__all__ = ["Case", "Figure", "Plan", "Work", "measure"]


@dataclass(frozen=True)
class Work:
    """What is timed: one `call` does `per` operations. `before` is called before each and is not timed."""

    call: Callable[[], object]
    per: int = 1
    before: Callable[[], object] | None = None


@dataclass(frozen=True)
class Case:
    """One row: `subject` against `unit`, which is work too, or the seconds of the unit of time that `of` names.

    `clock` is the thread's CPU time, unless other threads or the disk do a part of the work.
    """

    of: str
    subject: Work
    unit: Work | float
    clock: Callable[[], float] = time.thread_time
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How much is measured: `slice_` is about how many seconds one side of a round takes."""

    rounds: int
    runs: int
    slice_: float


@dataclass(frozen=True)
class Figure:
    """A row as it is printed: the median of the runs' medians, and the lowest and highest of these."""

    name: str
    ratio: float
    of: str
    ops_per_s: float
    rounds: int
    runs: int
    spread: tuple[float, float]
    more: Mapping[str, Any]

    def json(self) -> dict[str, Any]:
        """The members of the printed line."""
        figures = {"ratio": _short(self.ratio), "of": self.of, "ops_per_s": _short(self.ops_per_s)}
        spread = [_short(value) for value in self.spread]
        return {"name": self.name, **figures, "rounds": self.rounds, "runs": self.runs, "spread": spread, **self.more}


def measure(name: str, case: Case, plan: Plan) -> Figure:
    """Measures one row."""
    subject = _Timer(case.subject, case.clock, plan.slice_)
    unit = _Timer(case.unit, case.clock, plan.slice_).seconds if isinstance(case.unit, Work) else lambda: case.unit
    medians, costs = [], []
    for _ in range(plan.runs):
        ratios = []
        for _ in range(plan.rounds):
            costs.append(subject.seconds())
            ratios.append(costs[-1] / unit())
        medians.append(median(ratios))
    spread = (min(medians), max(medians))
    return Figure(name, median(medians), case.of, 1 / median(costs), plan.rounds, plan.runs, spread, case.more)


class _Timer:
    """Calls work as often as a round allows; once where each call has to be prepared."""

    def __init__(self, work: Work, clock: Callable[[], float], slice_: float) -> None:
        self._work, self._clock, self._calls = work, clock, 1
        self.seconds()
        if work.before is None:
            start = time.perf_counter()
            self.seconds()
            self._calls = max(1, int(slice_ / (time.perf_counter() - start)))

    def seconds(self) -> float:
        """How long one operation takes."""
        if self._work.before is not None:
            self._work.before()
        call = self._work.call
        start = self._clock()
        for _ in range(self._calls):
            call()
        return max(self._clock() - start, 1e-9) / self._calls / self._work.per


def _short(value: float) -> float:
    return float(f"{value:.4g}")
