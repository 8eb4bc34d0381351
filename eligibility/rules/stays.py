"""住民であった期間: what the register says of stays, completed by what the counter was told first."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from eligibility.rules.facts import Declaration, Elsewhere, Stay


def settled(stays: Iterable[Stay], declarations: Iterable[Declaration]) -> tuple[Stay, ...]:
    """The stays as the register has them, completed by what the counter was told and the register does not say yet.

    A beginning that was declared, and has no end of its own before the register's next stay, is that stay: the
    register's day takes its place.
    """
    told = sorted(declarations, key=lambda one: (one.day, one.kind))
    registered = set(stays)
    found = sorted(registered, key=_begin)
    for one in told:
        if one.kind == "begin" and not any(_within(one.day, stay) for stay in found):
            found = sorted([*found, Stay(one.day, begin="official")], key=_begin)
    both = [(stay, following) for stay, following in pairwise([*found, None]) if stay]
    ended = [(_ended(stay, following, told), following is None or stay in registered) for stay, following in both]
    return tuple(stay for stay, stands in ended if stands or stay.ended_on is not None)


def _begin(stay: Stay) -> date:
    return stay.begun_on


def _ended(stay: Stay, following: Stay | None, told: list[Declaration]) -> Stay:
    """The stay with its end: the register's own, or the first that was declared for it."""
    if stay.ended_on is not None:
        return stay
    until = following.begun_on if following else date.max
    for one in told:
        if one.kind != "begin" and stay.begun_on <= one.day < until:
            return stay._replace(ended_on=one.day, end=one.kind, taken_over_on=one.taken_over_on)
    return stay


def _within(day: date, stay: Stay) -> bool:
    return stay.begun_on <= day and (stay.ended_on is None or day <= stay.ended_on)


def joined(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """Stays of one person under two entries of the register (名寄せ): what overlaps is one stay.

    It begins as the earlier did and ends as the later; an end that another entry's stay goes beyond was none.
    """
    found: list[Stay] = []
    for stay in sorted(set(stays), key=lambda one: (one.begun_on, one.ended_on or date.max)):
        last = found[-1] if found else None
        if last and (last.ended_on is None or stay.begun_on < last.ended_on):
            later = last if (last.ended_on or date.max) > (stay.ended_on or date.max) else stay
            found[-1] = later._replace(begun_on=last.begun_on, begin=last.begin)
        else:
            found.append(stay)
    return tuple(found)


def joined_elsewhere(spans: Iterable[Elsewhere]) -> tuple[Elsewhere, ...]:
    """The same of the stretches in which another municipality insures the person."""
    found: list[Elsewhere] = []
    for span in sorted(set(spans), key=lambda one: (one.begun_on, one.until or date.max)):
        last = found[-1] if found else None
        if last and (last.until is None or span.begun_on <= last.until):
            ends = [last.until, span.until]
            found[-1] = last._replace(until=None if None in ends else max(end for end in ends if end))
        else:
            found.append(span)
    return tuple(found)
