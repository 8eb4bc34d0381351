"""Who is on public assistance (生活保護), support benefits (支援給付) or counts as a border case (境界層)."""

from dataclasses import dataclass
from datetime import date, timedelta

from linkage.counterparts.city.calendar import born_by
from linkage.counterparts.city.config import CityConfig
from linkage.counterparts.city.dice import Dice
from linkage.counterparts.city.people import Household, Person

PUBLIC_ASSISTANCE, SUPPORT_BENEFIT, BORDER_CASE = "1", "2", "3"  # 種別
OLD_AGE_WELFARE_AGE = 101
_BORDER_TIERS = ("01", "01", "02", "03", "04")


def has_old_age_welfare(person: Person, as_of: date) -> bool:
    """Whether the person draws the untaxed 老齢福祉年金: one in four of the very old."""
    return person.serial % 4 == 0 and person.born <= born_by(as_of, OLD_AGE_WELFARE_AGE)


@dataclass(slots=True)
class Assistance:
    """One SEIHO row; `tier` only for a border case (境界層適用段階)."""

    person: Person
    kind: str
    start: date
    end: date | None
    tier: str
    case: str

    def in_force(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


class Welfare:
    """Draws the assistance of a household with older persons."""

    def __init__(self, config: CityConfig) -> None:
        self.config = config
        self._cases = 0

    def of(self, household: Household, dice: Dice) -> list[Assistance]:
        draw = dice.random()
        share = 0.052 if len(household.members) == 1 else 0.010
        if draw < share:
            return self._family(household, dice, PUBLIC_ASSISTANCE)
        if draw < share + 0.0006:
            return self._family(household, dice, SUPPORT_BENEFIT)
        if draw < share + 0.0020:
            person = household.members[-1]
            return [self._row(person, BORDER_CASE, self._start(dice), None, dice.pick(_BORDER_TIERS), self._case())]
        return []

    def _case(self) -> str:
        self._cases += 1
        return f"{self.config.year - 5:04}{self._cases:06}"

    def _family(self, household: Household, dice: Dice, kind: str) -> list[Assistance]:
        case, start = self._case(), self._start(dice)
        end = self._end(dice, start)
        there = [person for person in household.members if not person.last.left_on or person.last.left_on >= start]
        return [self._row(person, kind, start, end, "", case) for person in there]

    @staticmethod
    def _row(person: Person, kind: str, start: date, end: date | None, tier: str, case: str) -> Assistance:
        start = max(start, person.since)
        left = person.last.left_on
        ends = [day for day in (end, left) if day]
        return Assistance(person, kind, start, max(start, min(ends)) if ends else None, tier, case)

    def _start(self, dice: Dice) -> date:
        """Most began years ago, one in twenty within the fiscal year."""
        if dice.chance(0.05):
            return dice.day(self.config.year_start, self.config.as_of)
        return self.config.year_start - timedelta(days=1 + int(dice.random() ** 2 * 4_000))

    def _end(self, dice: Dice, start: date) -> date | None:
        first = max(start, self.config.window_start)
        return dice.day(first, self.config.as_of) if dice.chance(0.06) else None
