"""The fastest reader of JSON-LD: a document's nodes by plans, one for each form that a node has.

A plan knows of a node's members and types which statements they make and in which order these are. What no plan covers
raises `Uncovered`, as in `jsonld_fast`, which is its oracle: what has a graph, a list of nodes, a node twice.
"""

from operator import itemgetter
from typing import NamedTuple, TypeAlias

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.jsonld_fast import RDF_TYPE, number
from didkit_fr.encoding.jsonld_terms import MAX_SCOPES, Row, Table, Uncovered, iri_of, word
from didkit_fr.encoding.nquads import escape
from didkit_fr.encoding.rdfc_fast import Node

__all__ = ["nodes"]


Step: TypeAlias = tuple[str, str, str, Row | None, tuple[str, ...]]
"""A member, what is before and behind its text, its row; or, without a row, the statements that the types make."""


class Plan(NamedTuple):
    """How nodes of one form are read, in the order of the statements."""

    steps: tuple[Step, ...]
    named: bool
    headed: bool


def nodes(document: JsonObject, table: Table, max_quads: int) -> list[Node]:
    """What a document says, by subject.

    Raises:
        Uncovered: where another has to read it.
        ParseError: `jsonld_undefined_term`, `jsonld_iri_invalid`.
    """
    made: list[Node] = []
    _read(made, document, table, None)
    if len({node.name for node in made}) < len(made) or sum(len(node.tails) for node in made) > max_quads:
        raise Uncovered
    return made


def _read(made: list[Node], value: JsonObject, active: Table, parent: tuple[str, str] | None) -> str:
    """Reads a node, to which `parent` leads with a predicate; returns its name."""
    plan = _plan(value, active)
    if plan.headed and parent is not None:
        raise Uncovered
    tails: list[str] = []
    node = Node(f"<{iri_of(value['id'], active)}>" if plan.named else f"b{len(made)}", tails, [], _inbound(parent))
    made.append(node)
    for name, before, behind, row, types in plan.steps:
        if row is None:
            tails += types
            continue
        child = value[name]
        if child.__class__ is list:
            if len(child) != 1 or child[0].__class__ is list:
                tails += sorted({_tail(row, before, behind, one) for one in child if one is not None})
                continue
            child = child[0]
        if child.__class__ is str and behind:
            tails.append(f"{before}{escape(child)}{behind}")
        elif child.__class__ is dict and child:
            below = _read(made, child, row.below, (node.name, row.predicate))
            if below[0] == "<":
                tails.append(f"{row.predicate} {below} .\n")
            else:
                node.links.append((len(tails), row.predicate, below))
                tails.append(f"{row.predicate} _:z .\n")
        elif child is not None:
            tails.append(_tail(row, before, behind, child))
    return node.name


def _inbound(parent: tuple[str, str] | None) -> str:
    if parent is None:
        return ""
    name, predicate = parent
    return f"{name if name[0] == '<' else '_:z'} {predicate} _:a .\n"


def _tail(row: Row, before: str, behind: str, value: JsonValue) -> str:
    """The statement of what is no node."""
    if value.__class__ is not str:
        return f"{row.predicate} {number(value, row.type)} .\n"
    if behind:
        return f"{before}{escape(value)}{behind}"
    return f"{row.predicate} <{iri_of(value, row.here) if row.kind == '@id' else word(value, row.here)}> .\n"


def _plan(value: JsonObject, active: Table) -> Plan:
    stated = value.get("type", ())
    types = (stated,) if stated.__class__ is str else tuple(stated) if stated.__class__ is list else ()
    try:
        plan: Plan = active.plans[tuple(value), types]
    except (KeyError, TypeError):
        plan = _planned(value, types, active)
    else:
        return plan
    if len(active.plans) >= MAX_SCOPES:
        active.plans.clear()
    active.plans[tuple(value), types] = plan
    return plan


def _planned(value: JsonObject, types: tuple[JsonValue, ...], active: Table) -> Plan:
    """Plans of terms alone: there is no end of others."""
    own, steps = active, list[Step]()
    if "type" in value:
        if not types or not all(isinstance(one, str) and one in active.terms for one in types):
            raise Uncovered
        iris, own = active.of_types(types)
        steps.append(("type", f"{RDF_TYPE} ", "", None, tuple(sorted({f"{RDF_TYPE} {iri} .\n" for iri in iris}))))
    for name in value:
        if name in ("@context", "id", "type"):
            continue
        if name not in own.terms:
            raise Uncovered
        row = own.row(name)
        if row.graph:
            raise Uncovered
        literal = row.kind is None
        steps.append((name, f'{row.predicate} "', f'"{row.suffix} .\n' if literal else "", row, ()))
    steps.sort(key=itemgetter(1))
    if len({before.split(" ", 1)[0] for _, before, *_ in steps}) < len(steps):
        raise Uncovered
    return Plan(tuple(steps), "id" in value, "@context" in value)
