"""開庁日と執務時間: on which days and at which times work is expected."""

from collections.abc import Collection
from datetime import date, time

from audit.watching.rules.thresholds import Hours, Thresholds


def closed_reason(day: date, holidays: Collection[date], limits: Thresholds) -> str:
    """Why the office is closed on a day, in words; nothing for a working day.

    `holidays` are the national holidays (substitute holidays included). A day on which the office opens by
    exception is a working day whatever else it is.
    """
    if day in limits.extra_open_days:
        return ""
    if any(_within(f"{day:%m-%d}", first, last) for first, last in limits.closings):
        return "年末年始の閉庁日"
    if day in holidays:
        return "国民の祝日・休日"
    return {5: "土曜日", 6: "日曜日"}.get(day.weekday(), "")


def is_late(moment: time, limits: Thresholds) -> bool:
    """Whether a time of day is late at night (深夜)."""
    return any(_covers(hours, moment) for hours in limits.late_night)


def hours_of(office_code: str, limits: Thresholds) -> Hours:
    """The hours of an office, grace included; an office without a row of its own has the common ones."""
    return limits.hours.get(office_code) or limits.hours[""]


def _covers(hours: Hours, moment: time) -> bool:
    """Half-open; a span whose end is before its start goes over midnight."""
    if hours.opens <= hours.closes:
        return hours.opens <= moment < hours.closes
    return moment >= hours.opens or moment < hours.closes


def _within(day: str, first: str, last: str) -> bool:
    """Both ends inclusive; a span whose end is before its start goes over the new year."""
    return first <= day <= last if first <= last else day >= first or day <= last
