"""How chapters are played: side by side, told in their order, stopped where something was not as expected."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.end_to_end import chapters
from tests.end_to_end.columns import CONFIGURATIONS, TITLES
from tests.end_to_end.journey import Outcome


def steps(*outcomes):
    """Steps that come to this: an outcome, or an error."""

    def step(outcome):
        if isinstance(outcome, Exception):
            raise outcome
        return Outcome(str(outcome), as_expected=outcome != "wrong")

    return [(f"step {outcome}", lambda outcome=outcome: step(outcome)) for outcome in outcomes]


def journey(card, tickets=()):
    return SimpleNamespace(
        opening=lambda: steps("opened"), card=lambda: steps(*card), world=SimpleNamespace(tickets=list(tickets))
    )


@pytest.fixture
def another(monkeypatch):
    """A second chapter, whose steps the test gives."""
    given = []
    monkeypatch.setattr(chapters, "_chapters", lambda: [SimpleNamespace(steps=lambda _: steps(*given))])
    return given


def told(played):
    return [one.outcome()[0].seen for one in played]


def test_steps_are_told_in_their_order(another):
    another += ["c", "d"]
    assert told(chapters.play(journey(["a", "b"]))) == ["opened", "a", "b", "c", "d"]


def test_a_chapter_goes_no_further_than_what_was_not_expected(another):
    another += ["c"]
    played = chapters.play(journey(["a", "wrong", "b"]))
    outcomes = [next(played).outcome()[0] for _ in range(3)]
    assert [one.as_expected for one in outcomes] == [True, True, False]
    played.close()


def test_an_error_in_a_chapter_reaches_who_waits_for_it(another):
    another += ["c", LookupError("nobody")]
    played = chapters.play(journey(["a"]))
    assert [next(played).outcome()[0].seen for _ in range(3)] == ["opened", "a", "c"]
    with pytest.raises(LookupError):
        next(played).outcome()


def test_two_chapters_that_take_one_title_of_one_citizen_are_found_out(another):
    another += ["c"]
    with pytest.raises(RuntimeError, match="two chapters"):
        told(chapters.play(journey(["a"], [("N1", "pid"), ("N1", "passport"), ("N1", "pid")])))


def test_every_chapter_has_a_name_and_titles_that_the_scan_knows():
    names = {path.stem.removeprefix("journey_") for path in Path(chapters.__file__).parent.glob("journey_*.py")}
    assert names == set(chapters.NAMES)
    assert set(chapters.TITLES) <= set(TITLES)
    five = {"pid", "passport", "residence_permit", "national_identity", "residence_attestation"}
    assert five <= set(chapters.TITLES)
    assert {"pid_dc_sd_jwt", "national_identity_ldp_vc_ecdsa_sd_2023", "driving_licence_mso_mdoc"} <= set(
        CONFIGURATIONS
    )
    assert "pid_of_alice" not in CONFIGURATIONS
