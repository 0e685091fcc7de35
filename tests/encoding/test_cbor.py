import io
import math
import struct
import time
import tracemalloc
from contextlib import suppress

import cbor2
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import cbor
from didkit_fr.encoding.budget import MAX_STEPS, Budget
from didkit_fr.encoding.cbor import Tag
from didkit_fr.errors import DidkitError
from tests.encoding import cbor_reference
from tests.refused import refusal

# RFC 8949 appendix A, as far as it is deterministic and of types that have a place here.
EXAMPLES = [
    ("00", 0),
    ("17", 23),
    ("1818", 24),
    ("1903e8", 1000),
    ("1a000f4240", 1_000_000),
    ("1bffffffffffffffff", 2**64 - 1),
    ("3bffffffffffffffff", -(2**64)),
    ("20", -1),
    ("3903e7", -1000),
    ("f90000", 0.0),
    ("f98000", -0.0),
    ("fb3ff199999999999a", 1.1),
    ("f93e00", 1.5),
    ("fa47c35000", 100000.0),
    ("fb7e37e43c8800759c", 1.0e300),
    ("f90001", 5.960464477539063e-8),
    ("f4", False),
    ("f6", None),
    ("4401020304", bytes.fromhex("01020304")),
    ("60", ""),
    ("62225c", '"\\'),
    ("64f0908591", "\U00010151"),
    ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("a201020304", {1: 2, 3: 4}),
    ("826161a161626163", ["a", {"b": "c"}]),
    ("c074323031332d30332d32315432303a30343a30305a", Tag(0, "2013-03-21T20:04:00Z")),
    ("d818456449455446", Tag(24, b"dIETF")),
    ("d903ec6a323032302d30312d3031", Tag(1004, "2020-01-01")),
    ("d28443a10126a04141420000", Tag(18, [b"\xa1\x01\x26", {}, b"A", b"\0\0"])),
]


@pytest.mark.parametrize(("text", "value"), EXAMPLES)
def test_examples_of_the_standard(text, value):
    raw = bytes.fromhex(text)
    assert cbor.decode(raw) == value
    assert cbor.encode(value) == raw


def test_map_keys_are_in_the_order_of_their_bytes():
    # RFC 8949 section 4.2.1; canonical CBOR of RFC 7049 would put -1 (one byte) before 100 (two).
    value = {"aa": 1, "z": 2, b"": 3, -1: 4, 100: 5, 10: 6}
    assert cbor.encode(value).hex() == "a60a061864052004400361" + "7a0262616101"
    assert cbor.decode(cbor.encode(value)) == value


def test_any_order_of_keys_is_read():
    assert cbor.decode(bytes.fromhex("a203040102")) == {3: 4, 1: 2}


HOSTILE = [
    ("", "cbor_invalid"),
    ("ff", "cbor_invalid"),
    ("88", "cbor_invalid"),
    ("61ff", "cbor_invalid"),
    ("62eda0", "cbor_invalid"),
    ("f800", "cbor_invalid"),
    ("f818", "cbor_invalid"),
    ("1c", "cbor_invalid"),
    ("9affffffff", "cbor_invalid"),
    ("9bffffffffffffffff", "cbor_invalid"),
    ("bbffffffffffffffff", "cbor_invalid"),
    ("5bffffffffffffffff", "cbor_invalid"),
    ("7b7fffffffffffffff", "cbor_invalid"),
    ("9fff", "cbor_invalid"),
    ("bfff", "cbor_invalid"),
    ("5f4101ff", "cbor_invalid"),
    ("7f6161ff", "cbor_invalid"),
    ("0000", "cbor_not_shortest"),
    ("8000", "cbor_not_shortest"),
    ("1800", "cbor_not_shortest"),
    ("1817", "cbor_not_shortest"),
    ("190017", "cbor_not_shortest"),
    ("1a0000ffff", "cbor_not_shortest"),
    ("1b00000000ffffffff", "cbor_not_shortest"),
    ("3800", "cbor_not_shortest"),
    ("580161", "cbor_not_shortest"),
    ("780161", "cbor_not_shortest"),
    ("980100", "cbor_not_shortest"),
    ("b8010000", "cbor_not_shortest"),
    ("d8006161", "cbor_not_shortest"),
    ("fb3ff0000000000000", "cbor_not_shortest"),
    ("fa3f800000", "cbor_not_shortest"),
    ("fb3ff199999999999a00", "cbor_not_shortest"),
    ("a201000101", "cbor_duplicate_key"),
    ("a2616101616102", "cbor_duplicate_key"),
    ("a201001801" + "00", "cbor_not_shortest"),
    ("f97e00", "cbor_type"),
    ("f97c00", "cbor_type"),
    ("fb7ff8000000000001", "cbor_type"),
    ("f7", "cbor_type"),
    ("f0", "cbor_type"),
    ("f8ff", "cbor_type"),
    ("a1f500", "cbor_type"),
    ("a1f600", "cbor_type"),
    ("a1f93c0000", "cbor_type"),
    ("a1810100", "cbor_type"),
    ("a1a000", "cbor_type"),
    ("a1c0606100", "cbor_type"),
    ("c001", "cbor_type"),
    ("c11a514b67b0", "cbor_type"),
    ("c249010000000000000000", "cbor_type"),
    ("c34100", "cbor_type"),
    ("c48221196ab3", "cbor_type"),
    ("c7426161", "cbor_type"),
    ("d26161", "cbor_type"),
    ("d81860", "cbor_type"),
    ("d81900", "cbor_type"),
    ("d81c81d81d00", "cbor_type"),
    ("d81d00", "cbor_type"),
    ("d81e820103", "cbor_type"),
    ("d823685b612d7a5d2b2b24", "cbor_type"),
    ("d82550" + "00" * 16, "cbor_type"),
    ("d8344401020304", "cbor_type"),
    ("d86401", "cbor_type"),
    ("d9010080", "cbor_type"),
    ("d9010281" + "01", "cbor_type"),
    ("d9010444c0000201", "cbor_type"),
    ("d903ec00", "cbor_type"),
    ("d9d9f700", "cbor_type"),
    ("da00bc614e00", "cbor_type"),
    ("81" * 400 + "00", "cbor_depth"),
    ("81" * (cbor.MAX_DEPTH + 1) + "00", "cbor_depth"),
    ("a101" * 400 + "00", "cbor_depth"),
    ("d818" * 400 + "00", "cbor_depth"),
]


@pytest.mark.parametrize(("text", "expected"), HOSTILE, ids=[text[:24] or "empty" for text, _ in HOSTILE])
def test_hostile_bytes(text, expected):
    with pytest.raises(DidkitError) as error:
        cbor.decode(bytes.fromhex(text))
    assert error.value.code == expected


def test_limits():
    assert cbor.decode(b"\x81" * cbor.MAX_DEPTH + b"\x00")
    with pytest.raises(DidkitError) as error:
        cbor.decode(bytes(11), max_bytes=10)
    assert error.value.code == "input_too_large"
    with pytest.raises(DidkitError) as error:
        cbor.decode(bytes.fromhex("818100"), max_depth=1)
    assert error.value.code == "cbor_depth"


def test_a_length_that_lies_takes_neither_time_nor_memory():
    start = time.process_time()
    for head in ("9a7fffffff", "ba7fffffff", "5a7fffffff", "7a7fffffff"):
        with pytest.raises(DidkitError):
            cbor.decode(bytes.fromhex(head) + bytes(1000))
    assert time.process_time() - start < 0.5


def test_no_tag_but_the_known_ones_is_ever_interpreted():
    for number in range(1 << 16):
        raw = cbor2.dumps(Tag(number, "2020-01-01"))
        try:
            assert cbor.decode(raw) == Tag(number, "2020-01-01")
            assert number in (cbor.TDATE, cbor.FULL_DATE)
        except DidkitError as error:
            assert error.code == "cbor_type"  # noqa: PT017 - or it is read


@pytest.mark.parametrize(
    "value",
    [
        2**64,
        -(2**64) - 1,
        float("nan"),
        float("inf"),
        {1, 2},
        {None: 1},
        {1.5: 1},
        {True: 1},
        {(1,): 1},
        {"a": ...},
        Tag(2, b"\1"),
        Tag(0, 1),
        Tag(24, "text"),
        "\ud800",
        bytearray(b"x"),
        cbor2.undefined,
    ],
    ids=repr,
)
def test_what_has_no_place_is_not_written_either(value):
    with pytest.raises(DidkitError) as error:
        cbor.encode([value])
    assert error.value.code == "cbor_type"


KEYS = (
    st.integers(-(2**64), 2**64 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.binary(max_size=5)
)
VALUES = st.recursive(
    KEYS | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.binary(max_size=5).map(lambda data: Tag(24, data))
    ),
    max_leaves=12,
)


@given(VALUES)
def test_values_come_back_and_have_one_spelling(value):
    raw = cbor.encode(value)
    assert cbor.decode(raw) == value
    assert cbor.encode(cbor.decode(raw)) == raw
    # The plain decoder, without any of our rules, reads the same.
    assert cbor2.CBORDecoder(io.BytesIO(raw)).decode() == value


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(raw):
    try:
        value = cbor.decode(raw)
    except DidkitError:
        return
    assert len(cbor.encode(value)) == len(raw)


@given(VALUES, st.integers(0, 200), st.integers(0, 255))
def test_changed_bytes_are_another_value_or_refused(value, at, byte):
    raw = bytearray(cbor.encode(value))
    raw[at % len(raw)] = byte
    try:
        again = cbor.decode(bytes(raw))
    except DidkitError:
        return
    assert len(cbor.encode(again)) == len(raw)
    assert cbor._dump(again) == bytes(raw)  # the quick encoder decides as our own


@given(VALUES, st.integers(1, 8), st.binary(max_size=3))
def test_counts_may_be_spelt_long_where_that_is_allowed_and_nothing_may_follow(value, size, behind):
    assume(size in (1, 2, 4, 8))
    raw = cbor.encode([value, {"a": value}])
    long = bytes([0x98 + size.bit_length() - 1]) + (2).to_bytes(size) + raw[1:]
    assert cbor.decode(long, long_counts=True) == cbor.decode(raw)
    assert refusal(cbor.decode, long) == "cbor_not_shortest"
    if behind:
        assert refusal(cbor.decode, long + behind, long_counts=True) == "cbor_not_shortest"


@pytest.mark.parametrize("raw", ["820018ff00", "9f00ff", "8219000100", "827801610000", "81fb3ff0000000000000"])
def test_only_counts_may_be_spelt_long(raw):
    assert refusal(cbor.decode, bytes.fromhex(raw), long_counts=True) in ("cbor_not_shortest", "cbor_invalid")


@given(st.binary(max_size=80))
def test_any_bytes_with_long_counts_are_read_or_refused_by_code(raw):
    with suppress(DidkitError):
        cbor.decode(raw, long_counts=True)


def test_tags_may_be_fewer():
    assert cbor.decode(b"\xc0\x61a", tags={0}) == Tag(0, "a")
    assert refusal(cbor.decode, b"\xd9\x03\xec\x61a", tags={0, 24}) == "cbor_type"
    assert refusal(cbor.decode, b"\xc1\x00", tags={1}) == "cbor_type"


def test_json_has_bytes_as_base64url_and_values_without_tags():
    value = {"a": [b"\xff\xfe", Tag(1004, "2000-01-01"), None, True, 1.5], 7: {b"\x00": Tag(0, "x")}}
    assert cbor.to_json(value) == {"a": ["__4", "2000-01-01", None, True, 1.5], "7": {"AA": "x"}}
    assert refusal(cbor.to_json, {1: 0, "1": 0}) == "cbor_type"


@given(st.integers(0, 7), st.integers(0, 2**64 - 1) | st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536, 2**32]))
def test_heads_are_the_shortest(major, number):
    raw = cbor.head(major, number)
    assert raw[0] >> 5 == major
    assert bytes([raw[0] & 31]) + raw[1:] == cbor2.dumps(number)


@given(st.binary(max_size=300), st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_strings_are_encoded_as_values_are(data, text):
    assert cbor.encode_bytes(data) == cbor.encode(data)
    assert cbor.encode_text(text) == cbor.encode(text)


def test_a_lone_surrogate_has_no_spelling():
    assert refusal(cbor.encode_text, "\ud800") == "cbor_type"


def faults(value, depth):
    """What is wrong with a value, and "float" where there is one in it, as the definition says: one by one."""
    if value is None or isinstance(value, (str, bytes, bool)):
        return set()
    if isinstance(value, (int, float)):
        found = {"float"} if isinstance(value, float) else set()
        return found if math.isfinite(value) and (found or -(2**64) <= value < 2**64) else {"cbor_type"}
    if depth <= 0:
        return {"cbor_depth"}
    if isinstance(value, Tag):
        known = isinstance(value.value, cbor.TAGS.get(value.tag, ()))
        return faults(value.value, depth - 1) if known else {"cbor_type"}
    if not isinstance(value, dict):
        return set().union(*(faults(one, depth - 1) for one in value))
    keys = {"cbor_type"} if any(type(key) not in (int, str, bytes) for key in value) else set()
    return keys.union(*(faults(one, depth - 1) for one in (*value, *value.values())))


ODD = st.recursive(
    st.integers(-(2**65), 2**65)
    | st.booleans()
    | st.none()
    | st.floats()
    | st.text(max_size=2)
    | st.binary(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.integers(-(2**65), 2**65) | st.text(max_size=2) | st.booleans(), inner, max_size=3)
        | st.tuples(st.sampled_from([0, 2, 17, 24]), inner).map(lambda pair: Tag(*pair))
    ),
    max_leaves=10,
)


@given(ODD, st.integers(0, 4))
def test_values_are_checked_as_the_definition_says(value, depth):
    wrong = faults(value, depth)
    try:
        has_float = cbor._check(value, depth)
    except DidkitError as error:
        assert error.code in wrong  # noqa: PT017 - or nothing is
    else:
        assert wrong == ({"float"} if has_float else set())


# --- longer spellings, found by the decoder itself


def heads(raw):
    """Where the head of each item of an encoding begins, and how long it is, by a reading of our own."""
    at, due = 0, 1
    while due:
        major, short = raw[at] >> 5, raw[at] & 31
        size = 0 if short < 24 else 1 << (short - 24)
        number = int.from_bytes(raw[at + 1 : at + 1 + size]) if size else short
        yield at, 1 + size
        due += {4: number, 5: 2 * number, 6: 1}.get(major, 0) - 1
        at += 1 + size + (number if major in (2, 3) else 0)


def longer(head):
    """Every longer spelling of the head of one item, of a floating-point number too."""
    major, short = head[0] >> 5, head[0] & 31
    if major == 7:
        number = {25: ">e", 26: ">f", 27: ">d"}.get(short)
        widths = [(code, form) for code, form in ((26, ">f"), (27, ">d")) if number and code > short]
        return [bytes([0xE0 | c]) + struct.pack(f, *struct.unpack(number, head[1:])) for c, f in widths]
    number = int.from_bytes(head[1:]) if head[1:] else short
    return [bytes([major << 5 | 24 + n]) + number.to_bytes(1 << n) for n in range(4) if 1 << n > len(head) - 1]


@given(VALUES)
def test_every_longer_spelling_of_every_head_is_refused(value):
    raw = cbor.encode(value)
    places = list(heads(raw))
    assert sum(length for _, length in places) <= len(raw)
    for at, length in places:
        for other in longer(raw[at : at + length]):
            spelt = raw[:at] + other + raw[at + length :]
            assert refusal(cbor.decode, spelt) == "cbor_not_shortest"
            is_count = raw[at] >> 5 in (4, 5)
            if is_count:
                assert cbor.decode(spelt, long_counts=True) == value
            else:
                assert refusal(cbor.decode, spelt, long_counts=True) == "cbor_not_shortest"


@given(VALUES)
def test_every_cut_is_refused(value):
    raw = cbor.encode(value)
    for end in range(len(raw)):
        assert refusal(cbor.decode, raw[:end]) == "cbor_invalid"


def reads_as_the_reference(raw):
    """The same value, or both refuse."""
    try:
        expected = cbor_reference.decode(raw)
    except cbor_reference.NotReadError:
        with pytest.raises(DidkitError):
            cbor.decode(raw)
        return
    value = cbor.decode(raw)
    assert (value, repr(value)) == (expected, repr(expected))  # 1 and True, 0.0 and -0.0 are equal, and not the same


@settings(max_examples=500)
@given(st.binary(max_size=60))
def test_any_bytes_as_the_reference_reads_them(raw):
    reads_as_the_reference(raw)


# Heads of every kind put together: most of it is nearly an item.
PIECES = st.one_of(
    st.integers(0, 255).map(lambda byte: bytes([byte])),
    st.sampled_from(
        [b"\x18\x17", b"\x18\x18", b"\x19\x00\xff", b"\xd8\x18", b"\xc0", b"\xd9\x03\xec", b"\xf9\x3c\x00"]
    ),
    st.sampled_from([b"\xfa\x3f\x80\x00\x00", b"\xfb" + bytes(8), b"\xf8\x20", b"\x9f", b"\xff", b"\x61a", b"\x41a"]),
)


@settings(max_examples=1500)
@given(st.lists(PIECES, max_size=12).map(b"".join), st.sampled_from(["", "81", "82", "a1", "a2", "8380", "a10080"]))
def test_pieces_as_the_reference_reads_them(raw, before):
    reads_as_the_reference(bytes.fromhex(before) + raw)


@given(VALUES, st.integers(0, 200), st.integers(0, 255))
def test_changed_bytes_as_the_reference_reads_them(value, at, byte):
    raw = bytearray(cbor.encode(value))
    raw[at % len(raw)] = byte
    reads_as_the_reference(bytes(raw))


@pytest.mark.parametrize("inner", ["00", "60", "f93c00"])
def test_depth_at_the_bound_and_one_beyond(inner):
    for level in ("81", "a100"):
        raw = bytes.fromhex(level * cbor.MAX_DEPTH + inner)
        assert cbor.decode(raw) == cbor_reference.decode(raw)
        assert refusal(cbor.decode, bytes.fromhex(level) + raw) == "cbor_depth"


@pytest.mark.parametrize(
    ("text", "code"), [("9a000f4240", "work_exceeded"), ("ba0007a120", "work_exceeded"), ("9a00100000", "cbor_invalid")]
)
def test_a_count_is_refused_before_its_items_are_made(text, code):
    raw = bytes.fromhex(text) + bytes(1_048_000)
    tracemalloc.start()
    try:
        assert refusal(cbor.decode, raw) == code
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_items_at_the_bound_and_one_beyond():
    raw = cbor.encode([0] * 1000 + [{n: n for n in range(100)}, "a", b"a", [[[]]]])
    due = 1000 + 4 + 200 + 2 + 5 * 10
    assert cbor.decode(raw, budget=Budget(steps=due))
    assert refusal(cbor.decode, raw, budget=Budget(steps=due - 1)) == "work_exceeded"
    tagged = cbor.encode([Tag(0, "a")])
    assert cbor.decode(tagged, budget=Budget(steps=21))
    assert refusal(cbor.decode, tagged, budget=Budget(steps=20)) == "work_exceeded"
    most = MAX_STEPS - 10
    assert len(cbor.decode(cbor.encode([None] * most))) == most
    assert refusal(cbor.decode, cbor.encode([None] * (most + 1))) == "work_exceeded"
