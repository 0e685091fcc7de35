"""The fuzzer finds what is planted: a fault, an input that costs too much; and the same bytes are the same document."""

import hashlib
import zlib
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.errors import ParseError
from tests.fuzz import run_one, slowest, targets
from tests.fuzz.choices import Choices
from tests.fuzz.mutate import edit_tree
from tests.fuzz.run_one import TooSlowError, allowed
from tests.refusals.court import parser
from tests.refusals.twins import TWINS


def planted(monkeypatch, judge, document=None):
    """A kind of document of which `judge` has the parsed JSON."""
    made = document or {"name": "value", "list": [1, 2], "text": "abc"}
    kind = parser(
        lambda: json.parse(json.encode(made)), lambda raw: judge(json.parse(raw, max_bytes=2**20)), json.encode
    )
    monkeypatch.setitem(TWINS, "planted", kind)
    monkeypatch.setattr(targets, "NAMES", ["planted"])
    monkeypatch.setattr(run_one, "NAMES", ["planted"])
    monkeypatch.setattr(run_one, "TREES", ["planted"])
    monkeypatch.setattr(run_one, "BY_ID", {})


def faulty(value):
    if not isinstance(value, dict):
        raise ParseError("json_not_object")
    return [float(one) for one in value.get("list", ())]  # a number of 400 digits, a text, null, no list


def quadratic(value):
    members = value.get("list") if isinstance(value, dict) else None
    for one in members if isinstance(members, list) else ():
        for _ in range(len(members)):
            hashlib.sha256(str(one).encode()).digest()


def test_a_planted_fault_is_found(monkeypatch):
    planted(monkeypatch, faulty)
    with pytest.raises((OverflowError, TypeError, ValueError)) as error:
        list(slowest.search(["planted"], 60))
    assert "the input: " in error.value.__notes__[0]


def test_a_planted_cost_is_found(monkeypatch):
    planted(monkeypatch, quadratic)
    with pytest.raises(TooSlowError):
        list(slowest.search(["planted"], 120))


@given(st.binary(min_size=8, max_size=60), st.sampled_from(targets.TREES))
def test_the_same_bytes_are_the_same_edit(data, name):
    once, again = (deepcopy(tree) for tree in [TWINS[name].tree()] * 2)
    edit_tree(name, once, Choices(data))
    edit_tree(name, again, Choices(data))
    assert once == again


@given(st.binary(max_size=80))
def test_every_input_is_a_document_or_none(data):
    name, raw = run_one.build(data)
    assert name in targets.NAMES
    assert raw is None or isinstance(raw, bytes)


def test_the_first_bytes_choose_the_kind_by_its_name():
    for name in targets.NAMES:
        assert run_one.build(zlib.crc32(name.encode()).to_bytes(4, "little") + bytes(4))[0] == name


def test_an_input_costs_what_its_size_may():
    assert [allowed(size) for size in (1, 64_000, 64_001, 1_000_000)] == [2_000, 2_000, 10_000, 10_000]


def test_decisions_that_are_used_up_are_the_first():
    choices = Choices(b"\x05")
    assert (choices.below(4), choices.left, choices.below(4), choices.bytes()) == (1, 0, 0, b"")
