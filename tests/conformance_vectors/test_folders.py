"""Every folder that has a runner: each of its cases passes, or is left out for a reason that stands in the table."""

import pytest

from tests.conformance_vectors.__main__ import RUNNERS, STANDARDS, judge, reasons
from tests.vectors import vectors


@pytest.mark.vectors
@pytest.mark.parametrize("folder", RUNNERS)
def test_each_official_vector_passes_or_is_left_out_with_a_reason_and_none_is_left_over(folder):
    assert any(vectors(folder).iterdir())
    cases = RUNNERS[folder]()
    listed = reasons(STANDARDS.read_text("utf-8")).get(folder, [])
    outcome = judge(folder, cases, listed)
    assert not outcome.wrong
    assert outcome.passed > 0
    assert {why for _, _, why in cases if why} == set(listed)
