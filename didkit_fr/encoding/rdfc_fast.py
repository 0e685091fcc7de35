"""RDF Dataset Canonicalization (RDFC-1.0) of a tree, as a JSON-LD document is one: the fast twin of `rdfc`.

In a tree no two statements have one subject and one predicate but for the values of one list, and one statement at most
leads to a blank node: most of what has to be sorted is known beforehand, and nothing is parsed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from didkit_fr.encoding.rdfc import Digest

__all__ = ["Node", "label", "lines", "text"]

_HASHES: Final = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}


class Node(NamedTuple):
    """What is said of one subject.

    `name` is its IRI in angle brackets, or the name that a blank node has here, which begins otherwise. `tails` are its
    statements without their subject, in canonical order, with "_:z" for each blank node. `links` are the positions
    among these, predicates and names of the blank nodes that it leads to. `inbound` is the statement that leads to a
    blank node, as that node sees it, where there is one.
    """

    name: str
    tails: list[str]
    links: list[tuple[int, str, str]]
    inbound: str


def label(nodes: Sequence[Node], digest: Digest = "sha256") -> dict[str, str] | None:
    """The canonical label ("c14n0") of each blank node; None where statements of their own do not tell them apart."""
    blank = [node for node in nodes if node.name[0] != "<"]
    if len(blank) < 2:  # noqa: PLR2004 - one alone needs not be told from others
        return {node.name: "c14n0" for node in blank}
    hasher = _HASHES[digest]
    found = {hasher(_around(node).encode()).digest(): node.name for node in blank}
    if len(found) < len(blank):
        return None
    return {found[one]: f"c14n{at}" for at, one in enumerate(sorted(found))}


def _around(node: Node) -> str:
    """The statements of a blank node, in which it is "a" (section 4.6): sorted, "<" is before "_:a" before "_:z"."""
    own = "_:a " + "_:a ".join(node.tails) if node.tails else ""
    return node.inbound + own if node.inbound[:1] == "<" else own + node.inbound


def text(nodes: Sequence[Node], labels: Mapping[str, str]) -> str:
    """The statements in the order of their text, blank nodes under the labels given by their names."""
    groups = []
    for name, tails, links, _ in nodes:
        for at, predicate, child in links:
            tails[at] = f"{predicate} _:{labels[child]} .\n"
        subject = f"{name} " if name[0] == "<" else f"_:{labels[name]} "
        groups.append(subject + subject.join(tails) if tails else "")
    groups.sort()
    return "".join(groups)


def lines(nodes: Sequence[Node], labels: Mapping[str, str]) -> list[str]:
    """As `text`, one by one."""
    return [f"{line}\n" for line in text(nodes, labels).split("\n")[:-1]]
