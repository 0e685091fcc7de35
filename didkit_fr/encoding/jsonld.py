"""JSON-LD 1.1 to RDF, with known contexts only, each pinned by the hash of what was published.

Everything in a document that is not a statement would not be signed: undefined terms, relative references and contexts
inside the document are refused. Where `jsonld_fast` covers a document it reads it, else the processor of `pyld` does.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from didkit_fr.encoding import json, jsonld_fast, jsonld_terms, jsonld_tree, nquads
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.jsonld_terms import Table, Uncovered
from didkit_fr.encoding.nquads import Quad
from didkit_fr.encoding.rdfc_fast import Node
from didkit_fr.errors import ParseError

__all__ = [
    "KNOWN",
    "MAX_CONTEXTS",
    "MAX_QUADS",
    "Contexts",
    "Quad",
    "check_contexts",
    "expand",
    "loader",
    "to_nodes",
    "to_quads",
]

MAX_QUADS = 4_096
MAX_CONTEXTS = 16
MAX_CONTEXT_BYTES = 262_144

T = TypeVar("T")

_MAX_TABLES = 64
# What a relative reference is resolved against, so that it is known again: no document may use this scheme.
_UNRESOLVED = f"{jsonld_terms.UNRESOLVED}:"
_PROTECTED = "protected term redefinition"
_EMBEDDED = "verifiableCredential"


class Contexts:
    """The contexts that are believed, and the tables compiled of them."""

    __slots__ = ("_added", "_resolver", "_tables")

    def __init__(self, added: Mapping[str, Any] | None = None) -> None:
        self._added: Mapping[str, Any] = dict(added or {})
        self._tables: dict[tuple[str, ...], Table | None] = {}
        self._resolver: Any = None

    def __contains__(self, url: object) -> bool:
        return url in self._added or url in _known()

    def document(self, url: str) -> JsonObject:
        """The context of an address.

        Raises:
            ParseError: `context_unknown`.
        """
        if url not in self:
            raise ParseError("context_unknown")
        return {"@context": self._all()[url]}

    def pin(self, url: str) -> str:
        """The SHA-256 (hexadecimal) of the published bytes of a context that this library knows.

        Raises:
            ParseError: `context_unknown`.
        """
        if url not in _known():
            raise ParseError("context_unknown")
        return _pins()[url]

    def adding(self, url: str, document: bytes, *, sha256: str) -> "Contexts":
        """These contexts and one more, whose bytes must have the hash (hexadecimal).

        Raises:
            ParseError: `context_hash`, `context_invalid`, and those of `encoding.json`.
        """
        if hashlib.sha256(document).hexdigest() != sha256.lower():
            raise ParseError("context_hash")
        parsed = json.parse_object(document, max_bytes=MAX_CONTEXT_BYTES)
        if "@context" not in parsed or url in _known():
            raise ParseError("context_invalid", "no context, or one that is known already")
        return Contexts({**self._added, url: parsed["@context"]})

    def _all(self) -> Mapping[str, Any]:
        return {**_known(), **self._added}

    def table(self, document: JsonObject) -> Table | None:
        """The table of a document's contexts; None where the processor has to read them.

        Raises:
            ParseError: as `check_contexts`, but for contexts inside the document.
        """
        stated = document.get("@context", ())
        listed = (stated,) if isinstance(stated, str) else tuple(stated) if isinstance(stated, list) else None
        try:
            return self._tables[listed] if listed is not None else None
        except (KeyError, TypeError):
            return self._compiled(_listed(document, self))

    def _compiled(self, listed: tuple[str, ...]) -> Table | None:
        if len(self._tables) >= _MAX_TABLES:
            self._tables.clear()
        try:
            self._tables[listed] = jsonld_terms.compile_contexts(listed, self._all())
        except Uncovered:
            self._tables[listed] = None
        return self._tables[listed]

    def options(self) -> dict[str, Any]:
        """What the processor of `pyld` is called with."""
        from cachetools import LRUCache  # noqa: PLC0415 - slow import
        from pyld.context_resolver import ContextResolver  # noqa: PLC0415 - slow import

        load = loader(self)
        if self._resolver is None:
            self._resolver = ContextResolver(LRUCache(maxsize=256), load)
        return {"documentLoader": load, "contextResolver": self._resolver, "base": f"{_UNRESOLVED}//base.invalid/"}


KNOWN = Contexts()


def check_contexts(document: JsonObject, *, contexts: Contexts = KNOWN) -> tuple[str, ...]:
    """The contexts of a document, all of which are known; none is inside it, but at the head of embedded credentials.

    Raises:
        ParseError: `context_unknown`, `context_nested`, `input_too_large`.
    """
    listed = _listed(document, contexts)
    for name, value in document.items():
        if name == _EMBEDDED:
            _check_embedded(value, contexts)
        elif name != "@context":
            _check_inside(value)
    return listed


def to_quads(
    document: JsonObject,
    *,
    contexts: Contexts = KNOWN,
    max_quads: int = MAX_QUADS,
    pointers: bool = True,
    fast: bool = True,
) -> Sequence[Quad]:
    """A document's statements; blank nodes have labels of this call only.

    Args:
        document: with an `@context`.
        contexts: those that are believed.
        max_quads: how many statements are read at most.
        pointers: False leaves them out.
        fast: False has the processor read it in any case.

    Raises:
        ParseError: `context_unknown`, `context_nested`, `jsonld_undefined_term`, `jsonld_iri_invalid`,
            `jsonld_protected_term`, `jsonld_invalid`, `input_too_large`.
    """
    table = contexts.table(document) if fast else None
    if table is not None:
        try:
            return jsonld_fast.quads(document, table, max_quads, contexts.table, pointers=pointers)
        except Uncovered:
            pass
    return _slow_quads(document, contexts, max_quads)


def to_nodes(document: JsonObject, *, contexts: Contexts = KNOWN, max_quads: int = MAX_QUADS) -> list[Node] | None:
    """A document's statements by their subjects; None where they are no tree, or are not sound: `to_quads` tells."""
    try:
        table = contexts.table(document)
        return None if table is None else jsonld_tree.nodes(document, table, max_quads)
    except (Uncovered, ParseError):
        return None


def expand(document: JsonObject, *, contexts: Contexts = KNOWN) -> list[JsonValue]:
    """A document in expanded form, by the processor.

    Raises:
        ParseError: as `to_quads`.
    """
    from pyld import jsonld  # noqa: PLC0415 - slow import

    check_contexts(document, contexts=contexts)
    options = contexts.options()
    expanded = _guarded(lambda: jsonld.expand(document, options, on_property_dropped=_refuse_dropped))
    _check_expanded(expanded)
    return list(expanded)


def loader(contexts: Contexts) -> Callable[[str, object], dict[str, Any]]:
    """Contexts as the processor of `pyld` asks for them: it never uses the network."""

    def load(url: str, _options: object = None) -> dict[str, Any]:
        document = contexts.document(url)
        return {"contextUrl": None, "documentUrl": url, "document": document, "tag": "static"}

    return load


def _listed(document: JsonObject, contexts: Contexts) -> tuple[str, ...]:
    stated = document.get("@context", [])
    listed = stated if isinstance(stated, list) else [stated]
    if len(listed) > MAX_CONTEXTS:
        raise ParseError("input_too_large", f"over {MAX_CONTEXTS} contexts")
    if not all(isinstance(one, str) and one in contexts for one in listed):
        raise ParseError("context_unknown")
    return tuple(listed)


def _slow_quads(document: JsonObject, contexts: Contexts, max_quads: int) -> list[Quad]:
    from pyld import jsonld  # noqa: PLC0415 - slow import

    expanded = expand(document, contexts=contexts)
    dataset = _guarded(lambda: jsonld.to_rdf(expanded, contexts.options()))
    lines = []
    for graph, statements in dataset.items():
        end = " .\n" if graph == "@default" else f" {graph if graph.startswith('_:') else f'<{graph}>'} .\n"
        for one in statements:
            terms = " ".join(_term(one[name]) for name in ("subject", "predicate", "object"))
            lines.append(nquads.quad(terms + end))
    if len(lines) > max_quads:
        raise ParseError("input_too_large", f"over {max_quads} statements")
    return lines


def _term(term: Mapping[str, str]) -> str:
    if term["type"] == "IRI":
        return f"<{term['value']}>"
    if term["type"] == "blank node":
        return term["value"]
    written = f'"{nquads.escape(term["value"])}"'
    if "language" in term:
        return f"{written}@{term['language']}"
    datatype = term["datatype"]
    return written if datatype.endswith("XMLSchema#string") else f"{written}^^<{datatype}>"


def _guarded(call: Callable[[], T]) -> T:
    """The processor's errors under our codes; one of ours that it wrapped comes out again."""
    from pyld.jsonld import JsonLdError  # noqa: PLC0415 - slow import

    try:
        return call()
    except JsonLdError as error:
        raise _refusal(error) from None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        raise ParseError("jsonld_invalid") from None


def _refusal(error: BaseException | None) -> ParseError:
    while error is not None:
        if isinstance(error, ParseError):
            return error
        if getattr(error, "code", None) == _PROTECTED:
            return ParseError("jsonld_protected_term")
        error = error.__cause__ or error.__context__
    return ParseError("jsonld_invalid")


def _refuse_dropped(_name: object) -> None:
    raise ParseError("jsonld_undefined_term")


def _check_embedded(value: JsonValue, contexts: Contexts) -> None:
    """A credential in a presentation has contexts of its own (VC Data Model 2.0 section 4.13)."""
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            _check_inside(one)
            continue
        own = _listed(one, contexts) if "@context" in one else ()
        for name, child in one.items():
            if name == "proof":
                _check_proofs(child, own, contexts)
            elif name != "@context":
                _check_inside(child)


def _check_proofs(value: JsonValue, own: tuple[str, ...], contexts: Contexts) -> None:
    """A proof over text repeats the contexts that its document began with (EdDSA Cryptosuites 1.0 section 3.3.2)."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and "@context" in one:
            repeated = _listed(one, contexts)
            if own[: len(repeated)] != repeated:
                raise ParseError("context_nested", "a proof whose contexts are not its document's")
            _check_inside([child for name, child in one.items() if name != "@context"])
        else:
            _check_inside(one)


def _check_inside(value: JsonValue) -> None:
    if isinstance(value, dict):
        if "@context" in value:
            raise ParseError("context_nested")
        for child in value.values():
            if isinstance(child, (dict, list)):
                _check_inside(child)
    elif isinstance(value, list):
        for child in value:
            if isinstance(child, (dict, list)):
                _check_inside(child)


def _check_expanded(value: JsonValue) -> None:
    """What the processor would leave out of the statements without a word: relative references and types."""
    for name, one in _references(value):
        blank = re.fullmatch(r"_:[A-Za-z0-9_.-]+", one)
        relative = one.startswith(_UNRESOLVED) or ":" not in one
        if blank is None and (relative or jsonld_terms.ABSOLUTE.fullmatch(one) is None):
            raise ParseError("jsonld_undefined_term" if name == "@type" and relative else "jsonld_iri_invalid")


def _references(value: JsonValue) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for child in value:
            yield from _references(child)
    elif isinstance(value, dict):
        for name, child in value.items():
            if name == "@value" or (name == "@type" and "@value" in value and child == "@json"):
                continue
            if name in ("@id", "@type"):
                yield from ((name, str(one)) for one in (child if isinstance(child, list) else [child]))
            else:
                yield from _references(child)


@cache
def _known() -> Mapping[str, Any]:
    return {url: entry["context"] for url, entry in _read().items()}


@cache
def _pins() -> Mapping[str, str]:
    return {url: entry["sha256"] for url, entry in _read().items()}


def _read() -> JsonObject:
    return json.parse_object(files("didkit_fr.encoding").joinpath("contexts/known.json").read_bytes())
