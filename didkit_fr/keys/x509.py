"""X.509 certificates (RFC 5280) around public keys: read from outside, spelled as `x5c`, issued for a national root.

Nothing here is trusted: a certificate says something only after `trust.path` has built a path to an anchor.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID, ObjectIdentifier

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.algorithms import KNOWN, Table
from didkit_fr.keys.leaf_types import build_types
from didkit_fr.keys.public import PublicKey, from_cryptography
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.primitives.random import Random, system

__all__ = [
    "MAX_BYTES",
    "MAX_CHAIN",
    "Certificate",
    "alternative_names",
    "authority_key_identifier",
    "build_x5c",
    "decode_x5c",
    "der",
    "display_name",
    "dns_names",
    "is_on_another_curve",
    "issue_leaf",
    "issue_root",
    "parse_chain",
    "parse_der",
    "parse_pem",
    "parse_pem_chain",
    "pem",
    "public_key",
    "sha256_of",
    "subject_name",
]

MAX_BYTES = 16_384
MAX_CHAIN = 5

_MAX_NAME_CHARS = 256
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----", re.ASCII)
_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def parse_der(der: bytes) -> Certificate:
    """Parses one certificate completely: what is read later (names, times, extensions) is read once here.

    Raises:
        ParseError: `input_too_large`, `x509_malformed`.
    """
    if len(der) > MAX_BYTES:
        raise ParseError("input_too_large", f"certificate over {MAX_BYTES} bytes")
    try:
        certificate = x509.load_der_x509_certificate(der)
        # pyca/cryptography parses lazily: without this, a hostile field would raise wherever it is first looked at.
        parts = (certificate.extensions, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        names = certificate.subject, certificate.issuer
        regular = all(part is not None for part in (*parts, *names)) and certificate.serial_number > 0
    except Exception:  # noqa: BLE001 - its errors are many and share no base but Exception; warnings may be errors too
        raise ParseError("x509_malformed") from None
    if not regular:
        raise ParseError("x509_malformed", "serial number is not positive")
    return certificate


def parse_pem(text: bytes | str) -> Certificate:
    """Parses a PEM text (RFC 7468 section 5) that holds exactly one certificate and nothing else.

    Raises:
        ParseError: `input_too_large`, `x509_malformed`.
    """
    return parse_pem_chain(text, max_certificates=1)[0]


def parse_pem_chain(text: bytes | str, *, max_certificates: int = MAX_CHAIN) -> tuple[Certificate, ...]:
    """Parses a PEM text (RFC 7468 section 5) that holds certificates, leaf first, and nothing else.

    Raises:
        ParseError: `input_too_large`, `x509_malformed`.
    """
    data = text.encode("ascii", "replace") if isinstance(text, str) else text
    if len(data) > 2 * MAX_BYTES * max_certificates:
        raise ParseError("input_too_large", f"PEM over {2 * MAX_BYTES * max_certificates} bytes")
    blocks = _PEM.findall(data)
    if not 0 < len(blocks) <= max_certificates or _PEM.sub(b"", data).strip():
        raise ParseError("x509_malformed", f"not 1 to {max_certificates} PEM certificates")
    return tuple(parse_der(_base64(b"".join(block.split()), "x509_malformed")) for block in blocks)


def decode_x5c(value: JsonValue) -> tuple[bytes, ...]:
    """The DER of each certificate of an `x5c` header, the signer's first (RFC 7515 section 4.1.6); none is parsed.

    Raises:
        ParseError: `x5c_malformed`, `input_too_large`.
    """
    if not isinstance(value, list) or not 0 < len(value) <= MAX_CHAIN:
        raise ParseError("x5c_malformed", f"not a list of 1 to {MAX_CHAIN} certificates")
    ders = []
    for text in value:
        if not isinstance(text, str) or not text.isascii():
            raise ParseError("x5c_malformed", "not base64")
        if len(text) > 2 * MAX_BYTES:
            raise ParseError("input_too_large", f"x5c certificate over {2 * MAX_BYTES} characters")
        ders.append(_base64(text.encode("ascii"), "x5c_malformed"))
    return tuple(ders)


def parse_chain(ders: Collection[bytes], *, budget: Budget | None = None) -> tuple[Certificate, ...]:
    """Parses the certificates of a message, each as `parse_der` does; a byte of them takes a step of its budget.

    Raises:
        ParseError: `input_too_large`, `x509_malformed`, `work_exceeded`.
    """
    budget = Budget() if budget is None else budget
    budget.spend_certificates(len(ders))
    budget.spend(sum(map(len, ders)))
    return tuple(map(parse_der, ders))


def build_x5c(chain: Sequence[Certificate]) -> list[str]:
    """Spells a chain as an `x5c` header, leaf first."""
    return [b64encode(der(one)).decode("ascii") for one in chain]


def public_key(certificate: Certificate, *, known: Table = KNOWN) -> PublicKey:
    """The key that the certificate is about.

    Raises:
        ParseError: `key_unsupported`, `key_invalid`.
    """
    try:
        handle = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise ParseError("key_unsupported") from None
    return from_cryptography(handle, known=known)


def is_on_another_curve(certificate: Certificate) -> bool:
    """Whether its key is on a curve that is not used here, such as Brainpool's (RFC 5639)."""
    try:
        handle = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return False
    return isinstance(handle, EllipticCurvePublicKey) and all(row.read(handle) is None for row in KNOWN.rows)


def subject_name(certificate: Certificate) -> str:
    """The whole subject (RFC 4514); characters that could play with a terminal or a reader are replaced."""
    return _harmless(certificate.subject.rfc4514_string())


def display_name(certificate: Certificate) -> str:
    """The subject as people say it: common name, organisation, country; as `subject_name` where it has none."""
    wanted = (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME, x509.NameOID.COUNTRY_NAME)
    said = [str(one.value) for kind in wanted for one in certificate.subject.get_attributes_for_oid(kind)]
    return _harmless(", ".join(dict.fromkeys(said))) if said else subject_name(certificate)


def alternative_names(certificate: Certificate) -> frozenset[str]:
    """The URIs among the alternative names (RFC 5280 section 4.2.1.6), and `https://` before each DNS name."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    hosts = names.get_values_for_type(x509.DNSName)
    return frozenset(
        [*names.get_values_for_type(x509.UniformResourceIdentifier), *(f"https://{name}" for name in hosts)]
    )


def dns_names(certificate: Certificate) -> frozenset[str]:
    """The DNS names among the alternative names, in lower case; a wildcard stands as it is, and matches nothing."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name.lower() for name in names.get_values_for_type(x509.DNSName))


def authority_key_identifier(certificate: Certificate) -> bytes | None:
    """The identifier of the issuer's key that the certificate states (RFC 5280 section 4.2.1.1), if it states one."""
    try:
        return certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return None


def der(certificate: Certificate) -> bytes:
    """The certificate's bytes."""
    return certificate.public_bytes(Encoding.DER)


def pem(certificate: Certificate) -> bytes:
    """The certificate as a PEM text (RFC 7468 section 5)."""
    return certificate.public_bytes(Encoding.PEM)


def sha256_of(certificate: Certificate) -> bytes:
    """SHA-256 of the certificate's bytes (32 bytes), as in `x509_hash` (OpenID4VP 1.0 section 5.9.3)."""
    return sha256(der(certificate)).digest()


def issue_root(
    signer: SoftwareSigner,
    *,
    name: str,
    country: str,
    now: int,
    days: int,
    issuer_uri: str | None = None,
    revocation_uri: str | None = None,
    random: Random = system,
) -> Certificate:
    """Issues a root that may certify end entities only (RFC 5280 sections 4.2.1.3, 4.2.1.9).

    Args:
        signer: the root's own key.
        name: the common name, 64 characters at most.
        country: ISO 3166-1 alpha-2.
        now: the start of validity, seconds since 1970 UTC.
        days: the length of validity.
        issuer_uri: where to reach the authority: an IACA must say so (ISO/IEC 18013-5 table B.1).
        revocation_uri: where its revocation list is published: likewise.
        random: where the serial number comes from.

    Raises:
        ParseError: `value_invalid` where the name or the country cannot be written.
    """
    subject = _name(name, country)
    builder = _builder(subject, subject, signer.public_key, random).not_valid_before(_time(now))
    builder = (
        builder.not_valid_after(_time(now + days * 86_400))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    return _addressed(builder, issuer_uri, revocation_uri).sign(signer.private, signer.certificate_hash)


def issue_leaf(
    root_signer: SoftwareSigner,
    root: Certificate,
    key: PublicKey,
    *,
    name: str,
    country: str,
    now: int,
    days: int,
    purposes: Collection[str],
    dns_names: Collection[str] = (),
    uris: Collection[str] = (),
    doctypes: Collection[str] | None = None,
    issuer_uri: str | None = None,
    revocation_uri: str | None = None,
    random: Random = system,
) -> Certificate:
    """Issues an end-entity certificate for signing; it ends with its root at the latest.

    Args:
        root_signer: the root's key.
        root: the root's certificate.
        key: the key to certify.
        name: the common name, 64 characters at most.
        country: ISO 3166-1 alpha-2.
        now: the start of validity, seconds since 1970 UTC.
        days: the length of validity.
        purposes: extended key usages as dotted identifiers, made critical (ISO/IEC 18013-5 Annex B); may be none.
        dns_names: alternative names.
        uris: alternative names.
        doctypes: the only document types that it may sign (`keys.leaf_types`), may be none; None says nothing of them.
        issuer_uri: where to reach the authority: the signer of an ISO mdoc must say so (ISO/IEC 18013-5 table B.3).
        revocation_uri: where the root's revocation list is published: likewise.
        random: where the serial number comes from.

    Raises:
        ParseError: `value_invalid`.
        VerificationError: `certificate_path` where the key is not the root's.
    """
    if public_key(root) != root_signer.public_key:
        raise VerificationError("certificate_path", "the signer is not the root's")
    end = min(_time(now + days * 86_400), root.not_valid_after_utc)
    builder = (
        _builder(_name(name, country), root.subject, key, random)
        .not_valid_before(_time(now))
        .not_valid_after(end)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_signer.public_key.handle), critical=False
        )
        .add_extension(_usage("digital_signature"), critical=True)
    )
    if purposes:
        usages = [ObjectIdentifier(purpose) for purpose in purposes]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=True)
    if dns_names or uris:
        builder = builder.add_extension(_alternative_names(dns_names, uris), critical=False)
    if doctypes is not None:
        builder = builder.add_extension(build_types(doctypes), critical=False)
    return _addressed(builder, issuer_uri, revocation_uri).sign(root_signer.private, root_signer.certificate_hash)


def _addressed(
    builder: x509.CertificateBuilder, issuer_uri: str | None, revocation_uri: str | None
) -> x509.CertificateBuilder:
    try:
        if issuer_uri is not None:
            names = x509.IssuerAlternativeName([x509.UniformResourceIdentifier(issuer_uri)])
            builder = builder.add_extension(names, critical=False)
        if revocation_uri is not None:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(revocation_uri)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    except ValueError:
        raise ParseError("value_invalid", "address in a certificate") from None
    return builder


def _harmless(name: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in name[:_MAX_NAME_CHARS])


def _base64(data: bytes, code: str) -> bytes:
    try:
        decoded = b64decode(data, validate=True)
    except ValueError:
        raise ParseError(code, "not base64") from None
    if b64encode(decoded) != data:
        raise ParseError(code, "unused bits are not zero")
    return decoded


def _builder(subject: x509.Name, issuer: x509.Name, key: PublicKey, random: Random) -> x509.CertificateBuilder:
    # 158 random bits: positive and 20 bytes at most (RFC 5280 section 4.1.2.2).
    serial = (int.from_bytes(random(20)) >> 2) + 1
    return x509.CertificateBuilder(
        issuer_name=issuer, subject_name=subject, public_key=key.handle, serial_number=serial
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key.handle), critical=False)


def _name(name: str, country: str) -> x509.Name:
    try:
        return x509.Name(
            [x509.NameAttribute(NameOID.COUNTRY_NAME, country), x509.NameAttribute(NameOID.COMMON_NAME, name)]
        )
    except ValueError:
        raise ParseError("value_invalid", "name or country of a certificate") from None


def _alternative_names(dns_names: Collection[str], uris: Collection[str]) -> x509.SubjectAlternativeName:
    try:
        return x509.SubjectAlternativeName([*map(x509.DNSName, dns_names), *map(x509.UniformResourceIdentifier, uris)])
    except ValueError:
        raise ParseError("value_invalid", "alternative name of a certificate") from None


def _usage(*granted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{use: use in granted for use in _USES})


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
