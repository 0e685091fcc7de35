import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.status.bitstring import MAX_BYTES, MIN_ENTRIES, build_entries, build_list, pack, read_entries, read_list

NOW = 1_790_000_000
URL = "https://issuer.example/status/1/revocation"


def listed(entries=(), size=MIN_ENTRIES):
    return build_list(URL, "revocation", "did:example:issuer", entries, size, (NOW - 60, NOW + 60))


def read(document):
    return read_list(document, url=URL, purpose="revocation", now=NOW)


@given(st.sets(st.integers(0, MIN_ENTRIES - 1), max_size=12), st.integers(0, MIN_ENTRIES - 1))
def test_what_is_set_is_read_and_nothing_else(entries, other):
    found = read(listed(entries))
    assert all(found.is_set(index) for index in entries)
    assert found.is_set(other) == (other in entries)


def test_the_first_entry_is_the_left_most_bit():
    assert read(listed([0])).data[0] == 0x80
    assert read(listed([7])).data[0] == 0x01


@pytest.mark.parametrize("index", [-1, MIN_ENTRIES, 10**12])
def test_beyond_the_list_nothing_can_be_said(index):
    with pytest.raises(VerificationError) as error:
        read(listed()).is_set(index)
    assert error.value.code == "status_index_out_of_range"


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 1 << 28])
def test_a_bomb_is_refused_before_it_is_large(size):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(bytes(size)) + packer.flush()
    document = listed()
    document["credentialSubject"]["encodedList"] = f"u{base64url.encode(packed)}"
    with pytest.raises(ParseError) as error:
        read(document)
    assert error.value.code in ("status_list_malformed", "input_too_large", "base64url_invalid")


def test_entries_are_written_as_they_are_read():
    (one, other) = read_entries(build_entries("https://a.example/1", ["revocation", "suspension"], 5))
    assert (one.url, one.purpose, one.index) == ("https://a.example/1/revocation", "revocation", 5)
    assert other.url.endswith("/suspension")


def entry(**more):
    return {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "message",
        "statusListIndex": "5",
        "statusListCredential": URL,
        **more,
    }


def messages(size):
    return [{"status": hex(value), "message": f"m{value}", "colour": "red"} for value in reversed(range(1 << size))]


@given(st.integers(1, 8), st.dictionaries(st.integers(0, MIN_ENTRIES - 1), st.integers(0, 255), max_size=12))
def test_entries_of_several_bits_are_read_as_they_were_written(bits, values):
    values = {index: value & (1 << bits) - 1 for index, value in values.items()}
    document = build_list(
        URL, "message", "did:example:1", [], MIN_ENTRIES, (NOW - 60, NOW + 60), bits=bits, others=values
    )
    found = read_list(document, url=URL, purpose="message", now=NOW)
    assert all(found.lookup(index, bits) == value for index, value in values.items())
    assert len(found.data) == MIN_ENTRIES * bits // 8
    neighbours = {index + 1 for index in values} - values.keys()
    assert not any(found.lookup(index, bits) for index in neighbours if index < MIN_ENTRIES)


def test_the_most_significant_bit_comes_first():
    assert pack(MIN_ENTRIES, {0: 2, 3: 1}, bits=2)[0] == 0b10_00_00_01
    assert pack(MIN_ENTRIES, {2: 5}, bits=3)[:2] == bytes([0b000_000_10, 0b1_000_000_0])


@pytest.mark.parametrize(("statuses", "bits"), [({0: 2}, 1), ({0: -1}, 1), ({}, 0), ({}, 9)])
def test_what_no_entry_can_hold_is_not_packed(statuses, bits):
    with pytest.raises(ParseError) as error:
        pack(1, statuses, bits=bits)
    assert error.value.code == "status_entry_invalid"


def test_what_is_beyond_the_list_is_not_packed():
    with pytest.raises(VerificationError) as error:
        pack(1, {MIN_ENTRIES: 1})
    assert error.value.code == "status_index_out_of_range"


def test_a_list_is_too_short_for_entries_of_more_bits():
    with pytest.raises(ParseError) as error:
        read(listed()).lookup(0, 2)
    assert error.value.code == "status_list_short"


def test_a_message_has_the_issuers_words():
    found = read_entries(entry(statusSize=2, statusMessage=messages(2), statusReference="https://a.example/words"))[0]
    assert (found.size, [found.message(value) for value in range(4)]) == (2, ["m0", "m1", "m2", "m3"])
    assert found.references == ("https://a.example/words",)
    bare = read_entries(entry(statusPurpose="refresh"))[0]
    assert (bare.message(0), bare.message(1), bare.references) == ("unset", "set", ())


def test_a_time_to_live_is_in_milliseconds():
    document = build_list(URL, "revocation", "did:example:1", [], 1, (NOW - 60, NOW + 60), ttl=300)
    assert document["credentialSubject"]["ttl"] == 300_000
    assert read(document).ttl == 300
    assert read(listed()).ttl is None


NAMES = st.sampled_from(
    ["type", "statusPurpose", "statusListIndex", "statusListCredential", "id", "encodedList", "statusSize", "ttl"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
TREES = st.recursive(
    LEAVES, lambda one: st.lists(one, max_size=3) | st.dictionaries(NAMES, one, max_size=5), max_leaves=8
)


@given(TREES)
def test_any_json_is_refused_with_a_code(value):
    with pytest.raises(DidkitError):
        read_entries(value)
    document = listed() | {"credentialSubject": value}
    with pytest.raises(DidkitError):
        read(document)
