"""The terms of JSON-LD contexts, compiled once into tables: what each member of a document means where it stands.

Scoped contexts are tables of their own. What a table cannot say, no proof over statements is made or believed of: a
context with features that are not read here, a name or a word that has another spelling in the same table.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonValue
from didkit_fr.encoding.rdf import nquads
from didkit_fr.encoding.rdf.definitions import MAX_NESTED, Definition, check_chars, defined, unsecured
from didkit_fr.encoding.rdf.known_names import SETTINGS, Known, NameRule
from didkit_fr.encoding.rdf.nquads import PLAIN, A, Line, LiteralSuffix, PredicateObject, Term, Z
from didkit_fr.errors import ParseError

__all__ = [
    "MAX_SCOPES",
    "UNRESOLVED",
    "XSD",
    "Made",
    "Row",
    "Table",
    "Types",
    "compile_contexts",
    "iri_of",
    "word",
]

UNRESOLVED: Final = "unresolved-reference"
MAX_SCOPES: Final = 256
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_JSON: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"
_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
# Published contexts spell the namespace of XML Schema with "https" too.
_NATIVE: Final = frozenset(
    f"{scheme}://www.w3.org/2001/XMLSchema#{name}"
    for scheme in ("http", "https")
    for name in (
        *("boolean", "decimal", "double", "float", "integer", "long", "int", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)


class Row(NamedTuple):
    """How a member of a node is written: predicate, what texts are, the tables for words and for nodes below.

    `kind` is "@id" or "@vocab" where texts are references or words, "@json" where any value is a literal. `native`
    where numbers and truth values have the member's datatype, so that a text could say the same. `to_a`, `to_z` and
    `inbound` are what leads to a blank node, as `rdfc_tree` has it. `rule` where known contexts name it differently.
    """

    predicate: Term
    kind: str | None
    suffix: LiteralSuffix
    here: "Table"
    below: "Table"
    escaped: str
    type: str | None
    native: bool
    graph: bool
    resets: bool
    to_a: PredicateObject
    to_z: PredicateObject
    inbound: Line
    rule: NameRule | None


class Types(NamedTuple):
    """The types of a node in the order given, and the tables that hold in it."""

    iris: tuple[Term, ...]
    table: "Table"


class Made:
    """How many definitions the tables hold that were made; the owner of the tables bounds it."""

    __slots__ = ("definitions",)

    def __init__(self) -> None:
        self.definitions = 0


class Table:
    """The terms at one place of a document; `previous` is what holds again in the nodes below."""

    __slots__ = (
        *(
            "aliased",
            "known",
            "made",
            "names",
            "plans",
            "previous",
            "rows",
            "scopes",
            "terms",
            "types",
            "vocab",
            "words",
        ),
    )

    def __init__(
        self,
        known: Known,
        terms: Mapping[str, Definition],
        vocab: str | None,
        previous: "Table | None",
        made: Made,
    ) -> None:
        self.known, self.terms, self.vocab, self.previous, self.made = known, terms, vocab, previous, made
        self.scopes: dict[tuple[str, ...], tuple[Definition | None, Table]] = {}
        self.rows: dict[str, Row] = {}
        self.types: dict[tuple[str, ...], Types] = {}
        self.plans: dict[tuple[object, ...], Any] = {}
        self.words: dict[str, Term] = {}
        self.names: dict[str, str] | None = None
        self.aliased = all(one in terms and terms[one].iri == f"@{one}" for one in ("id", "type"))

    def below(self) -> "Table":
        """The terms in a node below, where types speak of their own node alone."""
        return self.previous or self

    def name_of(self, iri: str) -> str | None:
        """The one term by which an IRI is named here; of several, the last in the order of their texts."""
        names = self.names
        if names is None:
            # Kept when it is whole: another thread would take what is missing for what nothing names.
            names = {term.iri: name for name, term in sorted(self.terms.items()) if term.iri is not None}
            self.names = names
        return names.get(iri)

    def row(self, name: str, budget: Budget) -> "Row":
        """How a member of a node is written; remembered for each term, of which a table has so many.

        Raises:
            ParseError: `jsonld_undefined_term`, `jsonld_iri_invalid`, `jsonld_unsecured`, `input_too_large`,
                `work_exceeded`.
        """
        term = self.terms.get(name)
        if term is None:
            return self._row(name, _undefined(name, self), budget)
        row = self.rows[name] = self._row(name, term, budget)
        return row

    def _row(self, name: str, term: Definition, budget: Budget) -> "Row":
        if term.iri is None:
            raise ParseError("jsonld_undefined_term")
        if not term.covered or term.iri[0] == "@" or term.iri == _RDF_TYPE:
            raise unsecured("a member that makes no statement of its own")
        if self.name_of(term.iri) not in (name, None):
            raise unsecured("a second name of one property")
        # A scoped context holds for a word here, and for a node below in what is left of this node's types.
        here = self if term.scoped is None else self.property(name, self, budget)
        below = self.below() if term.scoped is None else self.property(name, self.below(), budget)
        # Its predicate is in all that is kept of it.
        budget.spend(len(term.iri) // 16)
        predicate = nquads.iri(term.iri)
        to_a = nquads.predicate_object(predicate, A)
        return Row(
            predicate=predicate,
            kind=term.type if term.type in ("@id", "@vocab", "@json") else None,
            suffix=_suffix(term.type),
            here=here,
            below=below,
            escaped=_escaped(name),
            type=term.type,
            native=term.type in _NATIVE,
            graph=term.graph,
            resets=term.resets,
            to_a=to_a,
            to_z=nquads.predicate_object(predicate, Z),
            inbound=nquads.line(Z, to_a),
            rule=self.known.rule(term.iri, name, term.type),
        )

    def of_types(self, types: tuple[JsonValue, ...], budget: Budget) -> "Types":
        """What the types of a node say; remembered for those that are terms, as there are few.

        Raises:
            ParseError: `jsonld_undefined_term`, `jsonld_iri_invalid`, `jsonld_unsecured`, `work_exceeded`.
        """
        try:
            return self.types[types]
        except (KeyError, TypeError):
            if not all(isinstance(one, str) for one in types):
                raise ParseError("jsonld_iri_invalid", "a type that is no text") from None
        if not self.aliased:
            raise unsecured("contexts in which id and type are no words")
        iris = tuple(word(one, self) for one in types)
        if not iris or len(set(iris)) != len(iris):
            raise unsecured("types of which there is none, or one twice")
        found = Types(iris, self._typed(types, budget))
        if self.terms.keys() >= set(types) and len(self.types) < MAX_SCOPES:
            self.types[types] = found
        return found

    def _typed(self, types: Iterable[str], budget: Budget) -> "Table":
        """The terms of a node of these types, in the order that the standard gives them."""
        scoped = tuple(sorted({one for one in types if one in self.terms and self.terms[one].scoped is not None}))
        if not scoped:
            return self
        kept = self.scopes.get(scoped)
        if kept is not None:
            return kept[1]
        found = self
        for one in scoped:
            found = _extend(found, self.terms[one].scoped, budget, previous=self)
        return self.keep(scoped, None, found)

    def property(self, name: str, base: "Table", budget: Budget) -> "Table":
        """The terms below a property of this node."""
        definition = self.terms[name]
        if definition.scoped is None:
            return base
        # A property may be defined by a type: what it scopes is one thing for each definition, which is kept with it.
        key = ("", name, str(id(definition)))
        kept = base.scopes.get(key)
        if kept is not None:
            return kept[1]
        return base.keep(key, definition, _extend(base, definition.scoped, budget, override=True))

    def keep(self, key: tuple[str, ...], definition: Definition | None, table: "Table") -> "Table":
        """Remembers a table; there are no more than a document with reasonable types has."""
        if len(self.scopes) >= MAX_SCOPES:
            self.scopes.clear()
        self.scopes[key] = (definition, table)
        return table


def compile_contexts(contexts: Iterable[str], known: Known, made: Made, budget: Budget) -> Table:
    """Compiles a document's contexts, all of which are known.

    Raises:
        ParseError: `context_unknown`, `jsonld_protected_term`, `jsonld_unsecured`, `input_too_large`, `work_exceeded`.
    """
    return _extend(Table(known, {}, None, None, made), list(contexts), budget)


def _extend(
    base: Table,
    local: JsonValue,
    budget: Budget,
    *,
    override: bool = False,
    previous: Table | None = None,
    depth: int = 0,
) -> Table:
    budget.spend(1)
    if depth > MAX_NESTED:
        raise unsecured("contexts that name each other")
    if isinstance(local, str):
        if local not in base.known.documents:
            raise ParseError("context_unknown")
        if local in base.known.unread:
            raise unsecured("a context with features that are not read here")
        local = base.known.documents[local]
    if isinstance(local, list):
        for one in local:
            base = _extend(base, one, budget, override=override, previous=previous, depth=depth + 1)
        return base
    if not isinstance(local, dict) or any(name[:1] == "@" and name not in SETTINGS for name in local):
        raise unsecured("a context with features that are not read here")
    vocab = local.get("@vocab", base.vocab)
    if vocab is not None and not (isinstance(vocab, str) and nquads.is_iri(check_chars(vocab))):
        raise unsecured("a context whose vocabulary is no IRI")
    # Each definition is looked at, and those that stay are copied.
    budget.spend(1 + 4 * len(local) + len(base.terms) // 8)
    terms = defined(base.terms, local, vocab, budget, override=override)
    base.made.definitions += len(terms)
    return Table(base.known, terms, vocab, previous if previous is not None else base.previous, base.made)


def iri_of(value: JsonValue, table: Table) -> Term:
    """The absolute IRI that an identifier is; it is no compact one, and no blank node.

    Raises:
        ParseError: `jsonld_iri_invalid`, `jsonld_unsecured`.
    """
    if value.__class__ is not str:
        raise ParseError("jsonld_iri_invalid", "no text")
    if not table.aliased:
        raise unsecured("contexts in which id and type are no words")
    scheme, colon, _ = value.partition(":")
    if colon and (scheme == "_" or scheme in table.terms):
        raise unsecured("an identifier of a blank node, or a compact one")
    if scheme == UNRESOLVED:
        raise ParseError("jsonld_iri_invalid")
    return nquads.iri(value)


def word(value: str, table: Table) -> Term:
    """The IRI of a type, or of a value that is a word of the vocabulary; remembered for terms, as there are few.

    Raises:
        ParseError: `jsonld_undefined_term`, `jsonld_iri_invalid`, `jsonld_unsecured`.
    """
    found = table.words.get(value)
    if found is None:
        term = table.terms.get(value)
        if term is None:
            return _no_term(value, table)
        found = table.words[value] = _word(value, term, table)
    return found


def _word(value: str, term: Definition, table: Table) -> Term:
    if term.iri is None or term.iri[:1] == "@":
        raise unsecured("a word that names nothing")
    if table.name_of(term.iri) != value:
        raise unsecured("a second name of one word")
    table.known.check_word(term.iri, value)
    return nquads.iri(term.iri)


def _no_term(value: str, table: Table) -> Term:
    """The IRI of a word that is written out, or that only the vocabulary has."""
    if ":" in value:
        found = iri_of(value, table)
        iri, name = str(found[1:-1]), None
    elif table.vocab is None:
        raise ParseError("jsonld_undefined_term", "a type or value")
    else:
        iri, name = table.vocab + value, value
        found = nquads.iri(iri)
    table.known.check_word(iri, name)
    if table.name_of(iri) is not None:
        raise unsecured("a word that is written out")
    return found


def _undefined(name: str, table: Table) -> Definition:
    if name[:1] == "@" or ":" in name:
        raise unsecured("a name that is no term")
    if table.vocab is None:
        raise ParseError("jsonld_undefined_term")
    iri = check_chars(table.vocab + name)
    if not nquads.is_iri(iri):
        raise ParseError("jsonld_iri_invalid", "a name that is no part of an IRI")
    table.known.check_word(iri, name)
    return Definition(iri, None, None, prefix=False, protected=False, covered=True)


def _suffix(type_: str | None) -> LiteralSuffix:
    if type_ == "@json":
        return nquads.typed(nquads.iri(_JSON))
    return PLAIN if type_ is None or type_[0] == "@" else nquads.typed(nquads.iri(type_))


def _escaped(name: str) -> str:
    return name if "/" not in name and "~" not in name else name.replace("~", "~0").replace("/", "~1")
