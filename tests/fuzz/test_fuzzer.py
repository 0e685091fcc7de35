"""The fuzzer finds what is planted: a fault, an input that costs too much; and the same bytes are the same document."""

import ast
import hashlib
import os
import sys
import zlib
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import didkit_fr
from didkit_fr.encoding import json
from didkit_fr.errors import ParseError
from tests.fuzz import run_one, slowest, targets
from tests.fuzz.choices import Choices
from tests.fuzz.mutate import edit_tree
from tests.fuzz.run_one import TooSlowError, allowed
from tests.refusals.receiver import parser


def raising(fault):
    raise fault


def planted(monkeypatch, judge, encode=json.encode):
    """A kind of document of which `judge` has the parsed JSON."""
    made = {"name": "value", "list": [1, 2], "text": "abc"}
    kind = parser(lambda: json.parse(json.encode(made)), lambda raw: judge(json.parse(raw, max_bytes=2**20)), encode)
    monkeypatch.setitem(targets.KINDS, "planted", kind)
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
        list(slowest.search(["planted"], 60, seed=0))
    assert "the input: " in error.value.__notes__[0]


def test_a_planted_cost_is_found(monkeypatch):
    planted(monkeypatch, quadratic)
    with pytest.raises(TooSlowError):
        list(slowest.search(["planted"], 120, seed=0))


FAULTS = [KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError]
# Where the library signs or presents what is fuzzed: the kind, a step of it, and what comes of a fault there.
BUILDING = {
    "proof.sign, which has a boundary": ("W3C title shown by its holder", "proofs.data_integrity.proof.attach", True),
    "ldp_vc.present, which has none": ("W3C title shown by its holder", "formats.ldp_vc._is_bearer", False),
    "jose.sign": ("jwt_vc_json", "proofs.jose.jws.build_header", False),
}


@pytest.mark.skipif(os.environ.get("DIDKIT_COMPILED") == "1", reason="a compiled function calls its own steps")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("where", BUILDING)
def test_a_fault_of_the_library_that_signs_or_presents_is_found(monkeypatch, where, fault):
    name, step, bounded = BUILDING[where]
    assert run_one.build(bytes(8), name)[1] is not None
    monkeypatch.setattr(f"didkit_fr.{step}", lambda *_, **__: raising(fault("a")))
    with pytest.raises(AssertionError if bounded else fault):
        run_one.build(bytes(8), name)


@pytest.mark.parametrize("fault", [*FAULTS, ParseError])
def test_what_the_tests_own_writer_cannot_write_is_passed_over(monkeypatch, fault):
    planted(monkeypatch, faulty, encode=lambda _: raising(fault("json_surrogate")))
    assert run_one.build(bytes(8), "planted") == ("planted", None)


def test_json_that_nests_beyond_its_writer_is_passed_over(monkeypatch):
    def nested(_):
        value = None
        for _ in range(5_000):
            value = [value]
        return json.encode(value)

    planted(monkeypatch, faulty, encode=nested)
    assert run_one.build(bytes(8), "planted") == ("planted", None)


@given(st.binary(min_size=8, max_size=60), st.sampled_from(targets.TREES))
def test_the_same_bytes_are_the_same_edit(data, name):
    once, again = (deepcopy(tree) for tree in [targets.KINDS[name].tree()] * 2)
    edit_tree(name, once, Choices(data))
    edit_tree(name, again, Choices(data))
    # An edit may nest a value deeper than Python compares.
    pairs = [(once, again)]
    while pairs:
        one, other = pairs.pop()
        assert type(one) is type(other)
        if isinstance(one, dict):
            assert list(one) == list(other)
            pairs += [(one[key], other[key]) for key in one]
        elif isinstance(one, list):
            assert len(one) == len(other)
            pairs += zip(one, other, strict=True)
        else:
            assert one == other


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


VERBS = {"parse", "verify", "decode", "read", "check", "canonicalize"}
# What takes no document from outside, or one that a fuzzer of services would send: each with where it is fuzzed.
ELSEWHERE = {
    "check_ip": "addresses of the network: tests/test_addresses.py",
    "parse_address": "addresses of the network: tests/test_addresses.py",
    "read_invitation": "links that a person types: tests/attacks/test_g9.py",
    "check_elements": "the issuer's own elements",
    "check_length": "a passphrase of the owner's choice: tests/issuer_service/keys/test_keyring.py",
    "check_method": "the issuer's own verification method",
    "check_unproven": "the issuer's own configuration",
    "verify_blind_sign": "numbers of the holder's own: tests/primitives/test_bbs_blind.py",
    "verify_finalize_with_nym": "numbers of the holder's own: tests/primitives/test_bbs_nym.py",
    "read_unsigned": "a presentation that nobody signed, which is asked for by name: tests/verification/w3c",
    "ed25519.py: read": "a key that pyca/cryptography loaded: tests/keys/test_public.py",
    "ml_dsa.py: read": "the same",
    "ml_dsa.py: check": "octets of a key, by their length alone: tests/keys/test_signers.py",
    "ml_dsa.py: verify": "a signature by an algorithm that nobody allows by default: tests/keys/test_signers.py",
}


def functions_that_take_documents():
    """Public functions of the library that parse or verify, by file and name."""
    root = Path(didkit_fr.__file__).resolve().parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.partition("_")[0] in VERBS:
                yield str(path), node.name


@pytest.mark.skipif(os.environ.get("DIDKIT_COMPILED") == "1", reason="a compiled function makes no frame")
def test_every_function_that_parses_or_verifies_is_reached():

    reached = set()

    def profile(frame, event, _):
        if event == "call":
            reached.add((frame.f_code.co_filename, frame.f_code.co_name))

    sys.setprofile(profile)
    try:
        for name in targets.NAMES:
            targets.check(name, targets.KINDS[name].encode(targets.KINDS[name].tree()))
    finally:
        sys.setprofile(None)
    missing = {f"{path}: {name}" for path, name in functions_that_take_documents() if (path, name) not in reached}
    assert {one for one in missing if not {one.rpartition(" ")[2], one.rpartition("/")[2]} & ELSEWHERE.keys()} == set()
