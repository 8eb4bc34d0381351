"""期割: how a premium is collected over the year.

Sources: 介護保険法134条〜140条 (withholding: 特別徴収, provisional: 仮徴収), 131条・133条 (ordinary collection:
普通徴収), 介護保険料条例準則5条. The numbers of paragraphs were not compared with the text.

This is the first levy of a year. What happens to a schedule already sent to the pension side when the premium
changes later (138条) belongs to the reassessment.
"""

from datetime import date
from typing import NamedTuple

from levy.rules.amounts import ALL_MONTHS, UNTIL_SEPTEMBER, base_date, covers, insured_months, month_index
from levy.rules.facts import ORDINARY, WITHHOLDING, Instalment, PremiumCase, Schedule, Step
from levy.rules.prepared import Due, PreparedParams, month_end, working_day

CONTINUING, OCTOBER_START = 1, 2
PROVISIONAL_PAYMENTS = 3


class Span(NamedTuple):
    """The insured part of the year: base date, months as bits, day of loss if insurance ends for good."""

    base: date
    months: int
    lost_on: date | None


def span_of(case: PremiumCase) -> Span:
    """The insured part of the fiscal year of a case."""
    periods = case.insured_periods
    ends = [lost_on for _, lost_on in periods]
    lost_on = None if None in ends else max((end for end in ends if end), default=None)
    return Span(base_date(periods, case.fiscal_year), insured_months(periods, case.fiscal_year), lost_on)


def schedule(premium: int, case: PremiumCase, params: PreparedParams) -> Schedule:
    """Instalments of a premium in yen; their sum is the premium plus `overpaid`. None has 0 yen.

    Continuing withholding: six payments, the first three as last February's; October start: ordinary until
    September, then three payments; all others: ordinary instalments that still fall due.
    """
    return schedule_over(premium, case, params, span_of(case))


def schedule_over(premium: int, case: PremiumCase, params: PreparedParams, span: Span) -> Schedule:
    """As `schedule`, for a known insured part of the year."""
    facts = case.withholding
    if facts.state not in (CONTINUING, OCTOBER_START):
        return _ordinary(premium, case, params, span, ())
    if facts.pension_amount < params.withholding_minimum:
        return _ordinary(premium, case, params, span, ("pension_below_minimum",))
    if facts.state == CONTINUING and covers(case.insured_periods, params.first_day):
        if span.months == ALL_MONTHS:
            return _continuing(premium, facts.last_february_amount, params)
        return _interrupted(premium, case, params, span)
    staying = span.lost_on is None or span.lost_on >= params.next_first_day
    if facts.state == OCTOBER_START and staying and case.levied_on <= params.october_deadline:
        return _combined(premium, case, params, span)
    return _ordinary(premium, case, params, span, ())


def _continuing(premium: int, february: int, params: PreparedParams) -> Schedule:
    provisional = _provisional(february, params.pay_days[:PROVISIONAL_PAYMENTS])
    rest = premium - february * PROVISIONAL_PAYMENTS
    inputs = {"february": february, "provisional": february * PROVISIONAL_PAYMENTS}
    if rest <= 0:
        step: Step = ("collect.enough", inputs, -rest)
        return Schedule(provisional, -rest, ("provisional_excess",) if rest else (), (step,))
    main, each = _main_part(rest, params)
    inputs["rest"], inputs["unit"] = rest, params.withholding_unit
    return Schedule(provisional + main, 0, (), (("collect.six", inputs, each),))


def _provisional(february: int, days: tuple[date, ...]) -> tuple[Instalment, ...]:
    if not february:
        return ()
    return tuple(Instalment(WITHHOLDING, number, day, february, True) for number, day in enumerate(days, 1))


def _main_part(rest: int, params: PreparedParams) -> tuple[tuple[Instalment, ...], int]:
    """October, December and February: a third each, the odd yen with October."""
    each = rest // 3 // params.withholding_unit * params.withholding_unit
    october, december, february = params.pay_days[PROVISIONAL_PAYMENTS:]
    main = [Instalment(WITHHOLDING, 4, october, rest - 2 * each)]
    if each:
        main.append(Instalment(WITHHOLDING, 5, december, each))
        main.append(Instalment(WITHHOLDING, 6, february, each))
    return tuple(main), each


def _interrupted(premium: int, case: PremiumCase, params: PreparedParams, span: Span) -> Schedule:
    """Insurance ends in the year: what was withheld before the end stays, the rest is ordinary."""
    february = case.withholding.last_february_amount
    end = _first_loss(case, params)
    withheld = _provisional(february, tuple(day for day in params.pay_days[:PROVISIONAL_PAYMENTS] if day < end))
    paid = february * len(withheld)
    step: Step = ("collect.ended", {"lost": end.isoformat(), "february": february}, paid)
    if paid >= premium:
        flags = ("provisional_excess",) if paid > premium else ()
        return Schedule(withheld, paid - premium, flags, (step,))
    rest = _ordinary(premium - paid, case, params, span, ())
    return Schedule(withheld + rest.instalments, 0, rest.flags, (step, *rest.steps))


def _first_loss(case: PremiumCase, params: PreparedParams) -> date:
    return min(end for _, end in case.insured_periods if end is not None and end > params.first_day)


def _combined(premium: int, case: PremiumCase, params: PreparedParams, span: Span) -> Schedule:
    """併用徴収: the share until September in ordinary instalments, the rest withheld from October."""
    early = tuple(due for due in _open(case, params, span) if due.month < 6)
    part = _share(premium, early, params, span)
    ordinary = _spread(part, early, params)
    main, each = _main_part(premium - part, params) if premium > part else ((), 0)
    inputs = {"periods": len(early), "ordinary": part, "rest": premium - part, "unit": params.withholding_unit}
    return Schedule(ordinary + main, 0, (), (("collect.combined", inputs, each),))


def _share(premium: int, early: tuple[Due, ...], params: PreparedParams, span: Span) -> int:
    if not early:
        return 0
    if params.share_by_months:
        portion, whole = (span.months & UNTIL_SEPTEMBER).bit_count(), span.months.bit_count()
    else:
        late = sum(1 for due in params.ordinary if due.month >= 6)
        portion, whole = len(early), len(early) + late
    return premium * portion // whole // params.instalment_unit * params.instalment_unit if whole else 0


def _ordinary(premium: int, case: PremiumCase, params: PreparedParams, span: Span, flags: tuple[str, ...]) -> Schedule:
    if not premium:
        return Schedule((), 0, flags, (("collect.none", {}, 0),))
    dues = _open(case, params, span)
    if not dues:
        dues, flags = (_extra(case.levied_on, params),), (*flags, "extra_instalment")
    instalments = _spread(premium, dues, params)
    inputs = {"periods": len(dues), "unit": params.instalment_unit, "first": instalments[0].amount}
    return Schedule(instalments, 0, flags, (("collect.ordinary", inputs, instalments[-1].amount),))


def _open(case: PremiumCase, params: PreparedParams, span: Span) -> tuple[Due, ...]:
    """The instalments that can still be demanded; after a loss only those up to its month, or the next one."""
    earliest = max(case.levied_on + params.notice, span.base)
    dues = tuple(due for due in params.ordinary if due.day >= earliest)
    if span.lost_on is None or not dues:
        return dues
    last = month_index(span.lost_on, case.fiscal_year)
    return tuple(due for due in dues if due.month <= last) or dues[:1]


def _extra(levied_on: date, params: PreparedParams) -> Due:
    """随時期: nothing is left of the year's instalments, so the end of the month after the levy."""
    year, month = (levied_on.year, levied_on.month + 1) if levied_on.month < 12 else (levied_on.year + 1, 1)
    return Due(len(params.ordinary) + 1, 12, working_day(month_end(year, month), params.closed))


def _spread(amount: int, dues: tuple[Due, ...], params: PreparedParams) -> tuple[Instalment, ...]:
    """Equal instalments in whole units, the remainder with the first (or last)."""
    if not amount:
        return ()
    each = amount // len(dues) // params.instalment_unit * params.instalment_unit
    bearer = dues[0 if params.remainder_first else -1]
    odd = amount - each * (len(dues) - 1)
    if not each:
        return (Instalment(ORDINARY, bearer.number, bearer.day, odd),)
    return tuple(Instalment(ORDINARY, due.number, due.day, odd if due is bearer else each) for due in dues)
