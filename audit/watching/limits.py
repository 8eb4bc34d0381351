"""The thresholds of this office (点検の基準値) and the days on which it is closed, resolved for a day."""

from datetime import date
from functools import cache
from pathlib import Path

import jpholiday

from audit.watching.gathering import Day
from audit.watching.rules import Thresholds, read
from audit.watching.rules.workdays import closed_reason
from kaigo.common.parameters import ParameterBook, ParameterSet, load

PART = Path(__file__).parent


@cache
def book() -> ParameterBook:
    """The shipped thresholds."""
    return load(PART)


def in_force(day: date) -> ParameterSet:
    """The values in force on a day, with their sources. Raises ParameterError where one has none."""
    return book().resolve(day)


@cache
def thresholds(day: date) -> Thresholds:
    """The thresholds in force on a day, as the rules take them."""
    return read(in_force(day))


def day_of(day: date) -> Day:
    """A day of the log with its thresholds, and whether the office was closed."""
    limits = thresholds(day)
    holidays = {found for found, _ in jpholiday.between(day, day)}
    return Day(day, limits, closed_reason(day, holidays, limits))
