"""JSON-LD 1.1 to RDF, with known contexts only, each pinned by the hash of what was published.

What is signed as statements is read by `rdf/nodes` where its plans cover it, else by `rdf/reader`: both refuse
what statements do not tell. What is signed as text, and may be spelt as it likes, is only asked what its terms mean; of
what is no statement, the processor of `pyld` is asked.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, TypeVar

from didkit_fr.encoding import json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.parts import check_size
from didkit_fr.encoding.rdf import nodes, nquads, reader, terms
from didkit_fr.encoding.rdf.known_names import Known
from didkit_fr.encoding.rdf.nodes import Uncovered
from didkit_fr.encoding.rdf.nquads import Quad
from didkit_fr.encoding.rdf.rdfc_tree import Node
from didkit_fr.encoding.rdf.terms import Made, Table
from didkit_fr.errors import ParseError

__all__ = [
    "KNOWN",
    "MAX_CONTEXTS",
    "MAX_QUADS",
    "Contexts",
    "Quad",
    "Reading",
    "check_contexts",
    "check_size",
    "expand",
    "loader",
    "to_nodes",
    "to_quads",
]

MAX_QUADS: Final = 4_096
MAX_CONTEXTS: Final = 16
MAX_CONTEXT_BYTES: Final = 262_144
PROCESSOR_STEPS: Final = 600
"""What a member or an element costs that the processor of `pyld` reads, in steps."""

CONTEXT_STEPS: Final = 1_000
"""What a context costs that the processor of `pyld` adds to others for the first time, in steps."""

T = TypeVar("T")

_MAX_TABLES: Final = 64
_MAX_DEFINITIONS: Final = 400_000
# What a relative reference is resolved against, so that it is known again: no document may use this scheme.
_UNRESOLVED: Final = f"{terms.UNRESOLVED}:"
_PROTECTED: Final = "protected term redefinition"
_SPENT: Final = ("input_too_large", "work_exceeded")
_EMBEDDED: Final = "verifiableCredential"


class Contexts:
    """The contexts that are believed, and the tables compiled of them."""

    __slots__ = ("_added", "_believed", "_made", "_resolver", "_tables")

    def __init__(self, added: Mapping[str, Any] | None = None) -> None:
        self._added: Mapping[str, Any] = dict(added or {})
        self._tables: dict[tuple[str, ...], Table] = {}
        self._made = Made()
        self._believed: Known | None = None
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
        return {"@context": self._added[url] if url in self._added else _known()[url]}

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

    def table(self, document: JsonObject, budget: Budget) -> Table:
        """The table of a document's contexts.

        Raises:
            ParseError: `context_unknown`, `jsonld_protected_term`, `jsonld_unsecured` where they are of a form that no
                table has, `input_too_large`, `work_exceeded`.
        """
        stated = document.get("@context", [])
        listed = tuple(stated) if isinstance(stated, list) else (stated,)
        try:
            return self._tables[listed]
        except (KeyError, TypeError):
            return self._compiled(_listed(document, self), budget)

    def _compiled(self, listed: tuple[str, ...], budget: Budget) -> Table:
        if len(self._tables) >= _MAX_TABLES or self._made.definitions > _MAX_DEFINITIONS:
            self._tables.clear()
            self._made = Made()
        believed = self._believed
        if believed is None:
            believed = self._believed = _names().adding(self._added, budget)
        table = self._tables[listed] = terms.compile_contexts(listed, believed, self._made, budget)
        return table

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


class Reading(NamedTuple):
    """With what a document is read: the contexts that are known, and what the work on its message may still cost."""

    contexts: Contexts
    budget: Budget


def to_quads(
    document: JsonObject,
    *,
    contexts: Contexts = KNOWN,
    max_quads: int = MAX_QUADS,
    pointers: bool = True,
    budget: Budget | None = None,
) -> Sequence[Quad]:
    """A document's statements, if they tell how it is spelt; blank nodes have labels of this call only.

    Args:
        document: with an `@context`.
        contexts: those that are believed.
        max_quads: how many statements are read at most.
        pointers: False leaves them out.
        budget: what reading may cost; None for that of a whole message.

    Raises:
        ParseError: `context_unknown`, `context_nested`, `jsonld_undefined_term`, `jsonld_iri_invalid`,
            `jsonld_protected_term`, `jsonld_unsecured`, `json_surrogate`, `json_depth`, `jcs_unrepresentable`,
            `input_too_large`, `work_exceeded`.
    """
    left = Budget() if budget is None else budget

    def table_of(one: JsonObject) -> Table:
        return contexts.table(one, left)

    table = table_of(document)
    return reader.quads(document, table, max_quads, table_of, budget=left, pointers=pointers)


def to_nodes(
    document: JsonObject, *, contexts: Contexts = KNOWN, max_quads: int = MAX_QUADS, budget: Budget | None = None
) -> list[Node] | None:
    """A document's statements by their subjects; None where no plan covers them or all is not as `to_quads` wants it.

    Raises:
        ParseError: `input_too_large`, `work_exceeded`.
    """
    left = Budget() if budget is None else budget
    try:
        return nodes.nodes(document, contexts.table(document, left), max_quads, left)
    except Uncovered:
        return None
    except ParseError as error:
        # Whatever else is wrong, the reference says it; what costs too much is not read twice.
        if error.code in _SPENT:
            raise
        return None


def expand(document: JsonObject, *, contexts: Contexts = KNOWN, budget: Budget | None = None) -> list[JsonValue]:
    """A document in expanded form, by the processor.

    Raises:
        ParseError: `context_unknown`, `context_nested`, `jsonld_undefined_term`, `jsonld_iri_invalid`,
            `jsonld_protected_term`, `jsonld_invalid`, `json_depth`, `input_too_large`, `work_exceeded`.
    """
    left = Budget() if budget is None else budget
    # The processor compares all with all, and calls itself for whatever is inside.
    check_size(document, left, steps=PROCESSOR_STEPS)
    from pyld import jsonld  # noqa: PLC0415 - slow import

    check_contexts(document, contexts=contexts)
    left.spend(CONTEXT_STEPS * _additions(document, contexts))
    options = contexts.options()
    expanded = _guarded(lambda: jsonld.expand(document, options, on_property_dropped=_refuse_dropped))
    _check_expanded(expanded)
    return list(expanded)


def _additions(document: JsonObject, contexts: Contexts) -> int:
    """How many contexts are added to others: a list that is there again is remembered, if it repeats none itself."""
    embedded = document.get(_EMBEDDED, ())
    added: dict[object, int] = {}
    for at, one in enumerate([document, *(embedded if isinstance(embedded, list) else [embedded])]):
        if isinstance(one, dict):
            listed = _listed(one, contexts)
            added[listed if len(set(listed)) == len(listed) else at] = len(listed)
    return sum(added.values())


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


def _guarded(call: Callable[[], T]) -> T:
    """The processor's errors under our codes; one of ours that it wrapped comes out again."""
    from pyld.jsonld import JsonLdError  # noqa: PLC0415 - slow import

    try:
        return call()
    except JsonLdError as error:
        raise _refusal(error) from None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, ArithmeticError, RecursionError):
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
        if blank is None and (relative or not nquads.is_iri(one)):
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
def _names() -> Known:
    return Known({}).adding(_known(), Budget())


@cache
def _pins() -> Mapping[str, str]:
    return {url: entry["sha256"] for url, entry in _read().items()}


def _read() -> JsonObject:
    return json.parse_object(files("didkit_fr.encoding").joinpath("contexts/known.json").read_bytes())
