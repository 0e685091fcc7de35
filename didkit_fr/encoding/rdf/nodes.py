"""The fast path of reading JSON-LD: a document's nodes by plans, one for each shape that a node has.

A plan knows of a node's members and types which statements they make and in which order these are. What no plan covers
raises `Uncovered`, and `rdf/reader` reads it, which is the reference: what has a graph, a list of nodes, a node that
is named twice, a member whose value is neither a text, a number, a truth value, a node, nor several texts.
"""

from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.parts import MAX_DEPTH
from didkit_fr.encoding.rdf import nquads
from didkit_fr.encoding.rdf.known_names import NameRule, check_types
from didkit_fr.encoding.rdf.nquads import AfterText, BeforeText, Line, PredicateObject, Term
from didkit_fr.encoding.rdf.rdfc_tree import Node
from didkit_fr.encoding.rdf.reader import RDF_TYPE, STEPS, number, text, textual, types_of
from didkit_fr.encoding.rdf.terms import MAX_SCOPES, Row, Table, iri_of
from didkit_fr.errors import ParseError

__all__ = ["Uncovered", "nodes"]


class Uncovered(Exception):  # noqa: N818 - no error: the reference reads it
    """No plan covers this document."""


Step: TypeAlias = tuple[str, BeforeText, AfterText | None, Row | None]
"""A member, what is before and behind its text where that is a literal, its row; or, without a row, the types."""


class Plan(NamedTuple):
    """How nodes of one shape are read, in the order of the statements; `types` are those that the types make.

    `cost` is that of the statements, `length` that of what all statements of this shape have in their text, in steps.
    `rules` are those of members that known contexts name differently.
    """

    steps: tuple[Step, ...]
    types: tuple[PredicateObject, ...]
    named: bool
    headed: bool
    cost: int
    length: int
    rules: tuple[NameRule, ...]


_UNCOVERED: Final = Plan((), (), named=False, headed=False, cost=0, length=0, rules=())


class _Tree:
    """The nodes read so far, the identifiers that members refer to, how deep it is, and what may still be spent."""

    __slots__ = ("budget", "depth", "left", "made", "of_message", "referred", "rules")

    def __init__(self, max_quads: int, budget: Budget) -> None:
        self.made: dict[str, Node] = {}
        self.referred: list[Term] = []
        self.rules: set[NameRule] = set()
        self.budget, self.depth = budget, 0
        self.left = min(budget.steps, STEPS * max_quads)
        self.of_message = self.left == budget.steps

    def exceeded(self) -> ParseError:
        """The refusal of what costs more than is left, of the message or of what is read at most."""
        return ParseError("work_exceeded" if self.of_message else "input_too_large", "statements")


def nodes(document: JsonObject, table: Table, max_quads: int, budget: Budget) -> list[Node]:
    """What a document says, by subject.

    Raises:
        Uncovered: where the reference has to read it.
        ParseError: as `jsonld_reader.quads`.
    """
    tree = _Tree(max_quads, budget)
    allowed = tree.left
    try:
        _read(tree, document, table, "_", None)
    finally:
        budget.steps -= allowed - tree.left if tree.left > 0 else allowed
    made = tree.made
    if not next(iter(made.values())).tails:
        raise Uncovered
    # What is said of a node that is named twice could stand at either place.
    if tree.referred and not made.keys().isdisjoint(tree.referred):
        raise Uncovered
    if tree.rules:
        check_types(tree.rules, types_of(document, table, budget))
    return list(made.values())


def _read(tree: _Tree, value: JsonObject, active: Table, way: str, inbound: Line | None) -> Node:
    """Reads a node, to which the statement `inbound` leads; its name is `way` where it has none."""
    plan = _plan(value, active, tree.budget)
    if plan is _UNCOVERED:
        raise Uncovered
    tree.left -= plan.cost
    iri = iri_of(value["id"], active) if plan.named else None
    # What its statements share, its name, which has those of all above it, and what leads to it, before they are made.
    shared = plan.length + len(way) // 32
    tree.budget.spend(shared if iri is None else shared + plan.cost * len(iri) // (64 * STEPS))
    made, name = tree.made, iri or way
    if name in made or (plan.headed and made) or tree.depth > MAX_DEPTH:
        raise Uncovered
    if tree.left < 0:
        raise tree.exceeded()
    tree.rules.update(plan.rules)
    tails: list[PredicateObject] = []
    node = made[name] = Node(name, iri, tails, [], inbound)
    for member, before, behind, row in plan.steps:
        child = value[member]
        if behind is not None and child.__class__ is str:
            tails.append(nquads.predicate_text(before, child, behind))
            continue
        if row is None:
            tails += plan.types
            continue
        if child.__class__ is list:
            if len(child) != 1 or child[0].__class__ not in (str, dict):
                tails += _several(tree, node, row, child)
                continue
            child = child[0]
        if child.__class__ is dict and child and row.kind != "@vocab":
            _below(tree, row, child, node)
        else:
            tails.append(_tail(tree, row, child))
    return node


def _below(tree: _Tree, row: Row, child: JsonObject, node: Node) -> None:
    """Reads a node to which a member of another leads."""
    leading = row.inbound if node.iri is None else nquads.line(node.iri, row.to_a)
    tree.depth += 1
    below = _read(tree, child, row.below, f"{node.name} {row.escaped}", leading)
    tree.depth -= 1
    if below.iri is None:
        node.links.append((len(node.tails), row.predicate, below.name))
        node.tails.append(row.to_z)
    else:
        node.tails.append(nquads.predicate_object(row.predicate, below.iri))


def _several(tree: _Tree, node: Node, row: Row, values: list[JsonValue]) -> list[PredicateObject]:
    """The statements of an array in which nothing is a node, in their order."""
    tree.left -= STEPS * (len(values) - 1)
    if tree.left < 0:
        raise tree.exceeded()
    shared = len(row.to_z) + len(row.suffix) + (0 if node.iri is None else len(node.iri))
    tree.budget.spend(shared * len(values) // 64)
    tails = sorted({_tail(tree, row, one) for one in values})
    if len(values) == 1 or not tails or len(tails) != len(values):
        raise Uncovered
    return tails


def _tail(tree: _Tree, row: Row, value: JsonValue) -> PredicateObject:
    """The statement of what is no node."""
    if value.__class__ is not str:
        said = number(value, row)
    elif row.kind == "@id":
        said = iri_of(value, row.here)
        tree.referred.append(said)
    else:
        said = text(value, row)
    return nquads.predicate_object(row.predicate, said)


def _plan(value: JsonObject, active: Table, budget: Budget) -> Plan:
    stated = value.get("type", ())
    types = (stated,) if stated.__class__ is str else tuple(stated) if stated.__class__ is list else ()
    try:
        plan: Plan = active.plans[tuple(value), types]
    except (KeyError, TypeError):
        plan = _planned(value, types, active, budget)
    else:
        return plan
    if len(active.plans) >= MAX_SCOPES:
        active.plans.clear()
    active.plans[tuple(value), types] = plan
    return plan


def _planned(value: JsonObject, types: tuple[JsonValue, ...], active: Table, budget: Budget) -> Plan:
    """Plans of terms alone: there is no end of others."""
    own, typed, steps = active, tuple[PredicateObject, ...](), list[Step]()
    budget.spend(STEPS * (len(value) + len(types)))
    if "type" in value:
        if not types or not all(isinstance(one, str) and one in active.terms for one in types):
            raise Uncovered
        iris, own = active.of_types(types, budget)
        typed = tuple(sorted([nquads.predicate_object(RDF_TYPE, iri) for iri in iris]))
        steps.append(("type", nquads.before_text(RDF_TYPE), None, None))
    for name in value:
        if name in ("@context", "id", "type"):
            continue
        if name not in own.terms:
            raise Uncovered
        row = own.row(name, budget)
        if row.graph or row.kind == "@json":
            return _UNCOVERED
        closing = nquads.after_text(row.suffix) if textual(row) else None
        steps.append((name, nquads.before_text(row.predicate), closing, row))
    steps.sort(key=itemgetter(1))
    # One step is all the types.
    cost = STEPS * (len(steps) + max(0, len(typed) - 1))
    length = sum(len(before) + len(behind or "") for _, before, behind, _ in steps) + sum(map(len, typed))
    rules = tuple(dict.fromkeys([row.rule for *_, row in steps if row is not None and row.rule is not None]))
    return Plan(tuple(steps), typed, "id" in value, "@context" in value, cost, length // 64, rules)
