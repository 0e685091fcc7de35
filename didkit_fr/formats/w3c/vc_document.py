"""What a W3C credential or presentation has to say once its envelope was verified (VC-JOSE-COSE 1.0).

An envelope signs the document itself, without any claim around it: the three (`vc_jose`, `vc_sd_jwt`, `vc_cose`)
differ in how they sign and agree in all that stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from didkit_fr.credentials.model import ISSUED, CheckedCredential, check_credential
from didkit_fr.credentials.presentation import CheckedPresentation, check_presentation
from didkit_fr.credentials.properties import is_url
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError

__all__ = [
    "MAX_TIME",
    "REGISTERED",
    "Kind",
    "VerifiedDocument",
    "check_content_type",
    "check_document",
    "check_method",
    "method_named",
    "verified_document",
]

Kind: TypeAlias = Literal["vc", "vp"]
"""A credential or a presentation."""

MAX_TIME = 253_402_300_799

REGISTERED = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce"})
"""Claims about the signature that may stand beside the document: they are no words of it (section 3.1.3)."""

_NONE: Mapping[str, Any] = MappingProxyType({})
_FORBIDDEN = ("vc", "vp")
_MISMATCH: Mapping[Kind, str] = MappingProxyType({"vc": "issuer_mismatch", "vp": "holder_mismatch"})


@dataclass(frozen=True, slots=True)
class VerifiedDocument:
    """A credential or presentation whose envelope was verified with one key; whose key that is was not.

    `checked` is what the document says, as checked. `claims` are those about the signature, in the names of
    JWT; `not_before` and `expires` are among them, in seconds since 1970 (UTC): neither they nor the validity
    of the document were judged, nor any status, nor any credential inside a presentation.
    """

    kind: Kind
    checked: CheckedCredential | CheckedPresentation
    header: Mapping[Any, Any] = field(repr=False)
    document: JsonObject = field(repr=False)
    claims: JsonObject = field(repr=False)
    not_before: int | None
    expires: int | None


def check_document(
    document: JsonObject, kind: Kind, terms: Terms | None, *, budget: Budget | None = None
) -> CheckedCredential | CheckedPresentation:
    """Checks the structure of a document before or after it is signed, and with `terms` what its terms mean.

    `budget` is what is left for the message that the document is from; None for a whole one.

    Raises:
        ParseError: those of `check_credential` or `check_presentation`, and of `check_terms`.
        VerificationError: `vc_claim_forbidden`, `self_asserted_holder`.
    """
    # A reader of data model 1.1 takes what stands in `vc` for the credential, and what stands beside it for nothing.
    if any(name in document for name in _FORBIDDEN):
        raise VerificationError("vc_claim_forbidden")
    bare = {name: value for name, value in document.items() if name not in REGISTERED}
    checked = (check_credential if kind == "vc" else check_presentation)(bare, versions=ISSUED)
    if terms is not None:
        check_terms(bare, terms, budget=budget)
    return checked


def verified_document(
    document: JsonObject,
    kind: Kind,
    *,
    header: Mapping[Any, Any],
    issuer: object,
    terms: Terms | None,
    claims: Mapping[str, Any] = _NONE,
    budget: Budget | None = None,
) -> VerifiedDocument:
    """Reads a document out of an envelope whose signature was verified.

    Args:
        document: what was signed.
        kind: what it must be.
        header: the protected header.
        issuer: who the header says signed (`iss`), or None.
        terms: as `check_document`.
        claims: those about the signature that stand in the header, in the names of JWT.
        budget: as `check_document`.

    Raises:
        ParseError: `claim_time`, and those of `check_document`.
        VerificationError: `issuer_mismatch`, `holder_mismatch`, and those of `check_document`.
    """
    checked = check_document(document, kind, terms, budget=budget)
    signer = checked.issuer if isinstance(checked, CheckedCredential) else checked.holder
    for named in (issuer, document.get("iss")):
        if named is not None and signer is not None and named != signer:
            raise VerificationError(_MISMATCH[kind])
    stated = {name: value for name, value in document.items() if name in REGISTERED} | dict(claims)
    return VerifiedDocument(
        kind=kind,
        checked=checked,
        header=header,
        document=document,
        claims=stated,
        not_before=_time(stated, "nbf"),
        expires=_time(stated, "exp"),
    )


def check_content_type(stated: object, kind: Kind) -> None:
    """A content type may be missing, and if there is one it is the document's (sections 3.1 to 3.3).

    Raises:
        VerificationError: `typ_mismatch`.
    """
    if stated is None:
        return
    if not isinstance(stated, str) or stated.lower().removeprefix("application/") != kind:
        raise VerificationError("typ_mismatch", f"expected content of {kind}")


def check_method(method: str) -> str:
    """A verification method that is to be named in a header: without an `iss` it has to be an absolute URL.

    Raises:
        ParseError: `vc_identifier`.
    """
    if not is_url(method):
        raise ParseError("vc_identifier", "a verification method")
    return method


def method_named(kid: object, issuer: object) -> str:
    """The verification method that an unverified header names, to ask for its key (section 4.1).

    Args:
        kid: the header's key id.
        issuer: its `iss` or the payload's, or None; a relative `kid` is resolved against it.

    Raises:
        VerificationError: `key_id_missing` where there is none, or one that is relative to nothing.
    """
    if isinstance(kid, str) and is_url(kid):
        return kid
    if isinstance(kid, str) and kid and isinstance(issuer, str) and is_url(issuer):
        return f"{issuer}#{kid.removeprefix('#')}"
    raise VerificationError("key_id_missing")


def _time(document: JsonObject, name: str) -> int | None:
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_TIME:
        raise ParseError("claim_time", name)
    return int(value)
