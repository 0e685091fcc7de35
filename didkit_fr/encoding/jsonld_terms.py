"""The terms of JSON-LD contexts, compiled once into tables: what each member of a document means where it stands.

Scoped contexts are tables of their own. What a table cannot say raises `Uncovered`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError

__all__ = [
    "ABSOLUTE",
    "MAX_SCOPES",
    "UNRESOLVED",
    "XSD",
    "Row",
    "Table",
    "Types",
    "Uncovered",
    "compile_contexts",
    "iri_of",
    "word",
]

ABSOLUTE: Final = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`\x7f]*')
UNRESOLVED: Final = "unresolved-reference"
MAX_SCOPES: Final = 256

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_SETTINGS: Final = frozenset({"@version", "@protected", "@vocab"})
_DEFINED: Final = frozenset({"@id", "@type", "@container", "@context", "@protected", "@prefix"})


class Uncovered(Exception):  # noqa: N818 - no error: the other twin reads it
    """The tables do not cover this document."""


class Term(NamedTuple):
    """A term's definition; `covered` is whether the tables know all of it.

    `graph` where what it leads to makes its statements in a graph of their own; `resets` where no term holds there.
    """

    iri: str | None
    type: str | None
    scoped: Any
    prefix: bool
    protected: bool
    covered: bool
    graph: bool = False
    resets: bool = False


class Row(NamedTuple):
    """How a member of a node is written: predicate, what texts are, the tables for words and for nodes below."""

    predicate: str
    kind: str | None
    suffix: str
    here: "Table"
    below: "Table"
    escaped: str
    type: str | None
    graph: bool
    resets: bool


class Types(NamedTuple):
    """The types of a node in the order given, and the tables that hold in it."""

    iris: tuple[str, ...]
    table: "Table"


class Table:
    """The terms at one place of a document; `previous` is what holds again in the nodes below."""

    __slots__ = ("aliased", "documents", "plans", "previous", "rows", "scopes", "terms", "types", "vocab")

    def __init__(
        self, documents: Mapping[str, Any], terms: Mapping[str, Term], vocab: str | None, previous: "Table | None"
    ) -> None:
        self.documents, self.terms, self.vocab, self.previous = documents, terms, vocab, previous
        self.scopes: dict[tuple[str, ...], Table] = {}
        self.rows: dict[str, Row] = {}
        self.types: dict[tuple[str, ...], Types] = {}
        self.plans: dict[tuple[object, ...], Any] = {}
        self.aliased = all(one in terms and terms[one].iri == f"@{one}" for one in ("id", "type"))

    def below(self) -> "Table":
        """The terms in a node below, where types speak of their own node alone."""
        return self.previous or self

    def row(self, name: str) -> "Row":
        """How a member of a node is written; remembered for each term, of which a table has so many."""
        term = self.terms.get(name)
        if term is None:
            return self._row(name, _undefined(name, self))
        self.rows[name] = self._row(name, term)
        return self.rows[name]

    def _row(self, name: str, term: Term) -> "Row":
        if not term.covered or term.iri is None or term.iri[0] == "@":
            raise Uncovered
        # A scoped context holds for a word here, and for a node below in what is left of this node's types.
        here = self if term.scoped is None else self.property(name, self)
        below = self.below() if term.scoped is None else self.property(name, self.below())
        kind = term.type if term.type in ("@id", "@vocab") else None
        suffix = "" if term.type is None or term.type[0] == "@" else f"^^<{term.type}>"
        if term.type is not None and term.type[0] == "@" and term.type not in ("@id", "@vocab", "@none"):
            raise Uncovered
        escaped = _escaped(name)
        return Row(f"<{term.iri}>", kind, suffix, here, below, escaped, term.type, term.graph, term.resets)

    def of_types(self, types: tuple[JsonValue, ...]) -> "Types":
        """What the types of a node say; remembered for those that are terms, as there are few."""
        try:
            return self.types[types]
        except (KeyError, TypeError):
            if not self.aliased or not all(isinstance(one, str) for one in types):
                raise Uncovered from None
        found = Types(tuple(f"<{word(one, self)}>" for one in types), self._typed(types))
        if len(set(types)) == len(types) and self.terms.keys() >= set(types) and len(self.types) < MAX_SCOPES:
            self.types[types] = found
        return found

    def _typed(self, types: Iterable[str]) -> "Table":
        """The terms of a node of these types, in the order that the standard gives them."""
        scoped = tuple(sorted({one for one in types if one in self.terms and self.terms[one].scoped is not None}))
        if not scoped:
            return self
        found = self.scopes.get(scoped)
        if found is None:
            found = self
            for one in scoped:
                found = _extend(found, self.terms[one].scoped, override=False, previous=self)
            self.keep(scoped, found)
        return found

    def property(self, name: str, base: "Table") -> "Table":
        """The terms below a property of this node."""
        scoped = self.terms[name].scoped
        if scoped is None:
            return base
        # A property may be defined by a type: what it scopes is one thing for each definition.
        key = ("", name, str(id(self.terms[name])))
        found = base.scopes.get(key)
        if found is None:
            found = _extend(base, scoped, override=True, previous=None)
            base.keep(key, found)
        return found

    def keep(self, key: tuple[str, ...], table: "Table") -> None:
        """Remembers a table; there are no more than a document with reasonable types has."""
        if len(self.scopes) >= MAX_SCOPES:
            raise Uncovered
        self.scopes[key] = table


def compile_contexts(contexts: Iterable[str], documents: Mapping[str, Any]) -> Table:
    """Compiles a document's contexts, all of which are known."""
    return _extend(Table(documents, {}, None, None), list(contexts), override=False, previous=None)


def _extend(base: Table, local: JsonValue, *, override: bool, previous: Table | None, depth: int = 0) -> Table:
    if depth > 8:  # noqa: PLR2004 - contexts that name each other
        raise Uncovered
    if isinstance(local, str):
        if local not in base.documents:
            raise Uncovered
        local = base.documents[local]
    if isinstance(local, list):
        for one in local:
            base = _extend(base, one, override=override, previous=previous, depth=depth + 1)
        return base
    if not isinstance(local, dict) or any(name[:1] == "@" and name not in _SETTINGS for name in local):
        raise Uncovered
    vocab = local.get("@vocab", base.vocab)
    if vocab is not None and ABSOLUTE.fullmatch(vocab) is None:
        raise Uncovered
    definer = _Definer(base, local, vocab)
    for name in local:
        if name[:1] != "@":
            definer.define(name, override=override)
    return Table(base.documents, definer.terms, vocab, previous if previous is not None else base.previous)


class _Definer:
    """Defines the terms of one context, each after those that it is written with."""

    def __init__(self, base: Table, local: Mapping[str, Any], vocab: str | None) -> None:
        self.local, self.vocab, self.base = local, vocab, base.terms
        self.terms, self.done = dict(base.terms), set[str]()
        self.protected = local.get("@protected", False)

    def define(self, name: str, *, override: bool) -> None:
        if name in self.done:
            return
        self.done.add(name)
        self.override = override
        stated = self.local[name]
        value = {"@id": stated} if isinstance(stated, str) or stated is None else stated
        if not isinstance(value, dict):
            raise Uncovered
        iri = self._iri(value["@id"], name) if "@id" in value else self._own(name)
        container = value.get("@container", [])
        listed = [container] if isinstance(container, str) else container
        plain = isinstance(listed, list) and all(one in ("@set", "@graph") for one in listed)
        simple = isinstance(stated, str) and iri is not None and iri[-1] in ":/?#[]@"
        stated_type = value.get("@type")
        term = Term(
            iri=iri,
            type=None if stated_type is None else self._iri(stated_type, name),
            scoped=value.get("@context"),
            prefix=value.get("@prefix", simple),
            protected=value.get("@protected", self.protected),
            covered=plain and value.keys() <= _DEFINED and (stated_type != "@json"),
            graph="@graph" in listed,
            resets="@context" in value and value["@context"] is None,
        )
        old = self.base.get(name)
        if old is not None and old.protected and not override:
            if old._replace(protected=True) != term._replace(protected=True):
                raise Uncovered
            term = old
        self.terms[name] = term

    def _own(self, name: str) -> str | None:
        if ":" in name:
            return self._iri(name, "")
        if self.vocab is None:
            raise Uncovered
        return _absolute(self.vocab + name)

    def _iri(self, value: JsonValue, name: str) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise Uncovered
        if value[:1] == "@":
            return str(value)
        prefix, colon, rest = value.partition(":")
        first = value if value in self.local and value != name else prefix
        if first in self.local and first not in self.done:
            self.define(first, override=self.override)
        if value in self.terms and value != name:
            return self.terms[value].iri
        if colon and not rest.startswith("//") and prefix in self.terms and self.terms[prefix].prefix:
            value = f"{self.terms[prefix].iri}{rest}"
        elif not colon and self.vocab is not None:
            value = self.vocab + value
        return _absolute(value)


def _absolute(iri: str) -> str:
    """What is written into statements as it is: space, or a line feed, in a context would make others of them."""
    if ABSOLUTE.fullmatch(iri) is None:
        raise Uncovered
    return str(iri)


def iri_of(value: JsonValue, table: Table) -> str:
    """An absolute IRI.

    Raises:
        Uncovered: where the processor has to read it.
        ParseError: `jsonld_iri_invalid`.
    """
    if value.__class__ is not str or not table.aliased:
        raise Uncovered
    scheme = value.partition(":")[0]
    if scheme not in table.terms and ABSOLUTE.fullmatch(value) is not None and scheme != UNRESOLVED:
        return str(value)
    if scheme in table.terms or scheme == "_" or scheme[:1] == "@":
        raise Uncovered
    raise ParseError("jsonld_iri_invalid")


def word(value: str, table: Table) -> str:
    """The IRI of a type, or of a value that is a word of the vocabulary.

    Raises:
        Uncovered: where the processor has to read it.
        ParseError: `jsonld_undefined_term`, `jsonld_iri_invalid`.
    """
    term = table.terms.get(value)
    if term is not None:
        if term.iri is None or term.iri[:1] == "@":
            raise Uncovered
        return term.iri
    if ":" not in value:
        if table.vocab is None:
            raise ParseError("jsonld_undefined_term", "a type or value")
        value = table.vocab + value
    return iri_of(value, table)


def _undefined(name: str, table: Table) -> Term:
    if name[:1] == "@" or ":" in name:
        raise Uncovered
    if table.vocab is None:
        raise ParseError("jsonld_undefined_term")
    iri = table.vocab + name
    if ABSOLUTE.fullmatch(iri) is None:
        raise Uncovered
    return Term(iri, None, None, prefix=False, protected=False, covered=True)


def _escaped(name: str) -> str:
    return name if "/" not in name and "~" not in name else name.replace("~", "~0").replace("/", "~1")
