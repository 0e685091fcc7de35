"""From JSON straight to statements, through a compiled table of terms; held equal to the full processor by a test.

The steps are those of expansion and of serialisation to RDF (JSON-LD 1.1 API sections 5.1.2 and 7.1.2), in one pass,
for what credentials are made of. What is not covered is left to the full processor, refusals too: there is one place
that says what is wrong with a document.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.jsonld import Quad
from didkit_fr.encoding.jsonld_active import Active, NotCoveredError, Term, compiled, meaning
from didkit_fr.encoding.jsonld_contexts import Contexts, name_of
from didkit_fr.encoding.nquads import quoted

__all__ = ["NotCoveredError", "to_quads"]

_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
_DOUBLE = "http://www.w3.org/2001/XMLSchema#double"
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_MAX_INTEGER = 10**21

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


class _Place(NamedTuple):
    """Where statements go: their graph (empty: the default one), and the JSON pointer."""

    graph: str
    pointer: str

    def below(self, name: str | int) -> "_Place":
        step = name.replace("~", "~0").replace("/", "~1") if isinstance(name, str) else name
        return _Place(self.graph, f"{self.pointer}/{step}")


class _Writer:
    """Collects statements and names blank nodes."""

    def __init__(self, max_quads: int) -> None:
        self.quads: list[Quad] = []
        self._blank, self._max = 0, max_quads

    def blank(self) -> str:
        self._blank += 1
        return f"_:b{self._blank - 1}"

    def write(self, subject: str, predicate: str, object_: str, place: _Place) -> None:
        if len(self.quads) > self._max:
            raise NotCoveredError
        self.quads.append(Quad(f"{subject} {predicate} {object_}{place.graph} .\n", place.pointer))


def to_quads(document: JsonObject, contexts: Contexts, max_quads: int) -> tuple[Quad, ...]:
    """The statements of a document whose contexts were checked to be names of known ones.

    Raises:
        NotCoveredError: the full processor is due.
    """
    writer = _Writer(max_quads)
    _node(document, compiled(contexts, _urls(document)), writer, _Place("", ""))
    return tuple(writer.quads)


def _urls(document: JsonObject) -> tuple[str, ...]:
    if "@context" not in document:
        raise NotCoveredError
    stated = document["@context"]
    return tuple(map(name_of, stated)) if isinstance(stated, list) else (name_of(stated),)


def _node(value: JsonObject, active: Active, writer: _Writer, place: _Place) -> str:
    """Writes a node's statements; returns its name."""
    types = _types(value, active)
    inner = active.of_types(tuple(types.values())) if types else active
    subject = _subject(value, inner, writer)
    for pointer, one in types.items():
        writer.write(subject, _TYPE, _iri(active.iri(one, vocab=True)), _Place(place.graph, place.pointer + pointer))
    for name, member in value.items():
        if name == "@context":
            continue
        if name.startswith("@"):
            raise NotCoveredError
        term = inner.terms.get(name) or Term(inner.iri(name, vocab=True))
        iri = meaning(term)
        if iri.startswith("@"):
            continue
        _property(subject, (term, _iri(iri)), member, inner, writer, place.below(name))
    return subject


def _types(value: JsonObject, active: Active) -> dict[str, str]:
    """The types of a node by where they stand below it."""
    found: dict[str, str] = {}
    for name, member in value.items():
        if name not in active.terms or active.terms[name].iri != "@type":
            continue
        if found or not (isinstance(member, (str, list))):
            raise NotCoveredError
        listed = (
            {f"/{name}": member} if isinstance(member, str) else {f"/{name}/{at}": one for at, one in enumerate(member)}
        )
        if not all(isinstance(one, str) for one in listed.values()):
            raise NotCoveredError
        found = listed
    return found


def _subject(value: JsonObject, active: Active, writer: _Writer) -> str:
    ids = [member for name, member in value.items() if name in active.terms and active.terms[name].iri == "@id"]
    if not ids:
        return writer.blank()
    if len(ids) > 1 or not isinstance(ids[0], str):
        raise NotCoveredError
    return _iri(active.iri(ids[0], vocab=False))


def _property(
    subject: str, defined: tuple[Term, str], member: JsonValue, active: Active, writer: _Writer, place: _Place
) -> None:
    term, predicate = defined
    scoped = active.within(term) if term.scoped else active
    for value, at in _each(member, place):
        if value is None:
            continue
        if isinstance(value, dict):
            _object(subject, (term, predicate), value, active, writer, at)
        elif term.graph:
            raise NotCoveredError
        else:
            writer.write(subject, predicate, _scalar(value, term, scoped), at)


def _each(member: JsonValue, place: _Place) -> Iterator[tuple[JsonValue, _Place]]:
    if not isinstance(member, list):
        yield member, place
        return
    for at, value in enumerate(member):
        if isinstance(value, list):
            raise NotCoveredError
        yield value, place.below(at)


def _object(
    subject: str, defined: tuple[Term, str], value: JsonObject, active: Active, writer: _Writer, place: _Place
) -> None:
    """A node below a property, in a graph of its own where the property's container says so; or a text with language."""
    term, predicate = defined
    if "@value" in value:
        writer.write(subject, predicate, _text(value), place)
        return
    # What a type's context says ends here; then comes what the property's own adds, then the object's (steps 7 to 9).
    reverts = active.previous is not None and not _is_reference(value, active)
    below = active.previous if reverts and active.previous is not None else active
    if term.scoped:
        below = below.within(term)
    if "@context" in value:
        below = below.of_list(_urls(value))
    if not term.graph:
        writer.write(subject, predicate, _node(value, below, writer, place), place)
        return
    graph = writer.blank()
    writer.write(subject, predicate, graph, place)
    _node(value, below, writer, _Place(f" {graph}", place.pointer))


def _is_reference(value: JsonObject, active: Active) -> bool:
    """Whether an object is nothing but the name of a node."""
    return len(value) == 1 and all(name in active.terms and active.terms[name].iri == "@id" for name in value)


def _text(value: JsonObject) -> str:
    text, language = value.get("@value"), value.get("@language")
    if set(value) - {"@value", "@language"} or not isinstance(text, str):
        raise NotCoveredError
    if "@language" not in value:
        return quoted(text)
    if not isinstance(language, str) or _LANGUAGE.fullmatch(language) is None:
        raise NotCoveredError
    return f"{quoted(text)}@{language.lower()}"


def _scalar(value: JsonValue, term: Term, active: Active) -> str:
    """Section 5.3, value expansion, then section 7.2.2."""
    kind = term.type
    if isinstance(value, str):
        if kind == "@id":
            return _iri(active.iri(value, vocab=False))
        if kind == "@vocab":
            return _iri(active.iri(value, vocab=True))
        return quoted(value) if kind in (None, "@none", _STRING) else f"{quoted(value)}^^<{kind}>"
    datatype = None if kind is None or kind.startswith("@") else kind
    if isinstance(value, bool):
        return f'"{"true" if value else "false"}"^^<{datatype or _BOOLEAN}>'
    if not isinstance(value, int) or abs(value) >= _MAX_INTEGER or datatype == _DOUBLE:
        raise NotCoveredError
    return f'"{value}"^^<{datatype or _INTEGER}>'


def _iri(text: str) -> str:
    if _IRI.fullmatch(text) is None:
        raise NotCoveredError
    return f"<{text}>"
