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


Step: TypeAlias = tuple[str, str, str, Row | None]
"""A member, what is before and behind its text where that is a literal, its row; or, without a row, the types."""


class Plan(NamedTuple):
    """How nodes of one form are read, in the order of the statements; `types` are those that the types make."""

    steps: tuple[Step, ...]
    types: tuple[str, ...]
    named: bool
    headed: bool


def nodes(document: JsonObject, table: Table, max_quads: int) -> list[Node]:
    """What a document says, by subject.

    Raises:
        Uncovered: where another has to read it.
        ParseError: `jsonld_undefined_term`, `jsonld_iri_invalid`.
    """
    made: dict[str, Node] = {}
    _read(made, document, table, "_", "")
    found = list(made.values())
    if sum([len(node.tails) for node in found]) > max_quads:
        raise Uncovered
    return found


def _read(made: dict[str, Node], value: JsonObject, active: Table, way: str, inbound: str) -> str:
    """Reads a node, to which the statement `inbound` leads; returns its name, which is `way` where it has none."""
    plan = _plan(value, active)
    subject = f"<{iri_of(value['id'], active)}>" if plan.named else way
    if subject in made or (plan.headed and made):
        raise Uncovered
    tails: list[str] = []
    links: list[tuple[int, str, str]] = []
    made[subject] = Node(subject, tails, links, inbound)
    for name, before, behind, row in plan.steps:
        child = value[name]
        if behind and child.__class__ is str:
            tails.append(f"{before}{escape(child)}{behind}")
            continue
        if row is None:
            tails += plan.types
            continue
        if child.__class__ is list:
            if len(child) != 1 or child[0].__class__ is list:
                tails += sorted({_tail(row, one) for one in child if one is not None})
                continue
            child = child[0]
        if child.__class__ is dict and child:
            predicate = row.predicate
            leading = f"{subject if plan.named else '_:z'} {predicate} _:a .\n"
            below = _read(made, child, row.below, f"{way} {name}", leading)
            if below[0] != "<":
                links.append((len(tails), predicate, below))
                below = "_:z"
            tails.append(f"{predicate} {below} .\n")
        elif child is not None:
            tails.append(_tail(row, child))
    return subject


def _tail(row: Row, value: JsonValue) -> str:
    """The statement of what is no node."""
    if value.__class__ is not str:
        said = number(value, row.type)
    elif row.kind is None:
        said = f'"{escape(value)}"{row.suffix}'
    else:
        said = f"<{iri_of(value, row.here) if row.kind == '@id' else word(value, row.here)}>"
    return f"{row.predicate} {said} .\n"


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
    own, typed, steps = active, tuple[str, ...](), list[Step]()
    if "type" in value:
        if not types or not all(isinstance(one, str) and one in active.terms for one in types):
            raise Uncovered
        iris, own = active.of_types(types)
        typed = tuple(sorted({f"{RDF_TYPE} {iri} .\n" for iri in iris}))
        steps.append(("type", f"{RDF_TYPE} ", "", None))
    for name in value:
        if name in ("@context", "id", "type"):
            continue
        if name not in own.terms:
            raise Uncovered
        row = own.row(name)
        if row.graph:
            raise Uncovered
        literal = row.kind is None
        steps.append((name, f'{row.predicate} "', f'"{row.suffix} .\n' if literal else "", row))
    steps.sort(key=itemgetter(1))
    if len({before.split(" ", 1)[0] for _, before, *_ in steps}) < len(steps):
        raise Uncovered
    return Plan(tuple(steps), typed, "id" in value, "@context" in value)
