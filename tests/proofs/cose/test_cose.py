import hmac
from contextlib import suppress
from functools import cache

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import cbor
from didkit_fr.encoding.cbor import Tag
from didkit_fr.errors import DidkitError
from didkit_fr.keys import software, x509
from didkit_fr.keys.algorithms import JOSE_NAMES
from didkit_fr.proofs import claimed_signer
from didkit_fr.proofs.cose import cose
from tests.refused import refusal

SIGNER, UNKNOWN = software.generate(), software.generate()
KEY = bytes(range(32))
NOW = 1_800_000_000
MESSAGE = cose.sign1(b"content", SIGNER, typ=None, header={cose.KID: b"k"})


def signed(protected, payload=b"content", *, unprotected=None, signer=SIGNER, carried=b"content", aad=b""):
    """A message spelt out by hand, over a structure encoded by cbor2 itself."""
    inner = cbor2.dumps(protected) if isinstance(protected, dict) else protected
    covered = b"" if inner == b"\xa0" else inner
    signature = signer.sign(cbor2.dumps(["Signature1", covered, aad, payload]))
    return cbor2.dumps(cbor2.CBORTag(18, [inner, {} if unprotected is None else unprotected, carried, signature]))


def verify(raw, key=SIGNER.public_key, *, typ=None, algorithms=("ES256",), **more):
    return cose.verify_sign1(cose.parse_sign1(raw), key, typ=typ, algorithms=algorithms, **more)


def test_what_is_signed_here_verifies_and_is_what_the_rfc_says():
    assert verify(MESSAGE) == cose.VerifiedCose({1: -7, 4: b"k"}, b"content")
    tag, (protected, unprotected, payload, _) = (value := cbor2.loads(MESSAGE)).tag, value.value
    assert (tag, cbor2.loads(protected), unprotected, payload) == (18, {1: -7, 4: b"k"}, {}, b"content")


def test_a_message_spelt_by_another_encoder_verifies():
    assert verify(signed({1: -7})).payload == b"content"


@pytest.mark.parametrize(
    ("curve", "algorithm", "name"),
    [
        ("P-256", -7, "ES256"),
        ("P-256", -9, "ES256"),
        ("P-384", -35, "ES384"),
        ("P-384", -51, "ES384"),
        ("P-521", -36, "ES512"),
        ("P-521", -52, "ES512"),
        ("Ed25519", -8, "EdDSA"),
        ("Ed25519", -19, "Ed25519"),
    ],
)
def test_every_algorithm_verifies_only_where_it_is_allowed_and_with_a_key_of_its_curve(curve, algorithm, name):
    signer = software.generate(curve)
    raw = signed({1: algorithm}, signer=signer)
    assert verify(raw, signer.public_key, algorithms={name}).payload == b"content"
    assert refusal(verify, raw, signer.public_key, algorithms={"ES256", "ES384"} - {name}) == "algorithm_refused"
    other = software.generate("P-384" if curve == "P-256" else "P-256").public_key
    assert refusal(verify, raw, other, algorithms={name}) == "algorithm_refused"


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521", "Ed25519"])
def test_the_signers_own_algorithm_is_written(curve):
    signer = software.generate(curve)
    raw = cose.sign1(b"x", signer, typ=None)
    assert verify(raw, signer.public_key, algorithms=JOSE_NAMES).payload == b"x"


@pytest.mark.parametrize("algorithm", ["ES256", "unknown", -999, 5, True])
def test_another_algorithm_is_refused(algorithm):
    code = refusal(verify, signed({1: algorithm}))
    assert code == ("cose_malformed" if algorithm is True else "algorithm_refused")


def test_no_algorithm_is_no_algorithm():
    assert refusal(verify, signed(b"", carried=b"content")) == "algorithm_refused"


P384 = software.generate("P-384")


def test_an_algorithm_that_was_agreed_on_may_stand_anywhere_or_nowhere_and_be_no_other():
    """RFC 9052 section 3.1: what nothing protects is decided by the two sides, never by the message."""

    def agreed(raw, algorithm="ES256", key=SIGNER.public_key):
        unverified = cose.parse_sign1(raw, loose_algorithm=True)
        return cose.verify_sign1(unverified, key, typ=None, algorithms={"ES256", "ES384"}, agreed=algorithm)

    for raw in (signed({}, unprotected={1: -7}), signed({4: b"k"}), signed({1: -7})):
        assert agreed(raw).payload == b"content"
        assert refusal(agreed, raw, "ES384") == "algorithm_refused"
        assert refusal(agreed, raw, "EdDSA") == "algorithm_refused"
        assert refusal(agreed, raw, key=UNKNOWN.public_key) == "signature_invalid"
        assert refusal(agreed, raw, key=P384.public_key) == "algorithm_refused"
    for stated in (-35, "ES256", 5):
        assert refusal(agreed, signed({}, unprotected={1: stated})) == "algorithm_refused"
    assert refusal(agreed, signed({1: -7}, unprotected={1: -7})) == "cose_malformed"
    # Without an agreement, neither endpoint opens.
    assert refusal(verify, signed({}, unprotected={1: -7})) == "cose_malformed"
    loose = cose.parse_sign1(signed({}, unprotected={1: -7}), loose_algorithm=True)
    assert refusal(cose.verify_sign1, loose, SIGNER.public_key, typ=None, algorithms={"ES256"}) == "algorithm_refused"


def test_a_signature_of_another_key_or_over_another_content_is_refused():
    assert refusal(verify, MESSAGE, UNKNOWN.public_key) == "signature_invalid"
    assert refusal(verify, signed({1: -7}, payload=b"other")) == "signature_invalid"
    assert refusal(verify, signed({1: -7}, aad=b"other")) == "signature_invalid"
    assert refusal(verify, MESSAGE, external_aad=b"more") == "signature_invalid"


def test_a_mac_is_no_signature_and_a_signature_no_mac():
    unverified = cose.parse_sign1(MESSAGE)
    assert refusal(cose.verify_mac0, unverified, KEY, typ=None) == "cose_malformed"
    mac = cose.parse_mac0(mac0())
    assert refusal(cose.verify_sign1, mac, SIGNER.public_key, typ=None, algorithms={"ES256"}) == "cose_malformed"
    assert refusal(cose.parse_mac0, MESSAGE) == "cose_malformed"
    assert refusal(cose.parse_sign1, mac0()) == "cose_malformed"


def test_external_data_is_covered():
    raw = cose.sign1(b"content", SIGNER, typ=None, external_aad=b"session")
    assert verify(raw, external_aad=b"session").payload == b"content"
    assert refusal(verify, raw) == "signature_invalid"


def test_a_detached_payload_is_given_once():
    raw = cose.sign1(b"content", SIGNER, typ=None, detached=True)
    assert cose.parse_sign1(raw).unverified_payload is None
    assert verify(raw, detached=b"content").payload == b"content"
    assert refusal(verify, raw, detached=b"other") == "signature_invalid"
    assert refusal(verify, raw) == "cose_malformed"
    assert refusal(verify, MESSAGE, detached=b"content") == "cose_malformed"


def test_an_empty_protected_header_is_covered_as_nothing():
    assert cose.parse_mac0(cbor2.dumps([b"\xa0", {}, b"x", b"t"])).protected == b""
    prepared = cose.prepare({}, b"x")
    assert prepared.protected == b""
    assert cbor2.loads(prepared.to_be_signed) == ["Signature1", b"", b"", b"x"]


def test_the_tag_is_there_where_it_must_be():
    bare = cose.sign1(b"content", SIGNER, typ=None, tagged=False)
    assert verify(bare).payload == b"content"
    assert cose.parse_sign1(MESSAGE, tagged=True) == cose.parse_sign1(MESSAGE)
    assert refusal(cose.parse_sign1, bare, tagged=True) == "cose_malformed"
    assert refusal(cose.parse_sign1, MESSAGE, tagged=False) == "cose_malformed"


@pytest.mark.parametrize("stated", ["application/test+cwt", "test+cwt", "Application/Test+CWT"])
def test_a_type_is_a_media_type(stated):
    assert verify(signed({1: -7, 16: stated}), typ="test+cwt").header[16] == stated


@pytest.mark.parametrize("stated", ["other+cwt", "application/application/test+cwt", 263])
def test_another_type_is_refused(stated):
    assert refusal(verify, signed({1: -7, 16: stated}), typ="test+cwt") == "typ_mismatch"
    assert refusal(verify, signed({1: -7, 16: stated})) == "typ_mismatch"


def test_no_type_is_not_any_type():
    assert refusal(verify, MESSAGE, typ="test+cwt") == "typ_mismatch"


@pytest.mark.parametrize(
    ("critical", "code"),
    [
        ([1], None),
        ([4, 1], None),
        ([], "critical_header"),
        ([99], "critical_header"),
        ([1, 99], "critical_header"),
        ([33], "critical_header"),  # understood, and absent
        ([[1]], "critical_header"),
        ([True], "critical_header"),
        (1, "cose_malformed"),
    ],
)
def test_what_is_critical_is_understood_or_the_message_is_void(critical, code):
    raw = signed({1: -7, 2: critical, 4: b"k", 99: 0})
    if code is None:
        verify(raw)
    else:
        assert refusal(verify, raw) == code


@pytest.mark.parametrize(
    "bucket", [{1: -7}, {2: [1]}, {16: "x"}, {4: b"other"}, {4: "text"}, {b"bytes": 1}, {3: []}, {33: "x"}, []]
)
def test_the_unprotected_bucket_decides_nothing(bucket):
    assert refusal(verify, signed({1: -7, 4: b"k"}, unprotected=bucket)) == "cose_malformed"
    assert refusal(verify, signed({4: b"k"}, unprotected=bucket)) == "cose_malformed"


@pytest.mark.parametrize(
    "value",
    [
        7,
        [],
        [b"", {}, b""],
        [b"", {}, b"", b"", b""],
        [{}, {}, b"", b""],
        [b"", {}, "text", b""],
        [b"", {}, b"", None],
        [b"\x80", {}, b"", b""],
        Tag(24, b"\xa0"),
    ],
)
def test_what_is_no_message_is_refused(value):
    assert refusal(cose.parse_sign1, cbor2.dumps(value)) == "cose_malformed"


def test_headers_repeat_no_label_and_have_nothing_behind_them():
    assert refusal(cose.parse_sign1, cbor2.dumps([b"\xa2\x01\x26\x01\x27", {}, b"", b""])) == "cbor_duplicate_key"
    assert refusal(cose.parse_sign1, cbor2.dumps([b"\xa1\x01\x26\x00", {}, b"", b""])) == "cbor_not_shortest"
    assert refusal(cose.parse_sign1, MESSAGE, max_bytes=len(MESSAGE) - 1) == "input_too_large"


def mac0(key=KEY, header=None, **more):
    prepared = cose.prepare({1: 5} if header is None else header, b"content", context="MAC0", **more)
    return cose.encode(cose.authenticate_mac0(prepared, key), context="MAC0", tagged=True)


def test_a_mac_is_what_the_rfc_says():
    protected, unprotected, payload, tag = cbor2.loads(mac0()).value
    assert (cbor2.loads(protected), unprotected, payload) == ({1: 5}, {}, b"content")
    assert tag == hmac.digest(KEY, cbor2.dumps(["MAC0", protected, b"", b"content"]), "sha256")
    assert cose.verify_mac0(cose.parse_mac0(mac0()), KEY, typ=None).payload == b"content"


def test_a_mac_of_another_key_algorithm_or_content_is_refused():
    def verify(raw, key=KEY, **more):
        return refusal(cose.verify_mac0, cose.parse_mac0(raw), key, typ=None, **more)

    assert verify(mac0(), b"other") == "mac_invalid"
    assert verify(mac0(external_aad=b"more")) == "mac_invalid"
    truncated = list(cbor2.loads(mac0()).value)
    truncated[3] = truncated[3][:8]
    assert verify(cbor2.dumps(truncated)) == "mac_invalid"
    assert verify(mac0(), algorithms=()) == "algorithm_refused"
    assert verify(cbor2.dumps([cbor2.dumps({1: 4}), {}, b"content", b""]), algorithms=(4,)) == "algorithm_refused"
    assert refusal(mac0, header={1: 6}) == "cose_malformed"


@cache
def chain(length):
    root = x509.issue_root(SIGNER, name="Root", country="FR", now=NOW, days=10)
    leaf = x509.issue_leaf(SIGNER, root, UNKNOWN.public_key, name="Leaf", country="FR", now=NOW, days=1, purposes=())
    return (leaf, root)[:length]


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("bucket", ["header", "unprotected"])
def test_certificates_travel_in_either_bucket(length, bucket):
    carried = {cose.X5CHAIN: cose.build_x5chain(chain(length))}
    parsed = cose.parse_sign1(cose.sign1(b"x", SIGNER, typ=None, **{bucket: carried}))
    assert parsed.unverified_chain() == chain(length)
    assert parsed.unverified_certificates() == tuple(map(x509.der, chain(length)))


def test_without_certificates_there_is_no_chain():
    assert cose.parse_sign1(MESSAGE).unverified_chain() == ()
    assert cose.parse_sign1(MESSAGE).unverified_certificates() == ()


@pytest.mark.parametrize("bucket", ["header", "unprotected"])
def test_a_key_identifier_is_read_from_either_bucket(bucket):
    named = cose.sign1(b"x", SIGNER, typ=None, **{bucket: {cose.KID: b"k"}})
    assert cose.parse_sign1(named).unverified_kid() == b"k"
    assert cose.parse_sign1(cose.sign1(b"x", SIGNER, typ=None)).unverified_kid() is None


@pytest.mark.parametrize("value", [["text"], [b"\x30"] * 9, [x509.der(chain(1)[0])]])
def test_a_chain_of_another_shape_is_refused(value):
    parsed = cose.parse_sign1(signed({1: -7}, unprotected={33: value}))
    assert refusal(parsed.unverified_chain) == "x5c_malformed"


def test_secrets_and_contents_are_in_no_repr():
    unverified = cose.parse_sign1(MESSAGE)
    assert "content" not in repr(unverified) + repr(verify(MESSAGE)) + repr(cose.prepare({1: -7}, b"content"))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused_by_code(raw):
    for parse in (cose.parse_sign1, cose.parse_mac0):
        with suppress(DidkitError):
            parse(raw)


PIECES = st.recursive(
    st.none() | st.booleans() | st.integers(-70, 70) | st.binary(max_size=9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.integers(-9, 40) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.tuples(
        PIECES.map(cbor2.dumps), st.dictionaries(st.integers(0, 40), PIECES, max_size=3), st.binary(), st.binary()
    )
)
def test_any_header_is_read_or_refused_by_code(parts):
    raw = cbor.encode(list(parts))
    try:
        unverified = cose.parse_sign1(raw)
        with suppress(DidkitError):
            claimed_signer.read_cose(unverified, lambda: None)
        verify(raw)
    except DidkitError:
        return
    pytest.fail("nobody signed this")
