"""W3C credentials and presentations as SD-JWT: `vc+sd-jwt` and `vp+sd-jwt` (VC-JOSE-COSE 1.0 section 3.2)."""

from collections.abc import Collection
from itertools import chain

from didkit_fr.credentials.model import MODELS
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import ClaimsPath, JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats.w3c import vc_document
from didkit_fr.formats.w3c.vc_document import Kind, VerifiedDocument
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.outline import Node
from didkit_fr.proofs.sd_jwt.sd_jwt import UnverifiedSdJwt

__all__ = ["ALWAYS_VISIBLE", "SHOULD_BE_VISIBLE", "media_type", "parse", "sign", "unverified_method", "verify"]

ALWAYS_VISIBLE = frozenset(
    {
        "@context",
        *chain.from_iterable(model.decisive for model in MODELS.values()),
        *("iss", "exp", "nbf", "cnf", "vc", "vp"),
    }
)
"""Without these a credential would be read as one that is never revoked, never ends, or is of another model."""

SHOULD_BE_VISIBLE = frozenset({"type"})
"""What is never made disclosable here, and read where others did: without it a document is refused anyway."""

_BELOW_TOP = 2


def media_type(kind: Kind) -> str:
    """What a token is called: `application/vc+sd-jwt` or `application/vp+sd-jwt`."""
    return f"application/{kind}+sd-jwt"


def parse(raw: str) -> UnverifiedSdJwt:
    """Parses the compact serialisation, with or without key binding; nothing of it is to be believed.

    Raises:
        ParseError: those of `proofs.sd_jwt.sd_jwt.parse`.
    """
    return sd_jwt.parse(raw)


def unverified_method(unverified: UnverifiedSdJwt) -> str:
    """The verification method whose key the token says it was signed with.

    Raises:
        VerificationError: `key_id_missing`.
    """
    header = unverified.jws.unverified_header
    return vc_document.method_named(header.get("kid"), header.get("iss", unverified.unverified_text("iss")))


def sign(
    document: JsonObject,
    signer: Signer,
    *,
    kind: Kind,
    verification_method: str,
    disclosable: Collection[ClaimsPath],
    terms: Terms | None,
    random: Random = system,
) -> str:
    """Checks a document and signs it with selective disclosure of some paths; other arguments as `vc_jose.sign`.

    Raises:
        ParseError: `sd_jwt_disclosable` where what has to stay visible is made disclosable, `sd_jwt_path_unknown`,
            `sd_jwt_claim_name`.
        ParseError, VerificationError: those of `vc_document.check_document` and `check_method`.
    """
    vc_document.check_document(document, kind, terms)
    # A member of a credential itself could not be told from the end of its validity once it is withheld.
    shortest = _BELOW_TOP if kind == "vc" else 1
    if any(len(path) < shortest or path[0] in ALWAYS_VISIBLE | SHOULD_BE_VISIBLE for path in disclosable):
        raise ParseError("sd_jwt_disclosable")
    header = {"cty": kind, "kid": vc_document.check_method(verification_method)}
    return sd_jwt.issue(document, signer, typ=f"{kind}+sd-jwt", disclosable=disclosable, header=header, random=random)


def verify(
    unverified: UnverifiedSdJwt,
    key: PublicKey,
    *,
    kind: Kind,
    algorithms: Collection[str],
    terms: Terms | None,
    budget: Budget | None = None,
) -> VerifiedDocument:
    """Verifies a token, its disclosures and the structure of what is disclosed; arguments as `vc_jose.verify`.

    Verifies neither whose key it is, nor times, nor status, nor a key binding, nor the credentials in a presentation.

    Raises:
        ParseError, VerificationError: `claim_must_be_visible`, and those of `proofs.sd_jwt.sd_jwt.verify` and
            `vc_document`.
    """
    verified = sd_jwt.verify(unverified, key, typ=f"{kind}+sd-jwt", algorithms=algorithms)
    vc_document.check_content_type(verified.header.get("cty"), kind)
    if any(path[0] in ALWAYS_VISIBLE for path in verified.disclosed):
        raise VerificationError("claim_must_be_visible")
    if kind == "vc":
        _check_outline(unverified.outline())
    return vc_document.verified_document(
        verified.claims, kind, header=verified.header, issuer=verified.header.get("iss"), terms=terms, budget=budget
    )


def _check_outline(document: Node) -> None:
    """Refuses a document that could have lost a member which decides what it is worth: whole, or a part of it.

    What was withheld has no name: at the top of the document it might be the end of the validity.
    """
    if document.unseen:
        raise VerificationError("claim_must_be_visible", "something at the top of the document is withheld")
    if any(_has_gap(node) for name, node in (document.members or {}).items() if name in ALWAYS_VISIBLE):
        raise VerificationError("claim_must_be_visible", "a part is withheld")


def _has_gap(node: Node) -> bool:
    """Whether something in a claim was withheld or could have been."""
    inner = (*(node.members or {}).values(), *(node.elements or ()))
    return node.disclosable or node.withheld or node.unseen > 0 or any(map(_has_gap, inner))
