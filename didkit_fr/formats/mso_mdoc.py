"""The OpenID4VC format `mso_mdoc`: ISO mdoc (ISO/IEC 18013-5), issued alone, presented in a DeviceResponse.

As text it is base64url of CBOR (OpenID4VCI 1.0 appendix A.2, OpenID4VP 1.0 appendix B.2). A path is a namespace and
an element. Only signatures of the device are accepted: a MAC would need a key of the verifier's that OpenID4VP has not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.x509 import NameOID

from didkit_fr.boundary import boundary
from didkit_fr.encoding import base64url, cbor
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.cbor import CborValue
from didkit_fr.encoding.json import ClaimsPath, JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats.occasion import Issuance, Occasion, occasion_of_holder
from didkit_fr.formats.port import (
    Format,
    IssuerKey,
    ProofRules,
    VerifiedCredential,
    VerifiedPossession,
    required_signer,
)
from didkit_fr.formats.query_profile import by_name
from didkit_fr.formats.wire import TEXT
from didkit_fr.keys.algorithms import COSE_NAMES
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.claimed_signer import ClaimedSigner, read_x5chain
from didkit_fr.proofs.mdoc import device, mdoc
from didkit_fr.proofs.mdoc import issue as mdoc_issue
from didkit_fr.proofs.mdoc.batch import Template
from didkit_fr.proofs.mdoc.device import UnverifiedDocument
from didkit_fr.proofs.mdoc.issue import Validity
from didkit_fr.proofs.mdoc.mdoc import Authorizations, Elements

__all__ = [
    "FORMAT",
    "MAX_CHARS",
    "ROW",
    "Batch",
    "UnverifiedMdoc",
    "disclose",
    "parse",
    "prepare",
    "present",
    "sign",
    "subject",
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
    def unverified_cryptosuite(self) -> None:
        """None: it is secured with COSE."""
        return

    @property
    def presented(self) -> bool:
        """Whether a device answered with it."""
        return self.document is not None

    def claimed_signer(self) -> ClaimedSigner:
        """The certificates: nothing else says whose key it is (ISO/IEC 18013-5 section 9.3.1)."""
        return read_x5chain(self.issuer_signed.auth)

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
        ParseError: `work_exceeded`, `base64url_invalid`, `mdoc_malformed`, and those of `proofs.mdoc.mdoc.parse` and
            `proofs.mdoc.device.parse_response`.
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
    """Issues a document; arguments and errors as `proofs.mdoc.issue.issue`."""
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


def disclose(raw: str, paths: Collection[ClaimsPath]) -> str:
    """The issued document with the elements for these paths and no other.

    Raises:
        ParseError: `mdoc_element_unknown`, and those of `parse`.
    """
    return base64url.encode(cbor.encode(mdoc.select(parse(raw).issuer_signed, _elements(paths))))


def present(raw: str, paths: Sequence[ClaimsPath], signer: Signer | None, occasion: Occasion, *, now: int) -> str:
    """Discloses `paths`, and has the device sign in one session; a device's signature has no time, `now` is not used.

    Raises:
        ParseError: as `disclose`.
        VerificationError: `mdoc_session_mismatch` where the session is not known, `transaction_data_unbound`,
            `holder_missing`.
    """
    del now
    if occasion.transaction_data:
        raise VerificationError("transaction_data_unbound", "a document does not sign transaction data")
    issued = parse(raw).issuer_signed
    document = device.build_document(
        mdoc.select(issued, _elements(paths)),
        device.sign(required_signer(signer)),
        doctype=issued.unverified_object.doctype,
        transcript=_transcript(occasion),
    )
    return base64url.encode(device.build_response(document))


def subject(claims: JsonObject) -> JsonObject:
    """The elements: all of them are about the holder."""
    return claims


def capabilities(algorithms: Collection[str], _cryptosuites: Collection[str]) -> JsonObject:
    """Its parameters in `vp_formats_supported` (OpenID4VP 1.0 appendix B.2.2): algorithms by their COSE numbers."""
    numbers = [number for number, name in COSE_NAMES.items() if name in algorithms]
    return {"issuerauth_alg_values": numbers, "deviceauth_alg_values": numbers}


@boundary
def verify(
    unverified: UnverifiedMdoc,
    issuer: IssuerKey,
    rules: ProofRules,
    occasion: Occasion | Issuance | None,
    *,
    budget: Budget | None = None,
) -> VerifiedCredential:
    """Verifies the issuer's signature, every digest, that the document is of the type that was signed, and possession.

    Where it comes from the issuer itself, nothing may be missing. Verifies neither whose key it is, nor times, nor
    status; possession only where a device answered with it, and for the occasion. What the document states may not
    contradict the issuer's certificate.

    Raises:
        ParseError: `status_reference_malformed`.
        VerificationError: those of `proofs.mdoc.mdoc.verify`, `proofs.mdoc.mdoc.check_complete` and
            `proofs.mdoc.device.verify_device`; `mdoc_doctype_mismatch`, `mdoc_signed_time`, `certificate_country`,
            `mdoc_session_mismatch`, `key_binding_unexpected`.
    """
    if budget is not None:
        budget.spend_signatures()
    verified = mdoc.verify(unverified.issuer_signed, issuer.public_key(), algorithms=rules.algorithms)
    if isinstance(occasion, Issuance) and not unverified.presented:
        mdoc.check_complete(unverified.issuer_signed)
    signed = verified.object
    if unverified.document is not None and unverified.document.unverified_doctype != signed.doctype:
        raise VerificationError("mdoc_doctype_mismatch")
    status = None if signed.status is None else cbor.to_json(signed.status)
    if status is not None and not isinstance(status, dict):
        raise ParseError("status_reference_malformed")
    claims = _claims(verified.elements)
    if issuer.certificate is not None:
        _check_certificate(issuer.certificate, signed.signed, claims)
    return VerifiedCredential(
        type=signed.doctype,
        claims=claims,
        holder=signed.device_key,
        issued_at=signed.signed,
        not_before=signed.valid_from,
        expires=signed.valid_until,
        status=status,
        possession=_verify_possession(unverified, signed, rules, occasion, budget),
    )


def _check_certificate(certificate: Certificate, signed: int, claims: JsonObject) -> None:
    """Refuses what a document signer's certificate contradicts (ISO/IEC 18013-5 section 9.3.1).

    It signed within the certificate's validity, and the country and the jurisdiction that a document states are the
    certificate's.
    """
    begin, end = (int(one.timestamp()) for one in (certificate.not_valid_before_utc, certificate.not_valid_after_utc))
    if not begin <= signed <= end:
        raise VerificationError("mdoc_signed_time")
    for element, kind in _PLACES.items():
        certified = {str(one.value).upper() for one in certificate.subject.get_attributes_for_oid(kind)}
        stated = {str(values[element]).upper() for values in claims.values() if element in values}
        if certified and not stated <= certified:
            raise VerificationError("certificate_country", element)


def _verify_possession(
    unverified: UnverifiedMdoc,
    signed: mdoc.MobileSecurityObject,
    rules: ProofRules,
    occasion: Occasion | Issuance | None,
    budget: Budget | None,
) -> VerifiedPossession | None:
    """Verifies that the device signed in this session (ISO/IEC 18013-5 section 9.1.3); it signs no transaction data."""
    answered = occasion_of_holder(occasion, signed.device_key, presented=unverified.presented)
    if answered is None or unverified.document is None:
        return None
    if budget is not None:
        budget.spend_signatures()
    device.verify_device(
        unverified.document,
        signed.device_key,
        signed.authorizations,
        transcript=_transcript(answered),
        algorithms=rules.algorithms,
        reader=None,
    )
    return VerifiedPossession()


def _transcript(occasion: Occasion) -> bytes:
    """The session transcript; where it is not known where the answer goes, there is none, and never a weaker one."""
    if not occasion.nonce or not occasion.audience or occasion.transcript is None:
        raise VerificationError("mdoc_session_mismatch", "nonce, audience and response_uri are due")
    return occasion.transcript


def _claims(elements: Elements) -> JsonObject:
    return {
        namespace: {identifier: cbor.to_json(value) for identifier, value in values.items()}
        for namespace, values in elements.items()
    }


def _elements(paths: Collection[ClaimsPath]) -> set[tuple[str, str]]:
    wanted = set()
    for path in paths:
        if len(path) != _PATH or not isinstance(path[0], str) or not isinstance(path[1], str):
            raise ParseError("mdoc_element_unknown", "a path is a namespace and an element")
        wanted.add((path[0], path[1]))
    return wanted


ROW = Format(
    name=FORMAT,
    purpose="mdoc",
    parse=parse,
    verify=verify,
    present=present,
    subject=subject,
    query=by_name("doctype_value"),
    capabilities=capabilities,
    wire=TEXT,
)
