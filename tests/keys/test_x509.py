import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.keys import software, x509
from tests.vectors import vectors

NOW = 1_800_000_000
DAY = 86_400
SIGNER = software.generate()
ROOT = x509.issue_root(SIGNER, name="Racine", country="FR", now=NOW, days=3650)
LEAF_SIGNER = software.generate()
LEAF = x509.issue_leaf(
    SIGNER,
    ROOT,
    LEAF_SIGNER.public_key,
    name="Signataire",
    country="FR",
    now=NOW,
    days=30,
    purposes=["1.0.18013.5.1.2"],
    dns_names=["issuer.example"],
    uris=["https://issuer.example/pid"],
)
DER = x509.der(LEAF)
PEM = LEAF.public_bytes(Encoding.PEM)
PEM_ROOT = ROOT.public_bytes(Encoding.PEM)


def parsed_x5c(value):
    return x509.parse_chain(x509.decode_x5c(value))


def refused(code, call, *args, **kwargs):
    with pytest.raises(DidkitError) as error:
        call(*args, **kwargs)
    assert error.value.code == code


def seconds(moment):
    return int(moment.timestamp())


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def self_made(name, key=None, serial=7, attribute=NameOID.COMMON_NAME):
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = pyca.Name([pyca.NameAttribute(attribute, name)])
    start = datetime.fromtimestamp(NOW, UTC)
    builder = pyca.CertificateBuilder(subject, subject, key.public_key(), serial, start, start + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


def test_root_profile():
    constraints = extension(ROOT, pyca.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    usage = extension(ROOT, pyca.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert usage.value.crl_sign
    assert not usage.value.digital_signature
    assert extension(ROOT, pyca.SubjectKeyIdentifier).value.digest
    assert (seconds(ROOT.not_valid_before_utc), seconds(ROOT.not_valid_after_utc)) == (NOW, NOW + 3650 * DAY)
    assert ROOT.subject == ROOT.issuer
    ROOT.verify_directly_issued_by(ROOT)


def test_leaf_profile():
    usage = extension(LEAF, pyca.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    purposes = extension(LEAF, pyca.ExtendedKeyUsage)
    assert purposes.critical
    assert [purpose.dotted_string for purpose in purposes.value] == ["1.0.18013.5.1.2"]
    with pytest.raises(pyca.ExtensionNotFound):
        extension(LEAF, pyca.BasicConstraints)
    above = extension(ROOT, pyca.SubjectKeyIdentifier).value.digest
    assert extension(LEAF, pyca.AuthorityKeyIdentifier).value.key_identifier == above
    assert (seconds(LEAF.not_valid_before_utc), seconds(LEAF.not_valid_after_utc)) == (NOW, NOW + 30 * DAY)
    LEAF.verify_directly_issued_by(ROOT)
    assert x509.public_key(LEAF) == LEAF_SIGNER.public_key


def test_leaf_without_purposes_has_no_extended_key_usage():
    leaf = x509.issue_leaf(SIGNER, ROOT, LEAF_SIGNER.public_key, name="x", country="FR", now=NOW, days=1, purposes=())
    with pytest.raises(pyca.ExtensionNotFound):
        extension(leaf, pyca.ExtendedKeyUsage)
    assert x509.alternative_names(leaf) == frozenset()


def test_leaf_ends_with_its_root_at_the_latest():
    leaf = x509.issue_leaf(
        SIGNER, ROOT, LEAF_SIGNER.public_key, name="x", country="FR", now=NOW, days=9999, purposes=()
    )
    assert leaf.not_valid_after_utc == ROOT.not_valid_after_utc


def test_leaf_needs_the_roots_own_key():
    with pytest.raises(VerificationError) as error:
        x509.issue_leaf(LEAF_SIGNER, ROOT, LEAF_SIGNER.public_key, name="x", country="FR", now=NOW, days=1, purposes=())
    assert error.value.code == "certificate_path"


@pytest.mark.parametrize("draw", [b"\x00", b"\xff"])
def test_serial_number_is_positive_and_20_bytes_at_most(draw):
    root = x509.issue_root(SIGNER, name="x", country="FR", now=NOW, days=1, random=lambda size: draw * size)
    assert 0 < root.serial_number < 1 << 159


def test_serial_numbers_are_random():
    roots = {
        x509.issue_root(SIGNER, name="x", country="FR", now=NOW, days=1).serial_number.bit_length() for _ in range(8)
    }
    assert min(roots) > 128


@pytest.mark.parametrize(("name", "country"), [("x", "FRA"), ("x", ""), ("", "FR"), ("x" * 65, "FR")])
def test_names_that_cannot_be_written_are_refused(name, country):
    refused("value_invalid", x509.issue_root, SIGNER, name=name, country=country, now=NOW, days=1)


def test_alternative_names_that_cannot_be_written_are_refused():
    for names in ({"dns_names": ["é.example"]}, {"uris": ["https://é.example"]}):
        refused(
            "value_invalid",
            x509.issue_leaf,
            SIGNER,
            ROOT,
            LEAF_SIGNER.public_key,
            name="x",
            country="FR",
            now=NOW,
            days=1,
            purposes=(),
            **names,
        )


def test_der_pem_and_x5c_are_read_back():
    assert x509.parse_der(DER) == LEAF
    assert x509.parse_pem(PEM) == x509.parse_pem(PEM.decode()) == x509.parse_pem(b"\n" + PEM + b"\n") == LEAF
    assert x509.parse_pem_chain(PEM + PEM_ROOT) == (LEAF, ROOT)
    assert x509.parse_chain(x509.decode_x5c(x509.build_x5c([LEAF, ROOT]))) == (LEAF, ROOT)
    assert x509.build_x5c([LEAF]) == [base64.b64encode(DER).decode()]
    assert x509.sha256_of(LEAF) == LEAF.fingerprint(hashes.SHA256())
    assert x509.alternative_names(LEAF) == {"https://issuer.example", "https://issuer.example/pid"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "x509_malformed"),
        ("clé", "x509_malformed"),
        (PEM + PEM, "x509_malformed"),
        (b"x" + PEM, "x509_malformed"),
        (PEM.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"), "x509_malformed"),
        (PEM.replace(b"END", b"FIN"), "x509_malformed"),
        (b"-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----", "x509_malformed"),
        (b"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----", "x509_malformed"),
        (b"-----BEGIN CERTIFICATE-----" * 40_000, "input_too_large"),
        (b" " * 40_000, "input_too_large"),
    ],
)
def test_hostile_pem(text, code):
    refused(code, x509.parse_pem, text)


@pytest.mark.parametrize(
    ("der", "code"),
    [
        (b"", "x509_malformed"),
        (b"\x30\x80", "x509_malformed"),
        (DER[:-1], "x509_malformed"),
        (DER + b"\x00", "x509_malformed"),
        (b"\x00" * (x509.MAX_BYTES + 1), "input_too_large"),
    ],
)
def test_hostile_der(der, code):
    refused(code, x509.parse_der, der)


SPELT = base64.b64encode(DER).decode()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "x5c_malformed"),
        (SPELT, "x5c_malformed"),
        ([], "x5c_malformed"),
        ([SPELT] * 6, "x5c_malformed"),
        ([1], "x5c_malformed"),
        ([[SPELT]], "x5c_malformed"),
        (["é"], "x5c_malformed"),
        ([SPELT + "\n"], "x5c_malformed"),
        ([SPELT.replace("+", "-").replace("/", "_") + "-"], "x5c_malformed"),
        ([PEM.decode()], "x5c_malformed"),
        ([SPELT, ""], "x509_malformed"),
        (["AAAA"], "x509_malformed"),
        (["A" * 40_000], "input_too_large"),
    ],
)
def test_hostile_x5c(value, code):
    refused(code, parsed_x5c, value)


def test_x5c_has_one_spelling_only():
    for certificate in (LEAF, ROOT, *(self_made("a" * length) for length in (1, 2, 3))):
        text = base64.b64encode(x509.der(certificate)).decode()
        if text.endswith("="):
            refused("x5c_malformed", parsed_x5c, [text.rstrip("=")])
            last = len(text.rstrip("=")) - 1
            stray = chr(ord(text[last]) + 1)
            refused("x5c_malformed", parsed_x5c, [text[:last] + stray + text[last + 1 :]])


def test_keys_of_other_kinds_are_refused():
    with pytest.raises(ParseError) as error:
        x509.public_key(self_made("secp256k1", ec.generate_private_key(ec.SECP256K1())))
    assert error.value.code == "key_unsupported"


@pytest.mark.parametrize("curve", ["P-384", "P-521", "Ed25519"])
def test_certificates_of_each_curve(curve):
    root_signer, leaf_signer = software.generate(curve), software.generate(curve)
    root = x509.issue_root(root_signer, name="root", country="FR", now=NOW, days=10)
    leaf = x509.issue_leaf(
        root_signer, root, leaf_signer.public_key, name="leaf", country="FR", now=NOW, days=5, purposes=()
    )
    assert x509.public_key(x509.parse_der(x509.der(leaf))) == leaf_signer.public_key
    leaf.verify_directly_issued_by(root)


def test_a_name_cannot_play_with_the_terminal():
    shown = x509.subject_name(self_made("\x1b[2Jvrai\u202etat\x07\n"))
    assert shown.isprintable()
    assert "vrai" in shown
    assert len(x509.subject_name(self_made("x" * 300, attribute=NameOID.DN_QUALIFIER))) <= 256


def test_a_negative_serial_number_is_refused():
    # RFC 5280 section 4.1.2.2; in the wild: a test anchor of the EU reference wallet.
    refused("x509_malformed", x509.parse_pem, vectors("eudi/trust-anchors/multipaz.pem").read_bytes())


def test_anchors_of_the_eu_reference_wallet_are_read():
    for name in ("pidissuerca02_eu", "pidissuerca02_nl", "pidissuerca02_pt", "pidissuerca02_ut", "dc4eu"):
        certificate = x509.parse_pem(vectors(f"eudi/trust-anchors/{name}.pem").read_bytes())
        assert x509.public_key(certificate).family == "P-256"


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), min_size=1, max_size=4), st.booleans())
def test_a_changed_certificate_is_read_or_refused_never_anything_else(changes, root):
    data = bytearray(x509.der(ROOT) if root else DER)
    for at, byte in changes:
        data[at % len(data)] = byte
    try:
        certificate = x509.parse_der(bytes(data))
        x509.subject_name(certificate)
        x509.alternative_names(certificate)
        x509.sha256_of(certificate)
        x509.public_key(certificate)
    except DidkitError as error:
        assert error.code in {"x509_malformed", "key_unsupported"}  # noqa: PT017 - or it is read


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data):
    refused("x509_malformed", x509.parse_der, data)


def test_dns_names_are_those_of_that_kind_only():
    key = software.generate()
    root = x509.issue_root(key, name="Root", country="FR", now=NOW, days=9)
    leaf = x509.issue_leaf(
        key, root, software.generate().public_key, name="Leaf", country="FR", now=NOW, days=9, purposes=(),
        dns_names=["Bar.Example", "*.bar.example"], uris=["https://other.example"],
    )  # fmt: skip
    assert x509.dns_names(leaf) == {"bar.example", "*.bar.example"}
    assert x509.dns_names(root) == frozenset()


def test_the_authority_key_identifier_is_that_of_the_issuer_s_key():
    key = software.generate()
    root = x509.issue_root(key, name="Root", country="FR", now=NOW, days=9)
    leaf = x509.issue_leaf(
        key, root, software.generate().public_key, name="Leaf", country="FR", now=NOW, days=9, purposes=()
    )
    stated = root.extensions.get_extension_for_class(pyca.SubjectKeyIdentifier).value.digest
    assert x509.authority_key_identifier(leaf) == stated
    assert x509.authority_key_identifier(root) is None
