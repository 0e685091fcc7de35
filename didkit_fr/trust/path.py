"""X.509 certification paths (RFC 5280 section 6) from a signer's certificate to an anchor, offline.

Revocation of certificates is checked where an anchor comes with its revocation list, and *not* elsewhere: document
signers are short-lived, and an anchor is withdrawn by editing the anchors. Whether the anchors fit the role and the
type is the caller's to check (`Anchors.admitting`), and whether the certificate fits the type: `check_certified`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import (
    AuthorityKeyIdentifier,
    BasicConstraints,
    ExtendedKeyUsage,
    ExtensionNotFound,
    KeyUsage,
    SubjectKeyIdentifier,
)
from cryptography.x509 import verification as pkix
from cryptography.x509.verification import Criticality, ExtensionPolicy

from didkit_fr.encoding.budget import Budget
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import x509
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.leaf_types import certified_types
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.x509 import Certificate
from didkit_fr.trust.anchors import Anchor
from didkit_fr.trust.iaca import check_profile
from didkit_fr.trust.names import check_names, count_names
from didkit_fr.trust.revocation import check_revocation

__all__ = ["KEY_USAGES", "MAX_CHAIN", "MDOC", "TrustedBbsKey", "TrustedPath", "check_certified", "verify_path"]

MAX_CHAIN = 3
MDOC = "mdoc"

_MDL_DOCUMENT_SIGNER = "1.0.18013.5.1.2"  # ISO/IEC 18013-5 Annex B
_MDL_READER = "1.0.18013.5.1.6"  # ISO/IEC 18013-5 Annex B
_PID_DOCUMENT_SIGNER = "1.3.130.2.0.0.1.2"  # EU PID rulebook
_PID_READER = "1.3.130.2.0.0.1.6"  # EU PID rulebook
_ANY = "2.5.29.37.0"  # RFC 5280 section 4.2.1.12

KEY_USAGES: dict[str, frozenset[str]] = {
    "credential": frozenset({_MDL_DOCUMENT_SIGNER, _PID_DOCUMENT_SIGNER}),
    # The draft's own id-kp-oauthStatusSigning has no number yet (draft-ietf-oauth-status-list-20 section 10: TBD), and
    # the issuer's key may sign its lists (section 11.3): the document signer's purposes stand here.
    # ISO/IEC 18013-5 annex B: the signer of a document must say that it is one.
    MDOC: frozenset({_MDL_DOCUMENT_SIGNER, _PID_DOCUMENT_SIGNER}),
    "status": frozenset({_MDL_DOCUMENT_SIGNER, _PID_DOCUMENT_SIGNER}),
    "request": frozenset({_MDL_READER, _PID_READER}),
}
"""The extended key usages of each purpose.

A certificate that has the extension must name one of its purpose's: a document signer cannot ask for a presentation,
a reader cannot sign a credential, and a TLS certificate can do neither. One without the extension is accepted, because
OpenID4VC HAIP 1.0 demands none: there the anchor's role alone says what its certificates are for. An authority that
has the extension certifies for nothing beyond it.
"""


@dataclass(frozen=True, slots=True)
class TrustedPath:
    """A path that was verified: the signer's key, and until when (seconds since 1970 UTC, inclusive) it stands.

    `subject` is for people; `names` are the signer's addresses: URIs, and `https://` before each DNS name; or the DID
    or address that is the anchor itself, where there is no `certificate`. `certified` are the document types that the
    certificate names, None where it names none: see `check_certified`.
    """

    key: PublicKey
    subject: str
    names: frozenset[str]
    certificate: Certificate | None
    anchor: Anchor
    valid_until: int
    certified: frozenset[str] | None = None

    @property
    def leaf(self) -> Certificate:
        """The signer's certificate.

        Raises:
            VerificationError: `certificate_path` where the signer has none.
        """
        if self.certificate is None:
            raise VerificationError("certificate_path", "signed without a certificate")
        return self.certificate


@dataclass(frozen=True, slots=True)
class TrustedBbsKey:
    """A BBS key of a DID that is an anchor itself; its members are those of `TrustedPath`."""

    key: BbsPublicKey
    subject: str
    names: frozenset[str]
    anchor: Anchor
    valid_until: int


def verify_path(
    chain: Sequence[Certificate],
    anchors: Sequence[Anchor],
    *,
    now: int,
    purpose: str,
    algorithms: Collection[str] = (),
    budget: Budget | None = None,
) -> TrustedPath:
    """Verifies the path from the first certificate to one of the anchors.

    Args:
        chain: the signer's certificate first, each certified by the next; the anchor may be there, and is not used.
        anchors: those admitted for the role and type; none with a certificate means that no issuer is believed.
        now: seconds since 1970 UTC.
        purpose: one of `KEY_USAGES`.
        algorithms: JOSE names; the keys and signatures of certificates may be of an algorithm that has to be named
            (ML-DSA) only if it is one of these. Those of the others are allowed.
        budget: of the message that the chain came in; each signature on the way takes one.

    Raises:
        ParseError: `work_exceeded`, and those of `revocation.parse_list`.
        VerificationError: `certificate_path`, `certificate_self_signed`, `issuer_unknown`,
            `certificate_not_yet_valid`, `certificate_expired`, `certificate_profile`, `certificate_curve` for a curve
            that is not checked here (Brainpool), `certificate_country` and others of `iaca.check_profile` for the
            purpose "mdoc", `certificate_revoked`, `certificate_revocation_unknown`.
    """
    # 1 the shape
    if not 0 < len(chain) <= MAX_CHAIN:
        raise VerificationError("certificate_path", f"not 1 to {MAX_CHAIN} certificates")
    roots = {anchor.certificate: anchor for anchor in anchors if anchor.certificate is not None}
    path = _below_anchor(chain, roots)
    # 2 admit: who is not known is refused by name, before any signature is looked at
    candidates = _candidates(path, roots)
    # 3 the keys, and how much there is to compare
    key = _check_keys(path, candidates, algorithms)
    # 4 build the path: signatures, times, extensions; then what each authority may certify
    (Budget() if budget is None else budget).spend_signatures(len(path) + len(candidates))
    verified = _build(path, candidates, now, purpose)
    _read_key(verified[-1], algorithms)
    _check_subjects(verified)
    _check_usages(verified, purpose)
    check_names(verified)
    # 5 the profile of the format, and what the root withdrew
    anchor = roots[verified[-1]]
    if purpose == MDOC:
        check_profile(path[0], verified[-1], between=len(verified) - 2)
    until = _valid_until(verified, path, anchor, now)
    return TrustedPath(
        key=key,
        subject=x509.subject_name(path[0]),
        names=x509.alternative_names(path[0]),
        certificate=path[0],
        anchor=anchor,
        valid_until=until,
        certified=_certified(path[0]),
    )


def check_certified(path: TrustedPath, type_: str | None, *, purpose: str) -> None:
    """Refuses a credential of a type that its signer's certificate is not for.

    A certificate that names document types is for these alone, whatever its anchor admits. One that names none is for
    all that its anchor admits, except that documents of ISO are refused where the anchor demands the naming.

    Args:
        path: the verified path of who signed the credential.
        type_: the credential's type; None is the type of nothing that a certificate could name.
        purpose: `MDOC` for documents of ISO, "credential" for all others.

    Raises:
        VerificationError: `issuer_not_for_type`.
    """
    if path.certified is None:
        if purpose == MDOC and path.anchor.leaf_types:
            raise VerificationError("issuer_not_for_type", "a certificate that names no document type")
    elif type_ not in path.certified:
        raise VerificationError("issuer_not_for_type", "a certificate for other document types")


def _valid_until(verified: Sequence[Certificate], path: Sequence[Certificate], anchor: Anchor, now: int) -> int:
    """The last second (since 1970, UTC) in which the certificates hold, and the list that says none is withdrawn."""
    until = int(min(certificate.not_valid_after_utc for certificate in verified).timestamp())
    if anchor.revocation is None:
        return until
    return min(until, check_revocation(path, verified[-1], anchor.revocation, now=now) - 1)


def _certified(signer: Certificate) -> frozenset[str] | None:
    """The document types that the signer's certificate names; None where it names none."""
    try:
        return certified_types(signer)
    except ParseError:
        raise VerificationError("certificate_profile", "document types") from None


def _candidates(path: Sequence[Certificate], roots: Collection[Certificate]) -> Sequence[Certificate]:
    """The roots that may have issued the last certificate of the path, whose order is checked."""
    candidates = [root for root in roots if _may_have_issued(root, path[-1])]
    if not candidates:
        raise VerificationError("issuer_unknown")
    if not all(_may_have_issued(above, below) for below, above in pairwise(path)):
        raise VerificationError("certificate_path", "certificates out of order")
    return candidates


def _check_keys(
    path: Sequence[Certificate], candidates: Sequence[Certificate], algorithms: Collection[str]
) -> PublicKey:
    """Before any signature is checked: the library also admits RSA, of which some cost far more. Returns the signer's.

    Other curves, which ISO/IEC 18013-5 allows, cannot be checked here: that is said, and not "forged".
    """
    for certificate in (*path, *candidates):
        if x509.is_on_another_curve(certificate):
            raise VerificationError("certificate_curve")
    for root in candidates:
        count_names(path, root)
    key, *_ = [_read_key(certificate, algorithms) for certificate in path]
    return key


def _read_key(certificate: Certificate, algorithms: Collection[str]) -> PublicKey:
    """A certificate's key, which must also be allowed to sign those below it."""
    try:
        key = x509.public_key(certificate)
    except ParseError:
        raise VerificationError("certificate_profile", "key type") from None
    if not key.row.may_certify(algorithms):
        raise VerificationError("certificate_profile", "an algorithm that has to be named")
    return key


def _check_subjects(path: Sequence[Certificate]) -> None:
    """Refuses an empty subject: RFC 5280 section 4.1.2.6 allows it beside another name, which is not read here."""
    for certificate in path:
        if not any(str(attribute.value).strip() for attribute in certificate.subject):
            raise VerificationError("certificate_profile", "no subject")


def _check_usages(path: Sequence[Certificate], purpose: str) -> None:
    """Of the purpose's usages, one is left by every certificate that has the extension, from the anchor down."""
    allowed = KEY_USAGES[purpose]
    for certificate in reversed(path):
        try:
            stated = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
        except ExtensionNotFound:
            continue
        usages = {usage.dotted_string for usage in stated}
        if certificate == path[0] or _ANY not in usages:
            allowed = allowed & usages
    if not allowed:
        raise VerificationError("certificate_profile", "extended key usage")


def _build(
    path: Sequence[Certificate], candidates: Sequence[Certificate], now: int, purpose: str
) -> Sequence[Certificate]:
    verifier = (
        pkix.PolicyBuilder()
        .store(pkix.Store(list(candidates)))
        .time(datetime.fromtimestamp(now, UTC))  # without it, the library reads the clock
        .max_chain_depth(MAX_CHAIN - 1)
        .extension_policies(ca_policy=_AUTHORITY, ee_policy=_DOCUMENT_SIGNER if purpose == MDOC else _SIGNER)
        .build_client_verifier()
    )
    try:
        return verifier.verify(path[0], list(path[1:])).chain
    except pkix.VerificationError as error:
        raise _refusal(path, candidates, now, str(error)) from None


def _below_anchor(chain: Sequence[Certificate], trusted: Collection[Certificate]) -> Sequence[Certificate]:
    """The chain without the anchor, which OpenID4VC HAIP 1.0 section 6.1.1 wants left out and many send."""
    ends = [certificate in trusted or certificate.subject == certificate.issuer for certificate in chain]
    # The library accepts any certificate that is in its store, also as a leaf.
    if ends[0]:
        raise VerificationError("certificate_self_signed")
    return chain[: ends.index(True)] if True in ends else chain


def _may_have_issued(above: Certificate, below: Certificate) -> bool:
    """Whether names, and key identifiers where both have them, say so (RFC 5280 sections 4.2.1.1, 4.2.1.2)."""
    if above.subject != below.issuer:
        return False
    try:
        issuer = below.extensions.get_extension_for_class(AuthorityKeyIdentifier).value.key_identifier
        subject = above.extensions.get_extension_for_class(SubjectKeyIdentifier).value.digest
    except ExtensionNotFound:
        return True
    return issuer is None or issuer == subject


def _refusal(
    path: Sequence[Certificate], candidates: Sequence[Certificate], now: int, reason: str
) -> VerificationError:
    """Finds out why the library refused: a forgery is never called expired, and an expired one never malformed."""
    roots = [root for root in candidates if _issued(root, path[-1])]
    if not roots or not all(_issued(above, below) for below, above in pairwise(path)):
        return VerificationError("certificate_path", "a signature does not match")
    moment = datetime.fromtimestamp(now, UTC)
    for certificate in (*path, *roots):
        if moment < certificate.not_valid_before_utc:
            return VerificationError("certificate_not_yet_valid")
        if moment > certificate.not_valid_after_utc:
            return VerificationError("certificate_expired")
    return VerificationError("certificate_profile", reason.partition(" (encountered")[0])


def _issued(above: Certificate, below: Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _authority_constraints(_: pkix.Policy, __: Certificate, constraints: BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("an issuer that is no certificate authority")


def _authority_usage(_: pkix.Policy, __: Certificate, usage: KeyUsage) -> None:
    if not usage.key_cert_sign:
        raise ValueError("key usage of an issuer")


def _signer_constraints(_: pkix.Policy, __: Certificate, constraints: BasicConstraints | None) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("a certificate authority as signer")


def _signer_usage(_: pkix.Policy, __: Certificate, usage: KeyUsage) -> None:
    if not usage.digital_signature or usage.key_cert_sign:
        raise ValueError("key usage of a signer")


# `permit_all` knows the common extensions and checks none of them; unknown critical ones stay refused. So everything
# that matters is required here: also basicConstraints, which the library does not ask of an issuer otherwise.
_AUTHORITY = (
    ExtensionPolicy.permit_all()
    .require_present(BasicConstraints, Criticality.CRITICAL, _authority_constraints)
    .require_present(KeyUsage, Criticality.AGNOSTIC, _authority_usage)
)

_SIGNER = (
    ExtensionPolicy.permit_all()
    .may_be_present(BasicConstraints, Criticality.AGNOSTIC, _signer_constraints)
    .require_present(KeyUsage, Criticality.AGNOSTIC, _signer_usage)
)
_DOCUMENT_SIGNER = (
    ExtensionPolicy.permit_all()
    .may_be_present(BasicConstraints, Criticality.AGNOSTIC, _signer_constraints)
    .require_present(KeyUsage, Criticality.CRITICAL, _signer_usage)
    .require_present(ExtendedKeyUsage, Criticality.CRITICAL, None)
)
