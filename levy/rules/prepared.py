"""A parameter set made ready for hundreds of thousands of cases: integers, sorted limits, due dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from kaigo.common.parameters import ParameterError, ParameterSet
from levy.rules.income import Bracket, brackets

GROUPS = ("household_untaxed", "self_untaxed", "taxed")


class TierRow(NamedTuple):
    """A tier of the table: yearly premium in yen, rate in per mille, `limit` in yen (None = no upper limit)."""

    tier: int
    code: str
    rate: int
    yearly: int
    limit: int | None


class TierGroup(NamedTuple):
    """The tiers of one group in order, with their limits for bisection."""

    limits: tuple[int, ...]
    rows: tuple[TierRow, ...]


class Due(NamedTuple):
    """納期: number of the instalment, month counted from April = 0, day by which it is paid."""

    number: int
    month: int
    day: date


@dataclass(frozen=True, slots=True)
class PreparedParams:
    """規則値の準備済みの形. Made by `prepare`; amounts in yen; one per fiscal year and parameter set."""

    fiscal_year: int
    sha256: str
    first_day: date
    next_first_day: date
    household_untaxed: TierGroup
    self_untaxed: TierGroup
    taxed: TierGroup
    by_tier: Mapping[int, TierRow]
    assistance_row: TierRow
    old_age_row: TierRow
    salary_adjustment: int
    taxed_adjustment: int
    shield: bool
    shield_from: int
    shield_below: int
    salary_before_reform: tuple[Bracket, ...]
    untaxed_person: int
    untaxed_addition: int
    untaxed_dependents: int
    untaxed_exempt: int
    assistance_mid_year: str
    unknown_is_highest: bool
    monthly_unit: int
    monthly_mode: str
    withholding_minimum: int
    withholding_unit: int
    pay_days: tuple[date, ...]
    october_deadline: date
    ordinary: tuple[Due, ...]
    instalment_unit: int
    remainder_first: bool
    notice: timedelta
    share_by_months: bool
    closed: frozenset[date]


def prepare(params: ParameterSet, holidays: frozenset[date] = frozenset()) -> PreparedParams:
    """Make ready the set resolved on April 1 (賦課期日) of the fiscal year; `holidays` are the national ones.

    Raises ParameterError where values contradict each other: a tier without a premium, limits out of order,
    a group without an open end, due months outside the order of the year. ValueError if the set is of
    another day, which is a defect of the caller.
    """
    if (params.day.month, params.day.day) != (4, 1):
        raise ValueError("parameters of a levy are those of April 1")
    year = params.day.year
    groups = _groups(params)  # the three groups by their field names
    by_tier = {row.tier: row for group in groups.values() for row in group.rows}
    closed = _closed(year, params.get("office_closed_days"), holidays)
    return PreparedParams(
        fiscal_year=year,
        sha256=params.sha256,
        first_day=params.day,
        next_first_day=date(year + 1, 4, 1),
        by_tier=by_tier,
        assistance_row=_special(params, by_tier, "assistance_tier"),
        old_age_row=_special(params, by_tier, "old_age_welfare_tier"),
        october_deadline=_in_year(year, params.get("october_start_deadline")),
        pay_days=_pay_days(year, params.get("withholding_pay_day"), closed),
        ordinary=_due_days(year, params.get("ordinary_months"), closed),
        closed=closed,
        **groups,
        **_amounts(params),
        **_choices(params),
    )


def _amounts(params: ParameterSet) -> dict[str, Any]:
    return {
        "salary_adjustment": params.get("salary_adjustment"),
        "taxed_adjustment": params.get("taxed_income_adjustment"),
        "shield_from": params.get("salary_shield_from"),
        "shield_below": params.get("salary_shield_below"),
        "salary_before_reform": brackets(params.get("salary_deduction_before_reform")),
        "untaxed_person": params.get("untaxed_limit_person"),
        "untaxed_addition": params.get("untaxed_limit_addition"),
        "untaxed_dependents": params.get("untaxed_limit_dependents"),
        "untaxed_exempt": params.get("untaxed_limit_exempt"),
        "monthly_unit": params.get("monthly_rounding_unit"),
        "withholding_minimum": params.get("withholding_minimum"),
        "withholding_unit": params.get("withholding_unit"),
        "instalment_unit": params.get("instalment_unit"),
    }


def _choices(params: ParameterSet) -> dict[str, Any]:
    return {
        "shield": params.get("salary_shield"),
        "assistance_mid_year": params.get("assistance_mid_year"),
        "unknown_is_highest": params.get("undeclared_treatment") == "untaxed_highest",
        "monthly_mode": params.get("monthly_rounding_mode"),
        "remainder_first": params.get("instalment_remainder") == "first",
        "notice": timedelta(days=params.get("notice_days")),
        "share_by_months": params.get("combined_share") == "months",
    }


def _groups(params: ParameterSet) -> dict[str, Any]:
    table = params.get("tiers")
    yearly = {row["tier"]: row["yearly"] for row in params.get("premiums")}
    tiers = [row["tier"] for row in table]
    if tiers != list(range(1, len(table) + 1)):
        raise ParameterError("規則値「tiers」", "段階は1から順に書いてください")
    if len(yearly) != len(params.get("premiums")) or set(yearly) != set(tiers):
        raise ParameterError("規則値「premiums」", "段階の区分（tiers）と保険料の表の段階が一致しません")
    if [GROUPS.index(row["group"]) for row in table] != sorted(GROUPS.index(row["group"]) for row in table):
        raise ParameterError("規則値「tiers」", "区分の順が正しくありません")
    return {name: _group(name, [row for row in table if row["group"] == name], yearly, params) for name in GROUPS}


def _group(name: str, table: Sequence[Mapping[str, Any]], yearly: dict[int, int], params: ParameterSet) -> TierGroup:
    rows = tuple(_row(name, row, yearly[row["tier"]], params) for row in table)
    limits = tuple(row.limit for row in rows if row.limit is not None)
    if not rows or rows[-1].limit is not None or len(limits) != len(rows) - 1:
        raise ParameterError("規則値「tiers」", f"区分 {name} は、最後の段階だけを上限なしにしてください")
    if any(lower >= upper for lower, upper in pairwise(limits)):
        raise ParameterError("規則値「tiers」", f"区分 {name} の上限が順に大きくなっていません")
    return TierGroup(limits, rows)


def _row(group: str, row: Mapping[str, Any], yearly: int, params: ParameterSet) -> TierRow:
    named = row["at_most_limit"]
    given = [row["at_most"], row["below"], params.get(named) if named else None]
    limits = [limit for limit in given if limit is not None]
    foreign = (row["at_most"], named) if group == "taxed" else (row["below"],)
    if len(limits) > 1 or any(limit is not None for limit in foreign):
        raise ParameterError("規則値「tiers」", f"{row['tier']}段階の上限の書き方が区分 {group} に合いません")
    rate = row["reduced_rate"] if row["reduced_rate"] is not None else row["rate"]
    return TierRow(row["tier"], row["code"], rate, yearly, limits[0] if limits else None)


def _special(params: ParameterSet, by_tier: Mapping[int, TierRow], name: str) -> TierRow:
    tier = params.get(name)
    if tier not in by_tier:
        raise ParameterError(f"規則値「{name}」", f"{tier}段階は段階の区分にありません")
    return by_tier[tier]


def _in_year(fiscal_year: int, month_day: str) -> date:
    month, day = int(month_day[:2]), int(month_day[3:])
    return date(fiscal_year if month >= 4 else fiscal_year + 1, month, day)


def _closed(fiscal_year: int, month_days: Sequence[str], holidays: frozenset[date]) -> frozenset[date]:
    """Holidays, and the year-end days of this and the following year (for instalments due late)."""
    own = {_in_year(year, month_day) for year in (fiscal_year, fiscal_year + 1) for month_day in month_days}
    return holidays | own


def working_day(day: date, closed: frozenset[date], step: int = 1) -> date:
    """The day itself, or the next (`step` 1) or previous (`step` -1) day on which offices are open."""
    while day.weekday() >= 5 or day in closed:
        day += timedelta(days=step)
    return day


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _pay_days(fiscal_year: int, day: int, closed: frozenset[date]) -> tuple[date, ...]:
    months = [(fiscal_year, 4), (fiscal_year, 6), (fiscal_year, 8), (fiscal_year, 10), (fiscal_year, 12)]
    return tuple(working_day(date(year, month, day), closed, -1) for year, month in [*months, (fiscal_year + 1, 2)])


def _due_days(fiscal_year: int, months: Sequence[int], closed: frozenset[date]) -> tuple[Due, ...]:
    order = [(month - 4) % 12 for month in months]
    if not order or order != sorted(set(order)) or not all(1 <= month <= 12 for month in months):
        raise ParameterError("規則値「ordinary_months」", "納期の月は4月から3月の順に、重なりなく書いてください")
    return tuple(
        Due(number, index, working_day(month_end(fiscal_year + (month < 4), month), closed))
        for number, (index, month) in enumerate(zip(order, months, strict=True), 1)
    )
