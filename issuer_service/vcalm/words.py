"""Documents whose contexts are not all known: whether the words of a document are believed to mean what it says.

Contexts that a document brings along can be exchanged by whoever hands it on, for others that give the same statements
to a signature and other words to a reader. An issuer may sign by such contexts, for it sees what it signs; a verifier
believes them only where it has been told to believe anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.terms import Terms, check_terms, hoist
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.jsonld import Contexts

__all__ = ["Worded", "read"]

_EMBEDDED = "verifiableCredential"


@dataclass(frozen=True, slots=True)
class Worded:
    """A document all of whose contexts are known by address: by its own ones, or by that of their hash.

    `own` says whether it brought contexts along. `restore` puts those back into a document made of this one.
    """

    document: JsonObject = field(repr=False)
    contexts: Contexts
    own: bool
    restore: Callable[[JsonObject], JsonObject]


def read(document: JsonObject, *, inline: bool) -> Worded:
    """Checks that every word of a credential or presentation means something.

    Raises:
        ParseError: those of `credentials.terms.check_terms`; `context_unknown` for a context inside the document
            where `inline` does not allow it.
    """
    check_terms(document, Terms(contexts(), inline=inline))
    if not inline or not _brings(document):
        return Worded(document, contexts(), own=False, restore=lambda made: made)
    known, hoisted = hoist(document, contexts())
    addresses = dict(_pairs(hoisted, document))
    return Worded(hoisted, known, own=True, restore=lambda made: _restored(made, addresses))


def _brings(document: JsonObject) -> bool:
    listed = document.get("@context", ())
    inner = document.get(_EMBEDDED, ())
    return any(isinstance(one, dict) for one in (listed if isinstance(listed, list) else [listed])) or any(
        isinstance(one, dict) and _brings(one) for one in (inner if isinstance(inner, list) else [inner])
    )


def _pairs(hoisted: JsonObject, document: JsonObject) -> list[tuple[str, JsonValue]]:
    stated = document.get("@context", [])
    listed = stated if isinstance(stated, list) else [stated]
    found = [(url, one) for url, one in zip(hoisted["@context"], listed, strict=True) if isinstance(one, dict)]
    inner = document.get(_EMBEDDED, [])
    for lifted, one in zip(hoisted.get(_EMBEDDED, []), inner if isinstance(inner, list) else [inner], strict=True):
        if isinstance(one, dict):
            found += _pairs(lifted, one)
    return found


def _restored(document: JsonObject, addresses: dict[str, JsonValue]) -> JsonObject:
    if "@context" not in document:
        return document
    stated = document["@context"]
    listed = stated if isinstance(stated, list) else [stated]
    restored = {**document, "@context": [addresses.get(one, one) if isinstance(one, str) else one for one in listed]}
    if isinstance(document.get(_EMBEDDED), list):
        restored[_EMBEDDED] = [
            _restored(one, addresses) if isinstance(one, dict) else one for one in document[_EMBEDDED]
        ]
    return restored
