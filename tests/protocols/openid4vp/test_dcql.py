import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.protocols.openid4vp.dcql import Held, evaluate, parse_query, select
from tests.vectors import vectors

CARD = {
    "name": "Ève",
    "address": {"locality": "Brest", "country": "FR"},
    "degrees": [{"type": "Bachelor"}, {"type": "Master"}],
    "nationalities": ["FR", "BE"],
    "age_over_18": True,
    "sex": 1,
}
HELD = [Held("card", "dc+sd-jwt", "urn:x", CARD)]


def query(*claims, **changes):
    credential = {"id": "c", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:x"]}, "claims": list(claims)}
    return parse_query({"credentials": [{k: v for k, v in (credential | changes).items() if v != []}]})


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (["name"], ["Ève"]),
        (["address", "locality"], ["Brest"]),
        (["address"], [CARD["address"]]),
        (["degrees", None, "type"], ["Bachelor", "Master"]),
        (["degrees", 1, "type"], ["Master"]),
        (["nationalities", None], ["FR", "BE"]),
        (["nationalities", 5], []),
        (["absent"], []),
        (["name", "x"], []),
        (["name", 0], []),
        (["address", None], []),
        (["nationalities", "x"], []),
    ],
)
def test_claims_path_pointer(path, values):
    assert evaluate(CARD, path) == values


def test_selection_is_all_of_a_query_or_nothing():
    (choice,) = select(query({"path": ["age_over_18"]}, {"path": ["nationalities", None]}), HELD)
    assert (choice.held_id, choice.paths) == ("card", (("age_over_18",), ("nationalities", None)))
    for wanted in (
        query({"path": ["age_over_18"]}, {"path": ["absent"]}),
        query({"path": ["age_over_18"]}, meta={"vct_values": ["urn:y"]}),
        query({"path": ["age_over_18"]}, meta={}),
        query({"path": ["age_over_18"]}, format="mso_mdoc"),
    ):
        with pytest.raises(VerificationError) as error:
            select(wanted, HELD)
        assert error.value.code == "nothing_matches"


def test_no_claims_asked_means_nothing_disclosed():
    (choice,) = select(query(), HELD)
    assert choice.paths == ()


@pytest.mark.parametrize(
    ("path", "values", "matches"),
    [
        (["age_over_18"], [True], True),
        (["age_over_18"], [1], False),
        (["sex"], [1], True),
        (["sex"], [True], False),
        (["sex"], ["1"], False),
        (["name"], ["Eve", "Ève"], True),
        (["name"], ["ève"], False),
        (["nationalities", None], ["FR", "BE"], True),
        (["nationalities", None], ["FR"], False),
        (["address"], ["Brest"], False),
    ],
)
def test_values_match_by_type_and_value(path, values, matches):
    wanted = query({"path": path, "values": values})
    if matches:
        assert select(wanted, HELD)
    else:
        with pytest.raises(VerificationError):
            select(wanted, HELD)


CREDENTIAL = {"id": "c", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:x"]}}


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"credentials": []},
        {"credentials": [{}]},
        {"credentials": [CREDENTIAL | {"id": ""}]},
        {"credentials": [CREDENTIAL | {"id": "a b"}]},
        {"credentials": [CREDENTIAL, CREDENTIAL]},
        {"credentials": [{"id": "c", "format": "dc+sd-jwt"}]},
        {"credentials": [CREDENTIAL | {"claims": []}]},
        {"credentials": [CREDENTIAL | {"claims": [{"path": []}]}]},
        {"credentials": [CREDENTIAL | {"claims": [{"path": [-1]}]}]},
        {"credentials": [CREDENTIAL | {"claims": [{"path": [1.5]}]}]},
        {"credentials": [CREDENTIAL | {"claims": [{"path": [True]}]}]},
        {"credentials": [CREDENTIAL | {"claims": [{"path": ["a"]}, {"path": ["a"]}]}]},
        {"credentials": [CREDENTIAL | {"claims": [{"path": ["a"], "values": []}]}]},
        {"credentials": [CREDENTIAL | {"claims": [{"path": ["a"], "values": [1.5]}]}]},
        {"credentials": [CREDENTIAL | {"multiple": "yes"}]},
    ],
)
def test_malformed_queries(raw):
    with pytest.raises(ParseError) as error:
        parse_query(raw)
    assert error.value.code == "message_invalid"


@pytest.mark.parametrize(
    "change",
    [
        {"multiple": True},
        {"claim_sets": [["a"]]},
        {"trusted_authorities": [{"type": "aki", "values": ["x"]}]},
        {"require_cryptographic_holder_binding": False},
    ],
)
def test_what_cannot_be_honoured_whole_is_refused(change):
    with pytest.raises(VerificationError) as error:
        parse_query({"credentials": [CREDENTIAL | change]})
    assert error.value.code == "dcql_unsupported"
    with pytest.raises(VerificationError) as error:
        parse_query({"credentials": [CREDENTIAL], "credential_sets": [{"options": [["c"]]}]})
    assert error.value.code == "dcql_unsupported"


def official():
    folder = vectors("oid4vp/1.0/examples/query_lang")
    return sorted(folder.glob("*.json"))


def test_official_queries_parse_or_are_refused_as_unsupported():
    read = {}
    for path in official():
        try:
            parse_query(json.loads(path.read_text(encoding="utf-8")))
            read[path.name] = "parsed"
        except VerificationError as error:
            read[path.name] = error.code
    assert set(read.values()) == {"parsed", "dcql_unsupported"}
    assert len(read) == 7


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["credentials", "credential_sets", "x"]), JSON, max_size=3))
def test_any_object_is_a_query_or_refused_with_a_code(raw):
    with suppress(DidkitError):
        assert parse_query(raw).credentials


@given(JSON, st.lists(st.text(max_size=4) | st.none() | st.integers(0, 3), max_size=4))
def test_any_path_on_any_claims_selects_a_list(claims, path):
    assert isinstance(evaluate(claims, path), list)
