"""What a premium decision is made from, and what it says. Amounts are yen, periods half-open by day."""

from datetime import date
from typing import Any, NamedTuple

Period = tuple[date, date | None]
"""First day, and the first day no longer in it (None = open)."""

Step = tuple[str, dict[str, Any], Any]
"""One step of a trace: code in the step catalogue, inputs, outcome."""


class TaxFacts(NamedTuple):
    """市町村民税の情報: one person's resident-tax data of one fiscal year (amounts in yen).

    `status`: 1 taxed (課税), 2 per-capita levy only (均等割のみ), 3 untaxed (非課税), 4 undeclared (未申告).
    `total_income` is 合計所得金額 as the tax office reports it, before special deductions are taken off.
    `salary_income` is before, `total_income` after the income adjustment (所得金額調整控除), if there is one.
    """

    fiscal_year: int
    status: int
    per_capita_levy: int = 0
    income_levy: int = 0
    total_income: int = 0
    salary_revenue: int = 0
    salary_income: int = 0
    pension_revenue: int = 0
    pension_income: int = 0
    other_income: int = 0
    long_term_special_deduction: int = 0
    short_term_special_deduction: int = 0
    dependents: int = 0
    exempt_category: bool = False
    income_adjustment: int = 0


class WithholdingFacts(NamedTuple):
    """特別徴収: what the pension side says. `state`: 0 none, 1 continuing, 2 starts this October, 3 stopped."""

    state: int = 0
    pension_amount: int = 0
    last_february_amount: int = 0


NO_WITHHOLDING = WithholdingFacts()


class PremiumCase(NamedTuple):
    """Everything that one person's premium of one fiscal year depends on.

    `insured_periods` (first category) and `assistance` (生活保護・支援給付) may reach beyond the year.
    `household` are the other members on the base date; `None` there, or as `tax`, means no tax record.
    `levied_on` is the day of the decision (賦課年月日): only due dates after it can be demanded.
    """

    fiscal_year: int
    insured_periods: tuple[Period, ...]
    levied_on: date
    tax: TaxFacts | None
    household: tuple[TaxFacts | None, ...] = ()
    assistance: tuple[Period, ...] = ()
    old_age_welfare_pension: bool = False
    border_tier: int | None = None
    withholding: WithholdingFacts = NO_WITHHOLDING


class TierDecision(NamedTuple):
    """所得段階の判定 on the base date. `code` is the ordinance's own name of the tier ("1", "3-2")."""

    tier: int
    code: str
    yearly_premium: int
    estimated: bool
    flags: tuple[str, ...]
    steps: tuple[Step, ...]


WITHHOLDING = "1"
ORDINARY = "2"


class Instalment(NamedTuple):
    """期別. `method` "1" withholding (number 1 = April … 6 = February), "2" ordinary (number = 期)."""

    method: str
    number: int
    due_date: date
    amount: int
    provisional: bool = False


class Schedule(NamedTuple):
    """How a premium is collected. The sum of the instalments is the premium plus `overpaid`."""

    instalments: tuple[Instalment, ...]
    overpaid: int
    flags: tuple[str, ...]
    steps: tuple[Step, ...]


class AssessmentResult(NamedTuple):
    """賦課決定. `tier` and `yearly_premium` are those of the base date; `trace` is ready to be stored as JSON."""

    base_date: date
    tier: int
    code: str
    yearly_premium: int
    months: int
    premium: int
    instalments: tuple[Instalment, ...]
    overpaid: int
    estimated: bool
    flags: tuple[str, ...]
    trace: tuple[Step, ...]
