"""Income tier: properties over any facts, and the refusals; the single cases are in levy/cases."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaigo.common.refusal import Refusal
from kaigo.common.trace import compact, explain
from levy.rules import TaxFacts, assess, decide_tier
from levy.rules.steps import FLAGS, STEPS
from tests.levy.premium_facts import YEARS, a_case, params, premium_cases, yen

TAXED_MEMBER = (TaxFacts(2026, 1, total_income=3_000_000),)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(YEARS), yen(), yen())
def test_more_income_is_never_a_lower_tier_for_a_taxed_person(year, one, other):
    def tier(total):
        return decide_tier(a_case(year, tax=TaxFacts(year, 1, total_income=total)), params(year)).tier

    assert tier(min(one, other)) <= tier(max(one, other))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(YEARS), yen(), st.sampled_from(["long_term_special_deduction", "short_term_special_deduction"]))
def test_a_special_deduction_never_raises_the_tier(year, total, field):
    tax = TaxFacts(year, 1, total_income=total)
    plain, less = (
        decide_tier(a_case(year, tax=facts), params(year)).tier for facts in (tax, tax._replace(**{field: 500_000}))
    )
    assert less <= plain


@settings(max_examples=150, deadline=None, derandomize=True)
@given(premium_cases())
def test_the_same_facts_give_the_same_answer_and_reason(case):
    assert assess(case, params(case.fiscal_year)) == assess(case, params(case.fiscal_year))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(premium_cases())
def test_every_reason_can_be_read_and_every_flag_has_a_name(case):
    result = assess(case, params(case.fiscal_year))
    for step in explain(result.trace, STEPS):
        assert "記録なし" not in step.sentence
        assert step.article
    assert set(result.flags) <= set(FLAGS)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(premium_cases())
def test_the_stored_reason_stays_small(case):
    assert len(compact(assess(case, params(case.fiscal_year)).trace).encode()) <= 700


def test_an_ordinary_reason_is_at_most_500_bytes():
    tax = TaxFacts(2026, 3, pension_revenue=1_150_000, pension_income=50_000, total_income=50_000)
    result = assess(a_case(tax=tax, household=TAXED_MEMBER, insured_periods=((date(2026, 5, 9), None),)), params())
    assert len(compact(result.trace).encode()) <= 500


def test_the_reason_tells_the_limit_and_the_article():
    tax = TaxFacts(2026, 3, pension_revenue=826_500)
    steps = explain(decide_tier(a_case(tax=tax), params()).steps, STEPS)
    tier = next(step for step in steps if step.title == "所得段階")
    assert tier.sentence == "本人が非課税で、826,500円は826,500円以下なので、第1段階です。"
    assert tier.article == "介護保険法施行令38条1項"
    assert ("判定に用いる額", "826,500円") in tier.inputs


def test_the_tier_carries_the_name_and_amount_of_the_ordinance():
    decision = decide_tier(a_case(household=TAXED_MEMBER), params())
    assert (decision.tier, decision.code, decision.yearly_premium) == (4, "4", 62_640)


def test_a_tier_step_has_no_input_that_does_not_exist():
    lowest = decide_tier(a_case(), params()).steps[-2]
    highest = decide_tier(a_case(tax=TaxFacts(2026, 1, total_income=9_000_000)), params()).steps[-2]
    assert lowest[0] == "tier.untaxed.first"
    assert "from" not in lowest[1]
    assert highest[0] == "tier.taxed.last"
    assert "limit" not in highest[1]


@pytest.mark.parametrize("status", [0, 5, -1])
def test_an_unknown_tax_status_is_refused(status):
    with pytest.raises(Refusal) as refusal:
        decide_tier(a_case(tax=TaxFacts(2026, status)), params())
    assert refusal.value.code == "tax_status"


def test_a_member_with_an_unknown_tax_status_is_refused_too():
    with pytest.raises(Refusal, match="tax_status"):
        decide_tier(a_case(household=(TaxFacts(2026, 7),)), params())


def test_a_border_tier_of_another_year_is_refused_with_a_way_out():
    with pytest.raises(Refusal) as refusal:
        decide_tier(a_case(2023, border_tier=13, tax=TaxFacts(2023, 1)), params(2023))
    assert refusal.value.code == "border_tier"
    assert refusal.value.ways


@pytest.mark.parametrize(
    "case",
    [a_case(2025), a_case(tax=TaxFacts(2025, 3)), a_case(household=(TaxFacts(2025, 3),))],
    ids=["parameters", "own tax", "member's tax"],
)
def test_facts_of_another_fiscal_year_are_never_used(case):
    with pytest.raises(ValueError, match="another fiscal year"):
        assess(case, params(2026))


def test_the_border_case_does_not_hide_that_the_income_is_unknown():
    result = assess(a_case(tax=None, border_tier=1), params())
    assert (result.tier, result.estimated) == (1, True)
    assert result.flags == ("income_unknown", "border_case")
