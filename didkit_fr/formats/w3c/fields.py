"""What both W3C formats read of a document: type, issuer, holder, status.

A holder is a `did:key`: the key is in the credential itself, and nobody has to be asked for it. A credential has one
type beside `VerifiableCredential`: that is what its issuer must be believed for.
"""

from didkit_fr.credentials.contexts import contexts
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue
from didkit_fr.encoding.rdf import nquads
from didkit_fr.encoding.rdf.jsonld import Contexts, to_quads
from didkit_fr.errors import ParseError
from didkit_fr.keys import multikey
from didkit_fr.keys.public import PublicKey

__all__ = [
    "CREDENTIAL",
    "CREDENTIAL_IRI",
    "V1",
    "V2",
    "did_of",
    "holder_key",
    "issuer_of",
    "method_of",
    "pointer",
    "status_of",
    "type_of",
    "types",
    "types_of",
]

V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
CREDENTIAL = "VerifiableCredential"
CREDENTIAL_IRI = "https://www.w3.org/2018/credentials#VerifiableCredential"

_DID_KEY = "did:key:"


def types(document: JsonObject) -> tuple[str, ...]:
    """The types as stated.

    Raises:
        ParseError: `w3c_malformed`.
    """
    stated = document.get("type")
    listed = [stated] if isinstance(stated, str) else stated
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed) or not 0 < len(listed) <= 8:  # noqa: PLR2004 - types
        raise ParseError("w3c_malformed", "type")
    return tuple(listed)


def type_of(document: JsonObject, *, budget: Budget | None = None) -> str:
    """The IRI of the one type that a credential has beside `VerifiableCredential`; that itself where it has no other.

    Raises:
        ParseError: `w3c_malformed` where it has several, and those of `encoding.rdf.jsonld`.
    """
    if len(set(types(document)) - {CREDENTIAL}) > 1:
        raise ParseError("w3c_malformed", "a credential of one type is due")
    (one,) = types_of(document, contexts(), budget=budget)
    return one


def types_of(document: JsonObject, known: Contexts, *, budget: Budget | None = None) -> tuple[str, ...]:
    """The IRIs of the types that a credential has beside `VerifiableCredential`; of that where it has no other.

    Raises:
        ParseError: `w3c_malformed`, and those of `encoding.rdf.jsonld`.
    """
    stated = types(document)
    own = [one for one in stated if one != CREDENTIAL]
    if CREDENTIAL not in stated or len(set(own)) != len(own):
        raise ParseError("w3c_malformed", "a credential is due")
    if not own:
        return (CREDENTIAL_IRI,)
    # The smallest document with those types says what they mean in these contexts.
    said = to_quads({"@context": document.get("@context"), "type": own}, contexts=known, budget=budget)
    return tuple(sorted(nquads.cut(quad.tail)[1][1:-1] for quad in said))


def issuer_of(document: JsonObject) -> str:
    """Who a credential says issued it.

    Raises:
        ParseError: `w3c_malformed`.
    """
    stated = document.get("issuer")
    issuer = stated.get("id") if isinstance(stated, dict) else stated
    if not isinstance(issuer, str) or not issuer:
        raise ParseError("w3c_malformed", "issuer")
    return issuer


def holder_key(document: JsonObject) -> PublicKey | None:
    """The key that a credential is bound to: of its subject's `did:key`; None where the subject has no `id`.

    Raises:
        ParseError: `w3c_malformed`, `key_unsupported`, and those of `keys.multikey`.
    """
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict):
        raise ParseError("w3c_malformed", "one credentialSubject is due")
    return None if "id" not in subject else _key(subject["id"])


def did_of(key: PublicKey) -> str:
    """The `did:key` of a holder's key."""
    return _DID_KEY + multikey.build(key)


def method_of(key: PublicKey) -> str:
    """The verification method of a holder's `did:key`."""
    return f"{did_of(key)}#{multikey.build(key)}"


def status_of(document: JsonObject) -> JsonObject | None:
    """The status entries of a credential, as `verification.status` reads them; None where it has none."""
    return {"credentialStatus": document["credentialStatus"]} if "credentialStatus" in document else None


def pointer(path: ClaimsPath) -> str:
    """A claims path as a JSON pointer; what stands for every element of an array selects the array."""
    names = path[: path.index(None)] if None in path else path
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


def _key(did: JsonValue) -> PublicKey:
    if not isinstance(did, str) or not did.startswith(_DID_KEY):
        raise ParseError("key_unsupported", "a holder is a did:key")
    return multikey.parse(did.removeprefix(_DID_KEY))
