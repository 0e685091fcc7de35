"""The OpenID4VC format `mso_mdoc`: ISO mdoc (ISO/IEC 18013-5), issued alone, presented in a DeviceResponse.

As text it is base64url of CBOR (OpenID4VCI 1.0 appendix A.2, OpenID4VP 1.0 appendix B.2). A path is a namespace and
an element. Only signatures of the device are accepted: a MAC would need a key of the verifier's that OpenID4VP has not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cryptography.x509 import NameOID

from didkit_fr.boundary import boundary
from didkit_fr.encoding import base64url, cbor
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.cbor import CborValue
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats.credential import Path, PossessionCheck, ProofRules, VerifiedCredential
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.mdoc import device, mdoc, session
from didkit_fr.proofs.mdoc import issue as mdoc_issue
from didkit_fr.proofs.mdoc.batch import Template
from didkit_fr.proofs.mdoc.device import UnverifiedDocument
from didkit_fr.proofs.mdoc.issue import Validity
from didkit_fr.proofs.mdoc.mdoc import Authorizations, Elements

__all__ = [
    "FORMAT",
    "MAX_CHARS",
    "Batch",
    "UnverifiedMdoc",
    "check_possession",
    "check_signer",
    "disclose",
    "parse",
    "prepare",
    "present",
    "sign",
    "subject",
    "transcript_of",
    "verify",
]

FORMAT = "mso_mdoc"
MAX_CHARS = 1_398_104  # base64url of 1 MiB

_PATH = 2
_PLACES = MappingProxyType(
    {"issuing_country": NameOID.COUNTRY_NAME, "issuing_jurisdiction": NameOID.STATE_OR_PROVINCE_NAME}
)


@dataclass(frozen=True, slots=True)
class UnverifiedMdoc:
    """A parsed mdoc; nothing of it is to be believed. `document` is None where no device has answered with it."""

    issuer_signed: mdoc.UnverifiedIssuerSigned
    document: UnverifiedDocument | None

    @property
    def unverified_type(self) -> str:
        """The document type."""
        return self.issuer_signed.unverified_object.doctype

    @property
    def unverified_header(self) -> Mapping[str, Any]:
        """Where to look for the key: only the certificates say whose it is (ISO/IEC 18013-5 section 9.3.1)."""
        header = self.issuer_signed.auth.unverified_jose_header()
        return {name: header[name] for name in ("alg", "x5c") if name in header}

    @property
    def presented(self) -> bool:
        """Whether a device answered with it."""
        return self.document is not None

    def unverified_holder(self) -> PublicKey:
        """The device key."""
        return self.issuer_signed.unverified_object.device_key

    def unverified_claims(self) -> JsonObject:
        """The disclosed elements as JSON by namespace, unverified."""
        return _claims(self.issuer_signed.unverified_elements())


@dataclass(frozen=True, slots=True)
class Batch:
    """What the copies of one document share; `prepare` makes each, as text."""

    template: Template

    def prepare(
        self, device_key: PublicKey, *, status: Mapping[str, CborValue] | None = None, random: Random = system
    ) -> ToBeSigned[str]:
        """One copy, bound to a device key, yet to be signed."""
        copy = self.template.prepare(device_key, status=status, random=random)
        return ToBeSigned(copy.message, lambda signature: base64url.encode(copy.attach(signature)))


@boundary
def parse(raw: str, *, budget: Budget | None = None) -> UnverifiedMdoc:
    """Parses an issued document (IssuerSigned), or an answer with exactly one (DeviceResponse; HAIP section 5.3.1).

    `budget` is that of the message which this is a part of.

    Raises:
        ParseError: `work_exceeded`, `base64url_invalid`, `mdoc_malformed`, and those of `proofs.mdoc.parse` and
            `proofs.mdoc_device.parse_response`.
    """
    budget = Budget() if budget is None else budget
    budget.spend(len(raw) >> 6)
    data = base64url.decode(raw, max_chars=MAX_CHARS)
    value = mdoc.decode(data, budget=budget)
    if not isinstance(value, dict):
        raise ParseError("mdoc_malformed", "neither IssuerSigned nor DeviceResponse")
    if "issuerAuth" in value:
        return UnverifiedMdoc(mdoc.read(value, budget=budget), None)
    documents = device.read_response(value, budget=budget)
    if len(documents) != 1:
        raise ParseError("mdoc_malformed", "not one document")
    return UnverifiedMdoc(documents[0].issuer_signed, documents[0])


def sign(
    elements: Elements,
    signer: Signer,
    *,
    doctype: str,
    validity: Validity,
    device_key: PublicKey,
    chain: Sequence[Certificate],
    status: Mapping[str, CborValue] | None = None,
    authorizations: Authorizations | None = None,
    random: Random = system,
) -> str:
    """Issues a document; arguments and errors as `proofs.mdoc_issue.issue`."""
    issued = mdoc_issue.issue(
        elements,
        signer,
        doctype=doctype,
        validity=validity,
        device_key=device_key,
        chain=chain,
        status=status,
        authorizations=authorizations,
        random=random,
    )
    return base64url.encode(issued)


def prepare(
    elements: Elements,
    signer: KeyHolder,
    *,
    doctype: str,
    validity: Validity,
    chain: Sequence[Certificate],
    authorizations: Authorizations | None = None,
) -> Batch:
    """Encodes once what the copies of a batch share; arguments and errors as `sign`."""
    return Batch(
        Template.of(elements, signer, doctype=doctype, validity=validity, chain=chain, authorizations=authorizations)
    )


def disclose(raw: str, paths: Collection[Path]) -> str:
    """The issued document with the elements for these paths and no other.

    Raises:
        ParseError: `mdoc_element_unknown`, and those of `parse`.
    """
    return base64url.encode(cbor.encode(mdoc.select(parse(raw).issuer_signed, _elements(paths))))


def present(raw: str, paths: Sequence[Path], signer: Signer, check: PossessionCheck) -> str:
    """Discloses `paths`, and has the device sign for one verifier, one nonce and one address.

    Raises:
        ParseError: as `disclose`.
        VerificationError: `mdoc_session_mismatch` where the session is not known, `transaction_data_unbound`.
    """
    if check.transaction_data:
        raise VerificationError("transaction_data_unbound", "a document does not sign transaction data")
    issued = parse(raw).issuer_signed
    document = device.build_document(
        mdoc.select(issued, _elements(paths)),
        device.sign(signer),
        doctype=issued.unverified_object.doctype,
        transcript=transcript_of(check),
    )
    return base64url.encode(device.build_response(document))


def subject(claims: JsonObject) -> JsonObject:
    """The elements: all of them are about the holder."""
    return claims


@boundary
def verify(
    unverified: UnverifiedMdoc, key: PublicKey, rules: ProofRules, *, budget: Budget | None = None
) -> VerifiedCredential:
    """Verifies the issuer's signature, every digest, and that the document is of the type that was signed.

    Where it comes from the issuer itself, nothing may be missing. Verifies neither whose key it is, nor times, nor
    status, nor possession.

    Raises:
        ParseError: `status_reference_malformed`.
        VerificationError: those of `proofs.mdoc.verify` and `proofs.mdoc.check_complete`, `mdoc_doctype_mismatch`.
    """
    if budget is not None:
        budget.spend_signatures()
    verified = mdoc.verify(unverified.issuer_signed, key, algorithms=rules.algorithms)
    if rules.issued and not unverified.presented:
        mdoc.check_complete(unverified.issuer_signed)
    signed = verified.object
    if unverified.document is not None and unverified.document.unverified_doctype != signed.doctype:
        raise VerificationError("mdoc_doctype_mismatch")
    status = None if signed.status is None else cbor.to_json(signed.status)
    if status is not None and not isinstance(status, dict):
        raise ParseError("status_reference_malformed")
    return VerifiedCredential(
        type=signed.doctype,
        claims=_claims(verified.elements),
        holder=signed.device_key,
        issued_at=signed.signed,
        not_before=signed.valid_from,
        expires=signed.valid_until,
        status=status,
    )


@boundary
def check_signer(credential: VerifiedCredential, signer: Certificate) -> None:
    """Refuses what a document signer's certificate contradicts (ISO/IEC 18013-5 section 9.3.1).

    It signed within the certificate's validity, and the country and the jurisdiction that a document states are the
    certificate's.

    Raises:
        VerificationError: `mdoc_signed_time`, `certificate_country`.
    """
    signed = credential.issued_at
    begin, end = (int(one.timestamp()) for one in (signer.not_valid_before_utc, signer.not_valid_after_utc))
    if signed is None or not begin <= signed <= end:
        raise VerificationError("mdoc_signed_time")
    for element, kind in _PLACES.items():
        certified = {str(one.value).upper() for one in signer.subject.get_attributes_for_oid(kind)}
        stated = {str(values[element]).upper() for values in credential.claims.values() if element in values}
        if certified and not stated <= certified:
            raise VerificationError("certificate_country", element)


@boundary
def check_possession(
    unverified: UnverifiedMdoc, holder: PublicKey, check: PossessionCheck, *, budget: Budget | None = None
) -> tuple[str, ...]:
    """Verifies that the device signed in this session (ISO/IEC 18013-5 section 9.1.3); it signs no transaction data.

    Raises:
        VerificationError: `key_binding_missing`, `mdoc_...`, and those of `proofs.mdoc_device.verify_device`.
    """
    if unverified.document is None:
        raise VerificationError("key_binding_missing")
    if budget is not None:
        budget.spend_signatures()
    device.verify_device(
        unverified.document,
        holder,
        unverified.issuer_signed.unverified_object.authorizations,
        transcript=transcript_of(check),
        algorithms=check.algorithms,
        reader=None,
    )
    return ()


def transcript_of(check: PossessionCheck) -> bytes:
    """The session transcript (OpenID4VP 1.0 appendix B.2.6.1).

    Raises:
        VerificationError: `mdoc_session_mismatch` where it is not known where the answer goes: never a weaker session.
    """
    if not check.nonce or not check.audience or check.response_uri is None:
        raise VerificationError("mdoc_session_mismatch", "nonce, audience and response_uri are due")
    return session.redirect(
        client_id=check.audience,
        nonce=check.nonce,
        encryption_thumbprint=check.encryption_thumbprint,
        response_uri=check.response_uri,
    )


def _claims(elements: Elements) -> JsonObject:
    return {
        namespace: {identifier: cbor.to_json(value) for identifier, value in values.items()}
        for namespace, values in elements.items()
    }


def _elements(paths: Collection[Path]) -> set[tuple[str, str]]:
    wanted = set()
    for path in paths:
        if len(path) != _PATH or not isinstance(path[0], str) or not isinstance(path[1], str):
            raise ParseError("mdoc_element_unknown", "a path is a namespace and an element")
        wanted.add((path[0], path[1]))
    return wanted
