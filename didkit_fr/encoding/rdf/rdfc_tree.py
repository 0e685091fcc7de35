"""RDF Dataset Canonicalization (RDFC-1.0) of a tree, as a JSON-LD document is one: the fast path of `rdfc`.

In a tree no two statements have one subject and one predicate but for the values of one list, and one statement at most
leads to a blank node: most of what has to be sorted is known beforehand, and nothing is parsed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.rdf import nquads
from didkit_fr.encoding.rdf.nquads import Line, PredicateObject, Term
from didkit_fr.encoding.rdf.rdfc import Digest

__all__ = ["Node", "label", "lines", "text"]

_CANONICAL: Final = {f"c14n{at}": nquads.blank(f"c14n{at}") for at in range(64)}
_HASHES: Final = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}


class Node(NamedTuple):
    """What is said of one subject.

    `name` is its IRI, or the name that a blank node has here, and then `iri` is None. `tails` are its statements
    without their subject, in canonical order, with `nquads.Z` for each blank node. `links` are the positions among
    these, predicates and names of the blank nodes that it leads to. `inbound` is the statement that leads to a blank
    node, as that node sees it, where there is one.
    """

    name: str
    iri: Term | None
    tails: list[PredicateObject]
    links: list[tuple[int, Term, str]]
    inbound: Line | None


def label(nodes: Sequence[Node], digest: Digest = "sha256") -> dict[str, str] | None:
    """The canonical label ("c14n0") of each blank node; None where statements of their own do not tell them apart."""
    blank = [node for node in nodes if node.iri is None]
    if len(blank) < 2:  # noqa: PLR2004 - one alone needs not be told from others
        return {node.name: "c14n0" for node in blank}
    hasher = _HASHES[digest]
    found = {}
    for name, _, tails, _, inbound in blank:
        # The statements of a node, in which it is "a" (section 4.6): sorted, "<" is before "_:a" before "_:z".
        own = nquads.statements(nquads.A, tails)
        seen = own if inbound is None else inbound + own if inbound[0] == "<" else own + inbound
        found[hasher(seen.encode()).digest()] = name
    if len(found) < len(blank):
        return None
    return {found[one]: f"c14n{at}" for at, one in enumerate(sorted(found))}


def text(nodes: Sequence[Node], labels: Mapping[str, str], budget: Budget) -> str:
    """The statements in the order of their text, blank nodes under the labels given by their names.

    What statements share was taken from the budget when they were read; here, what hashing or comparing them costs is.

    Raises:
        ParseError: `work_exceeded`.
    """
    named = {name: _CANONICAL.get(own) or nquads.blank(own) for name, own in labels.items()}
    groups = []
    for name, iri, tails, links, _ in nodes:
        for at, predicate, child in links:
            tails[at] = nquads.predicate_object(predicate, named[child])
        groups.append(nquads.statements(named[name] if iri is None else iri, tails))
    groups.sort()
    written = "".join(groups)
    budget.spend(len(written) // 64)
    return written


def lines(nodes: Sequence[Node], labels: Mapping[str, str], budget: Budget) -> list[Line]:
    """As `text`, one by one."""
    return nquads.split(text(nodes, labels, budget))
