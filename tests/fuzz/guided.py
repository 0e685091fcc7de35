"""A fuzzer that follows which code an input reaches, by atheris; without it Hypothesis, which does not look."""

import gc
import os
import sys
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

__all__ = ["available", "by_coverage", "by_hypothesis"]

SLOWED = 8.0
"""How much slower code is that atheris watches; what seems too slow is run again without it."""
MAX_DECISIONS = 160


def available() -> bool:
    """Whether atheris is installed; it has no release for every Python."""
    return find_spec("atheris") is not None


def by_coverage(seconds: int, corpus: Path, seeds: Path, artifacts: Path) -> None:
    """Runs until the time is over or a fault is found; ends the process, not with 0 where one was.

    Args:
        seconds: how long.
        corpus: the folder that is read and added to.
        seeds: another folder that is read.
        artifacts: where the input of a fault is written.
    """
    import atheris

    with atheris.instrument_imports(include=["didkit_fr"], enable_loader_override=False):
        from tests.fuzz.run_one import run_one

    def one(data: bytes) -> None:
        run_one(data, factor=SLOWED)

    gc.freeze()
    options = [f"-max_total_time={seconds}", f"-max_len={MAX_DECISIONS}", "-timeout=60", "-rss_limit_mb=4096"]
    # As Hypothesis here: new inputs on a developer's machine, the same ones each time in CI.
    options += ["-seed=1"] if os.environ.get("CI") else []
    quiet = ["-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={artifacts}/"]
    atheris.Setup([sys.argv[0], *options, *quiet, str(corpus), str(seeds)], one)
    atheris.Fuzz()


def by_hypothesis(seconds: int) -> Counter[str]:
    """Runs until the time is over; how often each outcome came.

    Raises:
        Exception: a fault, with the smallest input that Hypothesis found for it as its note.
    """
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    from tests.fuzz.run_one import run_one

    outcomes: Counter[str] = Counter()
    until = time.monotonic() + seconds

    @settings(
        max_examples=2_000,
        deadline=None,
        database=None,
        derandomize="CI" in os.environ,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.binary(min_size=8, max_size=MAX_DECISIONS))
    def some(data: bytes) -> None:
        if time.monotonic() < until:
            try:
                ran = run_one(data)
            except Exception as error:
                error.add_note(f"the input: {data.hex()}")
                raise
            outcomes[ran.outcome if ran else "not built"] += 1

    gc.freeze()
    while time.monotonic() < until:
        some()
    return outcomes


if __name__ == "__main__":
    by_coverage(int(sys.argv[1]), *map(Path, sys.argv[2:5]))
