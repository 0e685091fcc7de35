"""The cases: one folder each, with a `case.toml` and what it names.

why       the attack, in one sentence
clause    the standard and section that want the refusal, or a rule of our own
kind      parse, fetch, verification, protocol: the class of the error
code      the error's code
original      the kind of accepted document it differs from
mutation  how it differs: operations of `mutations`, in order
input     or: the whole document, as text
requests  how many requests may have been made to the web, where that is the point
cause     the code in the service's own log, where the wire must not say it
then      "accepted" or "refused": the original, received after it; by default accepted
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MUST = frozenset({"why", "clause", "kind", "code", "original"})
MAY = frozenset({"mutation", "input", "requests", "cause", "then"})


@dataclass(frozen=True)
class Case:
    name: str
    why: str
    clause: str
    kind: str
    code: str
    original: str
    mutation: list[dict[str, Any]] = field(default_factory=list)
    input: str | None = None
    requests: int | None = None
    cause: str | None = None
    then: str | None = None


def load():
    """All cases, by name."""
    return [
        Case(name=path.parent.name, **tomllib.loads(path.read_text("utf-8")))
        for path in sorted(FOLDER.glob("*/case.toml"))
    ]
