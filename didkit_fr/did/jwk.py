"""The `did:jwk` method: the identifier is a public JWK, in base64url."""

from didkit_fr.did.method import Found
from didkit_fr.did.url import Did
from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.keys import jwk
from didkit_fr.keys.public import PublicKey

__all__ = ["MAX_JWK_BYTES", "build", "expand", "resolve"]

MAX_JWK_BYTES = 4_096

_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1")
_SIGNING = ("assertionMethod", "authentication", "capabilityInvocation", "capabilityDelegation")
_AGREEING = ("keyAgreement",)
_BY_USE = {"sig": _SIGNING, "enc": _AGREEING}


def build(key: PublicKey) -> str:
    """A DID of a key; another spelling of the same JWK is another DID."""
    return f"did:jwk:{base64url.encode(json.encode(jwk.build(key)))}"


async def resolve(did: Did, *, now: int) -> Found:  # noqa: ARG001 - a key in a name is the same at all times
    """Finds the document, without any request.

    Raises:
        ParseError: those of `expand`.
    """
    return Found(expand(did))


def expand(did: Did) -> JsonObject:
    """Expands the DID to its document; a `use` in the JWK decides what the key is for.

    Raises:
        ParseError: `did_invalid`, `jwk_private`.
    """
    value = _decode(did)
    url = f"{did.text}#0"
    method = {"id": url, "type": "JsonWebKey2020", "controller": did.text, "publicKeyJwk": value}
    use = value.get("use")
    purposes = _BY_USE.get(use, ()) if isinstance(use, str) else () if "use" in value else (*_SIGNING, *_AGREEING)
    document: JsonObject = {"@context": [*_CONTEXTS], "id": did.text, "verificationMethod": [method]}
    return document | {purpose: [url] for purpose in purposes}


def _decode(did: Did) -> JsonObject:
    try:
        raw = base64url.decode(did.id)
        value = json.parse_object(raw, max_bytes=MAX_JWK_BYTES, max_depth=4)
    except ParseError:
        raise ParseError("did_invalid", "not a JWK in base64url") from None
    return jwk.check_public(value)
