"""所得: the amounts that tiers are decided by, from a person's tax data. Amounts in yen.

Sources: 介護保険法施行令38条1項 (合計所得金額, 公的年金等の収入), 同附則 (special rule of fiscal year 2026),
所得税法28条・別表第五 (salary income). The numbers of paragraphs were not compared with the text.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from kaigo.common.refusal import Refusal
from levy.rules.facts import TaxFacts

if TYPE_CHECKING:
    from levy.rules.prepared import PreparedParams

UNTAXED, TAXED, UNKNOWN, DEEMED_TAXED = "untaxed", "taxed", "unknown", "deemed"


class Bracket(NamedTuple):
    """One line of the salary income table: from `at_least` yen of revenue on."""

    at_least: int
    method: str
    multiplier: int
    amount: int


def brackets(table: Iterable[Mapping[str, Any]]) -> tuple[Bracket, ...]:
    """The salary income table as read from the parameters, lowest line first."""
    rows = (Bracket(row["at_least"], row["method"], row["multiplier"] or 0, row["amount"] or 0) for row in table)
    return tuple(sorted(rows))


def salary_income(revenue: int, table: tuple[Bracket, ...]) -> int:
    """給与所得 of a salary revenue by a table of the law (所得税法28条・別表第五)."""
    for bracket in reversed(table):
        if revenue >= bracket.at_least:
            return _by_method(revenue, bracket)
    return 0


def _by_method(revenue: int, bracket: Bracket) -> int:
    if bracket.method == "quarter":
        return revenue // 4000 * 1000 * bracket.multiplier // 1000 + bracket.amount
    if bracket.method == "subtract":
        return max(0, revenue - bracket.amount)
    return bracket.amount if bracket.method == "fixed" else 0


def shielded(tax: TaxFacts, params: "PreparedParams") -> bool:
    """Whether the special rule of 2026 applies: a salary whose deduction the reform raised."""
    return params.shield and params.shield_from <= tax.salary_revenue < params.shield_below


def before_reform(tax: TaxFacts, params: "PreparedParams") -> TaxFacts:
    """The facts with salary and total income counted by the deduction before the reform.

    The result is usually higher; just below 1,900,000 yen the steps of the old table make it a little lower.
    """
    salary = salary_income(tax.salary_revenue, params.salary_before_reform)
    return tax._replace(salary_income=salary, total_income=tax.total_income + salary - tax.salary_income)


def standing(tax: TaxFacts | None, params: "PreparedParams") -> str:
    """課税・非課税: "taxed", "untaxed", "deemed" (taxed by the special rule of 2026) or "unknown".

    Raises Refusal for a status that does not exist, ValueError for data of another fiscal year.
    """
    if tax is None:
        return UNKNOWN
    if tax.fiscal_year != params.fiscal_year:
        raise ValueError("tax data of another fiscal year")
    status = tax.status
    if status == 3:
        return DEEMED_TAXED if shielded(tax, params) and _taxed_before_reform(tax, params) else UNTAXED
    if status in (1, 2):
        return TAXED
    if status == 4:
        return UNKNOWN
    raise Refusal("tax_status", "課税区分が正しくありません。", field="status", ways=("税情報を確かめてください。",))


def _taxed_before_reform(tax: TaxFacts, params: "PreparedParams") -> bool:
    """Untaxed because of the raised deduction only: over the limit before it, not over it with it.

    Somebody who is untaxed although the income is over the limit is so for another reason (public
    assistance, reduction), and the special rule does not make that person taxed.
    """
    limit = untaxed_limit(tax, params)
    return tax.total_income <= limit < before_reform(tax, params).total_income


def untaxed_limit(tax: TaxFacts, params: "PreparedParams") -> int:
    """均等割の非課税限度額 of a person with that many dependents (地方税法295条, 市税条例)."""
    limit = params.untaxed_person * (1 + tax.dependents) + params.untaxed_addition
    if tax.dependents:
        limit += params.untaxed_dependents
    return max(limit, params.untaxed_exempt) if tax.exempt_category else limit


def counted_total_income(tax: TaxFacts) -> int:
    """合計所得金額 as the levy counts it: less the special deductions for capital gains, not below 0."""
    return max(0, tax.total_income - tax.long_term_special_deduction - tax.short_term_special_deduction)


def pension_and_other_income(tax: TaxFacts, params: "PreparedParams") -> int:
    """年金等合計 for untaxed persons: pension revenue and the other income, with 100,000 less of salary."""
    return tax.pension_revenue + other_income(tax, params)


def other_income(tax: TaxFacts, params: "PreparedParams") -> int:
    """The counted income without that from pensions; a salary counts less the adjustment, not below 0."""
    salary_less = min(tax.salary_income, params.salary_adjustment)
    return max(0, counted_total_income(tax) - tax.pension_income + tax.income_adjustment - salary_less)


def taxed_measure(tax: TaxFacts, params: "PreparedParams") -> int:
    """The income by which taxed persons are sorted; from 2021 to 2023 with up to 100,000 less."""
    less = min(tax.salary_income + tax.pension_income, params.taxed_adjustment)
    return max(0, counted_total_income(tax) - less)
