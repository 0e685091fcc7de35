"""W3C credentials and presentations as COSE_Sign1: `vc+cose` and `vp+cose` (VC-JOSE-COSE 1.0 section 3.3)."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.cbor import CborValue
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.formats.w3c import vc_document
from didkit_fr.formats.w3c.vc_document import Kind, VerifiedDocument
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.cose.cose import UnverifiedCose

__all__ = ["MAX_BYTES", "media_type", "parse", "sign", "stated_claims", "unverified_method", "verify"]

MAX_BYTES = 1_048_576

_CLAIMS = 15  # CWT claims in a header (RFC 9597)
_NAMES = MappingProxyType({1: "iss", 2: "sub", 3: "aud", 4: "exp", 5: "nbf", 6: "iat", 10: "nonce"})


def media_type(kind: Kind) -> str:
    """What a message is called: `application/vc+cose` or `application/vp+cose`."""
    return f"application/{kind}+cose"


def parse(raw: bytes, *, max_bytes: int = MAX_BYTES) -> UnverifiedCose:
    """Parses a COSE_Sign1 with its tag or without; nothing of it is to be believed.

    Raises:
        ParseError: those of `proofs.cose.cose.parse_sign1`.
    """
    return cose.parse_sign1(raw, max_bytes=max_bytes)


def unverified_method(unverified: UnverifiedCose) -> str:
    """The verification method whose key the message says it was signed with.

    Raises:
        VerificationError: `key_id_missing`.
    """
    kid = unverified.unverified_header.get(cose.KID)
    named = kid.decode("utf-8", "replace") if isinstance(kid, bytes) else None
    return vc_document.method_named(named, stated_claims(unverified.unverified_header).get("iss"))


def stated_claims(header: cose.Header) -> Mapping[str, CborValue]:
    """The claims about the signature in a protected header (RFC 9597), in the names of JWT; others are left out.

    Raises:
        ParseError: `cose_malformed`.
    """
    claims = header.get(_CLAIMS, {})
    if not isinstance(claims, dict):
        raise ParseError("cose_malformed", "CWT claims")
    return {name: claims[label] for label, name in _NAMES.items() if label in claims}


def sign(document: JsonObject, signer: Signer, *, kind: Kind, verification_method: str, terms: Terms | None) -> bytes:
    """Checks a document and signs its JSON text; arguments and errors as `vc_jose.sign`."""
    vc_document.check_document(document, kind, terms)
    kid = vc_document.check_method(verification_method).encode()
    header: cose.Header = {cose.CONTENT_TYPE: f"application/{kind}", cose.KID: kid}
    return cose.sign1(json.encode(document), signer, typ=media_type(kind), header=header)


def verify(
    unverified: UnverifiedCose,
    key: PublicKey,
    *,
    kind: Kind,
    algorithms: Collection[str],
    terms: Terms | None,
    budget: Budget | None = None,
) -> VerifiedDocument:
    """Verifies a message, and the structure of the document in it; arguments as `vc_jose.verify`.

    Raises:
        ParseError, VerificationError: those of `proofs.cose.cose.verify_sign1`, `encoding.json` and `vc_document`.
    """
    verified = cose.verify_sign1(unverified, key, typ=f"{kind}+cose", algorithms=algorithms)
    vc_document.check_content_type(verified.header.get(cose.CONTENT_TYPE), kind)
    document = json.parse_object(verified.payload, max_bytes=MAX_BYTES)
    claims = stated_claims(verified.header)
    if any(document.get(name, value) != value for name, value in claims.items()):
        raise ParseError("cose_malformed", "a claim that stands twice, and says two things")
    return vc_document.verified_document(
        document, kind, header=verified.header, issuer=claims.get("iss"), terms=terms, claims=claims, budget=budget
    )
