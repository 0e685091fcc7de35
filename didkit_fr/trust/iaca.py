"""The certificate profile of document signers of ISO mdoc (ISO/IEC 18013-5 annex B), beyond what every path needs.

An authority (IACA) certifies the signers itself, of its own country, for 457 days at most, and for documents alone.
"""

from cryptography.x509 import Certificate, ExtendedKeyUsage, ExtensionNotFound, KeyUsage, NameOID

from didkit_fr.errors import VerificationError

__all__ = ["MAX_AUTHORITY_DAYS", "MAX_SIGNER_DAYS", "check_profile"]

MAX_SIGNER_DAYS = 457  # table B.3
MAX_AUTHORITY_DAYS = 20 * 366  # table B.1: 20 years


def check_profile(signer: Certificate, authority: Certificate, *, between: int) -> None:
    """Checks a document signer against its authority; signatures, times and purposes are the path's.

    Args:
        signer: the document signer.
        authority: the anchor.
        between: how many certificates stand between the two.

    Raises:
        VerificationError: `certificate_path` for a path that is too long, `certificate_country`,
            `certificate_profile`.
    """
    if between:
        raise VerificationError("certificate_path", "an authority between the document signer and its root")
    if _days(signer) > MAX_SIGNER_DAYS or _days(authority) > MAX_AUTHORITY_DAYS:
        raise VerificationError("certificate_profile", "valid for too long")
    for kind, due in ((NameOID.COUNTRY_NAME, True), (NameOID.STATE_OR_PROVINCE_NAME, False)):
        ours, theirs = _names(signer, kind), _names(authority, kind)
        if due and (len(ours) != 1 or len(theirs) != 1):
            raise VerificationError("certificate_country", "not one country")
        if ours and theirs and ours != theirs:
            raise VerificationError("certificate_country")
    try:
        usage = signer.extensions.get_extension_for_class(KeyUsage)
        purposes = signer.extensions.get_extension_for_class(ExtendedKeyUsage)
    except ExtensionNotFound:
        raise VerificationError("certificate_profile", "key usages") from None
    # Software that does not know these must refuse the certificate.
    if not usage.critical or not purposes.critical or len(list(purposes.value)) != 1:
        raise VerificationError("certificate_profile", "key usages of a document signer")
    if usage.value.key_agreement or usage.value.key_encipherment or usage.value.data_encipherment:
        raise VerificationError("certificate_profile", "more than signatures")


def _days(certificate: Certificate) -> float:
    return (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds() / 86_400


def _names(certificate: Certificate, kind: object) -> list[str]:
    return [str(one.value).upper() for one in certificate.subject if one.oid == kind]
