"""`make bench`: one JSON object a line on standard output, a table for people on standard error.

python -m tests.bench [--only NAME ...] [--quick]
"""

import argparse
import json
import sys

from rich.console import Console
from rich.table import Table

import didkit_fr.encoding.json
from tests.bench import bare, bbs, documents, hostile, hostile_believe, hostile_cbor, integrity, ldp, proofs, service
from tests.bench.measure import Figure, Plan, measure

COMPILED = not str(didkit_fr.encoding.json.__file__).endswith(".py")
TABLES = (proofs, bare, integrity, bbs, documents, ldp, service, hostile, hostile_believe, hostile_cbor)
ROWS = {name: row for table in TABLES for name, row in table.ROWS.items()}
FULL, QUICK = Plan(rounds=9, runs=5, slice_=0.02), Plan(rounds=3, runs=1, slice_=0.001)

# A figure above its goal is printed all the same, in red.
GOALS = {
    **hostile.GOALS,
    **hostile_cbor.GOALS,
    "sd_jwt_issue_15": 2.7,
    "sd_jwt_verify_3": 1.8,
    "sd_jwt_verify_15": 2.2,
    "sd_jwt_verify_3_kb": 2.9,
    "pipeline_offline_sd_jwt": 3.4,
    "batch_30_per_copy": 3.4,
    "http_issue_sqlite": 4.0,
    "durable_write_sqlite": 1.25,
    "status_list_1m": 10.0,
    "status_check_cached": 1.0,
    "canonicalize_vs_pyld": 0.05,
    "eddsa_rdfc_verify": 2.5,
    "ecdsa_sd_base": 1.7,
    "ecdsa_sd_verify": 1.7,
    "bbs_primitive_sign_10": 57,
    "bbs_primitive_verify_10": 128,
    "bbs_primitive_proof_10": 130,
    "bbs_primitive_proof_verify_10": 136,
    "bbs_base": 1.3,
    "bbs_derive": 1.3,
    "bbs_verify": 1.3,
    **{row.name: row.limit for row in hostile_believe.HOSTILE},
}


def main() -> None:
    """Measures what is asked, and prints each figure when it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=sorted(ROWS), metavar="NAME", help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="see that it runs: the figures mean little")
    asked = parser.parse_args()
    figures = []
    for name in asked.only or ROWS:
        with ROWS[name]() as case:
            figures.append(measure(name, case, QUICK if asked.quick else FULL))
        print(json.dumps({**figures[-1].json(), "compiled": COMPILED}), flush=True)
    _show(figures)


def _show(figures: list[Figure]) -> None:
    table = Table("operation", "ratio", "of", "spread", "goal", "per second", title="make bench")
    for figure in figures:
        low, high = figure.spread
        goal = GOALS.get(figure.name)
        shown = f"{figure.ratio:.2f}" if goal is None or figure.ratio <= goal else f"[red]{figure.ratio:.2f}[/red]"
        cells = (f"{low:.2f}-{high:.2f}", "" if goal is None else f"<= {goal:g}", f"{figure.ops_per_s:,.0f}")
        table.add_row(figure.name, shown, figure.of, *cells)
    console = Console(stderr=True)
    console.print(table)
    console.print("S, V: one raw P-256 signature, verification; interleaved, CPU time, median of runs", style="dim")
    library = "compiled" if COMPILED else "as it is in the checkout"
    console.print(f"the library {library}; Python {sys.version}", style="dim")


if __name__ == "__main__":
    main()
