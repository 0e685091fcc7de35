"""The journey of two relying parties that compare, with real processes: every outcome is the expected one."""

from types import SimpleNamespace

import pytest

from tests.end_to_end.journey_bbs import FORMATS, TITLES, steps
from tests.end_to_end.world import World

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


@pytest.mark.guarantee("G30")
def test_two_relying_parties_that_compare_learn_what_everybody_shows(tmp_path) -> None:
    with World(tmp_path, titles=TITLES, formats=FORMATS, batch_size=4) as world:
        world.start_register()
        made = world.init_issuer()
        assert made.status == 0, made.err
        world.start_issuer()
        world.certify_relying_party()
        seen = {}
        for title, step in steps(SimpleNamespace(world=world)):
            outcome = step()
            assert outcome.as_expected, f"{title}: {outcome.seen}\n{outcome.shown}"
            seen[step.__name__] = outcome
    assert seen["compare"].seen.startswith("shared beyond what everybody shows: 0 strings; different: ")
    assert "the crowd that remains: 2 who received it today" in seen["compare"].seen
    assert "this answer only  /proof/proofValue/bbsProof" in seen["compare"].shown
    assert seen["replay"].seen == "refused: presentation_header_mismatch"
