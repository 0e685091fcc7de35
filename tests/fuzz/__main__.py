"""`python -m tests.fuzz SECONDS` looks for inputs that raise what they should not, or cost more than they may.

Two thirds of the time go to inputs that reach new code, a third to the slowest input of each kind of document. It ends
with 0 where nothing was found. `python -m tests.fuzz --replay HEX` runs one input again, or a file's.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from tests.fuzz import guided, slowest
from tests.fuzz.run_one import build, run_one, signature_seconds
from tests.fuzz.targets import NAMES

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus.zip"
BUILD = ROOT / "build" / "fuzz"
MAX_CORPUS = 2_000_000
SHOWN = 10


def main() -> int:
    """Runs what the command line says; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("seconds", nargs="?", type=int, default=600)
    parser.add_argument("--replay", metavar="HEX_OR_FILE", help="runs one input again")
    parser.add_argument("--keep", action="store_true", help="writes the inputs that reach new code to the corpus")
    told = parser.parse_args()
    gc.freeze()
    if told.replay is not None:
        return replay(told.replay)
    seeds = unpack()
    third = max(1, told.seconds // 3)
    found = explore(told.seconds - third, seeds) or search(third)
    if not found and told.keep:
        keep()
    print(json.dumps({"found": found, "seconds": told.seconds, "kinds": len(NAMES)}))
    return found


def unpack() -> Path:
    """The inputs that come with the project, as the files that the fuzzer reads."""
    seeds = BUILD / "seeds"
    for folder in (seeds, BUILD / "corpus", BUILD / "found"):
        folder.mkdir(parents=True, exist_ok=True)
    if CORPUS.exists():
        with zipfile.ZipFile(CORPUS) as packed:
            packed.extractall(seeds)
    return seeds


def explore(seconds: int, seeds: Path) -> int:
    """Inputs that reach new code; 1 where one of them is a fault."""
    if not guided.available():
        print("atheris is not installed: Hypothesis chooses the inputs and does not see which code they reach.")
        outcomes = guided.by_hypothesis(seconds)
        print(json.dumps({"engine": "hypothesis", "inputs": outcomes.total(), "outcomes": len(outcomes)}))
        return 0
    folders = (BUILD / "corpus", seeds, BUILD / "found")
    command = [sys.executable, "-m", "tests.fuzz.guided", str(seconds), *map(str, folders)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    stats = [line.removeprefix("stat::") for line in done.stderr.splitlines() if line.startswith("stat::")]
    inputs = dict(line.split(":", 1) for line in stats).get("number_of_executed_units", "0")
    print(json.dumps({"engine": "atheris", "inputs": int(inputs), "exit": done.returncode}))
    if done.returncode == 0:
        return 0
    print("\n".join((done.stdout + done.stderr).splitlines()[-40:]))
    # What was slow only because it was watched is no fault.
    return max([replay(str(path)) for path in sorted((BUILD / "found").iterdir())], default=1)


def search(seconds: float) -> int:
    """The slowest input of each kind; 1 where one costs more than it may."""
    ranked = []
    try:
        for ran, data in slowest.search(NAMES, seconds, seed=0 if os.environ.get("CI") else time.time_ns()):
            ranked.append((ran.share, ran, data))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
        print(f"FOUND: {type(error).__name__}: {error}", *error.__notes__, sep="\n")
        return 1
    for _, ran, data in sorted(ranked, key=lambda one: -one[0])[:SHOWN]:
        figures = {
            "kind": ran.name,
            "bytes": ran.size,
            "ratio": round(ran.cost),
            "of": "S",
            "limit_share": round(ran.share, 2),
        }
        print(json.dumps({**figures, "outcome": ran.outcome, "input": data.hex()}))
    return 0


def replay(given: str) -> int:
    """Runs one input again, and says what came of it; 1 where it is a fault."""
    data = Path(given).read_bytes() if Path(given).exists() else bytes.fromhex(given)
    name, raw = build(data)
    print(f"{name}: {len(raw or b'')} bytes; S is {signature_seconds() * 1e6:.0f} us")
    try:
        print(run_one(data))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
        print(f"FOUND: {type(error).__name__}: {error}\nagain: python -m tests.fuzz --replay {data.hex()}")
        return 1
    return 0


def keep() -> None:
    """Packs what was found into the corpus, as far as it fits, the shortest first."""
    inputs = {path.name: path.read_bytes() for folder in ("seeds", "corpus") for path in (BUILD / folder).iterdir()}
    with zipfile.ZipFile(CORPUS, "w", zipfile.ZIP_DEFLATED) as packed:
        size = 0
        for name, data in sorted(inputs.items(), key=lambda one: (len(one[1]), one[0])):
            size += len(data) + 200
            if size < MAX_CORPUS:
                packed.writestr(zipfile.ZipInfo(name), data)


if __name__ == "__main__":
    raise SystemExit(main())
