"""The faults: what is changed in a source, as places in its text, found in its syntax tree; the same ones each time."""

import ast
import difflib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

__all__ = ["KINDS", "Mutant", "mutants"]

COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
CHECKS = ("admit", "check", "expect", "refuse", "require", "spend", "validate", "verify")
"""A statement that only calls a function of such a name is a check: what it returns is not used, so it may refuse."""

Change = tuple[int, int, str]
"""From which octet of the source to which, and what stands there instead."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault; `start` and `end` are octets of the source, `line` counts from 1 as in a traceback.

    `first` and `last` are the lines of its statement; of one that holds others, those before them.
    """

    path: str
    line: int
    first: int
    last: int
    kind: str
    start: int
    end: int
    replacement: str
    digest: str

    @property
    def name(self) -> str:
        """The same as long as the source is the same."""
        return f"{self.path}:{self.line}:{self.kind}:{self.start}-{self.end}:{self.replacement}:{self.digest}"

    def source(self, root: Path) -> bytes:
        """The source with the fault."""
        raw = (root / self.path).read_bytes()
        return raw[: self.start] + self.replacement.encode() + raw[self.end :]

    def diff(self, root: Path) -> str:
        """What a person reads: the lines that differ."""
        before = (root / self.path).read_text("utf-8").splitlines()
        after = self.source(root).decode().splitlines()
        lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[3:]
        return "\n".join(f"    {line[0]} {line[1:].strip()}" for line in lines if line[0] in "+-")


class Source:
    """The text of a module, with the places of its syntax tree as octets."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.tree = ast.parse(raw)
        self._starts = [0]
        for line in raw.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.expr | ast.stmt) -> str:
        return self.raw[self.start(node) : self.end(node)].decode()

    def between(self, left: ast.expr, right: ast.expr, word: str, other: str) -> Iterator[Change]:
        """The operator between two operands, where it stands once."""
        start, end = self.end(left), self.start(right)
        if self.raw[start:end].count(word.encode()) == 1:
            at = start + self.raw[start:end].index(word.encode())
            yield at, at + len(word), other


def _comparisons(source: Source, node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            yield from source.between(left, right, *COMPARISONS[type(operator)])


def _booleans(source: Source, node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.BoolOp(op=operator, values=values):
            word, other = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
            for left, right in pairwise(values):
                yield from source.between(left, right, word, other)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield source.start(node), source.end(node), f"({source.text(operand)})"
        case ast.Constant(value=bool(value)):
            yield source.start(node), source.end(node), str(not value)


def _constants(source: Source, node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        for value in (node.value + 1, node.value - 1):
            if value >= 0:
                yield source.start(node), source.end(node), str(value)


def _raises(source: Source, node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Raise):
        yield source.start(node), source.end(node), "pass"


def _checks(source: Source, node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Expr):
        return
    call = node.value.value if isinstance(node.value, ast.Await) else node.value
    if isinstance(call, ast.Call):
        called = ast.unparse(call.func).rpartition(".")[2].strip("_")
        if called.partition("_")[0] in CHECKS:
            yield source.start(node), source.end(node), "pass"


KINDS: dict[str, Callable[[Source, ast.AST], Iterator[Change]]] = {
    "comparison": _comparisons,
    "boolean": _booleans,
    "constant": _constants,
    "raise": _raises,
    "check": _checks,
}

_SKIPPED = (ast.JoinedStr, ast.MatchValue, ast.MatchSingleton)
"""Before Python 3.12 the places in a formatted text are not those of the source; a pattern takes no expression."""


def _nodes(node: ast.AST, lines: tuple[int, int]) -> Iterator[tuple[ast.AST, tuple[int, int]]]:
    """All nodes in order, each with the lines of its statement, but what only types are written in."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, _SKIPPED):
                inside = _lines(child) if isinstance(child, ast.stmt) else lines
                yield child, inside
                yield from _nodes(child, inside)


def _lines(statement: ast.stmt) -> tuple[int, int]:
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return statement.lineno, max(last, statement.lineno)


def mutants(root: Path, path: str) -> list[Mutant]:
    """The faults of one file, in its order; one that does not parse is none."""
    raw = (root / path).read_bytes()
    source, digest = Source(raw), hashlib.sha256(raw).hexdigest()[:12]
    found = []
    for node, (first, last) in _nodes(source.tree, (1, 1)):
        for kind, changes in KINDS.items():
            for start, end, replacement in changes(source, node):
                line = raw.count(b"\n", 0, start) + 1
                one = Mutant(path, line, first, last, kind, start, end, replacement, digest)
                if _parses(one.source(root)):
                    found.append(one)
    return sorted(found, key=lambda one: (one.start, one.kind, one.replacement))


def _parses(raw: bytes) -> bool:
    try:
        ast.parse(raw)
    except SyntaxError:
        return False
    return True
