"""Incomes, resident tax, assistance and pensions of the invented city agree with the law and with each other."""

from collections import Counter
from datetime import date

import pytest

from linkage.counterparts.city import CityConfig, premiums
from linkage.counterparts.city.addresses import Address
from linkage.counterparts.city.calendar import born_by
from linkage.counterparts.city.dice import Dice
from linkage.counterparts.city.incomes import Tax
from linkage.counterparts.city.pensions import Pensions
from linkage.counterparts.city.people import Entry, Person
from linkage.counterparts.city.tax_rules import (
    RULES,
    income_levy_limit,
    pension_income,
    per_capita_limit,
    salary_income,
)
from tests.linkage.city_files import AS_OF, city, day8, day_of_era, insured_on

AMOUNTS = ["給与収入額", "給与所得額", "公的年金等収入額", "公的年金等所得額", "その他所得額", "合計所得金額"]


def tax_rows():
    return city().file("ZEI").rows


def yen(row, *columns):
    return [int(row[column]) for column in columns]


@pytest.mark.parametrize(
    ("revenue", "income"),
    [
        (0, 0),
        (550_999, 0),
        (650_000, 0),
        (651_000, 1_000),
        (1_899_999, 1_249_999),
        (1_900_000, 1_250_000),
        (1_904_000, 1_252_800),
        (3_599_999, 2_437_200),
        (3_600_000, 2_440_000),
        (6_599_999, 4_836_800),
        (6_600_000, 4_840_000),
        (8_499_999, 6_549_999),
        (8_500_000, 6_550_000),
    ],
)
def test_salary_income_of_2025_by_the_reformed_law(revenue, income):
    assert salary_income(revenue, RULES[2026]) == income


@pytest.mark.parametrize(
    ("revenue", "income"),
    [
        (550_999, 999),
        (551_000, 1_000),
        (1_618_999, 1_068_999),
        (1_619_000, 1_069_000),
        (1_620_000, 1_070_000),
        (1_622_000, 1_072_000),
        (1_624_000, 1_074_000),
        (1_627_999, 1_074_000),
        (1_628_000, 1_076_800),
        (1_799_999, 1_177_600),
        (1_800_000, 1_180_000),
        (3_600_000, 2_440_000),
    ],
)
def test_salary_income_before_the_reform(revenue, income):
    assert salary_income(revenue, RULES[2025]) == income


@pytest.mark.parametrize(
    ("revenue", "aged_65", "others", "income"),
    [
        (1_100_000, True, 0, 0),
        (1_100_001, True, 0, 1),
        (1_200_000, True, 0, 100_000),
        (600_001, False, 0, 1),
        (1_299_999, False, 0, 699_999),
        (1_300_000, False, 0, 700_000),
        (3_300_000, True, 0, 2_200_000),
        (4_100_000, True, 0, 2_800_000),
        (7_700_000, True, 0, 5_860_000),
        (10_000_000, True, 0, 8_045_000),
        (2_000_000, True, 10_000_001, 1_000_000),
        (2_000_000, True, 20_000_001, 1_100_000),
    ],
)
def test_income_from_pensions(revenue, aged_65, others, income):
    assert pension_income(revenue, aged_65=aged_65, others=others) == income


@pytest.mark.parametrize(
    ("dependents", "disabled", "limit"),
    [(0, False, 450_000), (1, False, 1_010_000), (2, False, 1_360_000), (0, True, 1_350_000), (2, True, 1_360_000)],
)
def test_limit_of_the_per_capita_levy(dependents, disabled, limit):
    assert per_capita_limit(dependents, disabled=disabled) == limit


def test_limit_of_the_income_levy():
    assert (income_levy_limit(0), income_levy_limit(1)) == (450_000, 1_120_000)


def test_total_income_is_the_sum_of_its_parts():
    for row in tax_rows():
        salary, pension, other, total = yen(row, "給与所得額", "公的年金等所得額", "その他所得額", "合計所得金額")
        assert total == salary + pension + other
        assert sum(yen(row, "長期譲渡特別控除額", "短期譲渡特別控除額")) <= other


def test_salary_income_follows_from_the_revenue():
    for row in tax_rows():
        assert int(row["給与所得額"]) == salary_income(int(row["給与収入額"]), RULES[2026])


def test_who_is_taxed_follows_from_income_dependents_and_assistance():
    exempt = {row["宛名番号"] for row in city().file("SEIHO").rows if row["種別"] != "3"}
    for row in tax_rows():
        if row["宛名番号"] in exempt or row["課税区分"] == "4":
            continue
        limit = per_capita_limit(int(row["扶養親族数"]), disabled=row["障害者等区分"] == "1")
        assert (int(row["合計所得金額"]) > limit) == (row["課税区分"] in "12")


def test_status_and_levies_agree():
    for row in tax_rows():
        per_capita, income_levy = yen(row, "均等割額", "所得割額")
        assert (row["課税区分"] == "1") == (income_levy > 0)
        assert (row["課税区分"] in "12") == (per_capita > 0)


def test_the_undeclared_have_no_amounts_and_are_few():
    undeclared = [row for row in tax_rows() if row["課税区分"] == "4"]
    assert 0.007 < len(undeclared) / len(tax_rows()) < 0.025
    assert all(int(row[column]) == 0 for row in undeclared for column in AMOUNTS)


def test_every_status_is_there():
    counted = Counter(row["課税区分"] for row in tax_rows())
    assert all(counted[status] > 5 for status in "1234")


def test_every_insured_person_has_a_tax_record_and_so_have_the_grown_up_members():
    taxed = {row["宛名番号"] for row in tax_rows()}
    people = {row["宛名番号"]: row for row in city().residents()}
    insured = {number for number, row in people.items() if insured_on(row)}
    assert insured <= taxed
    turning = {n for n, row in people.items() if day_of_era(row["生年月日"]) <= born_by(date(2027, 3, 31), 65)}
    homes = {people[number]["世帯番号"] for number in turning if people[number]["住所地特例区分"] == "0"}
    grown = {
        number
        for number, row in people.items()
        if row["世帯番号"] in homes and day_of_era(row["生年月日"]) <= born_by(date(2026, 4, 1), 15)
    }
    assert grown <= taxed


def test_no_tax_record_for_children_or_for_who_left_before_the_year():
    last = {number: rows[-1] for number, rows in city().histories().items()}
    for row in tax_rows():
        person = last[row["宛名番号"]]
        assert day_of_era(person["生年月日"]) <= born_by(date(2026, 4, 1), 15)
        assert not person["住民でなくなった日"] or day8(person["住民でなくなった日"]) >= date(2026, 4, 1)


@pytest.mark.parametrize("base", [800_000, 809_000, 826_500, 1_200_000])
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_pensions_stand_on_and_beside_the_boundaries(base, step):
    found = [row for row in city(4000).file("ZEI").rows if int(row["公的年金等収入額"]) == base + step]
    assert any(int(row["給与収入額"]) == int(row["その他所得額"]) == 0 for row in found)


@pytest.mark.parametrize("base", [1_200_000, 2_100_000, 3_200_000, 4_200_000, 5_200_000, 6_200_000, 7_200_000])
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_total_incomes_stand_on_and_beside_the_boundaries(base, step):
    assert any(int(row["合計所得金額"]) == base + step for row in city(4000).file("ZEI").rows)


@pytest.mark.parametrize("revenue", [550_999, 551_000, 1_899_999, 1_900_000])
def test_small_salaries_stand_on_the_boundaries_of_the_relief(revenue):
    assert any(int(row["給与収入額"]) == revenue for row in city(4000).file("ZEI").rows)


def test_many_small_salaries_are_within_the_relief_of_2026():
    small = [row for row in tax_rows() if 551_000 <= int(row["給与収入額"]) < 1_900_000]
    assert len(small) > 100


def test_some_sold_land_with_a_special_deduction():
    deducted = [row for row in city(4000).file("ZEI").rows if int(row["長期譲渡特別控除額"])]
    assert deducted
    assert all(int(row["その他所得額"]) >= int(row["長期譲渡特別控除額"]) for row in deducted)


def test_every_tier_has_people():
    counted = city().manifest.population
    assert all(counted[f"rough_tier_{tier:02}"] > 0 for tier in range(1, 14))
    assert sum(counted[f"rough_tier_{tier:02}"] for tier in range(1, 14)) == 2500


@pytest.mark.parametrize(
    ("tax", "household_taxed", "assisted", "tier"),
    [
        (Tax(None, pension_revenue=826_500), False, False, 1),
        (Tax(None, pension_revenue=826_501), False, False, 2),
        (Tax(None, pension_revenue=1_200_000, pension_income=100_000), False, False, 2),
        (Tax(None, pension_revenue=1_200_001, pension_income=100_001), False, False, 3),
        (Tax(None, pension_revenue=826_500), True, False, 4),
        (Tax(None, pension_revenue=826_501), True, False, 5),
        (Tax(None, other=1_199_999, status="1"), True, False, 6),
        (Tax(None, other=1_200_000, status="1"), True, False, 7),
        (Tax(None, other=7_200_000, status="1"), True, False, 13),
        (Tax(None, other=31_000_000, long_deduction=30_000_000, status="1"), True, False, 6),
        (Tax(None, other=7_200_000, status="1"), True, True, 1),
    ],
)
def test_the_rough_tier(tax, household_taxed, assisted, tier):
    found = premiums.rough_tier(tax, household_taxed=household_taxed, assisted=assisted, rules=RULES[2026])
    assert found == tier


def test_corrections_are_a_second_version_of_known_records():
    first = {row["宛名番号"]: row for row in tax_rows()}
    second = city().file("ZEI", 2).rows
    assert 0.004 < len(second) / len(first) < 0.02
    for row in second:
        before = first[row["宛名番号"]]
        assert (before["履歴番号"], row["履歴番号"]) == ("1", "2")
        assert AS_OF < day8(row["異動年月日"]) <= date(2026, 6, 12)


def test_about_three_in_a_hundred_of_the_older_are_on_assistance():
    people = {row["宛名番号"]: row for row in city().residents()}
    older = {number for number, row in people.items() if insured_on(row)}
    assisted = {row["宛名番号"] for row in city().file("SEIHO").rows if row["種別"] == "1"}
    assert 0.015 < len(older & assisted) / len(older) < 0.045


def test_assistance_of_every_kind():
    rows = city(4000).file("SEIHO").rows
    assert {row["種別"] for row in rows} == {"1", "2", "3"}
    for row in rows:
        assert (row["種別"] == "3") == (row["境界層適用段階"] in {"01", "02", "03", "04"})
        assert not row["廃止年月日"] or day8(row["開始年月日"]) <= day8(row["廃止年月日"]) <= AS_OF
        assert day8(row["開始年月日"]) <= AS_OF


def test_pensions_are_those_of_persons_of_65_and_more():
    people = {number: rows[-1] for number, rows in city().histories().items()}
    rows = city().file("NENKIN").rows
    assert all(day_of_era(people[row["宛名番号"]]["生年月日"]) <= born_by(AS_OF, 65) for row in rows)
    insured = sum(insured_on(row) for row in city().residents())
    assert 0.93 * insured < len(rows) < 1.05 * insured
    assert len({row["基礎年金番号"] for row in rows}) == len(rows)


def test_most_pensions_are_withheld_from():
    people = {row["宛名番号"]: row for row in city().residents()}
    able = [
        row
        for row in city().file("NENKIN").rows
        if int(row["年金年額"]) >= 180_000
        and row["宛名番号"] in people
        and day_of_era(people[row["宛名番号"]]["生年月日"]) <= born_by(date(2026, 4, 1), 66)
    ]
    going_on = [row for row in able if row["特別徴収状態"] == "1"]
    assert 0.80 < len(going_on) / len(able) < 0.92
    assert {row["特別徴収状態"] for row in able} == {"0", "1", "2", "3"}


def test_withholding_has_an_amount_of_full_hundreds_and_a_start():
    for row in city().file("NENKIN").rows:
        amount, state = int(row["前年度2月特別徴収額"]), row["特別徴収状態"]
        assert amount % 100 == 0
        assert (amount > 0) == (state in "13" and row["特別徴収開始年月"] != "")
        assert state != "1" or row["特別徴収開始年月"] < "202604"
        assert state != "2" or row["特別徴収開始年月"] == "202610"
        assert state in "0" or int(row["年金年額"]) >= 180_000


def test_the_newly_65_start_in_october_or_not_yet():
    people = {row["宛名番号"]: row for row in city().residents()}
    young = [
        row["特別徴収状態"]
        for row in city().file("NENKIN").rows
        if row["宛名番号"] in people and day_of_era(people[row["宛名番号"]]["生年月日"]) > born_by(date(2026, 4, 1), 66)
    ]
    assert set(young) == {"0", "2"}


def a_pensioner():
    born, since = date(1950, 3, 3), date(1990, 5, 5)
    person = Person("F", "2", born, ("架空　花子", "カクウ　ハナコ"), "", "", False, "", since, serial=7)
    at = Address("12101", "2600001", "都町", "1-2-3", "")
    person.entries.append(Entry("01", since, 1, "01", person.name, at))
    return person


def test_february_is_near_a_sixth_of_the_premium_and_for_a_few_too_much():
    pensions, dice = Pensions(CityConfig(1)), Dice("february")
    tax = Tax(a_pensioner(), pension_revenue=1_300_000)
    drawn = [pensions.of(tax, tier=5, assisted=False, dice=dice) for _ in range(2_000)]
    amounts = [pension.february for pension in drawn if pension.state == "1"]
    year = premiums.yearly(5)
    assert Counter(amounts).most_common(1)[0][0] == round(year / 600) * 100
    assert 5 < sum(amount * 3 > year for amount in amounts) < 60


def test_nothing_is_withheld_on_assistance_or_from_a_small_pension():
    pensions, dice = Pensions(CityConfig(1)), Dice("none")
    small, large = (Tax(a_pensioner(), pension_revenue=amount) for amount in (179_999, 1_000_000))
    assert {pensions.of(small, tier=1, assisted=False, dice=dice).state for _ in range(200)} == {"0"}
    assert {pensions.of(large, tier=1, assisted=True, dice=dice).state for _ in range(200)} == {"0"}


def test_an_old_age_welfare_pension_is_for_the_very_old_and_untaxed():
    found = city(4000)
    people = {number: rows[-1] for number, rows in found.histories().items()}
    taxes = {row["宛名番号"]: row for row in found.file("ZEI").rows}
    welfare = [row for row in found.file("NENKIN").rows if row["老齢福祉年金区分"] == "1"]
    assert welfare
    for row in welfare:
        assert AS_OF.year - day_of_era(people[row["宛名番号"]]["生年月日"]).year >= 100
        assert row["特別徴収状態"] == "0"
        assert row["宛名番号"] not in taxes or taxes[row["宛名番号"]]["公的年金等収入額"] == "0"
