import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.protocols.openid4vp.dcql import (
    Held,
    candidates,
    check_answer,
    evaluate,
    parse_query,
    passed_over,
    select,
)
from didkit_fr.verification.verify import Verified
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
        query({"path": ["age_over_18"]}, format="unheard_of"),
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


def official():
    folder = vectors("oid4vp/1.0/examples/query_lang")
    return sorted(folder.glob("*.json"))


def test_official_queries_parse():
    read = [parse_query(json.loads(path.read_text(encoding="utf-8"))) for path in official()]
    assert len(read) == 7
    assert {one.credential_sets is None for one in read} == {True, False}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["credentials", "credential_sets", "x"]), JSON, max_size=3))
def test_any_object_is_a_query_or_refused_with_a_code(raw):
    with suppress(DidkitError):
        assert parse_query(raw).credentials


@settings(deadline=None)
@given(JSON, st.lists(st.text(max_size=4) | st.none() | st.integers(0, 3), max_size=4))
def test_any_path_on_any_claims_selects_a_list(claims, path):
    assert isinstance(evaluate(claims, path), list)


def wanted(id_="c", type_="urn:x", **more):
    return {"id": id_, "format": "dc+sd-jwt", "meta": {"vct_values": [type_]}} | more


def asked(*credentials, **more):
    return parse_query({"credentials": list(credentials)} | more)


def chosen(query, held, **options):
    return [(choice.query_id, choice.held_id, choice.paths) for choice in select(query, held, **options)]


def nothing(query, held):
    with pytest.raises(VerificationError) as error:
        select(query, held)
    return error.value.code == "nothing_matches"


NAMED = [{"id": name, "path": [name]} for name in ("name", "absent", "sex", "age_over_18")]


@pytest.mark.parametrize(
    ("sets", "paths"),
    [
        ([["name"], ["sex"]], (("name",),)),
        ([["absent"], ["sex", "name"]], (("sex",), ("name",))),
        ([["name", "absent"], ["age_over_18"]], (("age_over_18",),)),
    ],
)
def test_the_first_claim_set_that_can_be_satisfied_and_no_other(sets, paths):
    assert chosen(asked(wanted(claims=NAMED, claim_sets=sets)), HELD) == [("c", "card", paths)]


def test_without_a_claim_set_that_can_be_satisfied_nothing_leaves():
    assert nothing(asked(wanted(claims=NAMED, claim_sets=[["absent"], ["name", "absent"]])), HELD)


def test_a_value_that_does_not_match_leads_to_no_other_claim_set():
    claims = [{"id": "a", "path": ["sex"], "values": [2]}, {"id": "b", "path": ["name"]}]
    assert nothing(asked(wanted(claims=claims, claim_sets=[["a"], ["b"]])), HELD)
    assert nothing(
        asked(wanted(claims=[*claims, {"id": "c", "path": ["absent"]}], claim_sets=[["c"], ["a"], ["b"]])), HELD
    )


def test_claims_that_are_lacking_are_named_where_a_later_claim_set_answers():
    sets = [["absent"], ["name", "absent"], ["sex"], ["name"]]
    (choice,) = select(asked(wanted(claims=NAMED, claim_sets=sets)), HELD)
    assert (choice.paths, choice.lacks) == ((("sex",),), (("absent",),))


def test_another_credential_answers_no_later_claim_set_where_a_value_differed():
    other = Held("other", "dc+sd-jwt", "urn:x", {"name": "Ève"})
    claims = [{"id": "a", "path": ["sex"], "values": [2]}, {"id": "b", "path": ["name"]}]
    sets = asked(wanted(claims=claims, claim_sets=[["a"], ["b"]]))
    assert chosen(sets, [other]) == [("c", "other", (("name",),))]
    assert nothing(sets, [other, *HELD])
    assert nothing(sets, [*HELD, other])


def test_of_two_credentials_the_one_with_the_value_answers_the_same_claim_set():
    other = Held("other", "dc+sd-jwt", "urn:x", {"sex": 2, "name": "Ève"})
    claims = [{"id": "a", "path": ["sex"], "values": [2]}, {"id": "b", "path": ["name"]}]
    assert chosen(asked(wanted(claims=claims, claim_sets=[["a"], ["b"]])), [*HELD, other]) == [
        ("c", "other", (("sex",),))
    ]


def test_the_verifiers_first_claim_set_goes_before_the_wallets_order():
    poor = Held("poor", "dc+sd-jwt", "urn:x", {"name": "Ève"})
    claims = [{"id": "a", "path": ["sex"]}, {"id": "b", "path": ["name"]}]
    assert chosen(asked(wanted(claims=claims, claim_sets=[["a"], ["b"]])), [poor, *HELD]) == [
        ("c", "card", (("sex",),))
    ]


WALLET = [Held(name, "dc+sd-jwt", f"urn:{name}", CARD) for name in ("a", "b", "c")]


def alternatives(*sets, ids="abcd"):
    return asked(*(wanted(name, f"urn:{name}") for name in ids), credential_sets=list(sets))


@pytest.mark.parametrize(
    ("sets", "ids"),
    [
        ([{"options": [["a"], ["b"]]}], ["a"]),
        ([{"options": [["d"], ["b"]]}], ["b"]),
        ([{"options": [["a", "d"], ["b", "c"]]}], ["b", "c"]),
        ([{"options": [["a"]]}, {"options": [["b"], ["a"]]}], ["a", "b"]),
        ([{"options": [["a"]]}, {"options": [["b"]], "required": False}], ["a"]),
        ([{"options": [["a"]]}, {"options": [["d"]], "required": False}], ["a"]),
        ([{"options": [["b"]], "required": False}, {"options": [["a"]], "required": False}], ["b"]),
    ],
)
def test_credential_sets_take_one_option_each_and_the_least(sets, ids):
    assert [name for name, *_ in chosen(alternatives(*sets), WALLET)] == ids


@pytest.mark.parametrize(
    "sets",
    [
        [{"options": [["d"]]}],
        [{"options": [["a", "d"]]}],
        [{"options": [["a"]]}, {"options": [["d"]]}],
        [{"options": [["d"]], "required": False}],
    ],
)
def test_a_required_set_that_cannot_be_satisfied_lets_nothing_leave(sets):
    assert nothing(alternatives(*sets), WALLET)


def differing(name, **more):
    """A query for a title that is held, but not with that value."""
    return wanted(name, f"urn:{name}", claims=[{"path": ["sex"], "values": [2]}]) | more


@pytest.mark.parametrize(
    "sets",
    [
        [{"options": [["a"], ["b"]]}],
        [{"options": [["d"], ["a"], ["b"]]}],
        [{"options": [["a", "b"], ["b"]]}],
        [{"options": [["b"]]}, {"options": [["a"], ["b"]]}],
        [{"options": [["a"]], "required": False}, {"options": [["b"]], "required": False}],
    ],
)
def test_no_later_option_answers_where_a_value_differed(sets):
    query = asked(differing("a"), wanted("b", "urn:b"), wanted("d", "urn:d"), credential_sets=sets)
    assert nothing(query, WALLET)


def test_an_option_is_passed_over_for_what_is_not_held_and_that_is_told():
    sets = [{"options": [["a", "d"], ["e"], ["b"]]}, {"options": [["b"]]}]
    query = asked(differing("a"), *(wanted(name, f"urn:{name}") for name in "bde"), credential_sets=sets)
    choices = select(query, WALLET)
    assert [choice.query_id for choice in choices] == ["b"]
    assert [one.id for one in passed_over(query, choices)] == ["a", "d", "e"]


def test_what_is_not_required_keeps_nothing_back_by_its_values():
    sets = [{"options": [["b"]]}, {"options": [["a"]], "required": False}]
    query = asked(differing("a"), wanted("b", "urn:b"), credential_sets=sets)
    assert [name for name, *_ in chosen(query, WALLET)] == ["b"]
    with pytest.raises(VerificationError):
        select(query, WALLET, optional=True)


def test_what_is_not_required_leaves_only_where_somebody_says_so():
    query = alternatives({"options": [["a"]]}, {"options": [["d"], ["b"]], "required": False})
    assert [name for name, *_ in chosen(query, WALLET, optional=True)] == ["a", "b"]


def test_all_that_could_answer_is_there_to_be_chosen_from():
    two = [Held("one", "dc+sd-jwt", "urn:x", CARD), Held("two", "dc+sd-jwt", "urn:x", {"sex": 1})]
    claims = [{"id": "a", "path": ["name"]}, {"id": "b", "path": ["sex"]}]
    query = asked(wanted(claims=claims, claim_sets=[["a"], ["b"]], multiple=True))
    found = candidates(query, two)["c"]
    assert [(one.held_id, one.paths) for one in found] == [("one", (("name",),)), ("two", (("sex",),))]
    assert chosen(query, two) == [("c", "one", (("name",),))]


def test_an_authority_matches_by_its_key_identifier_only():
    held = [Held("card", "dc+sd-jwt", "urn:x", CARD, frozenset({"AQID"}))]
    trusted = [{"type": "etsi_tl", "values": ["https://lotl.example"]}, {"type": "aki", "values": ["BBBB", "AQID"]}]
    assert select(asked(wanted(trusted_authorities=trusted)), held)
    for unmatched in (
        [{"type": "aki", "values": ["BBBB"]}],
        [{"type": "etsi_tl", "values": ["AQID"]}],
        [{"type": "openid_federation", "values": ["AQID"]}],
        [{"type": "unheard_of", "values": ["AQID"]}],
    ):
        assert nothing(asked(wanted(trusted_authorities=unmatched)), held)


CLAIM = {"id": "a", "path": ["name"]}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (wanted(claim_sets=[["a"]]), "dcql_contradictory"),
        (wanted(claims=[CLAIM], claim_sets=[["b"]]), "dcql_contradictory"),
        (wanted(claims=[CLAIM], claim_sets=[["a", "a"]]), "dcql_contradictory"),
        (wanted(claims=[CLAIM, {"path": ["sex"]}], claim_sets=[["a"]]), "dcql_contradictory"),
        (wanted(claims=[CLAIM, {"id": "a", "path": ["sex"]}]), "dcql_contradictory"),
        (wanted(claims=[{"path": ["x", 0]}, {"path": ["x", "y"]}]), "dcql_contradictory"),
        (wanted(claims=[{"path": ["x", None, "y"]}, {"path": ["x", None, 0]}]), "dcql_contradictory"),
        (wanted(claims=[CLAIM], claim_sets=[]), "message_invalid"),
        (wanted(claims=[CLAIM], claim_sets=[[]]), "message_invalid"),
        (wanted(claims=[CLAIM], claim_sets=["a"]), "message_invalid"),
        (wanted(claims=[CLAIM | {"id": "a b"}]), "message_invalid"),
        (wanted(trusted_authorities=[]), "message_invalid"),
        (wanted(trusted_authorities=[{"type": "aki"}]), "message_invalid"),
        (wanted(trusted_authorities=[{"type": "aki", "values": []}]), "message_invalid"),
        (wanted(trusted_authorities=[{"type": "aki", "values": [1]}]), "message_invalid"),
        (wanted(require_cryptographic_holder_binding="no"), "message_invalid"),
    ],
)
def test_credential_queries_that_contradict_themselves(raw, code):
    with pytest.raises(ParseError) as error:
        asked(raw)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("sets", "code"),
    [
        ([], "message_invalid"),
        ([{"options": []}], "message_invalid"),
        ([{"options": [[]]}], "message_invalid"),
        ([{"options": [["c"]], "required": "yes"}], "message_invalid"),
        ([{"options": [["unknown"]]}], "dcql_contradictory"),
        ([{"options": [["c"], ["c", "c"]]}], "dcql_contradictory"),
    ],
)
def test_credential_sets_that_contradict_the_credentials(sets, code):
    with pytest.raises(ParseError) as error:
        asked(wanted(), credential_sets=sets)
    assert error.value.code == code


def answered(type_="urn:x", claims=CARD, form="dc+sd-jwt"):
    return Verified(form, type_, claims, "issuer", None, None, None, None, {})


def verdict(query, presented):
    try:
        check_answer(query, presented)
    except VerificationError as error:
        return error.code
    return "accepted"


A, B, D = (answered(f"urn:{name}") for name in "abd")


@pytest.mark.parametrize(
    ("presented", "code"),
    [
        ({"a": [A]}, "accepted"),
        ({"b": [B], "d": [D]}, "accepted"),
        ({"a": [A], "d": [D]}, "accepted"),
        ({"a": [A], "b": [B], "d": [D]}, "accepted"),
        ({}, "answer_incomplete"),
        ({"b": [B]}, "answer_incomplete"),
        ({"a": []}, "answer_incomplete"),
        ({"a": [A, A]}, "answer_incomplete"),
        ({"a": [A], "c": [answered("urn:c")]}, "answer_unasked"),
        ({"a": [A], "z": [A]}, "answer_unasked"),
        ({"a": [B]}, "query_unsatisfied"),
        ({"a": [A], "d": [A]}, "query_unsatisfied"),
    ],
)
def test_the_answer_must_satisfy_the_sets_whatever_the_wallet_chose(presented, code):
    query = alternatives({"options": [["a"], ["b", "d"]]}, {"options": [["d"]], "required": False})
    assert verdict(query, presented) == code


def test_several_answers_only_where_several_were_allowed_and_each_one_counts():
    query = asked(wanted(multiple=True, claims=[{"path": ["name"]}]))
    good, bad = answered(), answered(claims={"sex": 1})
    assert verdict(query, {"c": [good, good]}) == "accepted"
    assert verdict(query, {"c": [good, bad]}) == "query_unsatisfied"
    assert verdict(query, {"c": []}) == "answer_incomplete"
    assert verdict(asked(wanted()), {"c": [good, good]}) == "answer_incomplete"


def test_any_one_claim_set_satisfies_the_relying_party():
    claims = [{"id": "a", "path": ["name"]}, {"id": "b", "path": ["sex"]}]
    query = asked(wanted(claims=claims, claim_sets=[["a"], ["b"]]))
    assert verdict(query, {"c": [answered(claims={"sex": 1})]}) == "accepted"
    assert verdict(query, {"c": [answered(claims={"age_over_18": True})]}) == "query_unsatisfied"


def test_an_element_asked_for_by_position_is_recognised_where_its_neighbours_stayed_hidden():
    query = asked(wanted(claims=[{"path": ["nationalities", 1], "values": ["BE"]}]))
    assert select(query, HELD)
    assert verdict(query, {"c": [answered(claims={"nationalities": ["BE"]})]}) == "accepted"
    assert verdict(query, {"c": [answered(claims={"nationalities": ["FR"]})]}) == "query_unsatisfied"
    assert verdict(query, {"c": [answered(claims={"nationalities": []})]}) == "query_unsatisfied"


IDS = st.sampled_from(["a", "b", "c"])
CREDENTIALS = st.lists(
    st.fixed_dictionaries(
        {"id": IDS, "format": st.just("dc+sd-jwt"), "meta": st.just({"vct_values": ["urn:a", "urn:b"]})},
        optional={
            "claims": st.lists(
                st.fixed_dictionaries(
                    {"id": IDS, "path": st.lists(st.sampled_from(["name", "nationalities", None, 0, 1]), max_size=2)}
                ),
                max_size=3,
            ),
            "claim_sets": st.lists(st.lists(IDS, max_size=2), max_size=3),
            "multiple": st.booleans(),
            "trusted_authorities": JSON,
        },
    ),
    min_size=1,
    max_size=3,
)
SETS = st.lists(
    st.fixed_dictionaries(
        {"options": st.lists(st.lists(IDS, max_size=2), max_size=3)}, optional={"required": st.booleans()}
    ),
    max_size=2,
)


@settings(deadline=None)
@given(CREDENTIALS, st.none() | SETS)
def test_what_a_wallet_selects_satisfies_the_relying_party_that_asked(credentials, sets):
    with suppress(DidkitError):
        query = asked(*credentials, **({} if sets is None else {"credential_sets": sets}))
        held = {one.id: one for one in WALLET}
        answer = {
            choice.query_id: [answered(held[choice.held_id].type, held[choice.held_id].claims)]
            for choice in select(query, WALLET)
        }
        assert verdict(query, answer) == "accepted"


@settings(max_examples=60)
@given(st.recursive(st.none() | st.integers() | st.just("urn:a"), lambda inner: st.lists(inner, max_size=3)))
@pytest.mark.parametrize(("form", "member"), [("ldp_vc", "type_values"), ("dc+sd-jwt", "vct_values")])
def test_types_of_any_form_match_or_do_not(form, member, named):
    """What asks for types that are no names asks for nothing here; a list inside a list once was a crash."""
    query = parse_query({"credentials": [{"id": "a", "format": form, "meta": {member: named}}]})
    found = candidates(query, [Held("1", form, "urn:other", {"x": 1})])
    assert not any(found.values())


def test_a_list_of_lists_of_lists_names_no_type():
    query = parse_query({"credentials": [{"id": "a", "format": "ldp_vc", "meta": {"type_values": [[["urn:a"]]]}}]})
    with pytest.raises(VerificationError, match="nothing_matches"):
        select(query, [Held("1", "ldp_vc", "urn:a", {"x": 1})])
