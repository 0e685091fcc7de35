"""`make demo`: the whole journey, step by step, with real processes; exit status 0 only if all went as expected."""

import itertools
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from tests.end_to_end import chapters
from tests.end_to_end.chapters import Played
from tests.end_to_end.journey import Journey, Outcome
from tests.end_to_end.proxy import Proxy
from tests.end_to_end.stored import scan_world


def play(console: Console, folder: Path) -> bool:
    """Plays every step; True if every outcome was the expected one."""
    began = time.monotonic()
    with Proxy() as proxy, chapters.world_of(folder) as world:
        journey = Journey(world, proxy)
        last = Played("The leak scan: what an attacker of all that the issuer stores would find", lambda: scan(journey))
        for place, played in enumerate(itertools.chain(chapters.play(journey), [last]), 1):
            console.print(Text(f"\n{place:2}. {played.title}", style="bold"))
            outcome, seconds = played.outcome()
            show(console, outcome, seconds)
            if not outcome.as_expected:
                console.print(Text("This is not what should have happened.", style="bold red"))
                return False
    console.print(
        Text(f"\nEvery outcome was the expected one, in {time.monotonic() - began:.1f} s.", style="bold green")
    )
    return True


def scan(journey: Journey) -> tuple[Outcome, float]:
    """Searches everything the issuer stores for the attributes of the journey's citizens."""
    start = time.monotonic()
    report = scan_world(journey.world, journey.texts())
    return Outcome(report.sentence, report.clean), time.monotonic() - start


def show(console: Console, outcome: Outcome, seconds: float) -> None:
    """One step's outcome, for a person."""
    if outcome.shown:
        console.print(Panel(Text.from_ansi(outcome.shown.rstrip()), border_style="dim"))
    mark, style = ("ok", "green") if outcome.as_expected else ("NOT EXPECTED", "red")
    console.print(Text.assemble("    ", (mark, style), f"  {outcome.seen}  ", (f"{seconds:.2f} s", "dim")))


def main() -> int:
    """Plays the demo in a temporary folder."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(Text("didkit-fr: an identity card from the register to the counter, and no database of attributes"))
    with tempfile.TemporaryDirectory(prefix="didkit-demo-") as folder:
        return 0 if play(console, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
