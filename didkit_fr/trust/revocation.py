"""Certificate revocation lists (RFC 5280 section 5) that an anchor published, as bytes that the caller brings."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, CertificateRevocationList, RevokedCertificate

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import x509 as keys
from didkit_fr.keys.software import SoftwareSigner

__all__ = ["MAX_BYTES", "build_list", "build_next_list", "check_revocation", "parse_list"]

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
        parts = (parsed.issuer, parsed.last_update_utc, parsed.next_update_utc)
        _ = parsed.signature_hash_algorithm  # None for Ed25519 and ML-DSA, which take the whole list
    except Exception:  # noqa: BLE001 - its errors are many and share no base but Exception
        raise ParseError("crl_malformed") from None
    # A critical extension says that the list is not all there is (RFC 5280 sections 5.2.4 and 5.2.5).
    if critical or any(part is None for part in parts):
        raise ParseError("crl_malformed", "a partial list, or one without its next update")
    return parsed


def build_list(
    signer: SoftwareSigner, root: Certificate, *, now: int, days: int, number: int = 1, withdrawn: Sequence[int] = ()
) -> bytes:
    """Signs the whole list of what a root withdrew (RFC 5280 section 5.1), as DER.

    Args:
        signer: the root's key.
        root: the root's certificate.
        now: when it is made, seconds since 1970 (UTC).
        days: until it has to be made anew.
        number: greater than that of the list before (section 5.2.3).
        withdrawn: the serial numbers of certificates, withdrawn at `now`.

    Raises:
        VerificationError: `certificate_path` where the key is not the root's.
    """
    moment = datetime.fromtimestamp(now, UTC)
    new = x509.RevokedCertificateBuilder().revocation_date(moment)
    entries = [new.serial_number(serial).build() for serial in withdrawn]
    return _build(signer, root, entries, now=now, days=days, number=number)


def build_next_list(signer: SoftwareSigner, root: Certificate, before: bytes, *, now: int, days: int) -> bytes:
    """Signs the list that follows `before` (DER): of the same certificates, since when they were withdrawn.

    Raises:
        ParseError: those of `parse_list`.
        VerificationError: `certificate_path` where the key is not the root's, `certificate_revocation_unknown` where
            the list before is not.
    """
    listed = parse_list(before)
    if not _signed_by(listed, root):
        raise VerificationError("certificate_revocation_unknown", "a list of another root")
    return _build(signer, root, listed, now=now, days=days, number=_number(listed) + 1)


def _build(
    signer: SoftwareSigner,
    root: Certificate,
    entries: Iterable[RevokedCertificate],
    *,
    now: int,
    days: int,
    number: int,
) -> bytes:
    if keys.public_key(root) != signer.public_key:
        raise VerificationError("certificate_path", "the signer is not the root's")
    moment = datetime.fromtimestamp(now, UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(moment)
        .next_update(moment + timedelta(days=days))
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key.handle), critical=False)
    )
    for entry in entries:
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(signer.private, signer.certificate_hash).public_bytes(Encoding.DER)


def _number(listed: CertificateRevocationList) -> int:
    try:
        return listed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return 0


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
