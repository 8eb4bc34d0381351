"""規則値: the dated values that this office levies by, resolved once for a fiscal year."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from audit.models import ParameterSet as StoredSet
from kaigo.common import clock
from kaigo.common.parameters import ParameterSet
from levy.calendar import holidays
from levy.casebook import book
from levy.rules import PreparedParams, prepare


@dataclass(frozen=True, slots=True)
class YearParameters:
    """The set in force on April 1 of a fiscal year, as resolved and as the rules take it."""

    found: ParameterSet
    prepared: PreparedParams

    @property
    def declaration_age(self) -> int:
        """Years of age below which somebody without tax data counts as without income."""
        age: int = self.found.get("declaration_age")
        return age


@cache
def for_year(fiscal_year: int) -> YearParameters:
    """The values by which a fiscal year is levied.

    Raises ParameterError, naming the parameter, where one has no value for the year or values contradict.
    """
    found = book().resolve(date(fiscal_year, 4, 1))
    return YearParameters(found, prepare(found, holidays(fiscal_year)))


def stored(parameters: YearParameters) -> StoredSet:
    """The row of the set that decisions cite, by its digest; made when it is first used."""
    found = parameters.found
    row, _ = StoredSet.objects.get_or_create(
        sha256=found.sha256,
        defaults={"room": found.room, "day": found.day, "values": found.as_json(), "created_at": clock.now()},
    )
    return row
