"""Envelopes around W3C documents (VC-JOSE-COSE 1.0): whose key secured one, and what is in it, verified."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast

from didkit_fr.credentials.model import CheckedCredential
from didkit_fr.credentials.presentation import Envelope
from didkit_fr.credentials.properties import agent_id
from didkit_fr.credentials.terms import Terms
from didkit_fr.did.method import Method
from didkit_fr.did.resolve import find_method
from didkit_fr.encoding import json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats.w3c import fields, vc_cose, vc_document, vc_jose, vc_sd_jwt
from didkit_fr.formats.w3c.vc_document import Kind, VerifiedDocument
from didkit_fr.proofs.claimed_signer import ClaimedSigner, DidUrl, X5c, did_of, read_key_id, read_parameters, read_x5c
from didkit_fr.proofs.cose.cose import UnverifiedCose
from didkit_fr.proofs.jose.jws import UnverifiedJws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.sd_jwt import UnverifiedSdJwt
from didkit_fr.trust.path import TrustedBbsKey
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.rules import FindSigners, Stated, Types
from didkit_fr.verification.steps import check_issuer
from didkit_fr.verification.w3c.authentic import AuthenticW3cCredential

__all__ = ["ENVELOPES", "authenticate_envelope", "verify_presentation_envelope"]

_STEP_BYTES = 64
_SIGNER: Final = "envelope"
"""The name under which the one signer of an envelope is asked for."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """What an envelope says before anything of it is believed.

    `certificates` are those of its header, if any, `key_id` and `algorithm` the header's, `issuer` whom header or
    claims say signed.
    """

    parsed: Any = field(repr=False)
    document: JsonObject = field(repr=False)
    certificates: X5c | None
    key_id: Any
    algorithm: Any
    issuer: Any


class _Envelope(NamedTuple):
    kind: Kind
    open: Callable[[bytes], _Opened]
    verify: Callable[..., VerifiedDocument]


async def authenticate_envelope(
    envelope: Envelope, context: VerificationContext, *, role: str, find: FindSigners, terms: Terms
) -> AuthenticW3cCredential:
    """Steps 1 to 5, and 8, of an enveloped credential, as a flow: its signature, and its signer's right to a role.

    Who issues credentials must be believed for all the types of this one. Judges neither times nor status.

    Args:
        envelope: as received.
        context: what is accepted, remembered, and when it is.
        role: what the signer must be believed for (`trust.anchors.ROLES`).
        find: the rule of whose signatures count.
        terms: the contexts that say what its words mean.

    Raises:
        ParseError: `work_exceeded`, those of the envelope, of `formats.w3c.vc_document`, of `formats.w3c.fields`, of
            `find`.
        FetchError: those of `find`.
        VerificationError: `format_unsupported`, `key_id_missing`, `key_binding_unexpected`, `issuer_mismatch`, and
            those of the envelope and of `find`.
    """
    secured_by, opened = _open(envelope, "vc", context.budget)
    document, budget = opened.document, context.budget

    def types() -> Types:
        return fields.types_of(document, terms.contexts, budget=budget) if role == "credential" else (None,)

    issuer = agent_id(document.get("issuer"))
    claimed = _claimed_issuer(opened, issuer)
    stated = Stated(role, issuer if isinstance(issuer, str) else None, {_SIGNER: claimed}, types)
    found = await find(stated, context)
    path = found.keys[_SIGNER]
    if isinstance(path, TrustedBbsKey):
        raise VerificationError("algorithm_refused")
    budget.spend_signatures()
    verified = secured_by.verify(
        opened.parsed, path.key, kind="vc", algorithms=context.policy.algorithms, terms=terms, budget=budget
    )
    checked = cast("CheckedCredential", verified.checked)
    signed = [verified.claims.get("iat"), verified.not_before]
    return AuthenticW3cCredential(
        checked,
        check_issuer(checked.issuer, found.keys.values()),
        found.trust,
        tuple([int(time) for time in signed if isinstance(time, (int, float))]),
        verified.not_before,
        verified.expires,
    )


async def verify_presentation_envelope(
    envelope: Envelope, context: VerificationContext, *, methods: Mapping[str, Method], terms: Terms
) -> tuple[VerifiedDocument, str]:
    """Verifies an enveloped presentation by the DID whose key signed, which it returns too, as a flow.

    Judges neither times, nor what the presentation answers, nor its holder, nor the credentials in it.

    Raises:
        ParseError: `work_exceeded`, those of the envelope, of `formats.w3c.vc_document`, and of `find_method`.
        FetchError: those of `find_method`.
        VerificationError: `format_unsupported`, `key_id_missing`, `key_binding_unexpected`, `holder_mismatch`, and
            those of the envelope and of `find_method`.
    """
    secured_by, opened = _open(envelope, "vp", context.budget)
    claimed = _claimed_holder(opened)
    key = await find_method(claimed.unverified_url, "authentication", now=context.now, methods=methods)
    signer = did_of(claimed)
    # Without this, the key would be found under one name and the presentation be taken for that of another.
    if opened.issuer is not None and opened.issuer != signer:
        raise VerificationError("holder_mismatch")
    context.budget.spend_signatures()
    verified = secured_by.verify(
        opened.parsed, key, kind="vp", algorithms=context.policy.algorithms, terms=terms, budget=context.budget
    )
    return verified, signer


def _open(envelope: Envelope, kind: Kind, budget: Budget) -> tuple[_Envelope, _Opened]:
    secured_by, content = ENVELOPES.get(envelope.media_type), envelope.unverified_content
    if secured_by is None or secured_by.kind != kind:
        raise VerificationError("format_unsupported", f"not an envelope of a {kind}")
    budget.spend(len(content) // _STEP_BYTES + 1)
    opened = secured_by.open(content)
    # The structure first, so that a malformed document asks nobody anything.
    vc_document.check_document(opened.document, kind, None)
    return secured_by, opened


def _claimed_issuer(opened: _Opened, issuer: object) -> ClaimedSigner:
    """Who signed it, it claims: certificates, a DID URL, or an issuer's address and a key there (section 4.1)."""
    if opened.certificates is not None:
        return opened.certificates
    named = issuer if opened.issuer is None else opened.issuer
    key_id = vc_document.method_named(opened.key_id, named) if _is_did(named) else opened.key_id
    # Whether it was the document's issuer is for the rule of signers: a test suite's accepts another, and says so.
    if opened.issuer is None and _is_did(key_id):
        return DidUrl(key_id)
    return read_key_id(key_id, named, opened.algorithm)


def _claimed_holder(opened: _Opened) -> DidUrl:
    """Who signed it, it claims: a holder signs by a DID."""
    named = agent_id(opened.document.get("holder")) if opened.issuer is None else opened.issuer
    key_id = vc_document.method_named(opened.key_id, named) if _is_did(named) else opened.key_id
    if not isinstance(key_id, str):
        raise VerificationError("key_id_missing")
    return DidUrl(key_id)


def _is_did(named: object) -> bool:
    return isinstance(named, str) and named.startswith("did:")


def _text(content: bytes) -> str:
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise ParseError("jws_malformed") from None


def _opened(parsed: object, header: Mapping[str, Any], document: JsonObject) -> _Opened:
    return _Opened(
        parsed, document, read_x5c(header), header.get("kid"), header.get("alg"), header.get("iss", document.get("iss"))
    )


def _open_jose(content: bytes) -> _Opened:
    unverified: UnverifiedJws = vc_jose.parse(_text(content))
    return _opened(unverified, unverified.unverified_header, unverified.unverified_claims())


def _open_sd_jwt(content: bytes) -> _Opened:
    unverified: UnverifiedSdJwt = vc_sd_jwt.parse(_text(content))
    # Whoever holds it binds it by the presentation around it: a key binding beside it would be checked by nobody.
    if unverified.key_binding is not None:
        raise VerificationError("key_binding_unexpected")
    return _opened(unverified, unverified.jws.unverified_header, sd_jwt.unverified_claims(unverified))


def _open_cose(content: bytes) -> _Opened:
    unverified: UnverifiedCose = vc_cose.parse(content)
    if unverified.unverified_payload is None:
        raise ParseError("cose_malformed", "without payload")
    document = json.parse_object(unverified.unverified_payload, max_bytes=vc_cose.MAX_BYTES)
    claims = vc_cose.stated_claims(unverified.unverified_header)
    certificates, key_id, algorithm = read_parameters(unverified)
    return _Opened(unverified, document, certificates, key_id, algorithm, claims.get("iss", document.get("iss")))


def _envelopes(kind: Kind) -> Mapping[str, _Envelope]:
    return {
        vc_jose.media_type(kind): _Envelope(kind, _open_jose, vc_jose.verify),
        vc_sd_jwt.media_type(kind): _Envelope(kind, _open_sd_jwt, vc_sd_jwt.verify),
        vc_cose.media_type(kind): _Envelope(kind, _open_cose, vc_cose.verify),
    }


ENVELOPES: Mapping[str, _Envelope] = MappingProxyType({**_envelopes("vc"), **_envelopes("vp")})
"""By media type."""
