"""Resolves DIDs and dereferences DID URLs for whoever asks: DID Resolution's HTTPS binding, as resolvers have it."""

from typing import NamedTuple
from urllib.parse import unquote

from didkit_fr.did.resolve import Resolution, resolution
from didkit_fr.did.url import parse_did_url
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError

__all__ = ["DOCUMENT", "MAX_CHARS", "RESULT", "Answered", "answer"]

MAX_CHARS = 2_048

RESULT = 'application/ld+json;profile="https://w3id.org/did-resolution"'
DOCUMENT = "application/did"
_DOCUMENTS = frozenset({DOCUMENT, "application/did+ld+json", "application/did+json"})

_STATUSES = {"did_not_found": 404, "did_method_unsupported": 501}
_OK, _BAD_REQUEST, _GONE, _INTERNAL = 200, 400, 410, 500
_NOT_IN_A_DID = frozenset("/?#")
_FORMATS = (None, "Multikey")
_CONTEXT = "https://w3id.org/did-resolution/v1"


class Answered(NamedTuple):
    """What goes back: the HTTP status, the media type, and the object."""

    status: int
    media_type: str
    content: JsonObject


async def answer(text: str, *, accept: str, public_key_format: str | None, now: int) -> Answered:
    """Resolves what stands in the path after `identifiers/`, as a flow; what goes wrong is said in the answer.

    Args:
        text: a DID, or a DID URL with a fragment, as it stands in the path: percent-encoded or not.
        accept: the media types that the client takes; without one of a document alone, it gets the whole result.
        now: seconds since 1970 (UTC).
        public_key_format: the query's `publicKeyFormat`; there is one format of keys.
    """
    # A DID may hold percent-encoded characters itself, such as the port of a did:web.
    plain = text.replace("%23", "#") if text.startswith("did:") else unquote(text)
    is_url = not _NOT_IN_A_DID.isdisjoint(plain)
    try:
        if is_url:
            return Answered(_OK, RESULT, _dereferenced(await _find(plain, public_key_format, now)))
        result = await _resolve(plain, public_key_format, now)
    except DidkitError as error:
        status = _INTERNAL if isinstance(error, FetchError) else _STATUSES.get(error.code, _BAD_REQUEST)
        content = Resolution(None, error).to_json()
        return Answered(status, RESULT, _of_a_url(content, public_key_format) if is_url else content)
    if result.document is None:
        return Answered(_GONE, RESULT, result.to_json())
    if any(one.partition(";")[0].strip().lower() in _DOCUMENTS for one in accept.split(",")):
        return Answered(_OK, DOCUMENT, result.document.stated)
    return Answered(_OK, RESULT, result.to_json())


async def _resolve(did: str, public_key_format: str | None, now: int) -> Resolution:
    if len(did) > MAX_CHARS:
        raise ParseError("did_invalid", f"over {MAX_CHARS} characters")
    if public_key_format not in _FORMATS:
        raise ParseError("key_unsupported", "publicKeyFormat")
    result = await resolution(did, now=now)
    if result.error is not None:
        raise result.error
    return result


async def _find(text: str, public_key_format: str | None, now: int) -> JsonObject:
    url = parse_did_url(text)
    document = (await _resolve(url.did.text, public_key_format, now)).document
    method = None if document is None else document.methods.get(url.text)
    if method is None:
        raise VerificationError("did_not_found", "no such verification method")
    return {**method.stated, "controller": method.controller}


def _dereferenced(method: JsonObject) -> JsonObject:
    """A verification method, by the names of DID Resolution and by those that the suite of `did:key` reads."""
    metadata = {"contentType": DOCUMENT}
    return {
        "@context": _CONTEXT,
        "contentStream": method,
        "dereferencingMetadata": metadata,
        "contentMetadata": {},
        "didDocument": method,
        "didDereferencingMetadata": metadata,
        "didDocumentMetadata": {},
    }


def _of_a_url(result: JsonObject, public_key_format: str | None) -> JsonObject:
    """The result of a resolution that failed, as that of a dereferencing; for the format it has a word of its own."""
    metadata = result["didResolutionMetadata"]
    if public_key_format not in _FORMATS and metadata["error"] == "unsupportedPublicKeyType":
        metadata = {**metadata, "error": "invalidPublicKeyType"}
    return {
        "@context": _CONTEXT,
        "contentStream": None,
        "dereferencingMetadata": metadata,
        "contentMetadata": {},
        "didDocument": None,
        "didDereferencingMetadata": metadata,
        "didDocumentMetadata": {},
    }
