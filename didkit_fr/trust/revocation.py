"""Certificate revocation lists (RFC 5280 section 5) that an anchor published, as bytes that the caller brings."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import Certificate, CertificateRevocationList

from didkit_fr.errors import ParseError, VerificationError

__all__ = ["MAX_BYTES", "check_revocation", "parse_list"]

MAX_BYTES = 4_194_304


def parse_list(der: bytes) -> CertificateRevocationList:
    """Parses one list completely; a partial one (of some certificates, reasons or changes) is refused.

    Raises:
        ParseError: `input_too_large`, `crl_malformed`.
    """
    if len(der) > MAX_BYTES:
        raise ParseError("input_too_large", f"revocation list over {MAX_BYTES} bytes")
    try:
        parsed = x509.load_der_x509_crl(der)
        # pyca/cryptography parses lazily: without this, a hostile field would raise wherever it is first looked at.
        critical = any(extension.critical for extension in parsed.extensions)
        parts = (parsed.issuer, parsed.last_update_utc, parsed.next_update_utc, parsed.signature_hash_algorithm)
    except Exception:  # noqa: BLE001 - its errors are many and share no base but Exception
        raise ParseError("crl_malformed") from None
    # A critical extension says that the list is not all there is (RFC 5280 sections 5.2.4 and 5.2.5).
    if critical or any(part is None for part in parts):
        raise ParseError("crl_malformed", "a partial list, or one without its next update")
    return parsed


def check_revocation(path: Sequence[Certificate], root: Certificate, der: bytes, *, now: int) -> int:
    """Refuses a certificate that its root withdrew; returns until when (seconds since 1970 UTC) the list says so.

    Args:
        path: the signer's certificate first, without the root.
        root: who certified the last of the path, and signed the list.
        der: the list.
        now: seconds since 1970 (UTC).

    Raises:
        ParseError: those of `parse_list`.
        VerificationError: `certificate_revoked`, `certificate_revocation_unknown` where the list is not the root's,
            or not current: what it does not say is not known then.
    """
    listed = parse_list(der)
    moment = datetime.fromtimestamp(now, UTC)
    until = listed.next_update_utc
    if listed.issuer != root.subject or not _signed_by(listed, root):
        raise VerificationError("certificate_revocation_unknown", "a list of another root")
    if until is None or not listed.last_update_utc <= moment < until:
        raise VerificationError("certificate_revocation_unknown", "a list that is not current")
    if _is_listed(listed, path[-1].serial_number):
        raise VerificationError("certificate_revoked")
    return int(until.timestamp())


def _signed_by(listed: CertificateRevocationList, root: Certificate) -> bool:
    try:
        return bool(listed.is_signature_valid(root.public_key()))  # type: ignore[arg-type]  # any key: others raise
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False


def _is_listed(listed: CertificateRevocationList, serial: int) -> bool:
    try:
        return listed.get_revoked_certificate_by_serial_number(serial) is not None
    except ValueError:
        raise ParseError("crl_malformed") from None
