"""Which document types a certificate is for: read as strictly as it is written."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from hypothesis import example, given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError
from didkit_fr.keys import software, x509
from didkit_fr.keys.leaf_types import OID, build_types, certified_types
from tests.refused import refused

NOW = 1_800_000_000
ROOT_KEY, KEY = software.generate(), software.generate()
ROOT = x509.issue_root(ROOT_KEY, name="Racine", country="FR", now=NOW, days=3650)
MDL, AGE = "org.iso.18013.5.1.mDL", "eu.europa.ec.av.1"


def leaf(doctypes):
    options = {"name": "DS", "country": "FR", "now": NOW, "days": 30, "purposes": ["1.0.18013.5.1.2"]}
    return x509.issue_leaf(ROOT_KEY, ROOT, KEY.public_key, doctypes=doctypes, **options)


def stating(value):
    """A certificate whose extension has this content."""
    begin = datetime.fromtimestamp(NOW, UTC)
    builder = pyca.CertificateBuilder(
        ROOT.subject, ROOT.subject, KEY.public_key.handle, 9, begin, begin + timedelta(days=9)
    ).add_extension(pyca.UnrecognizedExtension(OID, value), critical=False)
    return x509.parse_der(x509.der(builder.sign(ROOT_KEY.private, hashes.SHA256())))


def utf8(text):
    data = text if isinstance(text, bytes) else text.encode()
    return b"\x0c" + length(len(data)) + data


def length(count):
    if count < 128:
        return bytes([count])
    data = count.to_bytes((count.bit_length() + 7) // 8)
    return bytes([128 + len(data)]) + data


def sequence(*strings):
    content = b"".join(strings)
    return b"\x30" + length(len(content)) + content


@pytest.mark.parametrize("doctypes", [[], [MDL], [MDL, AGE], ["é" * 256], [f"type {at}" for at in range(16)]])
def test_what_is_written_is_read_and_is_not_critical(doctypes):
    certificate = x509.parse_der(x509.der(leaf(doctypes)))
    assert certified_types(certificate) == frozenset(doctypes)
    assert certificate.extensions.get_extension_for_oid(OID).critical is False


def test_a_certificate_that_says_nothing_of_types_is_told_from_one_for_none():
    assert certified_types(leaf(None)) is None
    assert certified_types(leaf(())) == frozenset()
    assert certified_types(ROOT) is None


def test_the_content_is_that_of_der():
    assert OID.dotted_string == "2.25.204487730604075020580396199839241480290"
    assert build_types([AGE]).value == b"\x30\x13\x0c\x11eu.europa.ec.av.1"
    assert build_types(()).value == b"\x30\x00"
    assert build_types(["a" * 256]).value[:8] == b"\x30\x82\x01\x04\x0c\x82\x01\x00"
    assert build_types(["b", "a"]) == build_types(["a", "b"])


@pytest.mark.parametrize(
    "doctypes", [[""], ["a" * 257], ["a", "a"], [f"type {at}" for at in range(17)], ["\ud800"], [MDL, ""]]
)
def test_what_could_not_be_read_is_not_written(doctypes):
    with refused("value_invalid"):
        leaf(doctypes)


LONG = sequence(*(utf8(f"{at:x}" * 200) for at in range(16)))


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x31\x00",
        b"\x0c\x01a",
        b"\x30\x01",
        b"\x30\x81\x00",
        b"\x30\x81\x03\x0c\x01a",
        b"\x30\x82\x00\x03\x0c\x01a",
        b"\x30\xff" + b"\x00" * 200,
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x03\x0c\x01a\x00",
        b"\x30\x03\x0c\x01ab",
        b"\x30\x03\x0c\x02a",
        b"\x30\x04\x0c\x81\x01a",
        b"\x30\x03\x13\x01a",
        b"\x30\x03\x2c\x01a",
        b"\x30\x02\x0c\x00",
        sequence(utf8("a"), b"\x05\x00"),
        sequence(utf8("a"), utf8("a")),
        sequence(utf8(b"\xff")),
        sequence(utf8(b"\xc0\x80")),
        sequence(utf8(b"\xed\xa0\x80")),
        sequence(utf8("a" * 257)),
        sequence(*(utf8(str(at)) for at in range(17))),
        LONG[:-1],
        LONG + b"\x00",
        b"".join([sequence(utf8("a")), sequence(utf8("b"))]),
    ],
)
def test_what_is_malformed_is_refused_and_never_taken_for_a_certificate_of_all_types(value):
    certificate = stating(value)
    with refused("x509_malformed"):
        certified_types(certificate)


def read(certificate):
    """The types that a certificate names, or the code of its refusal."""
    try:
        return certified_types(certificate)
    except DidkitError as error:
        return error.code


@pytest.mark.guarantee("G21")
@given(st.one_of(st.binary(max_size=600), st.binary(max_size=300).map(sequence)))
@example(LONG)
def test_whatever_bytes_are_there_they_are_malformed_or_the_only_spelling_of_their_types(value):
    found = read(stating(value))
    if isinstance(found, frozenset):
        assert len(build_types(found).value) == len(value)
    else:
        assert found == "x509_malformed"
