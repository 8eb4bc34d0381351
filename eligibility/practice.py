"""取扱い: the dated values of this room, resolved once a day (see eligibility/parameters)."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

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


class Choice(NamedTuple):
    """One line of a code table: the code that is stored, and its words."""

    code: str
    name: str


@cache
def table(name: str, day: date) -> tuple[dict[str, Any], ...]:
    """The rows of a table of this room in force on a day (`identity_documents`, `facility_kinds` …)."""
    return tuple(dict(row) for row in book().resolve(day).get(name))


def choices(name: str, day: date, **wanted: Any) -> list[Choice]:
    """The codes and words of a table, of the rows whose columns are as wanted."""
    rows = (row for row in table(name, day) if all(row[column] == value for column, value in wanted.items()))
    return [Choice(row["code"], row["name"]) for row in rows]


def word(name: str, code: str, day: date) -> str:
    """The words of a code; the code itself where the table no longer has it."""
    return next((row["name"] for row in table(name, day) if row["code"] == code), code)


def number(name: str, day: date) -> int:
    """A number of this room in force on a day, such as `confirm_months`."""
    found: int = book().resolve(day).get(name)
    return found
