"""Resolution of DIDs and dereferencing of DID URLs to keys (DID 1.0 section 7, DID Resolution), as flows."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from didkit_fr.boundary import flow_boundary
from didkit_fr.did import jwk, key, web
from didkit_fr.did.document import DidDocument, parse_document
from didkit_fr.did.method import NOTHING_KNOWN, DocumentMetadata, Method
from didkit_fr.did.url import parse_did, parse_did_url
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, FetchError, VerificationError
from didkit_fr.keys.public import PublicKey

__all__ = ["METHODS", "Resolution", "find_method", "resolution", "resolve"]

METHODS: Mapping[str, Method] = MappingProxyType({"jwk": jwk.resolve, "key": key.resolve, "web": web.resolve})

_CONTEXT = "https://w3id.org/did-resolution/v1"
_CONTENT_TYPE = "application/did"
_PROBLEM = "https://www.w3.org/ns/did#"


class _Problem(NamedTuple):
    """A type of problem of DID Resolution, and its title, which is the same each time (RFC 9457 section 3.1.3)."""

    type: str
    title: str


class _Word(NamedTuple):
    """What a resolution result calls an error: the word of DID 1.0 section 7.1.2, the type of DID Resolution."""

    word: str
    problem: _Problem


_INVALID_DID = _Problem("INVALID_DID", "not a DID of its method")
_INVALID_DOCUMENT = _Word("invalidDidDocument", _Problem("INVALID_DID_DOCUMENT", "not the document of this DID"))
_INTERNAL = _Word("internalError", _Problem("INTERNAL_ERROR", "the document of this DID could not be had"))
_WORDS = {
    "did_invalid": _Word("invalidDid", _INVALID_DID),
    "did_url_invalid": _Word("invalidDidUrl", _Problem("INVALID_DID_URL", "not a DID URL that names a key")),
    "did_not_found": _Word("notFound", _Problem("NOT_FOUND", "there is no such DID, or not any more")),
    "did_method_unsupported": _Word(
        "methodNotSupported", _Problem("METHOD_NOT_SUPPORTED", "a DID method that is not supported")
    ),
    "jwk_private": _Word("invalidDid", _INVALID_DID),
    # did:key says more than its DID being invalid.
    "key_length": _Word("invalidPublicKeyLength", _INVALID_DID),
    "key_invalid": _Word("invalidPublicKey", _INVALID_DID),
    "key_unsupported": _Word("unsupportedPublicKeyType", _INVALID_DID),
    "multicodec_unknown": _Word("unsupportedPublicKeyType", _INVALID_DID),
}


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolution result (DID Resolution section 3): a document and what is known of it, or why there is none.

    Of a deactivated DID there is neither a document nor an error: `metadata` says so.
    """

    document: DidDocument | None
    error: DidkitError | None = None
    metadata: DocumentMetadata = NOTHING_KNOWN

    def to_json(self) -> JsonObject:
        """The result as a DID resolver answers; an error says its word and its kind, never where the fault lies."""
        result: JsonObject = {
            "@context": _CONTEXT,
            "didDocument": self.document.stated if self.document is not None else None,
            "didResolutionMetadata": {"contentType": _CONTENT_TYPE},
            "didDocumentMetadata": self.metadata.to_json(),
        }
        if self.error is None:
            return result
        known = _INTERNAL if isinstance(self.error, FetchError) else _WORDS.get(self.error.code, _INVALID_DOCUMENT)
        problem = {"type": _PROBLEM + known.problem.type, "title": known.problem.title}
        return result | {"didResolutionMetadata": {"error": known.word, "problemDetails": problem}}


@flow_boundary
async def resolve(did: str, *, now: int, methods: Mapping[str, Method] = METHODS) -> DidDocument:
    """Resolves a DID to its document; of the methods in `METHODS`, only `did:web` makes a request.

    Args:
        did: the DID.
        now: seconds since 1970 (UTC): a document is the one of this moment.
        methods: the DID methods, by name.

    Raises:
        ParseError: `did_invalid`, `did_document_invalid`, those of the method.
        FetchError: the document could not be had.
        VerificationError: `did_method_unsupported`, `did_document_mismatch`; `did_not_found`, also of a DID that is
            deactivated; those of the method.
    """
    result = await _resolve(did, now=now, methods=methods)
    if result.document is None:
        raise VerificationError("did_not_found", "deactivated")
    return result.document


async def resolution(did: str, *, now: int, methods: Mapping[str, Method] = METHODS) -> Resolution:
    """Resolves a DID to a result that tells its error instead of raising it: for the endpoint of a resolver."""
    try:
        return await _resolve(did, now=now, methods=methods)
    except DidkitError as error:
        return Resolution(None, error)


@flow_boundary
async def find_method(did_url: str, purpose: str, *, now: int, methods: Mapping[str, Method] = METHODS) -> PublicKey:
    """Finds the key that a DID URL names, for one purpose (Controlled Identifiers 1.0 section 3.3).

    Args:
        did_url: a DID and a fragment.
        purpose: one of `did.document.RELATIONSHIPS`, such as `assertionMethod`; the document must say so.
        now: seconds since 1970 (UTC): a key that has expired or was revoked is refused.
        methods: the DID methods, by name.

    Raises:
        ParseError: `did_url_invalid`, and those of `resolve` and of the key's format.
        FetchError: the document could not be had.
        VerificationError: those of `resolve`, `verification_method_...`.
    """
    url = parse_did_url(did_url)
    document = await resolve(url.did.text, now=now, methods=methods)
    return document.public_key(url.text, purpose, now=now)


@flow_boundary
async def _resolve(did: str, *, now: int, methods: Mapping[str, Method]) -> Resolution:
    parsed = parse_did(did)
    if parsed.method not in methods:
        raise VerificationError("did_method_unsupported")
    found = await methods[parsed.method](parsed, now=now)
    # Without this, the last document of a deactivated DID, which some methods still have, would give its keys.
    if found.metadata.deactivated:
        return Resolution(None, metadata=found.metadata)
    return Resolution(parse_document(found.document, id=did, max_age=found.max_age), metadata=found.metadata)
