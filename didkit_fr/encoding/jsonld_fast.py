"""The fast twin of `jsonld`: from JSON straight to N-Quads by term tables, each statement with the pointer it is from.

What the tables do not cover (lists, graphs, languages, JSON literals, fractions, blank node identifiers, compact IRIs
...) raises `Uncovered`, and the processor reads the document: a property test holds the two equal.
"""

from collections.abc import Callable
from functools import partial

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.jsonld_terms import XSD, Row, Table, Uncovered, iri_of, word
from didkit_fr.encoding.nquads import Link, Quad, escape
from didkit_fr.errors import ParseError

__all__ = ["RDF_TYPE", "number", "quads"]

RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
MAX_INTEGER = 2**53 - 1

_HEADS = frozenset({"@context", "id", "type"})
_quad: Callable[[tuple[str, str, Link | None, str | None]], Quad] = partial(tuple.__new__, Quad)


def quads(
    document: JsonObject,
    table: Table,
    max_quads: int,
    table_of: Callable[[JsonObject], Table | None],
    *,
    pointers: bool = True,
) -> list[Quad]:
    """The statements of a document; `table_of` gives the table of one that is embedded in it.

    Raises:
        Uncovered: where the processor has to read it.
        ParseError: `jsonld_undefined_term`, `jsonld_iri_invalid`, `input_too_large`.
    """
    writer = _Writer(document, table_of)
    writer.node(document, table, "" if pointers else None)
    if len(writer.made) > max_quads:
        raise ParseError("input_too_large", f"over {max_quads} statements")
    return writer.made


class _Writer:
    __slots__ = ("blank", "end", "graph", "head", "made", "table_of")

    def __init__(self, document: JsonObject, table_of: Callable[[JsonObject], Table | None]) -> None:
        self.made: list[Quad] = []
        self.blank = 0
        self.graph: str | None = None
        self.head, self.end, self.table_of = document, " .\n", table_of

    def node(self, value: JsonObject, active: Table, pointer: str | None) -> str:
        """Writes a node; returns its name."""
        subject = f"<{iri_of(value['id'], active)}>" if "id" in value else self._blank()
        own = self._typed(subject, value["type"], active, pointer) if "type" in value else active
        rows = own.rows
        for name, child in value.items():
            if name in _HEADS:
                # One below the head would change what is signed: the processor's door tells which may stand there.
                if name == "@context" and value is not self.head:
                    raise Uncovered
                continue
            row = rows.get(name) or own.row(name)
            where = None if pointer is None else f"{pointer}/{row.escaped}"
            if child.__class__ is list:
                for at, one in enumerate(child):
                    self._value(subject, row, one, None if where is None else f"{where}/{at}")
            else:
                self._value(subject, row, child, where)
        return subject

    def _blank(self) -> str:
        self.blank += 1
        return f"_:b{self.blank - 1}"

    def _typed(self, subject: str, types: JsonValue, active: Table, pointer: str | None) -> Table:
        """Writes the types of a node; returns the terms that they bring."""
        alone = types.__class__ is str
        if not alone and types.__class__ is not list:
            raise Uncovered
        found = active.of_types((types,) if alone else tuple(types))
        for at, iri in enumerate(found.iris):
            where = None if pointer is None else f"{pointer}/type" if alone else f"{pointer}/type/{at}"
            self._add(subject, RDF_TYPE, iri, where)
        return found.table

    def _value(self, subject: str, row: Row, value: JsonValue, pointer: str | None) -> None:
        if value.__class__ is str:
            if row.kind is None:
                said = f'"{escape(value)}"{row.suffix}'
            elif row.kind == "@id":
                said = f"<{iri_of(value, row.here)}>"
            else:
                said = f"<{word(value, row.here)}>"
        elif value.__class__ is dict and value:
            said = self._graph(value, row, pointer) if row.graph else self.node(value, row.below, pointer)
        elif value is None:
            return
        else:
            said = number(value, row.type)
        if row.graph and value.__class__ is not dict:
            raise Uncovered
        self._add(subject, row.predicate, said, pointer)

    def _add(self, subject: str, predicate: str, said: str, pointer: str | None) -> None:
        link = (predicate, said, self.graph) if self.graph is not None or said[0] == "_" else None
        self.made.append(_quad((subject, f"{predicate} {said}{self.end}", link, pointer)))

    def _graph(self, value: JsonObject, row: Row, pointer: str | None) -> str:
        """Writes a proof, or a document embedded in another, in a graph that has no name; returns that graph."""
        if row.resets and self.graph is not None:
            raise Uncovered
        table = self.table_of(value) if row.resets else row.below
        if table is None:
            raise Uncovered
        outer, graph = (self.head, self.graph, self.end), self._blank()
        self.head, self.graph, self.end = value if row.resets else self.head, graph, f" {graph} .\n"
        self.node(value, table, pointer)
        self.head, self.graph, self.end = outer
        return graph


def number(value: JsonValue, kind: str | None) -> str:
    """The literal of a number or a truth value.

    Raises:
        Uncovered: for all else.
    """
    if isinstance(value, bool):
        return f'"{"true" if value else "false"}"^^<{_datatype(kind, "boolean")}>'
    if not isinstance(value, int) or abs(value) > MAX_INTEGER or kind == f"{XSD}double":
        raise Uncovered
    return f'"{value}"^^<{_datatype(kind, "integer")}>'


def _datatype(kind: str | None, default: str) -> str:
    return XSD + default if kind is None or kind[0] == "@" else kind
