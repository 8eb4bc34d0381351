"""The tier agrees with the independent check, for any person near and between the limits."""

from hypothesis import given, settings

from levy.rules import decide_tier
from levy.rules.amounts import base_date, covers
from tests.levy.oracle import tier_of
from tests.levy.premium_facts import a_case, params, premium_cases


def as_facts(case):
    day = base_date(case.insured_periods, case.fiscal_year)
    return {
        "tax": case.tax._asdict() if case.tax else None,
        "household": [member._asdict() if member else None for member in case.household],
        "assistance": covers(case.assistance, day),
        "old_age_welfare_pension": case.old_age_welfare_pension,
        "border_tier": case.border_tier,
    }


@settings(max_examples=600, deadline=None, derandomize=True)
@given(premium_cases())
def test_the_rule_and_the_independent_check_agree(case):
    assert decide_tier(case, params(case.fiscal_year)).tier == tier_of(as_facts(case), case.fiscal_year)


def test_the_check_notices_a_limit_that_was_not_raised():
    # 805,000 yen of pension: the second tier until 2024, the first from 2025 on
    tax = a_case().tax._replace(pension_revenue=805000)
    found = [tier_of(as_facts(a_case(year, tax=tax._replace(fiscal_year=year))), year) for year in (2024, 2025, 2026)]
    assert found == [2, 1, 1]
