import json as standard
import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.encoding.json import MAX_ITEMS
from didkit_fr.errors import ParseError


def code(raw, **options):
    with pytest.raises(ParseError) as error:
        json.parse(raw, **options)
    return error.value.code


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"null", None),
        (b" true ", True),
        (b"-0.5e1", -5.0),
        (b"12345678901234567890123", 12345678901234567890123),
        (b'"\\u00e9\\ud83d\\ude00"', "é😀"),
        ("[1,\n{}]", [1, {}]),
        ('{"é":"à"}', {"é": "à"}),
        (b'{"a":{"b":1},"b":{"a":1}}', {"a": {"b": 1}, "b": {"a": 1}}),
    ],
)
def test_json(raw, value):
    assert json.parse(raw) == value


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", "json_invalid"),
        (b" ", "json_invalid"),
        (b"{", "json_invalid"),
        (b"{}x", "json_invalid"),
        (b"{} {}", "json_invalid"),
        (b"1,", "json_invalid"),
        (b"[1,]", "json_invalid"),
        (b'{"a":1,}', "json_invalid"),
        (b"{'a':1}", "json_invalid"),
        (b"{a:1}", "json_invalid"),
        (b"01", "json_invalid"),
        (b"+1", "json_invalid"),
        (b".5", "json_invalid"),
        (b"1.", "json_invalid"),
        (b"0x10", "json_invalid"),
        (b"True", "json_invalid"),
        (b"// c\n1", "json_invalid"),
        (b'"\t"', "json_invalid"),
        (b'"\\x41"', "json_invalid"),
        (b"\xef\xbb\xbf{}", "json_invalid"),
        ("\ufeff{}", "json_invalid"),
        (b'"\xff"', "json_invalid"),
        (b'"\xc0\x80"', "json_invalid"),
        (b'"\xed\xa0\x80"', "json_invalid"),
        (b"\xff\xfe{\x00}\x00", "json_invalid"),
        (b"NaN", "json_invalid"),
        (b"[Infinity]", "json_invalid"),
        (b"[-Infinity]", "json_invalid"),
        (b"1e999", "json_number"),
        (b"[-1e999]", "json_number"),
        (b'{"a":[{"b":1e400}]}', "json_number"),
        (b'{"a":1,"a":1}', "json_duplicate_key"),
        (b'{"x":[{"a":1,"\\u0061":2}]}', "json_duplicate_key"),
        ('"\ud800"', "json_surrogate"),
    ],
)
def test_traps(raw, expected):
    assert code(raw) == expected


@pytest.mark.parametrize(
    "raw", [b'"\\ud800"', b'"\\udc00"', b'{"\\ud800":1}', b'"\\ud800\\u0041"', b'["\\udfff\\ud800"]']
)
def test_lone_surrogates_in_escapes(raw):
    assert code(raw) in {"json_surrogate", "json_invalid"}


def nested(depth):
    return b"[" * depth + b"]" * depth


def test_depth():
    assert json.parse(nested(json.MAX_DEPTH))
    assert code(nested(json.MAX_DEPTH + 1)) == "json_depth"
    assert code(b'{"a":' * 30 + b"1" + b"}" * 30) == "json_depth"
    assert code(nested(json.MAX_CONTAINERS)) == "json_depth"
    assert code(b"[" * json.MAX_CONTAINERS) in {"json_depth", "json_invalid"}
    assert code(nested(100_000)) == "input_too_large"
    assert json.parse(b"[[]]", max_depth=2) == [[]]
    assert code(b"[[[]]]", max_depth=2) == "json_depth"


def test_size_is_counted_in_bytes():
    assert json.parse('"é"', max_bytes=4) == "é"
    assert code('"é"', max_bytes=3) == "input_too_large"
    assert code(b" " * (json.MAX_BYTES + 1)) == "input_too_large"


def test_many_digits_cost_no_more_than_the_limit_lets_them():
    assert code(b"9" * 200_000) in {"json_number", "json_invalid"}


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b'"{}"'])
def test_an_object_is_an_object(raw):
    with pytest.raises(ParseError) as error:
        json.parse_object(raw)
    assert error.value.code == "json_not_object"


def test_encoding_is_compact_and_keeps_order():
    assert json.encode({"b": "é", "a": [1, None, True, 0.5]}) == '{"b":"é","a":[1,null,true,0.5]}'.encode()
    assert json.encode_text("é\n\u2028") == '"é\\n\u2028"'


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf]])
def test_what_is_not_json_is_not_written(value):
    with pytest.raises(ValueError, match="JSON"):
        json.encode(value)


WHOLE = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8)


def values_of(leaves):
    def more(below):
        return st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=4), below, max_size=4)

    return st.recursive(leaves, more, max_leaves=15)


VALUES = values_of(WHOLE | st.floats(allow_nan=False, allow_infinity=False))


class Word(StrEnum):
    ONE = "one"


@dataclass
class Pair:
    one: int


PLAIN = standard.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@given(values_of(WHOLE | st.sampled_from([0.5, -0.0, 1.0, 1234.125])))
@example({1: 2, None: [True]})
@example([(1, (2,)), Word.ONE, {Word.ONE: 0}])
@example(['\x00\x1f\x7f/"\\', "\ud7ff\ue000\U0010ffff", "\ud800"])
def test_it_is_written_as_the_standard_library_writes_it(value):
    # Very large and small numbers are the same but spelt otherwise (1e16 for 1e+16): see the round trip.
    assert json.encode_text(value) == PLAIN.encode(value)


@pytest.mark.parametrize("value", [date(2026, 1, 1), Decimal(1), b"", {1, 2}, UUID(int=1), {(1, 2): 3}, Pair(1)])
def test_what_the_standard_library_does_not_write_is_not_written(value):
    with pytest.raises(TypeError):
        json.encode([value])


@given(VALUES)
def test_round_trip(value):
    raw = json.encode(value)
    assert json.parse(raw) == value
    assert json.parse(raw.decode()) == value
    assert standard.loads(raw) == value


@given(st.binary(max_size=40) | st.text(alphabet='{}[]",:0e-.\\uda tn', max_size=30))
def test_any_input_is_parsed_or_refused(raw):
    try:
        value = json.parse(raw)
    except ParseError:
        return
    assert standard.loads(raw) == value


def outcome(parse, raw):
    try:
        value = parse(raw)
    except ParseError as error:
        return error.code
    # `repr` tells 1 from 1.0 and from True, and -0.0 from 0.0.
    return repr(value)


TEXTS = VALUES.map(json.encode) | st.text(alphabet='{}[]",:0129e-.\\uda tn', max_size=30).map(str.encode)
NUMBERS = st.from_regex(rb"\A\[-?[0-9]{1,25}(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?\]\Z")
REPEATED = st.lists(st.tuples(st.sampled_from(["a", "\\u0061", "b", ""]), st.integers(0, 2)), max_size=3).map(
    lambda members: ("{" + ",".join(f'"{name}":{value}' for name, value in members) + "}").encode()
)


def slow(raw, depth):
    value = json._parse_any(raw)
    json._check((value,), depth)
    return value


@given(TEXTS | NUMBERS | REPEATED, st.integers(0, 6))
def test_the_quick_way_is_the_slow_one(raw, depth):
    assert outcome(lambda one: json.parse(one, max_depth=depth), raw) == outcome(lambda one: slow(one, depth), raw)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"1e999", b"-1e999", b"18446744073709551616", b"-9223372036854775809", b"1" * 400, b"0.1e-999"),
        *(b"-0", b"-0.0", b"1.0", b"1e2", b"100.0", b"5e-324", b"1.7976931348623157e308", b"null"),
        *(b'{"a":1,"a":1}', b'{"a":{},"a":[]}', b'"\\ud800"', b'"\xed\xa0\x80"', b'"\x7f"', b'"\\/"', b'"\\u0000"'),
        *(b"[[[]]]", b'[{"a":[]}]', b'"[[[[[[[["', b"[" * 2000 + b"]" * 2000, b'{"a":' * 300 + b"1" + b"}" * 300),
    ],
)
def test_the_quick_way_is_the_slow_one_at_the_edges(raw):
    for depth in (0, 2, json.MAX_DEPTH):
        assert outcome(lambda one, depth=depth: json.parse(one, max_depth=depth), raw) == outcome(
            lambda one, depth=depth: slow(one, depth), raw
        )


def deepest(value):
    """How deeply a value nests, as the definition says."""
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(map(deepest, value.values() if isinstance(value, dict) else value), default=0)


@given(VALUES, st.integers(0, 6))
def test_depth_is_what_the_definition_says(value, depth):
    raw = json.encode(value)
    if deepest(value) <= depth:
        assert json.parse(raw, max_depth=depth) == value
    else:
        assert code(raw, max_depth=depth) == "json_depth"


@pytest.mark.guarantee("G21")
def test_items_are_counted_before_they_are_made():
    at, over = b"[" + b"1," * MAX_ITEMS + b"1]", b"[" + b"1," * (MAX_ITEMS + 1) + b"1]"
    assert len(json.parse(at, max_bytes=len(over))) == MAX_ITEMS + 1
    with pytest.raises(ParseError) as error:
        json.parse(over, max_bytes=len(over))
    assert (error.value.code, error.value.detail) == ("input_too_large", f"JSON over {MAX_ITEMS} items")


@pytest.mark.guarantee("G21")
def test_objects_and_arrays_are_counted_before_any_is_made():
    full = b"[" + b"[]," * (json.MAX_CONTAINERS - 2) + b"{}]"
    assert len(json.parse(full)) == json.MAX_CONTAINERS - 1
    with pytest.raises(ParseError) as refused:
        json.parse(full[:-1] + b",[]]")
    assert refused.value.code == "input_too_large"
