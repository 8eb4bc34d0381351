"""Insured periods of the first category: the shipped cases, properties, and the reasons."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility import casebook, rules
from kaigo.common import cases
from kaigo.common.refusal import Refusal
from kaigo.common.trace import explain

casebook.register()
READ = [cases.read_cases(path) for folder in cases.shipped_folders() if folder.parent.name == "eligibility"
        for path in cases.case_files(folder)]  # fmt: skip
CASES = [case for found, _ in READ for case in found]
births = st.dates(date(1920, 1, 1), date(1980, 12, 31))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.where)
def test_case(case):
    outcome = cases.run(case)
    assert not outcome.differences, [step.sentence for step in outcome.steps]


def test_all_shipped_cases_are_well_formed():
    assert len(CASES) >= 20
    assert [problem.message for _, problems in READ for problem in problems] == []


@settings(max_examples=200, deadline=None, derandomize=True)
@given(births)
def test_65_is_attained_the_day_before_the_birthday(birth):
    attained = rules.attained_on(birth)
    next_day = attained + timedelta(days=1)
    assert next_day.year - birth.year == 65 or (birth.month, birth.day) == (1, 1)
    assert (next_day.month, next_day.day) in {(birth.month, birth.day), (3, 1)}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    births,
    st.dates(date(1990, 1, 1), date(2026, 12, 31)),
    st.integers(0, 15000),
    st.sampled_from(["move_out", "death"]),
)
def test_a_period_never_ends_before_it_begins_nor_begins_before_65(birth, begun_on, days, end):
    stay = rules.Stay(begun_on, begun_on + timedelta(days=days), end)
    for span in rules.insured_periods(rules.PersonFacts(birth, (stay,))).periods:
        assert rules.attained_on(birth) <= span.acquired_on < span.lost_on
        assert begun_on <= span.acquired_on


@settings(max_examples=100, deadline=None, derandomize=True)
@given(births, st.dates(date(2000, 1, 1), date(2030, 12, 31)))
def test_every_reason_can_be_read(birth, as_of):
    facts = rules.PersonFacts(birth, (rules.Stay(date(1985, 1, 1), date(2026, 5, 5), "death"),))
    if birth > date(1985, 1, 1):
        return
    for step in explain(rules.insured_periods(facts, as_of).steps, rules.STEPS):
        assert "記録なし" not in step.sentence
        assert step.article


def test_the_reason_of_a_birthday_is_in_plain_japanese():
    facts = rules.PersonFacts(date(1961, 12, 1), (rules.Stay(date(1990, 1, 1)),))
    sentences = [step.sentence for step in explain(rules.insured_periods(facts).steps, rules.STEPS)]
    assert sentences == [
        "昭和36年12月1日生まれなので、65歳の誕生日の前日の令和8年11月30日に65歳に達します。",
        "住民である間に65歳に達したので、令和8年11月30日に資格を取得します。",
    ]


def test_all_reason_codes_have_names_and_fit_their_columns():
    used = {"age", "move_in", *(end for end in rules.END_OF_STATUS.values() if end)}
    assert used <= set(rules.REASONS)
    assert all(len(code) <= 20 for code in rules.REASONS)


def test_a_refusal_says_what_to_look_at_without_personal_data():
    stays = (rules.Stay(date(2020, 1, 1), date(2019, 12, 31), "death"),)
    with pytest.raises(Refusal) as refusal:
        rules.insured_periods(rules.PersonFacts(date(1940, 1, 10), stays))
    assert refusal.value.field == "resident_until"
    assert "1940" not in str(refusal.value)
