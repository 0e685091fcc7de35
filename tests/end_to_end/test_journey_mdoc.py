"""The journey with documents of ISO, with real processes: every outcome is the expected one."""

from types import SimpleNamespace

import pytest

from tests.end_to_end.journey_mdoc import FORMATS, TITLES, steps
from tests.end_to_end.world import World

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


def test_every_step_of_the_journey_with_documents_shows_what_it_should(tmp_path) -> None:
    with World(tmp_path, titles=TITLES, formats=FORMATS, batch_size=4) as world:
        world.start_register()
        made = world.init_issuer()
        assert made.status == 0, made.err
        world.start_issuer()
        world.certify_relying_party()
        seen = {}
        for title, step in steps(SimpleNamespace(world=world)):
            outcome = step()
            assert outcome.as_expected, f"{title}: {outcome.seen}"
            seen[step.__name__] = outcome
    assert seen["receive"].seen == "3 titles; the identity in dc+sd-jwt and mso_mdoc"
    assert seen["answer_twice"].seen.startswith("age_over_18 = true, nationality = FR")
    assert "Nationalities: FR" in seen["answer_twice"].shown
    assert seen["hire_a_car"].seen.startswith("categories AM, B")
    assert "Driving privileges 2, category: B" in seen["hire_a_car"].shown
    assert seen["withdraw_the_licence"].seen == (
        "4 copies revoked; refused: status_revoked; the identity card is believed: True"
    )
