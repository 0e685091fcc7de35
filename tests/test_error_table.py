"""specs/errors.md is current, and every code in it is raised by something that is run."""

import pytest

from tests import error_table
from tests.refusals.coverage import ELSEWHERE


def test_the_table_is_current():
    assert error_table.TABLE.read_text("utf-8") == error_table.build(), "run: python -m tests.error_table"


@pytest.mark.parametrize("code", error_table.CODES)
def test_every_code_is_raised_by_a_case_or_by_a_test(code):
    if code not in error_table.case_names():
        names = error_table.test_names(code)
        assert names, f"{code}: no refusal case, no test"
        for name in names:
            assert f'"{code}"' in (error_table.ROOT / name).read_text("utf-8"), f"{name} does not spell {code}"


def test_nothing_is_said_of_codes_that_do_not_exist():
    assert set(error_table.case_names()) | set(ELSEWHERE) <= set(error_table.CODES)
