"""Envelopes around W3C documents (VC-JOSE-COSE 1.0): whose key secured one, and what is in it, verified."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

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
from didkit_fr.proofs.cose.cose import UnverifiedCose
from didkit_fr.proofs.jose.jws import UnverifiedJws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.sd_jwt import UnverifiedSdJwt
from didkit_fr.trust.path import TrustedBbsKey
from didkit_fr.verification.signers.rules import FindSigners, Found, Stated, Types

__all__ = ["ENVELOPES", "verify_credential_envelope", "verify_presentation_envelope"]

_STEP_BYTES = 64
_SIGNERS: Mapping[Kind, str] = MappingProxyType({"vc": "issuer", "vp": "holder"})


@dataclass(frozen=True, slots=True)
class _Opened:
    """What an envelope says before anything of it is believed: a header in the words of JOSE, and the document."""

    unverified_header: Mapping[str, Any]
    document: JsonObject = field(repr=False)
    parsed: Any = field(repr=False)

    def unverified_claims(self) -> JsonObject:
        return self.document


class _Form(NamedTuple):
    kind: Kind
    open: Callable[[bytes], _Opened]
    verify: Callable[..., VerifiedDocument]


async def verify_credential_envelope(
    envelope: Envelope,
    *,
    role: str,
    find: FindSigners,
    algorithms: Collection[str],
    terms: Terms,
    budget: Budget,
) -> tuple[VerifiedDocument, Found]:
    """Verifies an enveloped credential, as a flow: its signature, and its signer's right to a role of `Anchor.roles`.

    Who issues credentials must be believed for all the types of this one. Judges neither times nor status. Returns what
    the rule found of the signer too.

    Raises:
        ParseError: `work_exceeded`, those of the form, of `formats.vc_document`, of `formats.w3c.types_of`, of `find`.
        FetchError: those of `find`.
        VerificationError: `format_unsupported`, `key_id_missing`, `key_binding_unexpected`, `issuer_mismatch`, and
            those of the form and of `find`.
    """
    form, opened = _open(envelope, "vc", budget)
    signer = _signer(opened, "vc")

    def types() -> Types:
        return fields.types_of(opened.document, terms.contexts, budget=budget) if role == "credential" else (None,)

    name = str(signer.unverified_header.get("kid"))
    issuer = agent_id(opened.document.get("issuer"))
    found = await find(Stated(role, issuer if isinstance(issuer, str) else None, {name: signer}, types))
    path = found.keys[name]
    if isinstance(path, TrustedBbsKey):
        raise VerificationError("algorithm_refused")
    budget.spend_signatures()
    verified = form.verify(opened.parsed, path.key, kind="vc", algorithms=algorithms, terms=terms, budget=budget)
    if agent_id(verified.document["issuer"]) not in path.names:
        raise VerificationError("issuer_mismatch")
    return verified, found


async def verify_presentation_envelope(
    envelope: Envelope,
    *,
    methods: Mapping[str, Method],
    algorithms: Collection[str],
    now: int,
    terms: Terms,
    budget: Budget,
) -> tuple[VerifiedDocument, str]:
    """Verifies an enveloped presentation by the DID whose key signed, which it returns too, as a flow.

    Judges neither times, nor what the presentation answers, nor its holder, nor the credentials in it.

    Raises:
        ParseError: `work_exceeded`, those of the form, of `formats.vc_document`, and of `find_method`.
        FetchError: those of `find_method`.
        VerificationError: `format_unsupported`, `key_id_missing`, `key_binding_unexpected`, and those of the form and
            of `find_method`.
    """
    form, opened = _open(envelope, "vp", budget)
    named = _signer(opened, "vp").unverified_header.get("kid")
    if not isinstance(named, str):
        raise VerificationError("key_id_missing")
    key = await find_method(named, "authentication", now=now, methods=methods)
    budget.spend_signatures()
    verified = form.verify(opened.parsed, key, kind="vp", algorithms=algorithms, terms=terms, budget=budget)
    return verified, named.partition("#")[0]


def _open(envelope: Envelope, kind: Kind, budget: Budget) -> tuple[_Form, _Opened]:
    form, content = ENVELOPES.get(envelope.media_type), envelope.unverified_content
    if form is None or form.kind != kind:
        raise VerificationError("format_unsupported", f"not an envelope of a {kind}")
    budget.spend(len(content) // _STEP_BYTES + 1)
    opened = form.open(content)
    # The form first, so that a malformed document asks nobody anything.
    vc_document.check_document(opened.document, kind, None)
    return form, opened


def _signer(opened: _Opened, kind: Kind) -> _Opened:
    """Whose key to ask for: an `x5c`, a DID URL, or an issuer's address and the name of a key there (section 4.1)."""
    header, document = opened.unverified_header, opened.document
    named = header.get("iss", document.get("iss"))
    if named is None and _SIGNERS[kind] in document:
        named = agent_id(document[_SIGNERS[kind]])
    asked = {name: header[name] for name in ("alg", "kid", "x5c") if name in header}
    if isinstance(named, str) and named.startswith("did:") and "x5c" not in asked:
        asked["kid"] = vc_document.method_named(asked.get("kid"), named)
    return _Opened(asked, {} if named is None else {"iss": named}, None)


def _text(content: bytes) -> str:
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise ParseError("jws_malformed") from None


def _open_jose(content: bytes) -> _Opened:
    unverified: UnverifiedJws = vc_jose.parse(_text(content))
    return _Opened(unverified.unverified_header, unverified.unverified_claims(), unverified)


def _open_sd_jwt(content: bytes) -> _Opened:
    unverified: UnverifiedSdJwt = vc_sd_jwt.parse(_text(content))
    # Whoever holds it binds it by the presentation around it: a key binding beside it would be checked by nobody.
    if unverified.key_binding is not None:
        raise VerificationError("key_binding_unexpected")
    return _Opened(unverified.jws.unverified_header, sd_jwt.unverified_claims(unverified), unverified)


def _open_cose(content: bytes) -> _Opened:
    unverified: UnverifiedCose = vc_cose.parse(content)
    if unverified.unverified_payload is None:
        raise ParseError("cose_malformed", "without payload")
    document = json.parse_object(unverified.unverified_payload, max_bytes=vc_cose.MAX_BYTES)
    claims = vc_cose.stated_claims(unverified.unverified_header)
    header = {**unverified.unverified_jose_header(), **({"iss": claims["iss"]} if "iss" in claims else {})}
    return _Opened(header, document, unverified)


def _forms(kind: Kind) -> Mapping[str, _Form]:
    return {
        vc_jose.media_type(kind): _Form(kind, _open_jose, vc_jose.verify),
        vc_sd_jwt.media_type(kind): _Form(kind, _open_sd_jwt, vc_sd_jwt.verify),
        vc_cose.media_type(kind): _Form(kind, _open_cose, vc_cose.verify),
    }


ENVELOPES: Mapping[str, _Form] = MappingProxyType({**_forms("vc"), **_forms("vp")})
"""By media type."""
