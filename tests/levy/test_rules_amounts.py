"""Months, proration, rounding: properties; the published examples are in levy/cases."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levy.casebook import book
from levy.rules import TaxFacts, assess
from levy.rules.amounts import base_date, insured_months, months, prorate, round_to, yearly_amount
from tests.levy.premium_facts import a_case, overridden, params

units, modes = st.sampled_from([1, 10, 100, 1000]), st.sampled_from(["down", "up", "half_up"])
few = settings(max_examples=150, deadline=None, derandomize=True)


@few
@given(st.integers(0, 300_000), st.integers(0, 11), units, modes)
def test_a_longer_time_never_costs_less(yearly, count, unit, mode):
    assert prorate(yearly, count, unit, mode) <= prorate(yearly, count + 1, unit, mode)


@few
@given(st.integers(0, 10**9), st.integers(1, 5000), units, modes)
def test_rounding_moves_by_less_than_one_unit_in_its_direction(numerator, denominator, unit, mode):
    rounded, exact = round_to(numerator, denominator, unit, mode), Fraction(numerator, denominator)
    assert rounded % unit == 0
    if mode == "down":
        assert 0 <= exact - rounded < unit
    elif mode == "up":
        assert 0 <= rounded - exact < unit
    else:
        assert -Fraction(unit, 2) < exact - rounded <= Fraction(unit, 2) or exact - rounded == -Fraction(unit, 2)


@few
@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_two_municipalities_never_charge_the_same_month(one, other):
    # moving on a day: the old one loses and the new one acquires on it
    start, day = min(one, other), max(one, other)
    old = insured_months(((start, day),), 2026)
    new = insured_months(((day, None),), 2026)
    assert old & new == 0
    assert old | new == insured_months(((start, None),), 2026)


@few
@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_the_base_date_lies_in_the_year(day):
    assert date(2026, 4, 1) <= base_date(((day, None),), 2026) <= date(2027, 3, 31)


def test_unordered_and_overlapping_periods_are_united():
    periods = ((date(2026, 9, 1), None), (date(2020, 4, 1), date(2026, 6, 10)), (date(2026, 5, 1), date(2026, 7, 1)))
    assert months(periods, 2026) == 10
    assert base_date(periods, 2026) == date(2026, 4, 1)


def test_yearly_amounts_of_the_example_ordinance_follow_from_its_base_amount():
    for year in (2021, 2022, 2023, 2024, 2025, 2026):
        found = book().resolve(date(year, 4, 1))
        unit, mode = found.get("premium_rounding_unit"), found.get("premium_rounding_mode")
        written = {row["tier"]: row["yearly"] for row in found.get("premiums")}
        for row in found.get("tiers"):
            rate = row["reduced_rate"] if row["reduced_rate"] is not None else row["rate"]
            assert written[row["tier"]] == yearly_amount(found.get("base_premium"), rate, unit, mode)


@pytest.mark.parametrize(("unit", "expected"), [(1, 11_567), (10, 11_560), (100, 11_500)])
def test_the_rounding_unit_reaches_the_premium(unit, expected):
    case = a_case(insured_periods=((date(2026, 9, 1), None),))
    result = assess(case, overridden(monthly_rounding_unit=unit))
    assert (result.months, result.yearly_premium, result.premium) == (7, 19_830, expected)


def test_a_person_who_was_insured_for_no_month_owes_nothing_and_it_is_said():
    case = a_case(insured_periods=((date(2026, 6, 5), date(2026, 6, 25)),))
    result = assess(case, params())
    assert (result.months, result.premium, result.instalments, result.flags) == (0, 0, (), ("no_months",))


def test_assistance_that_begins_before_the_loss_counts_only_in_insured_months():
    # April to July at the fifth tier, August and September at the first: (4 × 69,600 + 2 × 19,830) / 12
    case = a_case(
        tax=TaxFacts(2026, 3, pension_revenue=1_000_000),
        household=(TaxFacts(2026, 1),),
        insured_periods=((date(2000, 4, 1), date(2026, 10, 15)),),
        assistance=((date(2026, 8, 20), None),),
    )
    result = assess(case, params())
    assert (result.tier, result.months, result.premium) == (5, 6, 26_500)


def test_assistance_after_the_loss_changes_nothing():
    periods = ((date(2000, 4, 1), date(2026, 7, 15)),)
    plain = assess(a_case(insured_periods=periods, tax=TaxFacts(2026, 1, total_income=1)), params())
    late = a_case(
        insured_periods=periods, tax=TaxFacts(2026, 1, total_income=1), assistance=((date(2026, 8, 1), None),)
    )
    assert assess(late, params()) == plain
