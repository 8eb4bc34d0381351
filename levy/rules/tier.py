"""所得段階の判定: the income tier on the base date, with its trace.

Source: 介護保険法施行令38条1項 (order of the tiers, public assistance, old-age welfare pension, border case),
介護保険料条例準則 (treatment of unknown income). The numbers of paragraphs were not compared with the text.
"""

from bisect import bisect_left, bisect_right
from datetime import date
from typing import NamedTuple

from kaigo.common.refusal import Refusal
from levy.rules import income
from levy.rules.amounts import base_date, covers
from levy.rules.facts import PremiumCase, Step, TaxFacts, TierDecision
from levy.rules.prepared import PreparedParams, TierGroup, TierRow

UNDECLARED = 4


class _Found(NamedTuple):
    row: TierRow
    estimated: bool
    flags: tuple[str, ...]


def decide_tier(case: PremiumCase, params: PreparedParams) -> TierDecision:
    """The tier of a case on its base date, and the yearly premium in yen.

    Raises Refusal for a tax status or border tier that does not exist, ValueError for facts or parameters
    of another fiscal year.
    """
    if case.fiscal_year != params.fiscal_year:
        raise ValueError("parameters of another fiscal year")
    day = base_date(case.insured_periods, case.fiscal_year)
    return tier_on(case, params, day, receiving=covers(case.assistance, day))


def tier_on(case: PremiumCase, params: PreparedParams, day: date, *, receiving: bool) -> TierDecision:
    """As `decide_tier`, for a known base date and with or without public assistance."""
    steps: list[Step] = [_base_step(day, params)]
    if receiving:
        steps.append(("assistance", {}, params.assistance_row.tier))
        found = _Found(params.assistance_row, False, ("assistance",))
    else:
        found = _with_border(case, params, _by_income(case, params, steps), steps)
    row = found.row
    steps.append(("yearly", {"tier": row.tier, "rate": row.rate}, row.yearly))
    return TierDecision(row.tier, row.code, row.yearly, found.estimated, found.flags, tuple(steps))


def _base_step(day: date, params: PreparedParams) -> Step:
    code = "base" if day == params.first_day else "base.acquired"
    return (code, {}, day.isoformat())


def _by_income(case: PremiumCase, params: PreparedParams, steps: list[Step]) -> _Found:
    tax, own = case.tax, income.standing(case.tax, params)
    if tax is None or own == income.UNKNOWN:
        steps.append(("self.unknown", {}, income.UNKNOWN))
        return _untaxed(case, params, steps, ("income_unknown",))
    tax, flags = _recounted(tax, own, params, steps)
    if own == income.UNTAXED:
        return _untaxed(case._replace(tax=tax), params, steps, flags)
    measure = income.taxed_measure(tax, params)
    steps.append(_counted_step(tax, params, measure))
    row = params.taxed.rows[bisect_right(params.taxed.limits, measure)]
    steps.append(_tier_step("tier.taxed", params.taxed, row, measure))
    return _Found(row, False, flags)


def _recounted(tax: TaxFacts, own: str, params: PreparedParams, steps: list[Step]) -> tuple[TaxFacts, tuple[str, ...]]:
    """The facts by which the levy counts: those before the reform for small salaries of 2026."""
    flags: tuple[str, ...] = ()
    if income.shielded(tax, params):
        recounted = income.before_reform(tax, params)
        inputs = {"salary": tax.salary_revenue, "before": tax.salary_income}
        steps.append(("salary.2026", inputs, recounted.salary_income))
        tax, flags = recounted, ("salary_shield",)
    steps.append(("self", {"status": tax.status}, own))
    if own == income.DEEMED_TAXED:
        flags = (*flags, "deemed_taxed")
    if tax.long_term_special_deduction or tax.short_term_special_deduction:
        flags = (*flags, "special_deduction")
    return tax, flags


def _counted_step(tax: TaxFacts, params: PreparedParams, measure: int) -> Step:
    special = tax.long_term_special_deduction + tax.short_term_special_deduction
    less = min(tax.salary_income + tax.pension_income, params.taxed_adjustment)
    if not special and not less:
        return ("income", {"total": tax.total_income}, measure)
    return ("income.less", {"total": tax.total_income, "special": special, "less": less}, measure)


def _untaxed(case: PremiumCase, params: PreparedParams, steps: list[Step], flags: tuple[str, ...]) -> _Found:
    taxed, unknown = _household(case.household, params)
    steps.append(("household", {"members": len(case.household), "taxed": taxed, "unknown": unknown}, taxed > 0))
    estimated = "income_unknown" in flags
    if taxed:
        return _Found(_by_pension(case, params, params.self_untaxed, steps), estimated, flags)
    if unknown:
        estimated, flags = True, (*flags, "household_income_unknown")
    if case.old_age_welfare_pension:
        steps.append(("old_age", {}, params.old_age_row.tier))
        return _Found(params.old_age_row, estimated, (*flags, "old_age_welfare"))
    return _Found(_by_pension(case, params, params.household_untaxed, steps), estimated, flags)


def _household(members: tuple[TaxFacts | None, ...], params: PreparedParams) -> tuple[int, int]:
    taxed = unknown = 0
    for member in members:
        standing = income.standing(member, params)
        if standing == income.UNKNOWN:
            unknown += 1
        elif standing != income.UNTAXED:
            taxed += 1
    return taxed, unknown


def _by_pension(case: PremiumCase, params: PreparedParams, group: TierGroup, steps: list[Step]) -> TierRow:
    tax = case.tax
    if tax is None or (tax.status == UNDECLARED and params.unknown_is_highest):
        row = group.rows[-1] if params.unknown_is_highest else group.rows[0]
        steps.append(("tier.assumed", {}, row.tier))
        return row
    other = income.other_income(tax, params)
    measure = tax.pension_revenue + other
    steps.append(_pension_step(tax, params, measure, other))
    row = group.rows[bisect_left(group.limits, measure)]
    steps.append(_tier_step("tier.untaxed", group, row, measure))
    return row


def _pension_step(tax: TaxFacts, params: PreparedParams, measure: int, other: int) -> Step:
    inputs = {"pension": tax.pension_revenue, "other": other}
    if not other and not tax.salary_income and tax.total_income <= tax.pension_income:
        return ("pension", inputs, measure)
    inputs["total"] = income.counted_total_income(tax)
    inputs["pension_income"] = tax.pension_income
    inputs["less"] = min(tax.salary_income, params.salary_adjustment)
    return ("pension.other", inputs, measure)


def _tier_step(kind: str, group: TierGroup, row: TierRow, measure: int) -> Step:
    """The step says which limits the amount lies between; the code says which of them exist."""
    place = row.tier - group.rows[0].tier
    inputs = {"measure": measure}
    if place:
        inputs["from"] = group.limits[place - 1]
    if row.limit is None:
        return (f"{kind}.last" if place else f"{kind}.only", inputs, row.tier)
    inputs["limit"] = row.limit
    return (f"{kind}.middle" if place else f"{kind}.first", inputs, row.tier)


def _with_border(case: PremiumCase, params: PreparedParams, found: _Found, steps: list[Step]) -> _Found:
    """境界層: the lower tier at which the person would not need public assistance."""
    if case.border_tier is None:
        return found
    row = params.by_tier.get(case.border_tier)
    if row is None:
        raise Refusal(
            "border_tier",
            "境界層の段階が、この年度の段階の区分にありません。",
            field="border_tier",
            ways=("境界層該当証明書の段階を確かめてください。",),
        )
    if row.tier >= found.row.tier:
        return found
    steps.append(("border", {"tier": found.row.tier}, row.tier))
    return found._replace(row=row, flags=(*found.flags, "border_case"))
