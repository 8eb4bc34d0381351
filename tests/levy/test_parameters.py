"""The shipped levy parameters, and the contradictions that are refused before a single case is decided."""

from datetime import date

import pytest

from kaigo.common.parameters import ParameterError
from levy.casebook import book
from levy.rules import prepare
from tests.levy.premium_facts import YEARS, overridden, params


@pytest.mark.parametrize("year", YEARS)
def test_every_year_of_both_plan_periods_can_be_levied(year):
    assert params(year).fiscal_year == year


@pytest.mark.parametrize(
    ("year", "limit"), [(2021, 800_000), (2023, 800_000), (2024, 800_000), (2025, 809_000), (2026, 826_500)]
)
def test_the_lowest_limit_of_each_year(year, limit):
    # a limit that was raised too late or not at all is the best known accident of 2025
    assert params(year).household_untaxed.limits[0] == limit
    assert params(year).self_untaxed.limits == (limit,)


@pytest.mark.parametrize(("year", "tiers"), [(2021, 9), (2023, 9), (2024, 13), (2026, 13)])
def test_the_number_of_tiers(year, tiers):
    assert len(params(year).by_tier) == tiers


@pytest.mark.parametrize(
    ("year", "rates"), [(2023, (300, 500, 700, 900, 1000, 1200)), (2026, (285, 485, 685, 900, 1000, 1200))]
)
def test_the_rates_after_the_reduction_from_public_funds(year, rates):
    assert tuple(params(year).by_tier[tier].rate for tier in range(1, 7)) == rates


@pytest.mark.parametrize("year", [2020, 2027])
def test_a_year_without_a_table_is_refused_rather_than_guessed(year):
    with pytest.raises(ParameterError, match="有効な値がありません"):
        book().resolve(date(year, 4, 1))


def test_the_special_rule_for_small_salaries_is_in_force_in_2026_only():
    assert [params(year).shield for year in YEARS] == [False, False, False, False, False, True]


def test_parameters_of_another_day_than_april_1_are_a_defect():
    with pytest.raises(ValueError, match="April 1"):
        prepare(book().resolve(date(2026, 6, 1)))


def test_a_value_that_needs_confirmation_says_so():
    for entries in book().values.values():
        assert all(entry.note for entry in entries if entry.confidence == "L")


def test_every_source_is_an_article_or_an_ordinance():
    for name, entries in book().values.items():
        assert all("条" in entry.source or "附則" in entry.source for entry in entries), name


def plain_rows(name):
    return [
        {key: value for key, value in row.items() if value is not None}
        for row in book().resolve(date(2026, 4, 1)).get(name)
    ]


class TestContradictions:
    def test_a_tier_without_a_premium(self):
        with pytest.raises(ParameterError, match="premiums"):
            overridden(premiums=plain_rows("premiums")[:-1])

    def test_a_premium_given_twice(self):
        rows = plain_rows("premiums")
        with pytest.raises(ParameterError, match="premiums"):
            overridden(premiums=[*rows, rows[0]])

    @pytest.mark.parametrize(
        ("tier", "change", "reason"),
        [
            (7, {"below": 1_200_000}, "順に大きく"),
            (2, {"at_most": 826_500}, "順に大きく"),
            (13, {"below": 9_000_000}, "最後の段階だけ"),
            (8, {"below": None}, "最後の段階だけ"),
            (8, {"below": None, "at_most": 3_200_000}, "上限の書き方"),
            (1, {"at_most": 700_000}, "上限の書き方"),
            (4, {"at_most_limit": None, "below": 800_000}, "上限の書き方"),
            (3, {"tier": 14}, "1から順に"),
            (5, {"group": "household_untaxed"}, "区分の順"),
        ],
    )
    def test_a_table_that_does_not_cover_every_income_once(self, tier, change, reason):
        rows = plain_rows("tiers")
        rows[tier - 1] = {key: value for key, value in {**rows[tier - 1], **change}.items() if value is not None}
        with pytest.raises(ParameterError, match=reason):
            overridden(tiers=rows)

    @pytest.mark.parametrize("name", ["assistance_tier", "old_age_welfare_tier"])
    def test_a_special_tier_that_does_not_exist(self, name):
        with pytest.raises(ParameterError, match=name):
            overridden(**{name: 14})

    @pytest.mark.parametrize("months", [[], [6, 6], [7, 6], [3, 4], [13]])
    def test_due_months_out_of_order(self, months):
        with pytest.raises(ParameterError, match="ordinary_months"):
            overridden(ordinary_months=months)


def test_a_municipality_with_more_tiers_brings_its_own_table():
    # a fourteenth tier, and tier names of its own: data only
    tiers, premiums = plain_rows("tiers"), plain_rows("premiums")
    tiers[-1] = {**tiers[-1], "below": 10_000_000}
    tiers.append({"tier": 14, "code": "13-2", "group": "taxed", "rate": 2600})
    found = overridden(tiers=tiers, premiums=[*premiums, {"tier": 14, "yearly": 180_960}])
    assert found.by_tier[14].code == "13-2"
    assert found.taxed.limits[-1] == 10_000_000
