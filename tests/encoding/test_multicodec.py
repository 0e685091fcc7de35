import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiformats import multicodec as peer
from multiformats import varint

from didkit_fr.encoding import multicodec
from didkit_fr.errors import DidkitError
from tests.vectors import vectors


def code(call, data):
    with pytest.raises(DidkitError) as error:
        call(data)
    return error.value.code


def test_the_table_is_the_official_one():
    text = vectors("did/multiformats/multicodec-table.csv").read_text()
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True)
    official = {row["name"].strip(): int(row["code"].strip(), 16) for row in rows}
    assert {name: official[name] for name in multicodec.CODES} == dict(multicodec.CODES)


# The table of the other implementation is older than these.
RECENT = {"mldsa-44-pub": b"\x90\x24", "mldsa-65-pub": b"\x91\x24", "mldsa-87-pub": b"\x92\x24"}


@pytest.mark.parametrize("name", multicodec.CODES)
def test_what_is_tagged_comes_back_and_another_implementation_agrees(name):
    tagged = multicodec.encode(name, b"key")
    assert multicodec.decode(tagged) == (name, b"key")
    assert tagged == (RECENT[name] + b"key" if name in RECENT else peer.wrap(name, b"key"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "multicodec_invalid"),
        (b"\x80", "multicodec_invalid"),
        (b"\xed", "multicodec_invalid"),
        (b"\xed\x81\x00", "multicodec_invalid"),
        (b"\x80\x00", "multicodec_invalid"),
        (b"\xff" * 9, "multicodec_invalid"),
        (b"\xff" * 9 + b"\x01", "multicodec_invalid"),
        (b"\xff" * 100, "multicodec_invalid"),
        (b"\x00", "multicodec_unknown"),
        (b"\xe8\x01" + bytes(33), "multicodec_unknown"),
        (b"\xed\x00", "multicodec_invalid"),
        (b"\xed\x02", "multicodec_unknown"),
    ],
)
def test_hostile_bytes(data, expected):
    assert code(multicodec.decode, data) == expected


@given(st.integers(0, 2**63 - 1))
def test_numbers_come_back_and_another_implementation_agrees(number):
    encoded = multicodec.encode_varint(number)
    assert multicodec.decode_varint(encoded + b"\xff") == (number, len(encoded))
    assert encoded == varint.encode(number)


@given(st.binary(max_size=12))
def test_any_bytes_have_one_spelling_or_are_refused(data):
    try:
        number, size = multicodec.decode_varint(data)
    except DidkitError as error:
        assert error.code == "multicodec_invalid"  # noqa: PT017 - or it is read
        return
    assert multicodec.encode_varint(number) == data[:size]
