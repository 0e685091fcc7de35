import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError
from didkit_fr.keys import software, x509
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.jose.jws import VerifiedJwt
from didkit_fr.status import token
from didkit_fr.status.token import StatusList, StatusReference
from tests.conformance_vectors import status as official

NOW = 1_800_000_000
URI = "https://status.example/lists/1"
SIGNER = software.generate()
HEADER = {"typ": token.TYP, "alg": "ES256"}


def refused(code, call, *args, **kwargs):
    with pytest.raises(DidkitError) as error:
        call(*args, **kwargs)
    assert error.value.code == code


def build(statuses, **changes):
    options = {"uri": URI, "now": NOW, "ttl": 300, "expires": NOW + 3600, "signer": SIGNER, "x5c": ["AAAA"], **changes}
    return token.build_list(statuses, **options)


def verified(raw):
    return jws.verify(token.parse_list(raw), SIGNER.public_key, typ=token.TYP, algorithms={"ES256"})


WHOLE = zlib.compress(bytes(range(256)))


def claims_of(lst=WHOLE, bits=1, **changes):
    text = lst if isinstance(lst, str) else base64url.encode(lst)
    return {"sub": URI, "iat": NOW, "status_list": {"bits": bits, "lst": text}, **changes}


def read(claims, now=NOW, header=HEADER, **options):
    return token.read_list(VerifiedJwt(header, claims), uri=URI, now=now, **options)


# --- the official vectors


@pytest.mark.vectors
def test_official_vectors():
    cases = [(name, passed) for name, passed, left_out in official.run() if left_out is None]
    assert [name for name, passed in cases if not passed] == []
    assert len(cases) == 52


def test_the_drafts_own_example_bytes():
    # draft-ietf-oauth-status-list-20 section 4.1
    assert token.pack(16, [0, 3, 4, 5, 7, 8, 9, 13, 15]) == b"\xb9\xa3"
    two_bits = StatusList(URI, 2, b"\xc9\x44\xf9", None, None, NOW)
    assert [two_bits.lookup(index) for index in range(12)] == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]


# --- building


@given(st.sets(st.integers(0, 999)))
def test_what_is_packed_is_found(revoked):
    listed = StatusList(URI, 1, token.pack(1000, revoked), None, None, NOW)
    assert {index for index in range(1000) if listed.lookup(index)} == revoked


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@given(data=st.data())
def test_every_width_reads_its_own_bits(bits, data):
    values = data.draw(st.lists(st.integers(0, (1 << bits) - 1), min_size=1, max_size=40))
    number = sum(value << (at * bits) for at, value in enumerate(values))
    size = (len(values) * bits + 7) // 8
    listed = StatusList(URI, bits, number.to_bytes(size, "little"), None, None, NOW)
    assert [listed.lookup(index) for index in range(len(values))] == values
    assert listed.lookup(size * 8 // bits - 1) == (values[-1] if len(values) == size * 8 // bits else 0)
    refused("status_index_out_of_range", listed.lookup, size * 8 // bits)


@pytest.mark.parametrize("index", [-1, 16, 1 << 80])
def test_an_index_outside_the_list(index):
    refused("status_index_out_of_range", token.pack, 16, [index])
    refused("status_index_out_of_range", StatusList(URI, 1, b"\x00\x00", None, None, NOW).lookup, index)


def test_an_empty_list_answers_nothing():
    assert token.pack(0, []) == b""
    refused("status_index_out_of_range", StatusList(URI, 1, b"", None, None, NOW).lookup, 0)


def test_token_is_read_back():
    raw = build(token.pack(1 << 14, [0, 77, 16_383]))
    unverified = token.parse_list(raw)
    assert unverified.unverified_header == {"alg": "ES256", "typ": "statuslist+jwt", "x5c": ["AAAA"]}
    listed = token.read_list(verified(raw), uri=URI, now=NOW + 60)
    assert (listed.uri, listed.bits, listed.ttl) == (URI, 1, 300)
    assert (listed.issued_at, listed.expires_at) == (NOW, NOW + 3600)
    assert [index for index in range(1 << 14) if listed.lookup(index)] == [0, 77, 16_383]
    assert "data" not in repr(listed)


def test_a_million_entries():
    revoked = range(0, 1 << 20, 97)
    raw = build(token.pack(1 << 20, revoked))
    assert len(raw) < 200_000
    listed = token.read_list(verified(raw), uri=URI, now=NOW)
    assert listed.lookup(97) == token.INVALID
    assert listed.lookup(98) == token.VALID
    refused("status_index_out_of_range", listed.lookup, 1 << 20)


def test_the_chain_goes_into_the_header():
    root = x509.issue_root(SIGNER, name="r", country="FR", now=NOW, days=1)
    raw = build(b"\x00", x5c=x509.build_x5c([root]))
    assert x509.parse_chain(x509.decode_x5c(token.parse_list(raw).unverified_header["x5c"])) == (root,)


# --- references


def test_reference_is_read_back():
    reference = StatusReference(URI, 5)
    assert token.parse_reference(token.build_reference(reference)) == reference
    assert token.parse_reference({"status_list": {"idx": 0, "uri": "http://127.0.0.1:8080/s"}, "other": 1}).index == 0


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, "status_reference_malformed"),
        ([], "status_reference_malformed"),
        ("x", "status_reference_malformed"),
        ({}, "status_mechanism_unsupported"),
        ({"identifier_list": {}}, "status_mechanism_unsupported"),
        ({"status_list": None}, "status_reference_malformed"),
        ({"status_list": {"uri": URI}}, "status_reference_malformed"),
        ({"status_list": {"idx": 1}}, "status_reference_malformed"),
        *(
            ({"status_list": {"idx": index, "uri": URI}}, "status_reference_malformed")
            for index in (-1, True, 1.0, "1", None, [])
        ),
        *(
            ({"status_list": {"idx": 1, "uri": uri}}, "status_reference_malformed")
            for uri in (
                None,
                "",
                "https://",
                "ftp://a/b",
                "file:///etc/passwd",
                "HTTPS://a/b",
                "https://a/b c",
                "https://a/\r\nHost: b",
                "https://a/é",
                "https://a/b\n",
                "//a/b",
                "https://a/" + "b" * 2048,
            )
        ),
    ],
)
def test_hostile_references(status, code):
    refused(code, token.parse_reference, status)


# --- tokens


def test_a_credential_is_not_a_status_list():
    raw = jws.sign(claims_of(), SIGNER, typ="dc+sd-jwt")
    refused("typ_mismatch", token.parse_list, raw)
    refused("typ_mismatch", read, claims_of(), header={**HEADER, "typ": "dc+sd-jwt"})
    forged = jws.attach(jws.prepare({"alg": "HS256", "typ": token.TYP}, b"{}"), bytes(32))
    refused("algorithm_refused", token.parse_list, forged)
    refused("input_too_large", token.parse_list, "a" * (token.MAX_CHARS + 1))
    refused("jws_malformed", token.parse_list, "")


def test_the_list_of_another_address():
    for sub in ("https://status.example/lists/2", URI + "/", URI.upper(), None, 1, [URI]):
        refused("status_list_subject", read, claims_of(sub=sub))
    claims = claims_of()
    del claims["sub"]
    refused("status_list_subject", read, claims)


def test_times():
    claims = claims_of(exp=NOW + 100)
    assert read(claims, now=NOW + 99).expires_at == NOW + 100
    refused("status_list_expired", read, claims, now=NOW + 100)
    assert read(claims, now=NOW - token.LEEWAY).issued_at == NOW
    refused("status_list_not_yet_valid", read, claims, now=NOW - token.LEEWAY - 1)
    refused("status_list_not_yet_valid", read, claims_of(nbf=NOW + 61))
    assert read(claims_of(), now=NOW * 2).expires_at is None
    assert read(claims_of(iat=NOW + 0.5, exp=NOW + 9.75)).expires_at == NOW + 9


@pytest.mark.parametrize("name", ["iat", "exp", "nbf", "ttl"])
@pytest.mark.parametrize("value", [None, True, "1800000000", [], {}])
def test_times_that_are_no_numbers(name, value):
    refused("status_list_malformed", read, claims_of(**{name: value}))


def test_time_to_live_and_issue():
    assert read(claims_of(ttl=1)).ttl == 1
    assert read(claims_of()).ttl is None
    for ttl in (0, -1, 0.5):
        refused("status_list_malformed", read, claims_of(ttl=ttl))
    claims = claims_of()
    del claims["iat"]
    refused("status_list_malformed", read, claims)


@pytest.mark.parametrize("value", [None, [], "x", {}, {"bits": 1}, {"lst": "eNoDAAAAAAE"}, {"bits": 1, "lst": 1}])
def test_lists_of_another_shape(value):
    refused("status_list_malformed", read, claims_of(status_list=value))


@pytest.mark.parametrize("bits", [0, 3, 5, 16, -1, True, 1.0, "1", None, [1]])
def test_other_widths(bits):
    refused("status_list_malformed", read, claims_of(bits=bits))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        WHOLE[:-1],
        WHOLE[:-4],
        WHOLE[: len(WHOLE) // 2],
        WHOLE + b"\x00",
        WHOLE + WHOLE,
        WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]),
        WHOLE[2:-4],
        b"\x1f\x8b" + WHOLE,
        zlib.compressobj(zdict=b"abc").compress(b"abc") + b"\x78\xbb\x02\x4d\x01\x27",
    ],
)
def test_streams_that_are_not_one_whole_zlib_stream(data):
    refused("status_list_malformed", read, claims_of(data))


def test_base64url_is_strict():
    text = base64url.encode(zlib.compress(b"\x01"))
    assert read(claims_of(text)).data == b"\x01"
    for other in (text + "=", text[:-1] + "+", " " + text, text + "\n", "é"):
        refused("base64url_invalid", read, claims_of(other))


def test_a_bomb_costs_no_memory():
    bomb = zlib.compress(bytes(200 << 20), 9)
    claims = claims_of(bomb)
    tracemalloc.start()
    refused("input_too_large", read, claims)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_the_limit_is_exact():
    claims = claims_of(zlib.compress(bytes(1000)))
    assert len(read(claims, max_bytes=1000).data) == 1000
    refused("input_too_large", read, claims, max_bytes=999)


@given(st.binary(max_size=200))
def test_any_stream_is_read_or_refused(data):
    try:
        read(claims_of(data))
    except DidkitError as error:
        assert error.code == "status_list_malformed"  # noqa: PT017 - or it is read


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=3))
def test_a_changed_stream_never_reads_as_another_list(changes):
    data = bytearray(WHOLE)
    for at, byte in changes:
        data[at] = byte
    try:
        assert read(claims_of(bytes(data))).data == bytes(range(256))
    except DidkitError as error:
        assert error.code == "status_list_malformed"  # noqa: PT017 - or it is read
