"""What the terms of a W3C document mean: each has to mean something (VC Data Model 2.0 sections 4.3, 4.5, 5.2).

A securing mechanism that signs the text of a document (JOSE, COSE) asks no such question itself; a reader of the
document as linked data afterwards would lose what is not defined.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

from didkit_fr.credentials.model import MODELS
from didkit_fr.encoding import json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.parts import parts
from didkit_fr.encoding.rdf import jsonld
from didkit_fr.encoding.rdf.definitions import check_chars
from didkit_fr.encoding.rdf.jsonld import Contexts
from didkit_fr.errors import ParseError

__all__ = ["Terms", "as_list", "check_terms", "hoist"]

DEFINITION_STEPS = 64
"""What a member of a context costs that a document brings along, in steps: each is compiled, and read once more."""

_EMBEDDED = "verifiableCredential"
_OWN = frozenset(chain.from_iterable(model.properties for model in MODELS.values())) | {"holder", _EMBEDDED}


@dataclass(frozen=True, slots=True)
class Terms:
    """Which contexts are believed: those that are known, and with `inline` those that a document brings along.

    What a document brings along can name no other context, and says nothing about the words of any other document.
    """

    contexts: Contexts
    inline: bool


def as_list(value: JsonValue) -> list[JsonValue]:
    """The elements of an array, or the one value that stands for it (JSON-LD 1.1 section 4.3)."""
    return value if isinstance(value, list) else [value]


def check_terms(document: JsonObject, terms: Terms, *, budget: Budget | None = None) -> None:
    """Checks that all terms of a credential or presentation are defined; of its proofs nothing is asked.

    `budget` is what is left for the message that the document is from; None for a whole one.

    A property of the credential itself has to be one of the data model or of a context that names it: where a context
    gives a meaning to every word, a misspelt `validUntil` would be one too.

    Raises:
        ParseError: `context_unknown`, `context_nested`, `jsonld_undefined_term`, `jsonld_iri_invalid`,
            `jsonld_protected_term`, `jsonld_invalid`, `json_depth`, `input_too_large`, `work_exceeded`.
    """
    left = Budget() if budget is None else budget
    jsonld.check_size(document, left)
    known, hoisted = terms.contexts, _bare(document)
    if terms.inline:
        known, hoisted = hoist(hoisted, known, budget=left)
    if not _is_stated(hoisted, known, left):
        jsonld.expand(hoisted, contexts=known, budget=left)
    for one in (hoisted, *_embedded(hoisted)):
        _check_own(one, known)


def _is_stated(document: JsonObject, known: Contexts, budget: Budget) -> bool:
    """Whether all of a document makes statements; where its text is signed, what makes none may mean something too."""
    try:
        jsonld.to_quads(document, contexts=known, pointers=False, budget=budget)
    except ParseError:
        return False
    return True


def _bare(document: JsonObject) -> JsonObject:
    """The document without proofs; of enveloped credentials there is nothing to ask."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    if _EMBEDDED in bare:
        kept = [_bare(one) if isinstance(one, dict) else one for one in as_list(bare[_EMBEDDED])]
        bare[_EMBEDDED] = [one for one in kept if not _is_envelope(one)]
    return bare


def _is_envelope(value: JsonValue) -> bool:
    return isinstance(value, dict) and str(value.get("id", "")).lower().lstrip().startswith("data:")


def _embedded(document: JsonObject) -> Iterator[JsonObject]:
    for one in document.get(_EMBEDDED, ()):
        if isinstance(one, dict):
            yield one


def hoist(document: JsonObject, known: Contexts, *, budget: Budget | None = None) -> tuple[Contexts, JsonObject]:
    """Gives each context inside the document an address made of its hash, under which it is then known.

    Returns the contexts that are known then, and the document; a credential that it presents alone stands in a list.

    Raises:
        ParseError: `context_invalid`, `json_depth`, `input_too_large`, `work_exceeded`, and those of
            `encoding.rdf.jsonld.Contexts.adding`.
    """
    left = Budget() if budget is None else budget
    stated = document.get("@context", [])
    listed = []
    for one in as_list(stated):
        if isinstance(one, dict):
            _check_brought(one, left)
            # What holds nothing but a context is that context, as processors read it.
            raw = json.encode(one if one.keys() == {"@context"} else {"@context": one})
            digest = sha256(raw).hexdigest()
            url = f"urn:sha256:{digest}"
            known = known if url in known else known.adding(url, raw, sha256=digest)
            listed.append(url)
        else:
            listed.append(one)
    hoisted = {**document, "@context": listed}
    if _EMBEDDED in document:
        embedded = document[_EMBEDDED]
        hoisted[_EMBEDDED] = []
        for one in as_list(embedded):
            known, lifted = hoist(one, known, budget=left) if isinstance(one, dict) else (known, one)
            hoisted[_EMBEDDED].append(lifted)
    return known, hoisted


def _check_brought(context: JsonObject, budget: Budget) -> None:
    """Takes what a context costs that a document brings along, of which no name and no text is long.

    Raises:
        ParseError: `context_unknown` where it names another, `input_too_large`, `work_exceeded`, `json_depth`.
    """
    for one in parts(context, budget, steps=DEFINITION_STEPS):
        if isinstance(one, dict) and any(isinstance(inner, str) for inner in as_list(one.get("@context"))):
            raise ParseError("context_unknown", "a context that a document brings along names another")
        for text in one if isinstance(one, dict) else (one,):
            if isinstance(text, str):
                check_chars(text)


def _check_own(document: JsonObject, known: Contexts) -> None:
    stated = document.get("type")
    types = [one for one in as_list(stated) if isinstance(one, str)]
    named = set(_OWN)
    for url in document["@context"]:
        terms = known.document(url)["@context"]
        for part in as_list(terms):
            if isinstance(part, dict):
                named.update(part)
                named.update(*(_scoped(part.get(type_)) for type_ in types))
    # Keywords and addresses could say the same as names of the data model, and a check of these names would miss it.
    odd = [name for name in document if name not in named and name != "@context"]
    if odd:
        raise ParseError("jsonld_undefined_term", f"/{odd[0]}")


def _scoped(term: JsonValue) -> JsonObject:
    inner = term.get("@context") if isinstance(term, dict) else None
    return inner if isinstance(inner, dict) else {}
