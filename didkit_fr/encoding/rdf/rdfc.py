"""RDF Dataset Canonicalization (RDFC-1.0): one sequence of N-Quads and one set of labels for isomorphic datasets."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.rdf import nquads
from didkit_fr.encoding.rdf.nquads import A, Line, PredicateObject, Quad, Term, Z, is_blank
from didkit_fr.errors import ParseError

__all__ = ["MAX_WORK", "Canonical", "Digest", "canonicalize", "label"]

Digest: TypeAlias = Literal["sha256", "sha384"]

MAX_WORK: Final = 100_000
"""What it may cost to tell blank nodes apart that look alike, in steps: real documents need none, or a few."""

MAX_DEPTH: Final = 64
"""How far the nodes around one are followed to tell it from others."""

STEPS: Final = 4
"""What a statement costs, in steps."""

_HASHES: Final = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}


class Canonical(NamedTuple):
    """The statements in canonical order, each with its end of line, and the canonical label of each blank node."""

    lines: tuple[Line, ...]
    labels: Mapping[str, str]


class _Quad(NamedTuple):
    subject: Term
    predicate: Term
    object: Term
    graph: Term | None

    def terms(self) -> list[Term]:
        """The three or four terms of the statement."""
        return [one for one in self if one is not None]


@dataclass(slots=True)
class _Issuer:
    """Section 4.3: labels in the order they are asked for."""

    prefix: str
    issued: dict[Term, Term] = field(default_factory=dict)

    def issue(self, node: Term) -> Term:
        if node not in self.issued:
            self.issued[node] = nquads.blank(f"{self.prefix}{len(self.issued)}")
        return self.issued[node]

    def copy(self) -> "_Issuer":
        return _Issuer(self.prefix, dict(self.issued))


def canonicalize(
    statements: Iterable[Quad | str],
    *,
    digest: Digest = "sha256",
    max_work: int = MAX_WORK,
    budget: Budget | None = None,
) -> Canonical:
    """Canonicalises statements in canonical N-Quads form (section 4.4).

    Args:
        statements: each taken apart, or as a line that ends in a dot and a line feed.
        digest: the hash algorithm.
        max_work: what telling nodes apart may cost before the dataset is refused, in steps.
        budget: what the message may still cost that the statements are from; None for that of a whole one.

    Raises:
        ParseError: `nquads_invalid`, `rdfc_work`, `work_exceeded`.
    """
    left = Budget() if budget is None else budget
    split = _split(statements, left)
    nodes = _labelled(split, digest, max_work, left)
    done = list(split.plain)
    for node, tails in split.simple.items():
        done += [nquads.line(nodes[node], tail) for tail in tails]
    done += [nquads.statement([nodes.get(one, one) for one in quad.terms()]) for quad in split.links]
    done.sort()
    return Canonical(tuple(done), MappingProxyType({node[2:]: label[2:] for node, label in nodes.items()}))


def label(
    statements: Iterable[Quad | str], *, max_work: int = MAX_WORK, budget: Budget | None = None
) -> dict[str, str]:
    """The canonical labels alone, by `canonicalize` with SHA-256.

    Raises:
        ParseError: `nquads_invalid`, `rdfc_work`, `work_exceeded`.
    """
    left = Budget() if budget is None else budget
    split = _split(statements, left)
    nodes = _labelled(split, "sha256", max_work, left)
    return {node[2:]: canonical[2:] for node, canonical in nodes.items()}


class _Split(NamedTuple):
    """Statements without blank nodes; the tails of those with one as subject alone, by it; all others. None twice.

    In the order given: nodes that nothing tells apart get their labels by it, the same each time.
    """

    plain: dict[Line, None]
    simple: dict[Term, dict[PredicateObject, None]]
    links: dict[_Quad, None]


def _split(statements: Iterable[Quad | str], budget: Budget) -> _Split:
    plain, simple, links = split = _Split({}, {}, {})
    cost = 0
    for one in statements:
        subject, tail, link, _ = nquads.quad(one) if isinstance(one, str) else one
        cost += STEPS + (len(subject) + len(tail)) // 64
        if cost > budget.steps:
            break
        if link is not None:
            links[_Quad(subject, *link)] = None
        elif subject[0] != "_":
            plain[nquads.line(subject, tail)] = None
        elif subject in simple:
            simple[subject][tail] = None
        else:
            simple[subject] = {tail: None}
    budget.spend(cost)
    return split


def _labelled(split: _Split, digest: Digest, max_work: int, budget: Budget) -> Mapping[Term, Term]:
    """The canonical label of each blank node, by its own statements where these tell it from all others."""
    first = _first_degree(split, _HASHES[digest])
    told = {seen: node for node, seen in first.items()}
    if len(told) == len(first):
        return {told[seen]: nquads.blank(f"c14n{at}") for at, seen in enumerate(sorted(told))}
    quads = list(split.links)
    for node, tails in split.simple.items():
        # A graph's name that stays with the object is compared and hashed with it all the same.
        quads += [_Quad(node, *nquads.cut(tail), None) for tail in tails]
    return _label(_State(first, _by_node(quads), digest, max_work, budget))


def _first_degree(split: _Split, hasher: Callable[[bytes], Any]) -> dict[Term, str]:
    """What the statements of each node say of it alone (section 4.6)."""
    around = {node: [nquads.line(A, tail) for tail in tails] for node, tails in split.simple.items()}
    for quad in split.links:
        for node in {one for one in quad if one is not None and one[0] == "_"}:
            around.setdefault(node, []).append(_seen_from(node, quad))
    if len(around) == 1:
        return dict.fromkeys(around, "")
    return {node: hasher("".join(sorted(seen)).encode()).hexdigest() for node, seen in around.items()}


class _State:
    """What the algorithm knows of the dataset (section 4.2), and what it may still cost."""

    __slots__ = ("budget", "canonical", "first", "hasher", "quads", "work")

    def __init__(
        self, first: Mapping[Term, str], quads: Mapping[Term, list[_Quad]], digest: Digest, work: int, budget: Budget
    ) -> None:
        self.first, self.quads, self.hasher, self.work, self.budget = first, quads, _HASHES[digest], work, budget
        self.canonical = _Issuer("c14n")

    def hash(self, text: str) -> str:
        """The digest of a text, in hexadecimal digits."""
        self.budget.spend(len(text) // 64)
        return self.hasher(text.encode()).hexdigest()

    def spend(self, steps: int) -> None:
        """Of few nodes that all look alike there are orders without end: a poison graph is refused."""
        self.work -= steps
        if self.work < 0:
            raise ParseError("rdfc_work")
        self.budget.spend(steps // 4)


def _label(state: _State) -> Mapping[Term, Term]:
    """Sections 4.4.3 steps 3 to 5."""
    alike = defaultdict(list)
    for node, digest in state.first.items():
        alike[digest].append(node)
    for digest in sorted(alike):
        if len(alike[digest]) == 1:
            state.canonical.issue(alike[digest][0])
    for digest in sorted(alike):
        if len(alike[digest]) == 1:
            continue
        found = []
        for node in alike[digest]:
            if node not in state.canonical.issued:
                state.spend(32)
                issuer = _Issuer("b")
                issuer.issue(node)
                found.append(_n_degree(state, node, issuer, 0))
        for _, issuer in sorted(found, key=lambda one: one[0]):
            for node in issuer.issued:
                state.canonical.issue(node)
    return state.canonical.issued


def _seen_from(node: Term, quad: _Quad) -> Line:
    """A statement in which one node is "a", and all others are "z"."""
    return nquads.statement([A if one == node else Z if one[0] == "_" else one for one in quad if one is not None])


def _related(state: _State, node: Term, quad: _Quad, issuer: _Issuer, position: str) -> str:
    """Section 4.7."""
    known = state.canonical.issued.get(node) or issuer.issued.get(node) or state.first[node]
    return state.hash(position + (quad.predicate if position != "g" else "") + known)


def _n_degree(state: _State, node: Term, issuer: _Issuer, depth: int) -> tuple[str, _Issuer]:
    """Section 4.8."""
    if depth > MAX_DEPTH:
        raise ParseError("rdfc_work")
    state.spend(8 + 4 * len(state.quads[node]))
    related = defaultdict(list)
    for quad in state.quads[node]:
        for position, one in (("s", quad.subject), ("o", quad.object), ("g", quad.graph)):
            if one is not None and is_blank(one) and one != node:
                related[_related(state, one, quad, issuer, position)].append(one)
    data = ""
    for digest in sorted(related):
        path, issuer = _shortest(state, related[digest], issuer, depth)
        data += digest + path
    return state.hash(data), issuer


def _shortest(state: _State, nodes: list[Term], issuer: _Issuer, depth: int) -> tuple[str, _Issuer]:
    """Section 4.8.3 step 5: the least path among all orders of the nodes."""
    chosen, chosen_issuer = "", issuer
    for order in _orders(nodes):
        state.spend(8 + len(order) + len(issuer.issued) // 2)
        found = _path(state, order, issuer.copy(), chosen, depth)
        if found is not None and (not chosen or found[0] < chosen):
            chosen, chosen_issuer = found
    return chosen, chosen_issuer


def _orders(nodes: list[Term]) -> Iterator[list[Term]]:
    """All orders that differ: a graph is among the nodes once for each of its statements."""
    distinct = list(dict.fromkeys(nodes))
    rank = {node: at for at, node in enumerate(distinct)}
    ranks = sorted(rank[node] for node in nodes)
    while True:
        yield [distinct[rank] for rank in ranks]
        # The next in the order of the ranks: what falls to the end is turned round, behind the next greater rank.
        at = len(ranks) - 2
        while at >= 0 and ranks[at] >= ranks[at + 1]:
            at -= 1
        if at < 0:
            return
        other = next(place for place in range(len(ranks) - 1, at, -1) if ranks[place] > ranks[at])
        ranks[at], ranks[other] = ranks[other], ranks[at]
        ranks[at + 1 :] = ranks[:at:-1]


def _path(state: _State, order: Iterable[Term], issuer: _Issuer, chosen: str, depth: int) -> tuple[str, _Issuer] | None:
    path, deeper = "", []
    for node in order:
        if node in state.canonical.issued:
            path += state.canonical.issued[node]
        else:
            if node not in issuer.issued:
                deeper.append(node)
            path += issuer.issue(node)
        if chosen and len(path) >= len(chosen) and path > chosen:
            return None
    for node in deeper:
        digest, found = _n_degree(state, node, issuer, depth + 1)
        path += f"{issuer.issue(node)}<{digest}>"
        issuer = found
        if chosen and len(path) >= len(chosen) and path > chosen:
            return None
    return path, issuer


def _by_node(quads: Iterable[_Quad]) -> Mapping[Term, list[_Quad]]:
    found: dict[Term, list[_Quad]] = {}
    for quad in quads:
        for one in dict.fromkeys(quad.terms()):
            if is_blank(one):
                found.setdefault(one, []).append(quad)
    return found
