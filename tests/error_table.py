"""`python -m tests.error_table` writes specs/errors.md: every code, whose fault it is, what to say, what raises it."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import wallet_cli.codes
from didkit_fr.advice import FAULTS, advise
from didkit_fr.error_table import join
from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError, VerificationError
from issuer_service.shell.error_table import every_code
from tests.refusals import cases
from tests.refusals.coverage import ELSEWHERE

CODES = join(every_code(), wallet_cli.codes.CODES)
"""The codes of the library and of all applications."""

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "specs" / "errors.md"
KINDS: tuple[tuple[type[DidkitError], str], ...] = (
    (ParseError, "malformed: whoever produced the input must mend it"),
    (FetchError, "cannot tell: something that is needed could not be had, try again"),
    (VerificationError, "refused: well formed, and not to be believed"),
    (ProtocolError, "the other party of a protocol answered with an error, or has to be told one"),
)
NAMED = re.compile(r"tests/[\w/]+\.py")
_HEAD = """# Error codes

Written by `python -m tests.error_table` from the `codes.py` of each package and application, `didkit_fr/advice.py` and
`tests/refusals/`; a test fails when it is not current. A code is public: it never changes its meaning. Every code is
raised by at least one refusal case (a folder of `tests/refusals/`), or by the tests that stand in its row.

A program decides by the kind and the code. A person is told the sentence, `didkit_fr.advice.advise(code)`, which never
says which check failed.
"""


@cache
def case_names() -> dict[str, list[str]]:
    """The refusal cases of each code, also of one that only the service's own log says."""
    found: dict[str, list[str]] = {}
    for case in cases.load():
        for code in {case.code, case.cause} - {None}:
            found.setdefault(code, []).append(case.name)
    return found


def test_names(code: str) -> list[str]:
    """The tests of a code that has no case, as `ELSEWHERE` names them."""
    return NAMED.findall(ELSEWHERE.get(code, ""))


def _sentences(en: str, fr: str) -> str:
    return f"{en}<br>*{fr}*"


def _row(code: str) -> str:
    advice = advise(code, CODES)
    raised = case_names().get(code) or test_names(code)
    said = (advice.en, advice.fr)
    told = f"as any of *{advice.fault}*" if said == FAULTS[advice.fault][1:] else _sentences(*said)
    cells = (
        f"`{code}`",
        _sentences(CODES[code].en, CODES[code].fr),
        advice.fault,
        told,
        " ".join(f"`{name}`" for name in raised),
    )
    return _line(cells)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def build() -> str:
    """The whole page."""
    lines = [_HEAD, "## Whose fault", "", "| fault | who has to mend it | what to tell the person |", "|---|---|---|"]
    lines += [_line((name, fault.who, _sentences(fault.en, fault.fr))) for name, fault in FAULTS.items()]
    for kind, meaning in KINDS:
        codes = sorted(code for code, entry in CODES.items() if entry.kind is kind)
        lines += ["", f"## {kind.__name__}: {meaning}", ""]
        lines += ["| code | meaning | fault | what to tell the person | raised by |", "|---|---|---|---|---|"]
        lines += [_row(code) for code in codes]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(build(), encoding="utf-8")
