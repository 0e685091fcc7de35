"""`make vectors`: one JSON object a folder on standard output, a table for people on standard error.

Ends with 1 where a case neither passes nor is left out for a reason that stands in specs/standards.md, with 2 where
official vectors are absent.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.conformance_vectors import (
    bbs,
    cose,
    data_integrity,
    di_bbs,
    did,
    eudi,
    jcs,
    jose,
    json_ld,
    mdoc,
    oid4vci,
    oid4vp,
    quantum_safe,
    sdjwt,
    status,
    to_rdf,
    vcdm2,
)
from tests.vectors import home

__all__ = ["RUNNERS", "Outcome", "judge", "main", "reasons"]

Case = tuple[str, bool, str | None]

STANDARDS = Path(__file__).resolve().parents[2] / "specs" / "standards.md"
HEADING = "## Left out of the official vectors"
SHOWN = 20

RUNNERS: dict[str, Callable[[], list[Case]]] = {
    "sdjwt": sdjwt.run,
    "status": status.run,
    "jose": jose.run,
    "oid4vci": oid4vci.run,
    "oid4vp": oid4vp.run,
    "eudi": eudi.run,
    "did": did.run,
    "mdoc": mdoc.run,
    "jcs": jcs.run,
    "cose": cose.run,
    "bbs": bbs.run,
    "rdfc10": json_ld.run_rdfc,
    "contexts": json_ld.run_contexts,
    "jsonld": to_rdf.run,
    "vcdm2": vcdm2.run,
    "di-eddsa": data_integrity.run_eddsa,
    "di-ecdsa": data_integrity.run_ecdsa,
    "di-bbs": di_bbs.run,
    "di-quantum-safe": quantum_safe.run,
}

_ROW = re.compile(r"\| ([a-z0-9-]+) \| (.+?) \|")


@dataclass(frozen=True)
class Outcome:
    """What came of one folder: `wrong` names the cases that are neither."""

    folder: str
    cases: int
    passed: int
    left_out: int
    wrong: tuple[str, ...]

    def json(self) -> str:
        """The printed line."""
        members = {"folder": self.folder, "cases": self.cases, "passed": self.passed, "left_out": self.left_out}
        return json.dumps(members)


def reasons(text: str) -> dict[str, list[str]]:
    """By folder, why cases of it may be left out: the table under its heading."""
    _, _, section = text.partition(f"{HEADING}\n")
    table: dict[str, list[str]] = {}
    for line in section.partition("\n## ")[0].splitlines():
        if row := _ROW.fullmatch(line.strip()):
            table.setdefault(row[1], []).append(row[2])
    return table


def judge(folder: str, cases: Iterable[Case], allowed: Iterable[str]) -> Outcome:
    """Counts a folder's cases."""
    listed, cases = set(allowed), list(cases)
    passed = [name for name, ok, why in cases if ok and why is None]
    left_out = [name for name, ok, why in cases if not ok and why in listed]
    wrong = tuple(name for name, ok, why in cases if (ok, why) != (True, None) and (ok or why not in listed))
    return Outcome(folder, len(cases), len(passed), len(left_out), wrong)


def main() -> int:
    """Runs every folder of the official vectors."""
    table = reasons(STANDARDS.read_text(encoding="utf-8"))
    console = Console(stderr=True)
    absent = [folder for folder in (*RUNNERS, *table) if not (home() / folder).is_dir()]
    if absent:
        console.print(f"official vectors absent from {home()}: {', '.join(sorted(set(absent)))}", markup=False)
        return 2
    outcomes = []
    for folder in sorted(path.name for path in home().iterdir() if path.is_dir()):
        allowed = table.get(folder, [])
        cases = RUNNERS[folder]() if folder in RUNNERS else _not_run(folder, allowed)
        outcomes.append(judge(folder, cases, allowed))
        print(outcomes[-1].json(), flush=True)
    _show(console, outcomes)
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


def _not_run(folder: str, allowed: list[str]) -> list[Case]:
    """A folder without a runner: each file is a case, left out for the one reason that the folder has."""
    reason = allowed[0] if allowed else None
    files = (path for path in sorted((home() / folder).rglob("*")) if path.is_file())
    return [(path.relative_to(home()).as_posix(), False, reason) for path in files]


def _show(console: Console, outcomes: list[Outcome]) -> None:
    table = Table("folder", "cases", "passed", "left out", "wrong", title="make vectors")
    for one in outcomes:
        wrong = f"[red]{len(one.wrong)}[/red]" if one.wrong else "0"
        table.add_row(one.folder, str(one.cases), str(one.passed), str(one.left_out), wrong)
    console.print(table)
    for one in outcomes:
        for name in one.wrong[:SHOWN]:
            console.print(f"neither passes nor is left out: {one.folder}: {name}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
