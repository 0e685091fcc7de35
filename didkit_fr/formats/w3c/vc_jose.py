"""W3C credentials and presentations as JWS: `vc+jwt` and `vp+jwt` (VC-JOSE-COSE 1.0 section 3.1), compact only."""

from collections.abc import Collection

from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.formats.w3c import vc_document
from didkit_fr.formats.w3c.vc_document import Kind, VerifiedDocument
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.jose.jws import UnverifiedJws

__all__ = ["MAX_CHARS", "media_type", "parse", "sign", "unverified_method", "verify"]

MAX_CHARS = 1_048_576


def media_type(kind: Kind) -> str:
    """What a token is called: `application/vc+jwt` or `application/vp+jwt`."""
    return f"application/{kind}+jwt"


def parse(raw: str, *, max_chars: int = MAX_CHARS) -> UnverifiedJws:
    """Parses a token; nothing of it is to be believed.

    Raises:
        ParseError: those of `proofs.jose.jws.parse`.
    """
    return jws.parse(raw, max_chars=max_chars)


def unverified_method(unverified: UnverifiedJws) -> str:
    """The verification method whose key the token says it was signed with.

    Raises:
        ParseError: those of `encoding.json` for the payload.
        VerificationError: `key_id_missing`.
    """
    header = unverified.unverified_header
    return vc_document.method_named(header.get("kid"), header.get("iss", unverified.unverified_claims().get("iss")))


def sign(document: JsonObject, signer: Signer, *, kind: Kind, verification_method: str, terms: Terms | None) -> str:
    """Checks a document and signs it as it is.

    Args:
        document: the credential or presentation.
        signer: the key of its issuer or holder.
        kind: which of the two it is.
        verification_method: the absolute URL of that key, which becomes `kid`.
        terms: the contexts that say what its words mean; None leaves that to the caller.

    Raises:
        ParseError, VerificationError: those of `vc_document.check_document` and `check_method`.
    """
    vc_document.check_document(document, kind, terms)
    header = {"cty": kind, "kid": vc_document.check_method(verification_method)}
    return jws.sign(document, signer, typ=f"{kind}+jwt", header=header)


def verify(
    unverified: UnverifiedJws,
    key: PublicKey,
    *,
    kind: Kind,
    algorithms: Collection[str],
    terms: Terms | None,
    budget: Budget | None = None,
) -> VerifiedDocument:
    """Verifies a token, and the structure of the document in it.

    Verifies neither whose key it is, nor times, nor status, nor the credentials in a presentation.

    Args:
        unverified: the parsed token.
        key: the key that must have signed.
        kind: what it must be: a credential is never taken for a presentation.
        algorithms: the allowed `alg` values; `none` is never one.
        terms: the contexts that say what its words mean; None leaves that to the caller.
        budget: what is left for the message that it is from; None for a whole one.

    Raises:
        ParseError, VerificationError: those of `proofs.jose.jws.verify` and of `vc_document`.
    """
    verified = jws.verify(unverified, key, typ=f"{kind}+jwt", algorithms=algorithms)
    vc_document.check_content_type(verified.header.get("cty"), kind)
    return vc_document.verified_document(
        verified.claims, kind, header=verified.header, issuer=verified.header.get("iss"), terms=terms, budget=budget
    )
