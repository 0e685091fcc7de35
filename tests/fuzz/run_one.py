"""One input of the fuzzer: which document it chooses, what it does to it, what came of it and what that cost."""

import time
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Final

from didkit_fr.errors import DidkitError
from didkit_fr.keys import software
from tests.fuzz.choices import Choices
from tests.fuzz.ended import coded
from tests.fuzz.mutate import edit_bytes, edit_tree
from tests.fuzz.targets import BY_ID, KINDS, NAMES, TREES, check

__all__ = ["MAX_BYTES", "Ran", "TooSlowError", "allowed", "build", "run_one", "signature_seconds"]

MAX_BYTES = 1_000_000
SMALL_BYTES = 64_000
LIMIT, SMALL_LIMIT = 10_000, 2_000
"""S, raw P-256 signatures of this process: what checking any input, and one of at most 64 kB, may cost."""


WORTH_A_LOOK, AGAIN = 0.1, 2

WRITERS: Final = frozenset({"didkit_fr.encoding.json", "didkit_fr.protocols.openid4vp.link"})
"""They write values of their caller's own, with which the tests' writer writes what no caller has: JSON that is nested
by the thousand. Whatever else of the library raises what has no code is at fault, also while it signs or presents."""


class TooSlowError(AssertionError):
    """An input that costs more than it may."""


@dataclass(frozen=True)
class Ran:
    """What came of an input: `cost` is in S."""

    name: str
    outcome: str
    size: int
    cost: float

    @property
    def share(self) -> float:
        """How much of what it may cost it does."""
        return self.cost / allowed(self.size)


def allowed(size: int) -> int:
    """What an input of so many bytes may cost, in S."""
    return SMALL_LIMIT if size <= SMALL_BYTES else LIMIT


@cache
def signature_seconds() -> float:
    """What S is in this process: the median of 200 signatures, in seconds of the thread's CPU."""
    signer, taken = software.generate(), []
    for _ in range(200):
        start = time.thread_time()
        signer.sign(b"what a signature costs")
        taken.append(time.thread_time() - start)
    return median(taken)


def build(data: bytes, name: str | None = None) -> tuple[str, bytes | None]:
    """The document that bytes decide, and its kind; None where nobody could sign it.

    Raises:
        Exception: the library signed or presented it, and what came out has no code, or one that nobody foresaw.
    """
    choices = Choices(data)
    identifier = choices.number(4)
    name = name or BY_ID.get(identifier) or NAMES[identifier % len(NAMES)]
    kind, how = KINDS[name], choices.below(4)
    tree = kind.tree()
    try:
        if name in TREES and how:
            edit_tree(name, tree, choices)
        raw = kind.encode(tree)
    except DidkitError as error:
        coded(error)
        return name, None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        # What the tests' own writer cannot write comes from nobody; the parser is given the edit as bytes instead.
        if _module_of(error) not in WRITERS | {None}:
            raise
        return name, None
    return name, edit_bytes(raw, choices) if name not in TREES or how in (0, 3) else raw


def _module_of(error: BaseException) -> str | None:
    """The innermost module of the library that an exception went through; None where it came from the tests alone."""
    traceback, found = error.__traceback__, None
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__"))
        found = module if module.partition(".")[0] == "didkit_fr" else found
        traceback = traceback.tb_next
    return found


def run_one(data: bytes, *, name: str | None = None, factor: float = 1) -> Ran | None:
    """Builds a document and has it judged.

    Args:
        data: the decisions.
        name: the kind of document, where they do not decide it.
        factor: how much slower than usual this process is.

    Raises:
        TooSlowError: it cost more than it may.
        Exception: anything that is not a `DidkitError` came out: a fault.
    """
    name, raw = build(data, name)
    if raw is None or len(raw) > MAX_BYTES:
        return None
    # A collection of garbage falls on whatever runs when it is due: what seems slow is run again.
    ran = _timed(name, raw, factor)
    for _ in range(AGAIN):
        if ran.share > WORTH_A_LOOK:
            ran = min(ran, _timed(name, raw, factor), key=lambda one: one.cost)
    if ran.share > 1:
        raise TooSlowError(f"{ran.name}: {ran.size} bytes cost {ran.cost:.0f} S, over {allowed(ran.size)}")
    return ran


def _timed(name: str, raw: bytes, factor: float) -> Ran:
    start = time.thread_time()
    outcome = check(name, raw)
    return Ran(name, outcome, len(raw), (time.thread_time() - start) / signature_seconds() / factor)
