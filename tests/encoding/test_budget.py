"""A budget lets through what it has, and not one more."""

import pytest

from didkit_fr.encoding.budget import MAX_CERTIFICATES, MAX_SIGNATURES, MAX_STEPS, Budget
from didkit_fr.errors import ParseError


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    ("spend", "limit"),
    [("spend", MAX_STEPS), ("spend_signatures", MAX_SIGNATURES), ("spend_certificates", MAX_CERTIFICATES)],
)
def test_a_budget_lets_through_what_it_has_and_not_one_more(spend, limit):
    budget = Budget()
    getattr(budget, spend)(limit - 1)
    getattr(budget, spend)(1)
    with pytest.raises(ParseError) as error:
        getattr(budget, spend)(1)
    assert error.value.code == "work_exceeded"


def test_one_limit_does_not_touch_the_others():
    budget = Budget(steps=5, signatures=2, certificates=3)
    budget.spend(5)
    budget.spend_signatures(2)
    budget.spend_certificates(3)
    assert (budget.steps, budget.signatures, budget.certificates) == (0, 0, 0)
