"""JSON-LD to statements by term tables, for documents whose statements leave one spelling of them.

A proof over statements says nothing of the JSON that spelt them: `false`, `[false]` and `{"@value": false}` are one
statement, a member that is null is none, and what is said of a node can be said wherever the node is named. Whoever
shows a document could choose. So everything is refused here but one spelling:

- Members are terms, each the only one of its property: no keywords (but `@context` at the head) and no IRIs.
- Nothing is null or empty. An array holds no array, and nothing twice; no number or truth value stands alone in one.
- A text with a language is the only value object. No blank node has an identifier.
- A number is given back by its statement: a whole one is an integer, and at most 2^53 - 1.
- What is said of a node stands at one place, of several that name it at the first by `_Place`.
- Names and words are those that the known contexts agree on, or that the document's types decide (`rdf/known_names`).

Whether a single text or object stands in an array, the order of an array, and whether a node of which nothing is said
is an object or its identifier alone remain free.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from math import isfinite
from typing import Final, NamedTuple

from didkit_fr.encoding import jcs
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.parts import MAX_DEPTH, parts
from didkit_fr.encoding.rdf import nquads
from didkit_fr.encoding.rdf.definitions import unsecured
from didkit_fr.encoding.rdf.known_names import NameRule, check_types
from didkit_fr.encoding.rdf.nquads import Link, PredicateObject, Quad, Term
from didkit_fr.encoding.rdf.terms import XSD, Row, Table, iri_of, word
from didkit_fr.errors import ParseError

__all__ = ["RDF_TYPE", "STEPS", "number", "quads", "text", "textual", "types_of"]

MAX_INTEGER: Final = 2**53 - 1
STEPS: Final = 8
"""What a statement costs that is read, in steps."""

MORE: Final = 2
"""Members of a node that make no statement: its context and its identifier."""

RDF_TYPE: Final = nquads.iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

# In data model 1.1, the contexts of a credential are added to those of the presentation; in 2.0 they stand alone.
_EMBEDS: Final = nquads.iri("https://www.w3.org/2018/credentials#verifiableCredential")
_SILENT: Final = frozenset({"@context", "id"})
_HEADS: Final = frozenset({"@context", "id", "type"})
_DOUBLE: Final = f"{XSD}double"
# What a number or a truth value is written as.
_NATIVE: Final = re.compile(r"true|false|-?(?:0|[1-9]\d{0,15})|-?\d\.\d{1,15}E-?\d{1,3}", re.ASCII)
_quad: Callable[[tuple[Term, PredicateObject, Link | None, str | None]], Quad] = partial(tuple.__new__, Quad)


class _Place(NamedTuple):
    """Where a node is named: how deep, by which property, of which node; and whether something is said of it there.

    Statements alone tell which place of a node comes first, if all nodes are spelt out at their first: depths are then
    the shortest ways from the document to them.
    """

    depth: int
    predicate: Term
    subject: Term
    said: bool


_place: Callable[[tuple[int, Term, Term, bool]], _Place] = partial(tuple.__new__, _Place)


def quads(
    document: JsonObject,
    table: Table,
    max_quads: int,
    table_of: Callable[[JsonObject], Table],
    *,
    budget: Budget,
    pointers: bool = True,
) -> list[Quad]:
    """The statements of a document; `table_of` gives the table of one that is embedded in it.

    Raises:
        ParseError: `jsonld_undefined_term`, `jsonld_iri_invalid`, `jsonld_unsecured`, `context_nested`,
            `json_surrogate`, `jcs_unrepresentable`, `json_depth`, `input_too_large`, `work_exceeded`.
    """
    reader = _Reader(document, table_of, max_quads, budget)
    reader.root(document, table, "" if pointers else None, 0)
    return reader.made


class _Graph:
    """What is being read into one graph, of which `head` is the document; the graph of all has no name."""

    __slots__ = ("end", "head", "name", "places", "rules")

    def __init__(self, head: JsonObject, name: Term | None) -> None:
        self.head, self.name = head, name
        self.end = nquads.END if name is None else nquads.statement_end(name)
        self.places: dict[Term, list[_Place]] = {}
        self.rules: set[NameRule] = set()


class _Reader:
    __slots__ = ("blank", "budget", "graph", "made", "max_quads", "table_of", "top")

    def __init__(
        self, document: JsonObject, table_of: Callable[[JsonObject], Table], max_quads: int, budget: Budget
    ) -> None:
        self.made: list[Quad] = []
        self.blank = 0
        self.top, self.graph, self.table_of = document, _Graph(document, None), table_of
        self.max_quads, self.budget = max_quads, budget

    def root(self, value: JsonObject, active: Table, pointer: str | None, depth: int) -> None:
        """Writes the node that a document, or what is in a graph of its own, begins with."""
        if value.keys() <= _SILENT:
            raise unsecured("a document of which nothing is said, whose identifier no statement has")
        subject = self.node(value, active, pointer, depth)
        if subject in self.graph.places:
            raise unsecured("a document that leads back to itself")
        for places in self.graph.places.values():
            if len(places) > 1:
                _check_places(places)
        if self.graph.rules:
            check_types(self.graph.rules, types_of(value, active, self.budget))

    def node(self, value: JsonObject, active: Table, pointer: str | None, depth: int) -> Term:
        """Writes a node; returns its name."""
        if depth > MAX_DEPTH:
            raise ParseError("json_depth")
        self._foresee(len(value) - 1)
        subject = iri_of(value["id"], active) if "id" in value else self._blank()
        own = self._typed(subject, value["type"], active, pointer) if "type" in value else active
        rows = own.rows
        for name, child in value.items():
            if name in _HEADS:
                # One below the head would change what is signed.
                if name == "@context" and value is not self.graph.head:
                    raise ParseError("context_nested")
                continue
            row = rows.get(name) or own.row(name, self.budget)
            if row.rule is not None:
                self.graph.rules.add(row.rule)
            where = None if pointer is None else f"{pointer}/{row.escaped}"
            if row.kind == "@json":
                self._add(subject, row.predicate, nquads.literal(_json(child, self.budget), row.suffix), where)
            elif child.__class__ is list:
                self._values(subject, row, child, where, depth)
            else:
                self._value(subject, row, child, where, depth)
        return subject

    def _foresee(self, statements: int) -> None:
        """Takes what statements cost before they are read; refuses at once what could not be read to its end."""
        if len(self.made) + statements > self.max_quads + MORE:
            raise ParseError("input_too_large", f"over {self.max_quads} statements")
        self.budget.spend(STEPS * (1 + statements))

    def _blank(self) -> Term:
        self.blank += 1
        return nquads.blank(f"b{self.blank - 1}")

    def _typed(self, subject: Term, types: JsonValue, active: Table, pointer: str | None) -> Table:
        """Writes the types of a node; returns the terms that they bring."""
        alone = types.__class__ is str
        if not alone and types.__class__ is not list:
            raise ParseError("jsonld_iri_invalid", "a type that is no text")
        if not alone:
            self._foresee(len(types))
        found = active.of_types((types,) if alone else tuple(types), self.budget)
        for at, iri in enumerate(found.iris):
            where = None if pointer is None else f"{pointer}/type" if alone else f"{pointer}/type/{at}"
            self._add(subject, RDF_TYPE, iri, where)
        return found.table

    def _values(self, subject: Term, row: Row, values: list[JsonValue], pointer: str | None, depth: int) -> None:
        if not values or (len(values) == 1 and values[0].__class__ not in (str, dict)):
            raise unsecured("an array of nothing, or of one number or truth value")
        self._foresee(len(values))
        first = len(self.made)
        for at, one in enumerate(values):
            self._value(subject, row, one, None if pointer is None else f"{pointer}/{at}", depth)
        # Two objects without identifier are two nodes, however alike; anything else said twice is said once.
        said = [one.tail for one in self.made[first:] if one.subject == subject]
        if len(set(said)) != len(said):
            raise unsecured("twice in an array")

    def _value(self, subject: Term, row: Row, value: JsonValue, pointer: str | None, depth: int) -> None:
        if value.__class__ is dict:
            said = self._object(row, value, pointer, depth)
        elif row.graph:
            raise unsecured("what is no object in the place of a graph")
        elif value.__class__ is not str:
            said = number(value, row)
        elif row.kind is None and not row.native:
            said = nquads.literal(value, row.suffix)
        else:
            said = text(value, row)
        if said[0] == "<" and row.kind != "@vocab":
            more = value.__class__ is dict and len(value) > 1
            self.graph.places.setdefault(said, []).append(_place((depth, row.predicate, subject, more)))
        self._add(subject, row.predicate, said, pointer)

    def _object(self, row: Row, value: JsonObject, pointer: str | None, depth: int) -> Term:
        """Writes what an object says of itself; returns what leads to it."""
        if "@value" in value:
            if row.graph:
                raise unsecured("a text in the place of a graph")
            return _in_language(value)
        if not value or row.kind == "@vocab":
            raise unsecured("an object of which nothing is said, or in the place of a word")
        return self._graph(value, row, pointer, depth) if row.graph else self.node(value, row.below, pointer, depth + 1)

    def _add(self, subject: Term, predicate: Term, said: Term, pointer: str | None) -> None:
        if len(self.made) >= self.max_quads:
            raise ParseError("input_too_large", f"over {self.max_quads} statements")
        # What many statements share is written in each of them.
        chars = len(subject) + len(predicate) + len(said) + (0 if pointer is None else len(pointer))
        self.budget.spend(chars // 64)
        graph = self.graph
        link = (predicate, said, graph.name) if graph.name is not None or said[0] == "_" else None
        self.made.append(_quad((subject, nquads.predicate_object(predicate, said, graph.end), link, pointer)))

    def _graph(self, value: JsonObject, row: Row, pointer: str | None, depth: int) -> Term:
        """Writes a proof, or a document embedded in another, in a graph that has no name; returns that graph."""
        if row.resets and self.graph.name is not None:
            raise unsecured("a document in a document in a document")
        if row.predicate == _EMBEDS and not row.resets and "@context" in value:
            return self._embedded(value, pointer, depth)
        table = self.table_of(value) if row.resets else row.below
        if not row.resets and "@context" in value:
            value = self._without_repetition(value)
        return self._in_graph(value, table, pointer, depth)

    def _in_graph(self, value: JsonObject, table: Table, pointer: str | None, depth: int) -> Term:
        outer, name = self.graph, self._blank()
        self.graph = _Graph(value, name)
        self.root(value, table, pointer, depth + 1)
        self.graph = outer
        return name

    def _embedded(self, value: JsonObject, pointer: str | None, depth: int) -> Term:
        """Writes a credential of data model 1.1, to whose contexts those of its presentation are added.

        Whoever has it in hand reads it with its own: without this, contexts could move between the two, and it would
        say something else by itself than what was signed.
        """
        first, blank = len(self.made), self.blank
        self._in_graph(value, self.table_of(value), pointer, depth)
        alone = self.made[first:]
        del self.made[first:]
        self.blank = blank
        name = self._in_graph(value, self.table_of({"@context": [*_listed(self.top), *_listed(value)]}), pointer, depth)
        if self.made[first:] != alone:
            raise unsecured("a credential that the contexts of its presentation change")
        return name

    def _without_repetition(self, proof: JsonObject) -> JsonObject:
        """A proof over the text of an embedded document repeats that one's contexts, or the first of them.

        See EdDSA Cryptosuites 1.0, section 3.3.2.
        """
        repeated, own = _listed(proof), _listed(self.graph.head)
        if self.graph.head is self.top or own[: len(repeated)] != repeated:
            raise ParseError("context_nested", "a proof whose contexts are not its document's")
        return {name: member for name, member in proof.items() if name != "@context"}


def types_of(document: JsonObject, table: Table, budget: Budget) -> tuple[Term, ...]:
    """The types of a document, which were read already."""
    stated = document.get("type", ())
    types = (stated,) if isinstance(stated, str) else tuple(stated)
    return table.of_types(types, budget).iris if types else ()


def text(value: str, row: Row) -> Term:
    """What a text says as a member's value.

    Raises:
        ParseError: `jsonld_undefined_term`, `jsonld_iri_invalid`, `jsonld_unsecured`, `json_surrogate`.
    """
    if row.kind is None:
        if row.native and _NATIVE.fullmatch(value) is not None:
            raise unsecured("a number or truth value that is written as text")
        return nquads.literal(value, row.suffix)
    return iri_of(value, row.here) if row.kind == "@id" else word(value, row.here)


def textual(row: Row) -> bool:
    """Whether any text is a literal that nothing else says."""
    return row.kind is None and not row.native


def number(value: JsonValue, row: Row) -> Term:
    """The literal of a number or a truth value.

    Raises:
        ParseError: `jsonld_unsecured`.
    """
    if row.type is not None and row.type[0] != "@" and not row.native:
        raise unsecured("a number or truth value where a text has to say it")
    if isinstance(value, bool):
        return nquads.literal("true" if value else "false", _kind(row, "boolean"))
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        whole = _double(float(value)) if row.type == _DOUBLE else str(value)
        return nquads.literal(whole, _kind(row, "integer"))
    if isinstance(value, float) and isfinite(value) and not value.is_integer():
        return nquads.literal(_double(value), _kind(row, "double"))
    raise unsecured("null, an array in an array, or a number that its statement does not give back")


def _double(value: float) -> str:
    """The canonical form of `xsd:double`, of 16 digits (JSON-LD 1.1 API section 8.2)."""
    mantissa, _, exponent = f"{value:.15E}".partition("E")
    written = f"{mantissa.rstrip('0')}{'0' if mantissa.rstrip('0')[-1] == '.' else ''}E{int(exponent)}"
    if float(written) != value:
        raise unsecured("a number that its statement does not give back")
    return written


def _kind(row: Row, default: str) -> nquads.LiteralSuffix:
    return row.suffix if row.native else _KINDS[default]


_KINDS: Final = {name: nquads.typed(nquads.iri(XSD + name)) for name in ("boolean", "integer", "double")}


def _in_language(value: JsonObject) -> Term:
    """The one value object (VC Data Model 2.0 section 11.1); its direction would be in no statement."""
    said, language = value["@value"], value.get("@language")
    if len(value) != 2 or said.__class__ is not str or language.__class__ is not str:  # noqa: PLR2004 - these two
        raise unsecured("a value object that is more, or less, than a text and its language")
    return nquads.literal(said, nquads.tagged(str(language)))


def _json(value: JsonValue, budget: Budget) -> str:
    """A JSON literal: its canonical text, of which a number that is whole has another spelling."""
    for one in parts(value, budget, steps=jcs.STEPS):
        if isinstance(one, float) and one.is_integer():
            raise unsecured("a whole number that is written as a fraction")
    return jcs.encode(value).decode()


def _listed(document: JsonObject) -> list[JsonValue]:
    stated = document.get("@context", [])
    return stated if isinstance(stated, list) else [stated]


def _check_places(places: Iterable[_Place]) -> None:
    """Refuses a node that is spelt out at another place than the first of those that name it."""
    ordered = sorted(places)
    if not any(place.said for place in ordered):
        return
    first, second = ordered[:2]
    # Nodes without identifier have no order that statements tell.
    alike = first[:2] == second[:2] and (nquads.is_blank(first.subject) or nquads.is_blank(second.subject))
    if alike or not first.said or any(place.said for place in ordered[1:]):
        raise unsecured("what is said of a node stands at another place than the first that names it")
