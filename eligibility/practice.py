"""取扱い: the dated values of this room, resolved once a day (see eligibility/parameters)."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kaigo.common.parameters import ParameterBook, load


class Practice(NamedTuple):
    """Days after an event on which its effect begins (適用除外)."""

    exempt_lost_after: int
    exempt_back_after: int


@cache
def book() -> ParameterBook:
    """The shipped parameters of this room."""
    return load(Path(__file__).parent)


@cache
def practice_on(day: date) -> Practice:
    """The values in force on the day of an event. Raises ParameterError where there is none."""
    found = book().resolve(day)
    return Practice(found.get("exempt_lost_after"), found.get("exempt_back_after"))
