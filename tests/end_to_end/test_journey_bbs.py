"""The journey of two relying parties that compare, with real processes: every outcome is the expected one."""

import pytest

from tests.end_to_end import journey_bbs
from tests.end_to_end.chapters import play_alone

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


@pytest.mark.guarantee("G30")
def test_two_relying_parties_that_compare_learn_what_everybody_shows(tmp_path) -> None:
    seen = play_alone(journey_bbs, tmp_path)
    assert seen["compare"].seen.startswith("shared beyond what everybody shows: 0 strings; different: ")
    assert "the crowd that remains: 2 who received it today" in seen["compare"].seen
    assert "this answer only  /proof/proofValue/bbsProof" in seen["compare"].shown
    assert seen["replay"].seen == "refused: presentation_header_mismatch"
