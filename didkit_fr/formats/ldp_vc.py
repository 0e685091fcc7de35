"""The OpenID4VC format `ldp_vc`: W3C credentials with Data Integrity proofs, held and presented.

OpenID4VC 1.0 says it of data model 1.1; here it is 2.0, which is this project's extension (specs/standards.md). A
presentation is bound to its holder by a `VerifiablePresentation` around one credential, with a proof of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from didkit_fr.boundary import boundary
from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import ISSUED, READ, check_credential
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.encoding import json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import ldp_vc_bbs
from didkit_fr.formats.credential import Path, PossessionCheck, ProofRules, VerifiedCredential
from didkit_fr.formats.w3c import fields, vc_selective
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned
from didkit_fr.proofs.data_integrity import ecdsa_sd, proof
from didkit_fr.proofs.data_integrity.options import build_options
from didkit_fr.proofs.data_integrity.proof import UnverifiedSecured
from didkit_fr.proofs.data_integrity.suites import OF_TEXT

__all__ = [
    "FORMAT",
    "HOLDER_SUITE",
    "UnverifiedLdpVc",
    "check_possession",
    "is_bearer",
    "parse",
    "prepare",
    "present",
    "present_bearer",
    "sign",
    "subject",
    "verify",
]

FORMAT = "ldp_vc"
HOLDER_SUITE = "ecdsa-rdfc-2019"
"""How a wallet's P-256 key secures a presentation."""

MAX_BYTES = 262_144
MAX_DEPTH = 32

_PRESENTATION = "VerifiablePresentation"


@dataclass(frozen=True, slots=True)
class UnverifiedLdpVc:
    """A credential, and the presentation it came in, if any; nothing of it is to be believed."""

    credential: UnverifiedSecured
    presentation: UnverifiedSecured | None
    unverified_type: str
    _text: str = field(repr=False, compare=False)

    @property
    def unverified_header(self) -> Mapping[str, Any]:
        """Which key, as a JOSE header would say it."""
        return {"kid": self.credential.proofs[0].unverified_verification_method}

    @property
    def unverified_cryptosuite(self) -> str:
        """The cryptosuite of the credential's proof."""
        return self.credential.proofs[0].unverified_cryptosuite

    @property
    def presented(self) -> bool:
        """Whether it came in a presentation."""
        return self.presentation is not None

    def unverified_holder(self) -> PublicKey | None:
        """The key of the subject's DID."""
        return fields.holder_key(self.credential.unverified_document)

    def unverified_claims(self) -> JsonObject:
        """The credential without its proof, each time anew."""
        return _take(self._text)[0].unverified_document


@boundary
def parse(raw: str, *, max_bytes: int = MAX_BYTES, budget: Budget | None = None) -> UnverifiedLdpVc:
    """Parses a credential, or a presentation of one, from its JSON text.

    Raises:
        ParseError: `input_too_large`, `w3c_malformed`, and those of `encoding.json`, `encoding.rdf.jsonld`, and of
            `proofs.data_integrity.proof.parse`.
    """
    if len(raw) > max_bytes:
        raise ParseError("input_too_large", f"over {max_bytes} characters")
    left = Budget() if budget is None else budget
    left.spend(len(raw) // 64)
    credential, presentation = _take(raw)
    type_ = fields.type_of(credential.unverified_document, budget=left)
    return UnverifiedLdpVc(credential, presentation, type_, raw)


def sign(
    document: JsonObject,
    signer: Signer,
    *,
    verification_method: str,
    cryptosuite: str,
    now: int,
) -> JsonObject:
    """Issues a credential with a cryptosuite that secures a document as a whole.

    Raises:
        ParseError, VerificationError: those of `credentials.model.check_credential`, `credentials.terms.check_terms`,
            and `proofs.data_integrity.proof.sign`.
    """
    unsigned = prepare(document, signer, verification_method=verification_method, cryptosuite=cryptosuite, now=now)
    return unsigned.by(signer)


def prepare(
    document: JsonObject, signer: KeyHolder, *, verification_method: str, cryptosuite: str, now: int
) -> ToBeSigned[JsonObject]:
    """As `sign`, for a key that is elsewhere."""
    check_credential(document, versions=ISSUED)
    if cryptosuite in OF_TEXT:
        check_terms(document, Terms(contexts(), inline=False))
    options = build_options(
        cryptosuite=cryptosuite, verification_method=verification_method, purpose="assertionMethod", created=now
    )
    prepared = proof.prepare(document, signer.public_key, options, contexts=contexts())
    return ToBeSigned(prepared.signing_input, partial(proof.attach, prepared))


def subject(claims: JsonObject) -> JsonObject:
    """The claims about the holder, where they stand in the credential."""
    stated = claims.get("credentialSubject")
    if not isinstance(stated, dict):
        return {}
    return {"credentialSubject": {name: value for name, value in stated.items() if name not in ("id", "type")}}


def is_bearer(unverified: UnverifiedLdpVc) -> bool:
    """Whether it is secured with `bbs-2023`, which binds it to nobody: whoever has it can show it."""
    return unverified.unverified_cryptosuite == ldp_vc_bbs.NAME


@boundary
def verify(
    unverified: UnverifiedLdpVc, key: PublicKey | BbsPublicKey, rules: ProofRules, *, budget: Budget | None = None
) -> VerifiedCredential:
    """Verifies the issuer's proof, and the form of what it secures, of data model 2.0 or 1.1.

    Verifies neither whose key it is, nor validity, nor status, nor possession.

    Raises:
        ParseError: `w3c_malformed`, and those of `proofs.data_integrity.proof.verify`,
            `credentials.model.check_credential`, and `credentials.terms.check_terms`.
        VerificationError: `algorithm_refused`, those of `proofs.data_integrity.proof.verify`, of
            `vc_selective.check_decisive` and of `ldp_vc_bbs.check_unlinkable`.
    """
    budget = Budget() if budget is None else budget
    if isinstance(key, PublicKey) and key.algorithm not in rules.algorithms:
        raise VerificationError("algorithm_refused")
    verified = proof.verify(
        unverified.credential,
        {unverified.credential.proofs[0].unverified_verification_method: key},
        purpose="assertionMethod",
        now=rules.now,
        leeway=rules.leeway,
        cryptosuites=rules.cryptosuites,
        domain=None,
        challenge=None,
        contexts=contexts(),
        suites=ldp_vc_bbs.suites(rules),
        budget=budget,
    )
    vc_selective.check_decisive(verified.proofs)
    document = verified.document
    checked = check_credential(document, versions=READ)
    if verified.proofs[0].cryptosuite in OF_TEXT:
        check_terms(document, Terms(contexts(), inline=False), budget=budget)
    if is_bearer(unverified):
        ldp_vc_bbs.check_unlinkable(unverified.credential, issued=rules.issued, presented=unverified.presented)
    return VerifiedCredential(
        type=fields.type_of(document),
        claims=document,
        holder=fields.holder_key(document),
        issued_at=None,
        not_before=checked.valid_from,
        expires=checked.valid_until,
        status=fields.status_of(document),
        issuer=checked.issuer,
    )


@boundary
def check_possession(
    unverified: UnverifiedLdpVc, holder: PublicKey, check: PossessionCheck, *, budget: Budget | None = None
) -> tuple[str, ...]:
    """Verifies the proof of the presentation: `challenge` is the nonce, `domain` the verifier (appendix B.1.3.2).

    Raises:
        VerificationError: `key_binding_missing`, `holder_mismatch`, and those of `proofs.data_integrity.proof.verify`.
    """
    if unverified.presentation is None:
        raise VerificationError("key_binding_missing")
    stated = unverified.presentation.unverified_document.get("holder")
    did = fields.did_of(holder)
    if stated not in (None, did):
        raise VerificationError("holder_mismatch")
    if not check.nonce or not check.audience or holder.algorithm not in check.algorithms:
        raise VerificationError("algorithm_refused")
    verified = proof.verify(
        unverified.presentation,
        {fields.method_of(holder): holder},
        purpose="authentication",
        now=check.now,
        leeway=check.leeway,
        cryptosuites=[HOLDER_SUITE, "ecdsa-jcs-2019", "eddsa-rdfc-2022", "eddsa-jcs-2022"],
        domain=check.audience,
        challenge=check.nonce,
        contexts=contexts(),
        budget=budget,
    )
    for one in verified.proofs:
        if one.created is None or one.created < check.now - check.max_age - check.leeway:
            raise VerificationError("key_binding_time")
    return ()


def present(raw: str, paths: Sequence[Path], signer: Signer, check: PossessionCheck) -> str:
    """Presents a credential to one verifier: of a selective one what the paths name, of any other all.

    Raises:
        ParseError, VerificationError: those of `parse` and of the cryptosuites; `transaction_data_unbound`;
            `key_binding_unexpected` for a credential that `present_bearer` presents.
    """
    if check.transaction_data:
        raise VerificationError("transaction_data_unbound", "not defined for this format")
    held, unverified = json.parse_object(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH), parse(raw)
    # What a holder's key signs around it would link all that the proof keeps apart.
    if is_bearer(unverified):
        raise VerificationError("key_binding_unexpected")
    if unverified.unverified_cryptosuite == ecdsa_sd.NAME:
        held = ecdsa_sd.derive(held, [fields.pointer(path) for path in paths], contexts=contexts())
    document = {
        "@context": [fields.V2],
        "type": [_PRESENTATION],
        "holder": fields.did_of(signer.public_key),
        "verifiableCredential": [held],
    }
    presented = proof.sign(
        document,
        signer,
        cryptosuite=HOLDER_SUITE,
        verification_method=fields.method_of(signer.public_key),
        purpose="authentication",
        created=check.now,
        domain=check.audience,
        challenge=check.nonce,
        contexts=contexts(),
    )
    return json.encode_text(presented)


def present_bearer(raw: str, paths: Sequence[Path], check: PossessionCheck) -> str:
    """Presents what the paths name of a credential that is bound to nobody: derived for this request, and bare.

    Raises:
        ParseError, VerificationError: those of `parse` and of `proofs.data_integrity.bbs_2023.derive`;
            `transaction_data_unbound`, `holder_missing` for a credential of another cryptosuite.
    """
    if check.transaction_data:
        raise VerificationError("transaction_data_unbound", "nobody's key is there to sign them")
    if not is_bearer(parse(raw)):
        raise VerificationError("holder_missing")
    held = json.parse_object(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    pointers = [fields.pointer(path) for path in paths]
    return json.encode_text(ldp_vc_bbs.derive(held, pointers, nonce=check.nonce, audience=check.audience))


def _take(raw: str) -> tuple[UnverifiedSecured, UnverifiedSecured | None]:
    """The credential, and the presentation around it."""
    document = json.parse_object(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    outer = proof.parse(document)
    if _PRESENTATION not in fields.types(document):
        return _single(outer), None
    inner = document.get("verifiableCredential")
    one = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
    if not isinstance(one, dict) or _PRESENTATION in fields.types(one):
        raise ParseError("w3c_malformed", "a presentation of one credential is due")
    return _single(proof.parse(one)), outer


def _single(secured: UnverifiedSecured) -> UnverifiedSecured:
    """A credential of an issuer's has one proof: of several, nobody could say which issuer is meant."""
    if len(secured.proofs) != 1:
        raise ParseError("w3c_malformed", "one proof is due")
    return secured
