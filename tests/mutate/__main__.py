"""`python -m tests.mutate PATHS...`: tries mutants of the sources below PATHS and prints what survives.

Results are kept in `.mutants/results.jsonl`, one JSON object a line, and a run goes on where the last one stopped: what
was killed stays so as long as its source is the same, what survived is tried again when a test has changed. A sample
is drawn with a seed, so that the same one can be drawn again.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from threading import Lock

from tests.mutate.mutants import KINDS, Mutant, mutants
from tests.mutate.reach import Reach, digest_of_tests, files, learn
from tests.mutate.trying import ENDED, Result, attempt

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / ".mutants"
PARTS = 2
"""Parts of a path that make a package in the figures."""


class Results:
    """The kept results, by the mutant's name; each is written when it comes."""

    def __init__(self, file: Path, tests: str) -> None:
        self._file, self._tests, self._lock = file, tests, Lock()
        self._kept: dict[str, tuple[Result, str]] = {}
        for line in file.read_text("utf-8").splitlines() if file.exists() else ():
            told = json.loads(line)
            under = told.pop("under")
            self._kept[told["name"]] = Result(**told), under

    def of(self, mutant: Mutant) -> Result | None:
        """What is known of it: nothing where it survived tests that have changed since."""
        result, under = self._kept.get(mutant.name, (None, ""))
        return result if result is not None and (result.status in ENDED or under == self._tests) else None

    def add(self, result: Result) -> None:
        """Keeps one."""
        with self._lock, self._file.open("a", encoding="utf-8") as kept:
            self._kept[result.name] = result, self._tests
            kept.write(json.dumps({**asdict(result), "under": self._tests}) + "\n")


def drawn(paths: Sequence[str], kinds: Sequence[str], sample: int, seed: str) -> list[Mutant]:
    """The mutants in the order of the paths; or as many as are asked for, drawn at random by the seed."""
    found = [one for path in files(ROOT, paths) for one in mutants(ROOT, path) if one.kind in kinds]
    drawing = random.Random(seed)  # noqa: S311 - which faults are tried is no secret
    return drawing.sample(found, min(sample, len(found))) if sample else found


def run(todo: Sequence[Mutant], reach: Reach, results: Results, *, jobs: int, until: float, root: Path = ROOT) -> None:
    """Tries what is not known yet, several at once; nothing more is begun after `until` on the monotonic clock."""

    def one(mutant: Mutant) -> None:
        if time.monotonic() > until:
            return
        tests = reach.tests(mutant)
        result = attempt(root, mutant, tests, sum(reach.seconds[test] for test in tests))
        results.add(result)
        if result.status not in ENDED:
            print(f"{result.status}: {mutant.path}:{mutant.line} ({mutant.kind})\n{mutant.diff(root)}", flush=True)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, [mutant for mutant in todo if results.of(mutant) is None]))


def report(asked: Sequence[Mutant], results: Results, root: Path = ROOT) -> Iterator[str]:
    """Survivors with their lines, then the figures by package."""
    of, lasting = Counter[str](), Counter[str]()
    reached, killed = Counter[str](), Counter[str]()
    for mutant in asked:
        package = "/".join(Path(mutant.path).parts[:PARTS])
        result = results.of(mutant)
        of[package] += 1
        if result is None:
            continue
        reached[package] += 1
        killed[package] += result.status in ENDED
        lasting[result.status] += 1
        if result.status not in ENDED:
            yield f"{result.status}: {mutant.path}:{mutant.line} ({mutant.kind}, {result.tests} tests)"
            yield mutant.diff(root)
    for package in [*sorted(of), "all"]:
        one = [sum(each.values()) if package == "all" else each[package] for each in (of, reached, killed)]
        yield _figures(package, *one)
    yield f"results: {', '.join(f'{count} {status}' for status, count in sorted(lasting.items()))}"


def _figures(package: str, of: int, reached: int, killed: int) -> str:
    share = f"{100 * killed / reached:.1f} %" if reached else "-"
    return f"{package}: {killed} of {reached} killed, {share}; {of - reached} not tried"


def main() -> int:
    """Exit status 0 if nothing that was tried survived, 1 if something did."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("paths", nargs="+", help="sources: files or folders, from the top of the checkout")
    parser.add_argument("--minutes", type=float, default=30, help="after which nothing more is begun")
    parser.add_argument("--tests", nargs="+", default=["tests"], help="where tests are looked for")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--sample", type=int, default=0, help="so many drawn at random, instead of all in order")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    paths = [one.rstrip("/") for one in asked.paths]
    began = time.monotonic()
    STORE.mkdir(exist_ok=True)
    results = Results(STORE / "results.jsonl", digest_of_tests(ROOT))
    todo = drawn(paths, asked.kinds, asked.sample, asked.seed)
    reach = learn(ROOT, STORE, paths, asked.tests, asked.jobs)
    run(todo, reach, results, jobs=asked.jobs, until=began + asked.minutes * 60)
    print(*report(todo, results), sep="\n")
    return 1 if any(found and found.status not in ENDED for found in map(results.of, todo)) else 0


if __name__ == "__main__":
    sys.exit(main())
