"""The OpenID4VC format `ldp_vc`: W3C credentials with Data Integrity proofs, held and presented.

OpenID4VC 1.0 says it of data model 1.1; here it is 2.0, which is this project's extension (specs/standards.md). A
presentation is bound to its holder by a `VerifiablePresentation` around one credential, with a proof of its own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from didkit_fr.boundary import boundary
from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import ISSUED, READ, CheckedCredential, check_credential
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.encoding import json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import ClaimsPath, JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import ldp_vc_bbs
from didkit_fr.formats.occasion import Issuance, Occasion, check_issued, occasion_of_holder
from didkit_fr.formats.port import (
    Format,
    IssuerKey,
    ProofRules,
    VerifiedCredential,
    VerifiedPossession,
    required_signer,
)
from didkit_fr.formats.query_profile import by_type_sets
from didkit_fr.formats.w3c import fields, vc_selective
from didkit_fr.formats.wire import OBJECT
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned
from didkit_fr.proofs.claimed_signer import ClaimedSigner, read_proof
from didkit_fr.proofs.data_integrity import ecdsa_sd, proof
from didkit_fr.proofs.data_integrity.options import TYPE, build_options
from didkit_fr.proofs.data_integrity.proof import UnverifiedSecured, VerifiedSecured
from didkit_fr.proofs.data_integrity.suites import OF_TEXT

__all__ = [
    "FORMAT",
    "HOLDER_SUITE",
    "ROW",
    "UnverifiedLdpVc",
    "parse",
    "prepare",
    "present",
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
_HOLDER_SUITES = (HOLDER_SUITE, "ecdsa-jcs-2019", "eddsa-rdfc-2022", "eddsa-jcs-2022")


@dataclass(frozen=True, slots=True)
class UnverifiedLdpVc:
    """A credential, and the presentation it came in, if any; nothing of it is to be believed."""

    credential: UnverifiedSecured
    presentation: UnverifiedSecured | None
    unverified_type: str
    _text: str = field(repr=False, compare=False)

    @property
    def unverified_cryptosuite(self) -> str:
        """The cryptosuite of the credential's proof."""
        return self.credential.proofs[0].unverified_cryptosuite

    @property
    def presented(self) -> bool:
        """Whether it came in a presentation."""
        return self.presentation is not None

    def claimed_signer(self) -> ClaimedSigner:
        """The verification method of the credential's proof."""
        return read_proof(self.credential.proofs[0])

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


def capabilities(_algorithms: Collection[str], cryptosuites: Collection[str]) -> JsonObject | None:
    """Its parameters in `vp_formats_supported` (OpenID4VP 1.0 appendix B.1.3.2), where cryptosuites are named."""
    return {"proof_type_values": [TYPE], "cryptosuite_values": sorted(cryptosuites)} if cryptosuites else None


@boundary
def verify(
    unverified: UnverifiedLdpVc,
    issuer: IssuerKey,
    rules: ProofRules,
    occasion: Occasion | Issuance | None,
    *,
    budget: Budget | None = None,
) -> VerifiedCredential:
    """Verifies the issuer's proof, that what it secures is well-formed by data model 2.0 or 1.1, and possession.

    Verifies neither whose key it is, nor validity, nor status; possession only where the credential came in a
    presentation, and for the occasion.

    Raises:
        ParseError: `w3c_malformed`, and those of `proofs.data_integrity.proof.verify`,
            `credentials.model.check_credential`, and `credentials.terms.check_terms`.
        VerificationError: `algorithm_refused`, `key_binding_...`, `holder_missing`, `holder_mismatch`, and those of
            `proofs.data_integrity.proof.verify`, of `vc_selective.check_decisive` and of
            `ldp_vc_bbs.check_unlinkable`.
    """
    budget = Budget() if budget is None else budget
    if isinstance(issuer.key, PublicKey) and issuer.key.algorithm not in rules.algorithms:
        raise VerificationError("algorithm_refused")
    verified = proof.verify(
        unverified.credential,
        {unverified.credential.proofs[0].unverified_verification_method: issuer.key},
        purpose="assertionMethod",
        now=rules.now,
        leeway=rules.leeway,
        cryptosuites=rules.cryptosuites,
        domain=None,
        challenge=None,
        contexts=contexts(),
        suites=ldp_vc_bbs.suites(rules.cryptosuites, occasion),
        budget=budget,
    )
    document, checked = verified.document, _check_document(verified, budget)
    holder, possession = _check_holder(unverified, document, rules, occasion, budget)
    return VerifiedCredential(
        type=fields.type_of(document),
        claims=document,
        holder=holder,
        issued_at=None,
        not_before=checked.valid_from,
        expires=checked.valid_until,
        status=fields.status_of(document),
        issuer=checked.issuer,
        possession=possession,
    )


def present(raw: str, paths: Sequence[ClaimsPath], signer: Signer | None, occasion: Occasion, *, now: int) -> str:
    """Presents a credential on one occasion: of a selective one what the paths name, of any other all.

    What `bbs-2023` secures is bound to nobody: it is derived for the occasion and presented bare, without a signer.

    Raises:
        ParseError, VerificationError: those of `parse` and of the cryptosuites; `transaction_data_unbound`;
            `holder_missing` without a signer, and `key_binding_unexpected` with one where it is bound to nobody.
    """
    if occasion.transaction_data:
        raise VerificationError("transaction_data_unbound", "not defined for this format")
    held, unverified = json.parse_object(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH), parse(raw)
    pointers = [fields.pointer(path) for path in paths]
    if _is_bearer(unverified):
        # What a holder's key signs around it would link all that the proof keeps apart.
        if signer is not None:
            raise VerificationError("key_binding_unexpected")
        return json.encode_text(ldp_vc_bbs.derive(held, pointers, occasion))
    holder = required_signer(signer)
    if unverified.unverified_cryptosuite == ecdsa_sd.NAME:
        held = ecdsa_sd.derive(held, pointers, contexts=contexts())
    document = {
        "@context": [fields.V2],
        "type": [_PRESENTATION],
        "holder": fields.did_of(holder.public_key),
        "verifiableCredential": [held],
    }
    presented = proof.sign(
        document,
        holder,
        cryptosuite=HOLDER_SUITE,
        verification_method=fields.method_of(holder.public_key),
        purpose="authentication",
        created=now,
        domain=occasion.audience,
        challenge=occasion.nonce,
        contexts=contexts(),
    )
    return json.encode_text(presented)


def _is_bearer(unverified: UnverifiedLdpVc) -> bool:
    """Whether it is secured with `bbs-2023`, which binds it to nobody: whoever has it can show it."""
    return unverified.unverified_cryptosuite == ldp_vc_bbs.NAME


def _check_document(verified: VerifiedSecured, budget: Budget) -> CheckedCredential:
    """Refuses what is not well-formed, says things that its proof does not sign, or hides what decides."""
    vc_selective.check_decisive(verified.proofs)
    checked = check_credential(verified.document, versions=READ)
    if verified.proofs[0].cryptosuite in OF_TEXT:
        check_terms(verified.document, Terms(contexts(), inline=False), budget=budget)
    return checked


def _check_holder(
    unverified: UnverifiedLdpVc,
    document: JsonObject,
    rules: ProofRules,
    occasion: Occasion | Issuance | None,
    budget: Budget,
) -> tuple[PublicKey | None, VerifiedPossession | None]:
    """The holder's key in the verified document; possession is verified where a presentation is around it.

    What is bound to nobody by its kind of proof has neither, and that is checked.
    """
    if _is_bearer(unverified):
        issued = isinstance(occasion, Issuance)
        ldp_vc_bbs.check_unlinkable(unverified.credential, issued=issued, presented=unverified.presented)
        if isinstance(occasion, Issuance):
            check_issued(occasion, None)
        return None, None
    holder = fields.holder_key(document)
    answered = occasion_of_holder(occasion, holder, presented=unverified.presented)
    if answered is None or holder is None or unverified.presentation is None:
        return holder, None
    _verify_presentation(unverified.presentation, holder, rules, answered, budget)
    return holder, VerifiedPossession()


def _verify_presentation(
    presentation: UnverifiedSecured, holder: PublicKey, rules: ProofRules, occasion: Occasion, budget: Budget
) -> None:
    """Verifies the holder's proof: `challenge` is the nonce, `domain` the verifier (OpenID4VP appendix B.1.3.2)."""
    if presentation.unverified_document.get("holder") not in (None, fields.did_of(holder)):
        raise VerificationError("holder_mismatch")
    if not occasion.nonce or not occasion.audience or holder.algorithm not in rules.algorithms:
        raise VerificationError("algorithm_refused")
    verified = proof.verify(
        presentation,
        {fields.method_of(holder): holder},
        purpose="authentication",
        now=rules.now,
        leeway=rules.leeway,
        cryptosuites=_HOLDER_SUITES,
        domain=occasion.audience,
        challenge=occasion.nonce,
        contexts=contexts(),
        budget=budget,
    )
    for one in verified.proofs:
        if one.created is None or one.created < rules.now - rules.max_age - rules.leeway:
            raise VerificationError("key_binding_time")


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


ROW = Format(
    name=FORMAT,
    purpose="credential",
    parse=parse,
    verify=verify,
    present=present,
    subject=subject,
    query=by_type_sets("type_values"),
    capabilities=capabilities,
    wire=OBJECT,
)
