"""The tax office's side of the law: deductions and limits by fiscal year, in yen.

Written independently of the levy room on purpose: the two sides are meant to check each other.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class YearRules:
    """Income of the year before the fiscal year is taxed by these amounts.

    `salary_minimum`: least employment income deduction (所得税法28条), for revenue up to `salary_minimum_to`,
    `dependent_limit`: total income up to which a relative is a dependent,
    `low_pension`: boundary of tiers 1/2 and 4/5 (介護保険法施行令38条).
    """

    salary_minimum: int
    salary_minimum_to: int
    dependent_limit: int
    low_pension: int


RULES = {
    2024: YearRules(550_000, 1_625_000, 480_000, 800_000),
    2025: YearRules(550_000, 1_625_000, 480_000, 809_000),
    2026: YearRules(650_000, 1_900_000, 580_000, 826_500),  # 令和7年法律第13号: income of 2025
}
_OLD_STEPS = ((1_624_000, 1_074_000), (1_622_000, 1_072_000), (1_620_000, 1_070_000), (1_619_000, 1_069_000))


def salary_income(revenue: int, rules: YearRules) -> int:
    """Employment income (給与所得) by 所得税法28条 and its 別表第五 (steps of 4,000 yen below 6.6 million)."""
    if revenue >= 8_500_000:
        return revenue - 1_950_000
    if revenue >= 6_600_000:
        return revenue * 90 // 100 - 1_100_000
    quarter = revenue // 4_000 * 1_000
    if revenue >= 3_600_000:
        return quarter * 32 // 10 - 440_000
    if revenue >= max(1_800_000, rules.salary_minimum_to):
        return quarter * 28 // 10 - 80_000
    if rules.salary_minimum_to < 1_800_000 and revenue >= 1_619_000:
        return _old_steps(revenue, quarter)
    return max(0, revenue - rules.salary_minimum)


def _old_steps(revenue: int, quarter: int) -> int:
    """別表第五 before the reform, from 1,619,000 to 1,799,999 yen."""
    if revenue >= 1_628_000:
        return quarter * 24 // 10 + 100_000
    return next(income for least, income in _OLD_STEPS if revenue >= least)


def pension_income(revenue: int, *, aged_65: bool, others: int) -> int:
    """Income from public pensions (公的年金等に係る雑所得), 所得税法35条④; `others`: the other income, yen."""
    less = 0 if others <= 10_000_000 else 100_000 if others <= 20_000_000 else 200_000
    if revenue >= 10_000_000:
        deduction = 1_955_000
    elif revenue >= 7_700_000:
        deduction = revenue - (revenue * 95 // 100 - 1_455_000)
    elif revenue >= 4_100_000:
        deduction = revenue - (revenue * 85 // 100 - 685_000)
    else:
        least = 1_100_000 if aged_65 else 600_000
        deduction = max(least, revenue - (revenue * 75 // 100 - 275_000))
    return max(0, revenue - deduction + less)


def per_capita_limit(dependents: int, *, disabled: bool) -> int:
    """Total income up to which no per-capita levy (均等割) is due (地方税法295条, 級地1)."""
    ordinary = 350_000 * (1 + dependents) + 100_000 + (210_000 if dependents else 0)
    return max(ordinary, 1_350_000) if disabled else ordinary


def income_levy_limit(dependents: int) -> int:
    """Total income up to which no income levy (所得割) is due (地方税法附則3条の3)."""
    return 350_000 * (1 + dependents) + 100_000 + (320_000 if dependents else 0)
