"""The journey with documents of ISO, with real processes: every outcome is the expected one."""

import pytest

from tests.end_to_end import journey_mdoc
from tests.end_to_end.chapters import play_alone

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


def test_every_step_of_the_journey_with_documents_shows_what_it_should(tmp_path) -> None:
    seen = play_alone(journey_mdoc, tmp_path)
    assert seen["receive"].seen == "3 titles; the identity in dc+sd-jwt and mso_mdoc"
    assert seen["answer_twice"].seen.startswith("age_over_18 = true, nationality = FR")
    assert 'Nationalities: "FR"' in seen["answer_twice"].shown
    assert seen["hire_a_car"].seen.startswith("categories AM, B")
    assert 'Driving privileges 2, category: "B"' in seen["hire_a_car"].shown
    assert seen["withdraw_the_licence"].seen == (
        "4 copies revoked; refused: status_revoked; the identity card is believed: True"
    )
