"""The fast path of grouping, for documents that are trees: what pointers select of one is a tree, and is read as one.

In both, the names of blank nodes are the ways that lead to them: what says the same of the same node is the same text.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from didkit_fr.encoding.json import JsonObject
from didkit_fr.encoding.rdf import jsonld, rdfc_tree
from didkit_fr.encoding.rdf.jsonld import Reading
from didkit_fr.encoding.rdf.nquads import Line
from didkit_fr.proofs.data_integrity.pointers import Pointer, select_json

__all__ = ["group_tree"]


def group_tree(
    document: JsonObject,
    groups: Sequence[Collection[Pointer]],
    labels: Callable[[Iterable[str]], Mapping[str, str]],
    *,
    reading: Reading,
    max_quads: int,
) -> tuple[tuple[Line, ...], tuple[frozenset[int], ...]] | None:
    """A document's statements and groups as `selective.Grouped` has them; None where it, or a part, is no such tree."""
    contexts, budget = reading
    nodes = jsonld.to_nodes(document, contexts=contexts, max_quads=max_quads, budget=budget)
    found = None if nodes is None else rdfc_tree.label(nodes)
    if nodes is None or found is None:
        return None
    signed = labels(found.values())
    own = {name: signed[canonical] for name, canonical in found.items()}
    statements = rdfc_tree.lines(nodes, own, budget)
    position = {statement: at for at, statement in enumerate(statements)}
    chosen = []
    for pointers in groups:
        selected = select_json(document, pointers)
        part = jsonld.to_nodes(selected, contexts=contexts, budget=budget) if pointers else []
        # A part that says something else than the whole has a node, or a statement, that the whole has not.
        if part is None or not all(node.iri is not None or node.name in own for node in part):
            return None
        lines = rdfc_tree.lines(part, own, budget)
        if not position.keys() >= set(lines):
            return None
        chosen.append(frozenset([position[line] for line in lines]))
    return tuple(statements), tuple(chosen)
