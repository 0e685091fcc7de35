"""Resolves DIDs and dereferences DID URLs for whoever asks: DID Resolution's HTTPS binding, as resolvers have it."""

from typing import NamedTuple
from urllib.parse import unquote

from didkit_fr.did.document import DidDocument
from didkit_fr.did.resolve import Resolution, resolve
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError

__all__ = ["DOCUMENT", "MAX_CHARS", "RESULT", "Answered", "answer"]

MAX_CHARS = 2_048

RESULT = 'application/ld+json;profile="https://w3id.org/did-resolution"'
DOCUMENT = "application/did"
_DOCUMENTS = frozenset({DOCUMENT, "application/did+ld+json", "application/did+json"})

_STATUSES = {"did_not_found": 404, "did_method_unsupported": 501}
_OK, _BAD_REQUEST, _INTERNAL = 200, 400, 500


class Answered(NamedTuple):
    """What goes back: the HTTP status, the media type, and the object."""

    status: int
    media_type: str
    content: JsonObject


async def answer(text: str, *, accept: str, public_key_format: str | None) -> Answered:
    """Resolves what stands in the path after `identifiers/`, as a flow; what goes wrong is said in the answer.

    Args:
        text: a DID, or a DID URL with a fragment, as it stands in the path: percent-encoded or not.
        accept: the media types that the client takes; without one of a document alone, it gets the whole result.
        public_key_format: the query's `publicKeyFormat`; there is one form of keys.
    """
    # A DID may hold percent-encoded characters itself, such as the port of a did:web.
    plain = text.replace("%23", "#") if text.startswith("did:") else unquote(text)
    did, _, fragment = plain.partition("#")
    bare = any(one.partition(";")[0].strip().lower() in _DOCUMENTS for one in accept.split(","))
    try:
        document = await _resolve(did, public_key_format)
        if fragment:
            return Answered(_OK, RESULT, _dereferenced(document, f"{did}#{fragment}"))
    except DidkitError as error:
        status = _INTERNAL if isinstance(error, FetchError) else _STATUSES.get(error.code, _BAD_REQUEST)
        return Answered(status, RESULT, Resolution(None, error).to_json())
    if bare:
        return Answered(_OK, DOCUMENT, document.stated)
    return Answered(_OK, RESULT, Resolution(document, None).to_json())


async def _resolve(did: str, public_key_format: str | None) -> DidDocument:
    if len(did) > MAX_CHARS:
        raise ParseError("did_invalid", f"over {MAX_CHARS} characters")
    if public_key_format not in (None, "Multikey"):
        raise ParseError("key_unsupported", "publicKeyFormat")
    return await resolve(did)


def _dereferenced(document: DidDocument, url: str) -> JsonObject:
    """A verification method (DID Resolution, section on dereferencing)."""
    method = document.methods.get(url)
    if method is None:
        raise VerificationError("did_not_found", "no such verification method")
    return {
        "@context": "https://w3id.org/did-resolution/v1",
        "contentStream": method.stated,
        "dereferencingMetadata": {"contentType": DOCUMENT},
        "contentMetadata": {},
    }
