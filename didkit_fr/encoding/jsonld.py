"""JSON-LD 1.1 documents as RDF statements, with known contexts only and nothing dropped in silence.

Two ways lead there. `jsonld_fast` goes straight from JSON to statements through a compiled table of terms, and says of
each where in the document it comes from; what it does not cover is left to the full processor (`pyld`), which is its
oracle too. Neither ever loads anything.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.jsonld_contexts import KNOWN, MAX_CONTEXTS, Contexts, name_of
from didkit_fr.errors import DidkitError, ParseError

__all__ = ["KNOWN", "MAX_DEPTH", "MAX_QUADS", "Contexts", "Quad", "expand", "loader", "to_quads", "to_quads_slowly"]

MAX_DEPTH = 64
MAX_QUADS = 8_192

_GRAPHS = frozenset({"verifiableCredential"})
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")


class Quad(NamedTuple):
    """A statement in N-Quads, ending in " .\\n"; and the JSON pointer of what says so, None where it is not known."""

    line: str
    pointer: str | None


def to_quads(document: JsonObject, *, contexts: Contexts = KNOWN, max_quads: int = MAX_QUADS) -> tuple[Quad, ...]:
    """The statements that a document makes; blank nodes have labels of no meaning.

    Args:
        document: the document; its contexts are URLs, and stand at its head or at that of an embedded credential.
        contexts: those that are known.
        max_quads: the most statements it may make.

    Raises:
        ParseError: `jsonld_context_unknown`, `jsonld_context_nested`, `jsonld_term_undefined`, `jsonld_term_protected`,
            `jsonld_iri_invalid`, `jsonld_invalid`, `json_depth`, `input_too_large`.
    """
    from didkit_fr.encoding import jsonld_fast  # noqa: PLC0415 - a circle: it makes quads too

    _check_contexts(document, contexts)
    try:
        quads = jsonld_fast.to_quads(document, contexts, max_quads)
    except jsonld_fast.NotCoveredError:
        quads = to_quads_slowly(document, contexts=contexts)
    if len(quads) > max_quads:
        raise ParseError("input_too_large", f"over {max_quads} statements")
    return quads


def to_quads_slowly(document: JsonObject, *, contexts: Contexts = KNOWN) -> tuple[Quad, ...]:
    """As `to_quads`, by the full processor: no statement has a pointer."""
    from pyld import jsonld  # noqa: PLC0415 - slow import

    expanded = expand(document, contexts=contexts)
    text = _guarded(lambda: jsonld.to_rdf(expanded, {"format": "application/n-quads", "documentLoader": _refuse}))
    return tuple(Quad(line + "\n", None) for line in text.split("\n") if line)


def expand(document: JsonObject, *, contexts: Contexts = KNOWN) -> list[JsonValue]:
    """The expanded form of a document (JSON-LD 1.1 API section 5.1).

    Raises:
        ParseError: as `to_quads`.
    """
    from pyld.jsonld import JsonLdProcessor  # noqa: PLC0415 - slow import

    _check_contexts(document, contexts)

    def dropped(_term: object) -> None:
        raise ParseError("jsonld_term_undefined")

    processor = JsonLdProcessor(on_property_dropped=dropped)
    options = {"documentLoader": loader(contexts), "base": "", "processingMode": "json-ld-1.1"}
    expanded: list[JsonValue] = _guarded(lambda: processor.expand(document, options))
    for iri in _iris(expanded):
        check_iri(iri)
    return expanded


def loader(contexts: Contexts) -> Callable[[str, Any], JsonObject]:
    """A document loader for `pyld` that knows these contexts and nothing else."""

    def load(url: str, _options: object) -> JsonObject:
        document = {"@context": contexts.get(url)}
        return {"contextUrl": None, "documentUrl": url, "document": document, "tag": "static"}

    return load


def check_iri(iri: object) -> None:
    """Refuses what no statement could be made with: it would be dropped.

    Raises:
        ParseError: `jsonld_iri_invalid`.
    """
    if not isinstance(iri, str) or (not iri.startswith("_:") and _IRI.fullmatch(iri) is None):
        raise ParseError("jsonld_iri_invalid")


def _refuse(_url: str, _options: object) -> JsonObject:
    raise ParseError("jsonld_context_unknown")


def _guarded(step: Callable[[], Any]) -> Any:  # noqa: ANN401 - what pyld gives
    """Turns whatever the processor raises into this library's own error."""
    from pyld.jsonld import JsonLdError  # noqa: PLC0415 - slow import

    try:
        return step()
    except DidkitError:
        raise
    except JsonLdError as error:
        raise _translated(error) from None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        raise ParseError("jsonld_invalid") from None


def _translated(error: Any) -> ParseError:  # noqa: ANN401 - pyld has no types
    codes = []
    while error is not None:
        if isinstance(error, DidkitError):
            return ParseError(error.code)
        codes.append(getattr(error, "code", None))
        error = getattr(error, "cause", None) or error.__cause__
    if "protected term redefinition" in codes:
        return ParseError("jsonld_term_protected")
    return ParseError("jsonld_invalid", next((code for code in codes if code), "") or "")


def _check_contexts(document: JsonValue, contexts: Contexts) -> None:
    """Contexts are names of known ones, at the head of the document and of credentials embedded in it."""
    if not isinstance(document, dict):
        raise ParseError("json_not_object")
    _check(document, contexts, 0, head=True)


def _check(value: JsonValue, contexts: Contexts, depth: int, *, head: bool) -> None:
    if depth > MAX_DEPTH:
        raise ParseError("json_depth")
    if isinstance(value, list):
        for element in value:
            if isinstance(element, (dict, list)):
                _check(element, contexts, depth + 1, head=head)
    elif isinstance(value, dict):
        if "@context" in value:
            if not head:
                raise ParseError("jsonld_context_nested")
            _check_list(value["@context"], contexts)
        for name, member in value.items():
            if isinstance(member, (dict, list)) and name != "@context":
                _check(member, contexts, depth + 1, head=name in _GRAPHS)


def _check_list(value: JsonValue, contexts: Contexts) -> None:
    urls = value if isinstance(value, list) else [value]
    if not 0 < len(urls) <= MAX_CONTEXTS or not all(name_of(url) in contexts for url in urls):
        raise ParseError("jsonld_context_unknown")


def _iris(expanded: JsonValue) -> Iterator[JsonValue]:
    """Every name in an expanded document that has to be an IRI; what is JSON or text only is not looked into."""
    if isinstance(expanded, list):
        for element in expanded:
            yield from _iris(element)
    elif isinstance(expanded, dict):
        if "@id" in expanded:
            yield expanded["@id"]
        if "@value" in expanded:
            return
        types = expanded.get("@type", [])
        yield from types if isinstance(types, list) else [types]
        for name, member in expanded.items():
            if name not in ("@id", "@type"):
                yield from _iris(member)
