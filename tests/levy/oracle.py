"""A second, slow and simple way to a person's tier, written from the ordinance's table.

It shares nothing with levy.rules and reads no parameters: the numbers are written here again on purpose, so that a
wrong number in either place shows. Fiscal years 2021 to 2026, example ordinance, municipality of the first class
(1級地).
"""

from decimal import Decimal

YEN_100_000 = Decimal("100000")


def tier_of(facts, fiscal_year):
    """The tier (1 to 9, from 2024 1 to 13) on the base date.

    `facts` is a dict:
      tax         dict with the fields of the tax file, or None if there is no record:
                  status (1 to 4), total_income, salary_revenue, salary_income, pension_revenue, pension_income,
                  long_term_special_deduction, short_term_special_deduction, dependents, exempt_category,
                  and optionally income_adjustment
      household   list of such dicts (or None) of the other members on the base date
      assistance  True if public assistance or support for returnees is received on the base date
      old_age_welfare_pension  True or False
      border_tier an int or None
    """
    if facts["assistance"]:
        return 1
    tier = _tier_by_income(facts, fiscal_year)
    border = facts["border_tier"]
    if border is not None and border < tier:
        return border
    return tier


def _tier_by_income(facts, fiscal_year):
    tax = facts["tax"]
    if _is_taxed(tax, fiscal_year):
        return _taxed_tier(tax, fiscal_year)
    anyone_taxed = any(_is_taxed(member, fiscal_year) for member in facts["household"])
    if not anyone_taxed and facts["old_age_welfare_pension"]:
        return 1
    if tax is None or tax["status"] == 4:
        return 5 if anyone_taxed else 3
    money = _pension_and_other(tax, fiscal_year)
    if anyone_taxed:
        return 4 if money <= _low_limit(fiscal_year) else 5
    if money <= _low_limit(fiscal_year):
        return 1
    return 2 if money <= Decimal("1200000") else 3


def _low_limit(fiscal_year):
    if fiscal_year == 2026:
        return Decimal("826500")
    if fiscal_year == 2025:
        return Decimal("809000")
    return Decimal("800000")


def _taxed_tier(tax, fiscal_year):
    total, salary = _total_and_salary(tax, fiscal_year)
    total = _without_special(total, tax)
    if fiscal_year <= 2023:
        total = max(Decimal(0), total - min(YEN_100_000, salary + Decimal(tax["pension_income"])))
    if total < 1200000:
        return 6
    if total < 2100000:
        return 7
    if total < 3200000:
        return 8
    if fiscal_year <= 2023 or total < 4200000:
        return 9
    return _highest_tiers(total)


def _highest_tiers(total):
    if total < 5200000:
        return 10
    if total < 6200000:
        return 11
    if total < 7200000:
        return 12
    return 13


def _pension_and_other(tax, fiscal_year):
    total, salary = _total_and_salary(tax, fiscal_year)
    total = _without_special(total, tax)
    other = total - Decimal(tax["pension_income"])
    # the salary in the total (after the income adjustment) gives way to the salary less 100,000 yen
    adjustment = Decimal(tax.get("income_adjustment", 0))
    other = other - (salary - adjustment) + max(Decimal(0), salary - YEN_100_000)
    return Decimal(tax["pension_revenue"]) + max(Decimal(0), other)


def _without_special(total, tax):
    special = Decimal(tax["long_term_special_deduction"]) + Decimal(tax["short_term_special_deduction"])
    return max(Decimal(0), total - special)


def _total_and_salary(tax, fiscal_year):
    total, salary = Decimal(tax["total_income"]), Decimal(tax["salary_income"])
    if _small_salary_of_2026(tax, fiscal_year):
        old = _salary_before_the_reform(Decimal(tax["salary_revenue"]))
        return total - salary + old, old
    return total, salary


def _small_salary_of_2026(tax, fiscal_year):
    return fiscal_year == 2026 and 551000 <= tax["salary_revenue"] < 1900000


def _salary_before_the_reform(revenue):
    """所得税法別表第五 as it was for 2020 to 2024, below 1,900,000 yen."""
    if revenue < 551000:
        return Decimal(0)
    if revenue < 1619000:
        return revenue - 550000
    for below, income in ((1620000, 1069000), (1622000, 1070000), (1624000, 1072000), (1628000, 1074000)):
        if revenue < below:
            return Decimal(income)
    thousands = (revenue / 4 / 1000).to_integral_value(rounding="ROUND_FLOOR") * 1000
    if revenue < 1800000:
        return thousands * Decimal("2.4") + 100000
    return thousands * Decimal("2.8") - 80000


def _is_taxed(tax, fiscal_year):
    if tax is None or tax["status"] == 4:
        return False
    if tax["status"] in (1, 2):
        return True
    if not _small_salary_of_2026(tax, fiscal_year):
        return False
    people = 1 + tax["dependents"]
    limit = Decimal("350000") * people + 100000 + (210000 if people > 1 else 0)
    if tax["exempt_category"] and limit < 1350000:
        limit = Decimal("1350000")
    if tax["total_income"] > limit:  # untaxed for another reason than the income
        return False
    before, _ = _total_and_salary(tax, fiscal_year)
    return before > limit
