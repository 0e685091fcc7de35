"""The demo's journey with real processes: every outcome is the expected one, and the issuer stored nothing of it."""

import json

import pytest

from tests.end_to_end.journey import Journey
from tests.end_to_end.stored import scan_world
from tests.end_to_end.visitor import Visitor, copies_in, slips
from tests.end_to_end.world import World

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


@pytest.fixture(scope="module")
def played(tmp_path_factory, proxy):
    """The journey, played to its end or to the first outcome that was not expected; and what each step said."""
    with World(tmp_path_factory.mktemp("journey")) as world:
        journey, outcomes = Journey(world, proxy), {}
        for title, step in journey.steps():
            outcome = step()
            outcomes[step.__name__] = outcome
            assert outcome.as_expected, f"{title}: {outcome.seen}"
        yield journey, outcomes


SEEN = {
    "set_up_issuer": "a second init was refused",
    "make_offers": "each ticket was refused a second time",
    "receive": "5 copies each; the used offer was refused: invalid_grant",
    "list_titles": "5 unused copies",
    "present": 'welcome; received: age_over_18 = true, nationalities = ["FR"]',
    "replay": "refused: transaction_unknown, key_binding_nonce",
    "tamper": "refused: sd_jwt_disclosure_unreferenced",
    "minor": 'turned_away; received: age_over_18 = false, nationalities = ["FR"]; the birth date stayed in the wallet',
    "revoke": "5 copies revoked",
    "present_revoked": "refused: status_revoked; the second citizen: welcome",
}


@pytest.mark.parametrize("step", SEEN)
def test_each_step_shows_what_it_should(played, step):
    assert SEEN[step] in played[1][step].seen


def test_every_step_was_played(played):
    assert [step.__name__ for _, step in played[0].steps()] == list(played[1])
    assert set(SEEN) <= set(played[1])


@pytest.mark.guarantee("G1")
def test_nothing_of_the_citizens_is_in_what_the_issuer_stores(played):
    journey, _ = played
    report = scan_world(journey.world, journey.texts())
    assert report.clean, report.sentence
    assert report.places > 50
    assert report.patterns > 500


@pytest.mark.guarantee("G15")
def test_the_logs_are_events_and_nothing_else(played):
    logs = (played[0].world.folder / "logs" / "issuer.log").read_text("utf-8").splitlines()
    events = [json.loads(line)["event"] for line in logs]
    assert {"started", "token_issued", "credentials_issued"} <= set(events)


def partial(world):
    """The document number of someone whose civil status knows a year only, and that year."""
    row = next(row for row in world.citizens_of_register() if row["birth_date"].endswith("-00-00"))
    return row["document_number"], row["birth_date"][:4]


@pytest.mark.guarantee("G22")
def test_a_partial_birth_date_is_refused_until_an_officer_presumes_a_day(played):
    world = played[0].world
    number, year = partial(world)
    refusals = {
        (): "birth_date_partial",
        ("--presumed-birth-date", f"{int(year) + 1}-07-01"): "birth_date_inconsistent",
    }
    for options, code in refusals.items():
        made = world.offer(world.ticket(number, *options))
        assert (made.status, json.loads(made.err)["error"]) == (1, code)
    made = world.offer(world.ticket(number, "--presumed-birth-date", f"{year}-07-01")).json()
    wallet = world.wallet("of-someone-born-that-year")
    assert wallet("receive", *world.trusting, stdin=made["offer"], tx_code=made["tx_code"]).status == 0
    (title,) = wallet("list").json()["titles"]
    claims = wallet("show", title["id"]).json()["claims"]
    assert (claims["birthdate"], claims["birth_date_presumed"]) == (f"{year}-07-01", True)
    assert claims["age_over_18"] is True


def test_a_day_cannot_be_presumed_where_the_record_has_one(played):
    world = played[0].world
    whole = next(row for row in world.citizens_of_register() if "-00" not in row["birth_date"])
    made = world.offer(world.ticket(whole["document_number"], "--presumed-birth-date", whole["birth_date"]))
    assert (made.status, json.loads(made.err)["error"]) == (1, "birth_date_inconsistent")


@pytest.mark.guarantee("G6")
def test_copies_of_a_batch_say_the_same_and_share_nothing_else(played):
    visitor = Visitor.of(played[0].world)
    (slip,) = slips(played[0].world, 1)
    one, two = copies_in(visitor.credential(visitor.token(slip), copies=2))
    assert len(one.split("~")) == len(two.split("~"))
    assert not set(one.split("~")[1:-1]) & set(two.split("~")[1:-1])
