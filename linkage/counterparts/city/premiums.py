"""A rough premium (保険料) of an insured person: what the pension payer withheld in last February came from one.

The counterpart's own estimate: the levy room is not asked, and small-salary relief and border cases are left out.
"""

from linkage.counterparts.city.incomes import Tax
from linkage.counterparts.city.tax_rules import YearRules

STANDARD = 69_600
"""Yearly standard amount (基準額), yen."""
_PER_MILLE = (285, 485, 685, 900, 1000, 1200, 1300, 1500, 1700, 1900, 2100, 2300, 2400)
_TAXED_FROM = (1_200_000, 2_100_000, 3_200_000, 4_200_000, 5_200_000, 6_200_000, 7_200_000)


def rough_tier(tax: Tax, *, household_taxed: bool, assisted: bool, rules: YearRules) -> int:
    """Income tier 1 to 13 by the national table of the 9th plan period (介護保険法施行令38条)."""
    if assisted:
        return 1
    total = tax.total - tax.long_deduction - tax.short_deduction
    if tax.taxed:
        return 6 + sum(total >= least for least in _TAXED_FROM)
    salary = max(0, tax.salary_income - 100_000)
    income = tax.pension_revenue + salary + max(0, total - tax.pension_income - tax.salary_income)
    if household_taxed:
        return 4 if income <= rules.low_pension else 5
    return 1 if income <= rules.low_pension else 2 if income <= 1_200_000 else 3


def yearly(tier: int) -> int:
    """Yearly premium in yen, rounded down to 100 yen."""
    return STANDARD * _PER_MILLE[tier - 1] // 1000 // 100 * 100
