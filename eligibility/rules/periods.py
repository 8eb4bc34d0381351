"""資格期間: from when until when a person is insured here, in which category and why (介護保険法9条〜11条, 13条).

Pure: no Django, no clock, no database. All stretches are half-open: a day of loss is the first day no longer insured.
The numbers of paragraphs were not compared with the text.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from eligibility.rules.ages import FIRST_CATEGORY_AGE, ONE_DAY, SECOND_CATEGORY_AGE, attained_on
from eligibility.rules.checks import check
from eligibility.rules.facts import (
    DEATH,
    MOVE_OUT,
    NEXT,
    REMOVED,
    RETURNED,
    Cover,
    Domicile,
    Elsewhere,
    Exemption,
    PersonFacts,
    Stay,
)
from eligibility.rules.stays import settled
from kaigo.common.trace import Step

FIRST, SECOND = "1", "2"


class InsuredSpan(NamedTuple):
    """One insured period; the reasons are keys of REASONS, empty while there is no loss."""

    acquired_on: date
    lost_on: date | None
    acquisition_reason: str
    loss_reason: str
    category: str = FIRST


class PeriodsDecision(NamedTuple):
    """The periods in order, and the trace of how they were found."""

    periods: tuple[InsuredSpan, ...]
    steps: tuple[Step, ...]


class Stretch(NamedTuple):
    """Days from `lower` until before `upper` (None is open), and what began and ended them."""

    lower: date
    upper: date | None
    begin: str
    end: str
    told: date | None = None
    """The day of the event behind the end, as it was reported."""


def loss(stay: Stay | Domicile) -> date | None:
    """資格喪失日: the day after the move or death; the same day if another municipality took over on it (法11条)."""
    if stay.ended_on is None:
        return None
    if stay.end in (RETURNED, NEXT) or (stay.end == MOVE_OUT and stay.taken_over_on == stay.ended_on):
        return stay.ended_on
    return stay.ended_on + ONE_DAY


def insured_periods(facts: PersonFacts, as_of: date | None = None) -> PeriodsDecision:
    """The insured periods of a person; with `as_of` only those acquired, and those applications made, by that day.

    Raises Refusal for facts that contradict each other or the birth date.
    """
    check(facts)
    attained = attained_on(facts.birth_date)
    present = _present(facts)
    absent = _absent(facts, {attained, *(stretch.lower for stretch in present)})
    steps: list[Step] = []
    if facts.elsewhere:
        steps += _elsewhere_steps(facts.elsewhere)
    steps.append(("attained", {"birth": facts.birth_date.isoformat()}, attained.isoformat()))
    spans = [*_second(facts, present, absent, as_of), *_first(present, absent, attained)]
    kept = [span for span in spans if as_of is None or span.acquired_on <= as_of]
    for span in spans:
        steps += _span_steps(span, present, absent, as_of)
    steps += _gone_before(present, attained)
    return PeriodsDecision(tuple(kept), tuple(steps))


def standing_on(facts: PersonFacts, day: date) -> str:
    """Why a person is or is not insured on a day: one key for every day that there is.

    insured, exempt (適用除外), elsewhere (他特例), young (not yet 65, no 第2号 who has applied), away (not resident).
    Raises Refusal as insured_periods does.
    """
    if any(_holds(day, span.acquired_on, span.lost_on) for span in insured_periods(facts).periods):
        return "insured"
    attained = attained_on(facts.birth_date)
    present = _present(facts)
    if not any(_holds(day, one.lower, one.upper) for one in present):
        return "away"
    for gap in _absent(facts, {attained, *(stretch.lower for stretch in present)}):
        if _holds(day, gap.lower, gap.upper):
            return gap.begin
    return "young"


def _holds(day: date, lower: date, upper: date | None) -> bool:
    return lower <= day and (upper is None or day < upper)


def _present(facts: PersonFacts) -> list[Stretch]:
    """Where the person belongs to this municipality: resident here, or sent to a facility elsewhere (住所地特例).

    Stays and facilities that touch are one stretch, as the insurance goes on (法13条); two stays are not, because
    moving out ends the insurance even when the person is back on the next day.
    """
    stays = settled(facts.stays, facts.declarations)
    found = [(Stretch(stay.begun_on, loss(stay), stay.begin, stay.end, stay.ended_on), False) for stay in stays]
    found += [
        (Stretch(place.begun_on, loss(place), "domicile", place.end, place.ended_on), True) for place in facts.domiciles
    ]
    joined: list[tuple[Stretch, bool]] = []
    for stretch, special in sorted(found, key=lambda one: (one[0].lower, one[1])):
        last, was_special = joined[-1] if joined else (None, False)
        if last and (special or was_special) and (last.upper is None or stretch.lower <= last.upper):
            both = _join(last, stretch)
            joined[-1] = (both, was_special if both == last else special)
        else:
            joined.append((stretch, special))
    return [stretch for stretch, _ in joined if stretch.upper is None or stretch.lower < stretch.upper]


def _join(first: Stretch, second: Stretch) -> Stretch:
    """Both together: from the first's beginning to whichever end is later."""
    if first.upper is None or (second.upper is not None and second.upper < first.upper):
        return first
    return first._replace(upper=second.upper, end=second.end, told=second.told)


def _absent(facts: PersonFacts, first_days: set[date]) -> list[Stretch]:
    """The days on which a person who belongs here is not insured all the same."""
    found = [_exempt(one, first_days) for one in facts.exemptions]
    found += [Stretch(one.begun_on, one.until, "elsewhere", "elsewhere_end", one.begun_on) for one in facts.elsewhere]
    return sorted((one for one in found if one.upper is None or one.lower < one.upper), key=_by_days)


def _by_days(stretch: Stretch) -> tuple[date, date]:
    return stretch.lower, stretch.upper or date.max


def _exempt(one: Exemption, first_days: set[date]) -> Stretch:
    """Who was insured before the day of entry keeps that day; who would become insured on it never does."""
    lower = one.entered_on if one.entered_on in first_days else one.entered_on + one.lost_after * ONE_DAY
    upper = one.left_on + one.back_after * ONE_DAY if one.left_on else None
    return Stretch(lower, upper, "exempt", "exempt_end", one.entered_on)


def _first(present: list[Stretch], absent: list[Stretch], attained: date) -> Iterator[InsuredSpan]:
    """第1号: from 65 on."""
    for stretch in present:
        yield from _cut(_from_age(stretch, attained, "age"), absent, FIRST)


def _second(
    facts: PersonFacts, present: list[Stretch], absent: list[Stretch], as_of: date | None
) -> Iterator[InsuredSpan]:
    """第2号: from 40 until 65, while in a medical insurance, for who has applied by the day."""
    attained = attained_on(facts.birth_date, SECOND_CATEGORY_AGE)
    until = attained_on(facts.birth_date, FIRST_CATEGORY_AGE)
    for cover in sorted(facts.covers, key=lambda one: one.begun_on):
        if as_of is None or cover.applied_on <= as_of:
            for stretch in present:
                whole = _before(_from_age(_covered(stretch, cover), attained, "age40"), until, as_of)
                yield from _cut(whole, absent, SECOND)


def _from_age(stretch: Stretch, attained: date, reason: str) -> Stretch:
    return stretch._replace(lower=attained, begin=reason) if stretch.lower <= attained else stretch


def _covered(stretch: Stretch, cover: Cover) -> Stretch:
    if stretch.lower < cover.begun_on:
        stretch = stretch._replace(lower=cover.begun_on, begin="cover")
    if cover.ended_on and (stretch.upper is None or cover.ended_on < stretch.upper):
        stretch = stretch._replace(upper=cover.ended_on, end="left_cover", told=cover.ended_on)
    return stretch


def _before(stretch: Stretch, until: date, as_of: date | None) -> Stretch:
    """Until 65, where the first category takes over; the change is not written down before its day."""
    if stretch.upper is not None and stretch.upper <= until:
        return stretch
    if as_of is not None and as_of < until:
        return stretch._replace(upper=None, end="", told=None)
    return stretch._replace(upper=until, end="category", told=None)


def _cut(stretch: Stretch, absent: list[Stretch], category: str) -> Iterator[InsuredSpan]:
    """The stretch without the days of absence, each remaining piece with the reasons of its ends."""
    rest = stretch
    for gap in absent:
        if gap.upper is not None and gap.upper <= rest.lower:
            continue
        if rest.upper is not None and rest.upper <= gap.lower:
            break
        if rest.lower < gap.lower:
            yield InsuredSpan(rest.lower, gap.lower, rest.begin, gap.begin, category)
        if gap.upper is None:
            return
        rest = rest._replace(lower=gap.upper, begin=gap.end)
    if rest.upper is None or rest.lower < rest.upper:
        yield InsuredSpan(rest.lower, rest.upper, rest.begin, rest.end if rest.upper else "", category)


def _span_steps(span: InsuredSpan, present: list[Stretch], absent: list[Stretch], as_of: date | None) -> Iterator[Step]:
    if as_of is not None and span.acquired_on > as_of:
        yield "not_yet", {"day": as_of.isoformat()}, span.acquired_on.isoformat()
        return
    begun = next((one.lower for one in reversed(present) if one.lower <= span.acquired_on), span.acquired_on)
    yield f"acquired.{span.acquisition_reason}", {"begun": begun.isoformat()}, span.acquired_on.isoformat()
    if span.lost_on is not None:
        told = _told(span, present, absent)
        same_day = span.loss_reason == MOVE_OUT and told == span.lost_on
        code = "same_day" if same_day else span.loss_reason
        yield f"lost.{code}", {"ended": _text(told)}, span.lost_on.isoformat()


def _told(span: InsuredSpan, present: list[Stretch], absent: list[Stretch]) -> date | None:
    """The day of the event that ended a span."""
    if span.loss_reason in ("exempt", "elsewhere"):
        return next((gap.told for gap in absent if gap.lower == span.lost_on), span.lost_on)
    if span.loss_reason in (MOVE_OUT, DEATH, REMOVED):
        return next((one.told for one in present if one.upper == span.lost_on), span.lost_on)
    return span.lost_on


def _elsewhere_steps(elsewhere: tuple[Elsewhere, ...]) -> Iterator[Step]:
    for one in elsewhere:
        yield "elsewhere", {"begun": one.begun_on.isoformat(), "ended": _text(one.until)}, False


def _gone_before(present: list[Stretch], attained: date) -> Iterator[Step]:
    for stretch in present:
        if stretch.upper is not None and stretch.upper <= attained:
            yield "gone_before", {"ended": _text(stretch.told)}, False


def _text(day: date | None) -> Any:
    return day.isoformat() if day else None
