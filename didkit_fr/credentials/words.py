"""Documents that bring contexts along: the same with contexts that are all known by an address.

Contexts that a document brings along can be exchanged on the way for others that give the same statements
to a signature and other words to a reader. An issuer may sign by such contexts, for it sees what it signs; a verifier
believes them only where it has been told to believe anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from didkit_fr.credentials.terms import Terms, as_list, hoist
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, JsonValue

__all__ = ["Worded", "brings_words", "lift"]

_EMBEDDED = "verifiableCredential"


@dataclass(frozen=True, slots=True)
class Worded:
    """A document all of whose contexts are known by address: by their own ones, or by that of their hash.

    `terms` knows them all. `own` says whether the document brought contexts along. `restore` puts those back into a
    document made of this one.
    """

    document: JsonObject = field(repr=False)
    terms: Terms
    own: bool
    restore: Callable[[JsonObject], JsonObject]


def lift(document: JsonObject, terms: Terms, *, budget: Budget | None = None) -> Worded:
    """Gives each context inside a document an address, where the terms let it bring any.

    `budget` is what is left for the message that the document is from; None for a whole one.

    Raises:
        ParseError: those of `credentials.terms.hoist`.
    """
    if not brings_words(document, terms):
        return Worded(document, Terms(terms.contexts, inline=False), own=False, restore=lambda made: made)
    known, hoisted = hoist(document, terms.contexts, budget=budget)
    addresses = dict(_pairs(hoisted, document))
    return Worded(hoisted, Terms(known, inline=False), own=True, restore=lambda made: _restored(made, addresses))


def brings_words(document: JsonObject, terms: Terms) -> bool:
    """Whether contexts are believed of a document that it brings along itself, or a credential inside it."""
    return terms.inline and _brings(document)


def _brings(document: JsonObject) -> bool:
    return any(isinstance(one, dict) for one in as_list(document.get("@context", []))) or any(
        isinstance(one, dict) and _brings(one) for one in as_list(document.get(_EMBEDDED, []))
    )


def _pairs(hoisted: JsonObject, document: JsonObject) -> list[tuple[str, JsonValue]]:
    stated = as_list(document.get("@context", []))
    found = [(url, one) for url, one in zip(hoisted["@context"], stated, strict=True) if isinstance(one, dict)]
    for lifted, one in zip(hoisted.get(_EMBEDDED, ()), as_list(document.get(_EMBEDDED, [])), strict=True):
        if isinstance(one, dict):
            found += _pairs(lifted, one)
    return found


def _restored(document: JsonObject, addresses: dict[str, JsonValue]) -> JsonObject:
    if "@context" not in document:
        return document
    listed = [addresses.get(one, one) if isinstance(one, str) else one for one in as_list(document["@context"])]
    restored = {**document, "@context": listed}
    if isinstance(document.get(_EMBEDDED), list):
        inner = document[_EMBEDDED]
        restored[_EMBEDDED] = [_restored(one, addresses) if isinstance(one, dict) else one for one in inner]
    return restored
