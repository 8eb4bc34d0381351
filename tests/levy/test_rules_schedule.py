"""Instalments: what holds for every schedule; the single cases are in levy/cases."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from levy.casebook import book
from levy.rules import WithholdingFacts, assess, prepare, schedule
from levy.rules.prepared import working_day
from tests.levy.premium_facts import a_case, overridden, params, premium_cases

some = settings(max_examples=300, deadline=None, derandomize=True)


@some
@given(premium_cases())
def test_instalments_add_up_to_the_premium_and_what_is_overpaid(case):
    result = assess(case, params(case.fiscal_year))
    assert sum(instalment.amount for instalment in result.instalments) == result.premium + result.overpaid


@some
@given(premium_cases())
def test_no_instalment_is_zero_negative_or_given_twice(case):
    result = assess(case, params(case.fiscal_year))
    assert all(instalment.amount > 0 for instalment in result.instalments)
    assert result.overpaid >= 0
    keys = [(instalment.method, instalment.number) for instalment in result.instalments]
    assert len(keys) == len(set(keys))


@some
@given(premium_cases())
def test_ordinary_instalments_leave_time_to_pay_and_fall_on_working_days(case):
    prepared = params(case.fiscal_year)
    for instalment in assess(case, prepared).instalments:
        if instalment.method == "2":
            assert (instalment.due_date - case.levied_on).days >= 10
            assert working_day(instalment.due_date, prepared.closed) == instalment.due_date


@some
@given(st.integers(0, 300_000), st.sampled_from([1, 10, 100, 1000]), st.sampled_from(["first", "last"]))
def test_all_ordinary_instalments_but_one_are_equal_and_whole_units(premium, unit, remainder):
    found = schedule(premium, a_case(), overridden(instalment_unit=unit, instalment_remainder=remainder)).instalments
    assert sum(instalment.amount for instalment in found) == premium
    rest = found[1:] if remainder == "first" else found[:-1]
    assert len({instalment.amount for instalment in rest}) <= 1
    assert all(instalment.amount % unit == 0 for instalment in rest)


@some
@given(st.integers(0, 300_000), st.integers(0, 60_000))
def test_december_and_february_are_equal_and_october_bears_the_rest(premium, february):
    case = a_case(withholding=WithholdingFacts(1, 900_000, february))
    amounts = {instalment.number: instalment.amount for instalment in schedule(premium, case, params()).instalments}
    assert all(amounts.get(number, 0) == february for number in (1, 2, 3))
    assert amounts.get(5, 0) == amounts.get(6, 0)
    assert amounts.get(5, 0) % 100 == 0
    assert 0 <= amounts.get(4, 0) - amounts.get(5, 0) < 300


def test_holidays_move_a_due_date_and_a_pay_day():
    closed = frozenset({date(2026, 6, 30), date(2026, 7, 1), date(2026, 4, 15)})
    prepared = prepare(book().resolve(date(2026, 4, 1)), closed)
    assert prepared.ordinary[0].day == date(2026, 7, 2)
    assert prepared.pay_days[0] == date(2026, 4, 14)


def test_an_extra_instalment_never_takes_the_number_of_another():
    case = a_case(insured_periods=((date(2027, 3, 25), None),), levied_on=date(2027, 3, 28))
    (instalment,) = assess(case, params()).instalments
    assert (instalment.number, instalment.due_date) == (11, date(2027, 4, 30))


def test_provisional_payments_are_marked():
    case = a_case(withholding=WithholdingFacts(1, 900_000, 3_000))
    found = schedule(19_830, case, params()).instalments
    assert [instalment.provisional for instalment in found] == [True, True, True, False, False, False]


def test_a_person_who_was_not_insured_in_the_year_has_no_instalment():
    gone = ((date(2000, 4, 1), date(2025, 12, 1)),)
    result = assess(a_case(insured_periods=gone, withholding=WithholdingFacts(1, 900_000, 3_000)), params())
    assert (result.months, result.premium, result.instalments, result.overpaid) == (0, 0, (), 0)


def test_a_person_who_came_back_keeps_what_was_withheld_before():
    # lost in June, insured again from September: April was withheld, the rest is ordinary
    periods = ((date(2000, 4, 1), date(2026, 6, 10)), (date(2026, 9, 1), None))
    result = assess(
        a_case(insured_periods=periods, levied_on=date(2026, 9, 10), withholding=WithholdingFacts(1, 900_000, 1_000)),
        params(),
    )
    withheld = [instalment.number for instalment in result.instalments if instalment.method == "1"]
    assert (result.months, result.premium, withheld) == (9, 14_870, [1])
    assert sum(instalment.amount for instalment in result.instalments) == 14_870
