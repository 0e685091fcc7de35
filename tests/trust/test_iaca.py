"""The profile of document signers, and revocation lists."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError
from didkit_fr.keys import software, x509
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.trust.path import MDOC, verify_path
from didkit_fr.trust.revocation import build_list, build_next_list, parse_list

NOW = 1_800_000_000
DAY = 86_400
DS = "1.0.18013.5.1.2"
KEY, SIGNER = software.generate(), software.generate()
ROOT = x509.issue_root(
    KEY,
    name="IACA",
    country="FR",
    now=NOW - DAY,
    days=3650,
    issuer_uri="https://iaca.example",
    revocation_uri="https://iaca.example/crl",
)


def anchor(root=ROOT, revocation=None):
    return Anchor("France", root, frozenset({"credential"}), frozenset({"doc"}), revocation=revocation)


def signer(root_key=KEY, root=ROOT, **changes):
    options = {"name": "DS", "country": "FR", "now": NOW, "days": 457, "purposes": [DS]}
    return x509.issue_leaf(root_key, root, SIGNER.public_key, **(options | changes))


def verify(leaf, *, root=ROOT, revocation=None, now=NOW + 60, chain=()):
    return verify_path([leaf, *chain], [anchor(root, revocation)], now=now, purpose=MDOC)


def refused(code, *arguments, **named):
    with pytest.raises(DidkitError) as error:
        verify(*arguments, **named)
    assert error.value.code == code, error.value


def test_a_document_signer_of_the_profile():
    leaf = signer(issuer_uri="https://iaca.example", revocation_uri="https://iaca.example/crl")
    assert verify(leaf).key == SIGNER.public_key
    names = {type(one.value).__name__: one.critical for one in leaf.extensions}
    assert names == {
        "SubjectKeyIdentifier": False,
        "AuthorityKeyIdentifier": False,
        "KeyUsage": True,
        "ExtendedKeyUsage": True,
        "IssuerAlternativeName": False,
        "CRLDistributionPoints": False,
    }


@pytest.mark.guarantee("G33")
def test_without_an_anchor_nobody_is_believed():
    with pytest.raises(DidkitError, match="issuer_unknown"):
        verify_path([signer()], [], now=NOW, purpose=MDOC)


def test_a_signer_is_valid_for_457_days_at_most():
    refused("certificate_profile", signer(days=458))


def test_a_root_is_valid_for_20_years_at_most():
    root = x509.issue_root(KEY, name="IACA", country="FR", now=NOW - DAY, days=7400)
    refused("certificate_profile", signer(root=root), root=root)


@pytest.mark.guarantee("G33")
@pytest.mark.parametrize("country", ["DE", "BE"])
def test_a_signer_of_another_country(country):
    refused("certificate_country", signer(country=country))


@pytest.mark.parametrize("purposes", [[], ["1.0.18013.5.1.6"], [DS, "1.3.6.1.5.5.7.3.1"]])
def test_a_signer_says_that_it_signs_documents_and_nothing_else(purposes):
    refused("certificate_profile", signer(purposes=purposes))


def test_the_european_purpose_is_one_too():
    assert verify(signer(purposes=["1.3.130.2.0.0.1.2"]))


def built(*extensions, subject="FR", issuer=ROOT.subject, key=KEY):
    begin = datetime.fromtimestamp(NOW, UTC)
    names = [pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, one) for one in subject.split()]
    builder = pyca.CertificateBuilder(
        issuer, pyca.Name(names), SIGNER.public_key.handle, 9, begin, begin + timedelta(days=9)
    )
    own = pyca.AuthorityKeyIdentifier.from_issuer_public_key(KEY.public_key.handle)
    builder = builder.add_extension(own, critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(key.private, hashes.SHA256())


def usage(**granted):
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    names += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    return pyca.KeyUsage(**{name: granted.get(name, False) for name in names})


PURPOSE = pyca.ExtendedKeyUsage([pyca.ObjectIdentifier(DS)])
SIGNING = usage(digital_signature=True)


def test_the_profile_by_another_hand():
    assert verify(built((SIGNING, True), (PURPOSE, True)))


@pytest.mark.parametrize(
    "extensions",
    [
        [(SIGNING, True)],
        [(PURPOSE, True)],
        [(SIGNING, False), (PURPOSE, True)],
        [(SIGNING, True), (PURPOSE, False)],
        [(usage(key_agreement=True), True), (PURPOSE, True)],
        [(usage(digital_signature=True, key_agreement=True), True), (PURPOSE, True)],
        [(usage(digital_signature=True, key_cert_sign=True), True), (PURPOSE, True)],
    ],
)
def test_key_usages_are_there_critical_and_of_signatures_only(extensions):
    refused("certificate_profile", built(*extensions))


@pytest.mark.parametrize("subject", ["FR FR", "FR DE"])
def test_a_signer_has_one_country(subject):
    refused("certificate_country", built((SIGNING, True), (PURPOSE, True), subject=subject))


def test_a_signer_without_a_subject_is_nobody():
    refused("certificate_profile", built((SIGNING, True), (PURPOSE, True), subject=""))


def test_a_signer_that_vouches_for_itself_is_no_anchor():
    refused("certificate_self_signed", ROOT)


def test_an_authority_in_between_is_too_much():
    middle_key = software.generate()
    begin = datetime.fromtimestamp(NOW, UTC)
    top = (
        pyca.CertificateBuilder(ROOT.subject, ROOT.subject, KEY.public_key.handle, 4, begin, begin + timedelta(days=99))
        .add_extension(pyca.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage(key_cert_sign=True), critical=True)
        .sign(KEY.private, hashes.SHA256())
    )
    name = pyca.Name([pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, "FR")])
    middle = (
        pyca.CertificateBuilder(ROOT.subject, name, middle_key.public_key.handle, 5, begin, begin + timedelta(days=99))
        .add_extension(pyca.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(key_cert_sign=True), critical=True)
        .sign(KEY.private, hashes.SHA256())
    )
    leaf = x509.issue_leaf(
        middle_key, middle, SIGNER.public_key, name="DS", country="FR", now=NOW, days=9, purposes=[DS]
    )
    refused("certificate_path", leaf, chain=[middle], root=top)


def revocations(*serials, key=KEY, issuer=ROOT.subject, since=-DAY, until=DAY, partial=False):
    builder = pyca.CertificateRevocationListBuilder(
        issuer, datetime.fromtimestamp(NOW + since, UTC), datetime.fromtimestamp(NOW + until, UTC)
    )
    if partial:
        point = pyca.IssuingDistributionPoint(
            full_name=None,
            relative_name=None,
            only_contains_user_certs=True,
            only_contains_ca_certs=False,
            only_some_reasons=None,
            indirect_crl=False,
            only_contains_attribute_certs=False,
        )
        builder = builder.add_extension(point, critical=True)
    for serial in serials:
        entry = pyca.RevokedCertificateBuilder(serial, datetime.fromtimestamp(NOW - 9, UTC))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key.private, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_signer_that_its_root_withdrew():
    leaf = signer()
    refused("certificate_revoked", leaf, revocation=revocations(7, leaf.serial_number))
    assert verify(leaf, revocation=revocations(7)).valid_until == NOW + DAY - 1
    assert verify(leaf, revocation=revocations()).valid_until == NOW + DAY - 1


@pytest.mark.parametrize(
    "options",
    [
        {"since": -9 * DAY, "until": -8 * DAY},
        {"since": 8 * DAY, "until": 9 * DAY},
        {"key": SIGNER},
        {"issuer": pyca.Name([pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, "FR")])},
    ],
)
def test_a_list_that_is_not_the_roots_current_one_answers_nothing(options):
    refused("certificate_revocation_unknown", signer(), revocation=revocations(**options))


def test_a_partial_list_is_no_list():
    refused("crl_malformed", signer(), revocation=revocations(partial=True))
    refused("crl_malformed", signer(), revocation=b"no list")


def test_a_list_made_here_says_whom_the_root_withdrew():
    leaf = signer()
    made = {days: build_list(KEY, ROOT, now=NOW, days=days, number=2) for days in (1, 90)}
    assert verify(leaf, revocation=made[1]).valid_until == NOW + DAY - 1
    refused("certificate_revocation_unknown", leaf, revocation=made[1], now=NOW + DAY)
    withdrawn = build_list(KEY, ROOT, now=NOW, days=90, withdrawn=(7, leaf.serial_number))
    refused("certificate_revoked", leaf, revocation=withdrawn)
    with pytest.raises(DidkitError) as error:
        build_list(SIGNER, ROOT, now=NOW, days=90)
    assert error.value.code == "certificate_path"
    listed = parse_list(made[90])
    assert listed.extensions.get_extension_for_class(pyca.CRLNumber).value.crl_number == 2
    theirs = ROOT.extensions.get_extension_for_class(pyca.SubjectKeyIdentifier).value.digest
    assert listed.extensions.get_extension_for_class(pyca.AuthorityKeyIdentifier).value.key_identifier == theirs


def test_the_next_list_is_of_the_same_certificates_since_when_they_were_withdrawn():
    leaf = signer()
    first = build_next_list(KEY, ROOT, revocations(7, leaf.serial_number), now=NOW + 5, days=90)
    second = build_next_list(KEY, ROOT, first, now=NOW + 6, days=90)
    for number, made in enumerate((first, second), 1):
        refused("certificate_revoked", leaf, revocation=made, now=NOW + 10)
        listed = parse_list(made)
        assert listed.extensions.get_extension_for_class(pyca.CRLNumber).value.crl_number == number
        assert {one.revocation_date_utc for one in listed} == {datetime.fromtimestamp(NOW - 9, UTC)}
        assert verify(signer(), revocation=made, now=NOW + 10).valid_until > NOW + 10
    for code, key, before in (
        ("certificate_revocation_unknown", KEY, revocations(7, key=SIGNER)),
        ("certificate_path", SIGNER, first),
        ("crl_malformed", KEY, revocations(partial=True)),
    ):
        with pytest.raises(DidkitError) as error:
            build_next_list(key, ROOT, before, now=NOW + 5, days=90)
        assert error.value.code == code


def test_a_list_comes_with_the_anchors():
    anchors = Anchors((anchor(revocation=revocations(5)),))
    assert Anchors.parse(anchors.encode()) == anchors
    for spoilt in (anchors.encode().replace(b"X509 CRL", b"X509 KRL"), anchors.encode().replace(b"\\nMII", b"\\nNII")):
        with pytest.raises(DidkitError, match="anchors_malformed"):
            Anchors.parse(spoilt)


@given(st.binary(max_size=60) | st.binary(min_size=1, max_size=4).map(lambda data: revocations(7)[:40] + data))
def test_any_bytes_are_a_list_or_refused_by_code(data):
    with pytest.raises(DidkitError):
        parse_list(data)


LIST = revocations(7, 9)


@given(st.integers(0, len(LIST) - 1), st.integers(1, 255))
def test_no_byte_of_a_list_can_be_changed(at, by):
    data = bytearray(LIST)
    data[at] ^= by
    with pytest.raises(DidkitError):
        verify(signer(), revocation=bytes(data))
