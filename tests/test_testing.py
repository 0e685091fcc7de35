"""A nation for a relying party's tests: each of its people is accepted or refused as its table says."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr import Anchors, DidkitError, ProtocolError, Query, VerificationError
from didkit_fr.error_table import CODES
from didkit_fr.flow import Response, offline
from didkit_fr.keys import software
from didkit_fr.keys.x509 import display_name, parse_pem_chain
from didkit_fr.testing import OTHER_TYPE, PEOPLE, PID, Person, TestNation, through

NOW = 1_790_000_000
ROOT = Path(__file__).resolve().parents[1]
NATION = TestNation(NOW)
QUERY = Query(PID, [["age_over_18"], ["nationalities"]])


def ask(verifier, query=QUERY):
    return verifier.request(
        query, request_uri="https://bar.example/request/{id}", response_uri="https://bar.example/response", now=NOW
    )


def visit(person, nation=NATION, query=QUERY):
    verifier = nation.verifier()
    (title,) = verifier.verify(nation.present(ask(verifier, query), person), now=NOW)["title"]
    return title


@pytest.mark.parametrize("person", [name for name, one in PEOPLE.items() if one.refusal is None])
def test_who_is_to_be_believed(person):
    title = visit(person)
    assert title.claims["age_over_18"] is (PEOPLE[person].age >= 18)
    assert "birthdate" not in title.claims
    assert title.checks["status"] == "valid"
    assert "TEST ONLY" in title.issuer


@pytest.mark.parametrize("person", [name for name, one in PEOPLE.items() if one.refusal is not None])
def test_who_is_not(person):
    with pytest.raises(DidkitError) as error:
        visit(person)
    assert error.value.code == PEOPLE[person].refusal
    assert type(error.value) is CODES[error.value.code].kind


def test_a_replayed_form_is_refused():
    verifier = NATION.verifier()
    body = NATION.present(ask(verifier), "adult")
    verifier.verify(body, now=NOW)
    with pytest.raises(VerificationError) as error:
        verifier.verify(body, now=NOW)
    assert error.value.code == "transaction_unknown"


def test_people_of_your_own():
    centenarian = Person(age=100, claims={"nationalities": ["BE", "FR"]})
    assert visit(centenarian).claims["nationalities"] == ["BE", "FR"]
    with pytest.raises(DidkitError) as error:
        visit(Person(claims={"nationalities": None}))
    assert error.value.code == "nothing_matches"


def test_types_of_your_own():
    nation = TestNation(NOW, titles={"urn:example:fishing:1": {"water": "river"}})
    assert visit("adult", nation, Query("urn:example:fishing:1", [["water"]])).claims["water"] == "river"
    with pytest.raises(VerificationError) as error:
        visit("adult", nation)
    assert error.value.code == "nothing_matches"


def test_several_titles_in_one_answer():
    nation = TestNation(NOW, titles={PID: {"given_name": "A"}, "urn:example:fishing:1": {"water": "river"}})
    both = {
        "credentials": [
            {"id": "card", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, "claims": [{"path": ["given_name"]}]},
            {"id": "rod", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:example:fishing:1"]}},
        ]
    }
    verifier = nation.verifier()
    answers = verifier.verify(nation.present(ask(verifier, both), "adult"), now=NOW)
    assert answers["card"][0].claims["given_name"] == "A"
    assert answers["rod"][0].type == "urn:example:fishing:1"


@given(age=st.integers(0, 120))
def test_age_follows_from_the_birth_date(age):
    claims = visit(Person(age=age), query=Query(PID, [["age_over_18"], ["birthdate"]])).claims
    assert claims["birthdate"] == f"{2026 - age:04}-01-01"
    assert claims["age_over_18"] is (age >= 18)


def test_a_nation_is_no_other_nations():
    unknown_party = TestNation(NOW)
    verifier = NATION.verifier()
    with pytest.raises(VerificationError) as error:
        unknown_party.present(ask(verifier), "adult")
    assert error.value.code == "issuer_unknown"
    mixed = replace(unknown_party.verifier(), policy=NATION.policy)
    with pytest.raises(VerificationError) as error:
        mixed.verify(unknown_party.present(ask(mixed), "adult"), now=NOW)
    assert error.value.code == "issuer_unknown"


def test_no_two_nations_share_a_key_and_all_say_what_they_are():
    one, other = TestNation(NOW), TestNation(NOW)
    assert one.files()["key.pem"] != other.files()["key.pem"]
    for nation in (one, other):
        assert all(anchor.name == "TEST ONLY" for anchor in nation.anchors.anchors)
        names = [display_name(anchor.certificate) for anchor in nation.anchors.anchors]
        assert all("TEST ONLY" in name for name in (*names, display_name(nation.chain[0])))


def test_files_are_those_a_site_reads():
    files = NATION.files()
    assert Anchors.parse(files["anchors.json"]) == NATION.anchors
    assert parse_pem_chain(files["chain.pem"]) == NATION.chain
    assert software.from_pem(files["key.pem"]).public_key == NATION.signer.public_key


def test_offline_cannot_tell():
    verifier = replace(NATION.verifier(), fetcher=offline)
    with pytest.raises(DidkitError) as error:
        verifier.verify(NATION.present(ask(verifier), "adult"), now=NOW)
    assert error.value.code == "offline"


def test_through_a_site_of_two_routes():
    verifier = NATION.verifier()
    transaction = ask(verifier)
    seen = []

    def site(method, url, headers, body):
        seen.append((method, url))
        if method == "GET":
            return 200, transaction.request_object.encode()
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        try:
            verifier.verify(body, now=NOW)
        except DidkitError:
            return 400, b'{"error": "invalid_request"}'
        return 200, b'{"redirect_uri": "https://bar.example/welcome"}'

    assert NATION.answer(transaction.link, "adult", through(site)) == "https://bar.example/welcome"
    assert seen == [
        ("GET", f"https://bar.example/request/{transaction.id}"),
        ("POST", "https://bar.example/response"),
    ]
    with pytest.raises(ProtocolError) as error:
        NATION.answer(transaction.link, "adult", through(site))
    assert error.value.code == "invalid_request"


def test_a_form_may_be_made_at_another_time():
    verifier = NATION.verifier()
    body = NATION.present(ask(verifier), "adult", now=NOW + 290)
    with pytest.raises(VerificationError) as error:
        verifier.verify(body, now=NOW)
    assert error.value.code == "key_binding_time"


def test_what_a_title_says_is_what_the_title_table_says():
    from didkit_fr.credentials import titles
    from didkit_fr.formats.dc_sd_jwt import parse

    title = titles.load("pid")
    said = set(parse(NATION.credential("adult")).unverified_claims())
    assert {row.json[0] for row in title.attributes if row.required} <= said
    assert said <= {row.json[0] for row in title.attributes} | {"vct", "iat", "nbf", "exp", "cnf", "status"}
    assert parse(NATION.credential("other_type")).unverified_type == OTHER_TYPE


def test_nothing_of_the_program_imports_it():
    for folder in ("didkit_fr", "issuer_service", "wallet_cli"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    names = [f"{node.module}.{alias.name}" for alias in node.names]
                assert not [name for name in names if name.startswith("didkit_fr.testing")], path


def test_the_fetcher_knows_the_status_list_and_nothing_else():
    from didkit_fr.flow import Request

    known, unknown = NATION.fetcher(
        (Request("GET", next(iter(NATION.pages()))), Request("GET", "https://example.org/"))
    )
    assert isinstance(known, Response)
    assert unknown.code == "fetch_failed"
