"""月割・端数: months of a fiscal year, proration and rounding. Months are bits, April = bit 0."""

from collections.abc import Iterable
from datetime import date

from levy.rules.facts import Period

ALL_MONTHS = 0b1111_1111_1111
UNTIL_SEPTEMBER = 0b11_1111


def month_index(day: date, fiscal_year: int) -> int:
    """Months from April of the fiscal year (April = 0); negative before, 12 or more after it."""
    return (day.year - fiscal_year) * 12 + day.month - 4


def insured_months(periods: Iterable[Period], fiscal_year: int) -> int:
    """The months that count, as bits: from the month of acquisition to the month before that of loss.

    Acquired and lost in the same month = none. Several periods in the year are united, so that a month is
    never counted twice. Source: 介護保険料条例準則6条 (月割).
    """
    found = 0
    for acquired_on, lost_on in periods:
        start = max(0, month_index(acquired_on, fiscal_year))
        end = 12 if lost_on is None else min(12, month_index(lost_on, fiscal_year))
        if start < end:
            found |= (1 << end) - (1 << start)
    return found


def covers(periods: Iterable[Period], day: date) -> bool:
    """Whether one of the half-open periods contains the day."""
    return any(start <= day and (end is None or day < end) for start, end in periods)


def months(periods: Iterable[Period], fiscal_year: int) -> int:
    """月数: how many months of the fiscal year are charged, 0 to 12."""
    return insured_months(periods, fiscal_year).bit_count()


def base_date(periods: Iterable[Period], fiscal_year: int) -> date:
    """賦課期日: April 1, or the first acquisition in the year for who was not insured on it (法130条)."""
    april, next_april = date(fiscal_year, 4, 1), date(fiscal_year + 1, 4, 1)
    starts = [
        max(april, acquired_on)
        for acquired_on, lost_on in periods
        if acquired_on < next_april and (lost_on is None or lost_on > april)
    ]
    return min(starts, default=april)


def round_to(numerator: int, denominator: int, unit: int, mode: str) -> int:
    """A fraction of yen as a multiple of `unit` yen; `mode` is down, up or half_up. Integers only."""
    step = denominator * unit
    if mode == "down":
        return numerator // step * unit
    if mode == "up":
        return -(-numerator // step) * unit
    return (2 * numerator + step) // (2 * step) * unit


def prorate(yearly: int, count: int, unit: int, mode: str) -> int:
    """月割: the yearly premium for `count` of 12 months, rounded, never above the yearly premium itself.

    A full year is the ordinance's own amount and is not rounded again.
    """
    if count >= 12:
        return yearly
    return min(yearly, round_to(yearly * count, 12, unit, mode))


def yearly_amount(base: int, rate: int, unit: int, mode: str) -> int:
    """The yearly premium that a base amount (yen) and a rate (per mille) give, rounded as the ordinance says."""
    return round_to(base * rate, 1000, unit, mode)


def assisted_months(periods: Iterable[Period], first_day: date, fiscal_year: int, *, to_the_end: bool) -> int:
    """Months with a day of assistance from `first_day` on, as bits; `to_the_end`: and all after the first."""
    found = 0
    for begun_on, ended_on in periods:
        if ended_on is not None and ended_on <= first_day:
            continue
        start = max(0, month_index(begun_on, fiscal_year))
        end = 12 if to_the_end or ended_on is None else min(12, _months_touched(ended_on, fiscal_year))
        if start < end:
            found |= (1 << end) - (1 << start)
    return found


def _months_touched(ended_on: date, fiscal_year: int) -> int:
    """The month of the day before `ended_on` still counts."""
    return month_index(ended_on, fiscal_year) + (ended_on.day > 1)
