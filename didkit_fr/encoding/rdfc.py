"""RDF Dataset Canonicalization 1.0 (RDFC-1.0), with SHA-256 or SHA-384, of statements in N-Quads.

Statements are lines with terms escaped canonically, as `parse_nquads` and `encoding.jsonld` give them. Blank nodes that
their own statements tell apart cost one hash each. For others the work can grow as fast as the number of their orders,
which an attacker can choose: it is counted, and ends at `max_work`.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Literal, NamedTuple, TypeAlias

from didkit_fr.errors import ParseError

__all__ = ["MAX_WORK", "Canonical", "Digest", "canonicalize"]

MAX_WORK = 100000

Digest: TypeAlias = Literal["sha256", "sha384"]
_Hash: TypeAlias = Callable[[str], str]

_BLANK = "_:"


class Canonical(NamedTuple):
    """The canonical statements, sorted, each ending in " .\\n"; and the canonical label of each blank node's own."""

    lines: tuple[str, ...]
    labels: Mapping[str, str]


class _Statement(NamedTuple):
    """A statement's terms; `graph` is empty in the default graph."""

    subject: str
    predicate: str
    object: str
    graph: str

    def line(self, name: Callable[[str], str]) -> str:
        """The statement with its blank nodes renamed."""
        subject, predicate, object_, graph = self
        if subject.startswith(_BLANK):
            subject = name(subject)
        if object_.startswith(_BLANK):
            object_ = name(object_)
        if graph:
            graph = f" {name(graph)}" if graph.startswith(_BLANK) else f" {graph}"
        return f"{subject} {predicate} {object_}{graph} .\n"


@dataclass(slots=True)
class _Issuer:
    """Gives out labels in order (section 4.5)."""

    prefix: str
    issued: dict[str, str] = field(default_factory=dict)

    def issue(self, node: str) -> str:
        return self.issued.setdefault(node, f"{self.prefix}{len(self.issued)}")

    def copy(self) -> "_Issuer":
        return _Issuer(self.prefix, dict(self.issued))


@dataclass(slots=True)
class _State:
    """The canonicalization state (section 4.3), and the work that is left."""

    hash: _Hash
    statements: Mapping[str, Sequence[_Statement]]
    work: int
    canonical: _Issuer = field(default_factory=lambda: _Issuer("_:c14n"))
    first: dict[str, str] = field(default_factory=dict)

    def count(self) -> None:
        self.work -= 1
        if self.work < 0:
            raise ParseError("rdfc_too_complex")


def canonicalize(lines: Iterable[str], *, digest: Digest = "sha256", max_work: int = MAX_WORK) -> Canonical:
    """Gives blank nodes their canonical labels (section 4.4.3).

    Args:
        lines: statements; one that is repeated counts once.
        digest: the hash algorithm.
        max_work: how many times the statements around nodes that look alike may be hashed, or their orders tried.

    Raises:
        ParseError: `rdfc_too_complex`.
    """
    statements = [_read(line) for line in dict.fromkeys(lines)]
    state = _State(_hasher(digest), _by_node(statements), max_work)
    alike: dict[str, list[str]] = {}
    for node in state.statements:
        state.first[node] = _first_degree(state, node)
        alike.setdefault(state.first[node], []).append(node)
    ambiguous = []
    for hashed in sorted(alike):
        if len(alike[hashed]) == 1:
            state.canonical.issue(alike[hashed][0])
        else:
            ambiguous.append(alike[hashed])
    for nodes in ambiguous:
        _tell_apart(state, nodes)
    issued = state.canonical.issued
    named = {node.removeprefix(_BLANK): label.removeprefix(_BLANK) for node, label in issued.items()}
    return Canonical(tuple(sorted(one.line(issued.__getitem__) for one in statements)), named)


def _tell_apart(state: _State, nodes: Sequence[str]) -> None:
    """Labels nodes of one first-degree hash by the paths that lead from them (step 5)."""
    found = []
    for node in nodes:
        if node not in state.canonical.issued:
            issuer = _Issuer("_:b")
            issuer.issue(node)
            found.append(_n_degree(state, node, issuer))
    for _, issuer in sorted(found, key=lambda one: one[0]):
        for node in issuer.issued:
            state.canonical.issue(node)


def _first_degree(state: _State, node: str) -> str:
    """Section 4.6.3."""
    lines = [one.line(lambda other: "_:a" if other == node else "_:z") for one in state.statements[node]]
    return state.hash("".join(sorted(lines)))


def _n_degree(state: _State, node: str, issuer: _Issuer) -> tuple[str, _Issuer]:
    """Section 4.8.3."""
    state.count()
    related: dict[str, list[str]] = {}
    for statement in state.statements[node]:
        for position, other in _others(statement, node):
            related.setdefault(_related(state, other, statement, issuer, position), []).append(other)
    data = ""
    for hashed in sorted(related):
        path, issuer = _shortest(state, related[hashed], issuer)
        data += hashed + path
    return state.hash(data), issuer


def _shortest(state: _State, nodes: Sequence[str], issuer: _Issuer) -> tuple[str, _Issuer]:
    """The least of the paths through all orders of nodes (steps 5.4 and 5.5)."""
    best, chosen = "", issuer
    for order in permutations(nodes):
        state.count()
        found = _path(state, order, issuer.copy(), best)
        if found is not None and (not best or found[0] < best):
            best, chosen = found
    return best, chosen


def _path(state: _State, order: Sequence[str], issuer: _Issuer, best: str) -> tuple[str, _Issuer] | None:
    """The path of one order; None as soon as it cannot be the least."""
    path, recursion = "", []
    for node in order:
        if node in state.canonical.issued:
            path += state.canonical.issued[node]
        else:
            if node not in issuer.issued:
                recursion.append(node)
            path += issuer.issue(node)
        if _is_worse(path, best):
            return None
    for node in recursion:
        hashed, issuer_after = _n_degree(state, node, issuer)
        path += f"{issuer.issue(node)}<{hashed}>"
        issuer = issuer_after
        if _is_worse(path, best):
            return None
    return path, issuer


def _is_worse(path: str, best: str) -> bool:
    return bool(best) and len(path) >= len(best) and path > best


def _related(state: _State, other: str, statement: _Statement, issuer: _Issuer, position: str) -> str:
    """Section 4.7.3."""
    name = state.canonical.issued.get(other) or issuer.issued.get(other) or state.first[other]
    return state.hash(position + (statement.predicate if position != "g" else "") + name)


def _others(statement: _Statement, node: str) -> Iterator[tuple[str, str]]:
    for position, term in (("s", statement.subject), ("o", statement.object), ("g", statement.graph)):
        if term.startswith(_BLANK) and term != node:
            yield position, term


def _by_node(statements: Iterable[_Statement]) -> dict[str, list[_Statement]]:
    found: dict[str, list[_Statement]] = {}
    for statement in statements:
        for term in {statement.subject, statement.object, statement.graph}:
            if term.startswith(_BLANK):
                found.setdefault(term, []).append(statement)
    return found


def _read(line: str) -> _Statement:
    """Takes a statement apart; a literal is all up to its last quotation mark, and what follows without a space."""
    subject, predicate, rest = line.removesuffix(" .\n").split(" ", 2)
    end = rest.rfind('"')
    object_, _, graph = rest[end + 1 :].partition(" ")
    return _Statement(subject, predicate, rest[: end + 1] + object_, graph)


def _hasher(digest: Digest) -> _Hash:
    algorithm = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}[digest]
    return lambda text: algorithm(text.encode()).hexdigest()
