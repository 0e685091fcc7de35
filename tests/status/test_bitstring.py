import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.status.bitstring import MAX_BYTES, MIN_ENTRIES, build_entries, build_list, read_entries, read_list

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


NAMES = st.sampled_from(["type", "statusPurpose", "statusListIndex", "statusListCredential", "id", "encodedList"])
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
