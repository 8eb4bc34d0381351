"""Turns plans into households of named persons."""

from datetime import date, timedelta

from linkage.counterparts.city import names
from linkage.counterparts.city.addresses import ORIGINS, Address, Gazetteer
from linkage.counterparts.city.calendar import born_by
from linkage.counterparts.city.checks import insurer_number
from linkage.counterparts.city.config import CityConfig
from linkage.counterparts.city.dice import Dice
from linkage.counterparts.city.people import Household, Person
from linkage.counterparts.city.plans import Plan, Slot

# Municipalities 9xx exist in no prefecture.
OTHER_INSURERS = tuple(insurer_number(prefecture, 900 + n) for prefecture in (8, 11, 12, 13, 14) for n in range(1, 7))


class Numbers:
    """Running numbers of the register, scattered and with gaps; number + 1 is never given."""

    def __init__(self) -> None:
        self._addressee = 200_000_000
        self._household = 700_000_000
        self.serial = 0

    def addressee(self, dice: Dice) -> int:
        self._addressee += dice.between(2, 97)
        return self._addressee

    def household(self, dice: Dice) -> int:
        self._household += dice.between(2, 61)
        return self._household

    def person(self) -> int:
        self.serial += 1
        return self.serial


class Composer:
    """Gives the people of a plan names, birth dates, an address and the day since which they live here."""

    def __init__(self, config: CityConfig, gazetteer: Gazetteer, numbers: Numbers, dice: Dice) -> None:
        self.config = config
        self.gazetteer = gazetteer
        self.numbers = numbers
        self.dice = dice

    def compose(self, plan: Plan) -> Household:
        dice = self.dice
        foreign = dice.chance(0.008 if plan.slots[0][2] >= 65 else 0.042)
        address = self._address(plan)
        since = self._since(plan)
        members = self._members(plan, since, foreign)
        household = Household(self.numbers.household(dice), address, members, members[0], foreign, plan.facility)
        if dice.chance(0.001):
            for person in members:
                person.protected = True
        return household

    def other_address(self, ward: str) -> Address:
        """An address to move to or from: two of three moves stay in the ward."""
        return self.gazetteer.address(self.dice, ward if self.dice.chance(0.67) else self.gazetteer.ward(self.dice))

    def _address(self, plan: Plan) -> Address:
        ward = self.gazetteer.ward(self.dice)
        return self.gazetteer.facility(self.dice, ward) if plan.facility else self.gazetteer.address(self.dice, ward)

    def _since(self, plan: Plan) -> date:
        start = self.config.window_start
        if self.dice.chance(_move_in_share(plan)):
            return self.dice.day(start, self.config.as_of)
        longest = 2_200 if plan.facility else 16_400
        return start - timedelta(days=1 + int(self.dice.random() ** 1.5 * longest))

    def _members(self, plan: Plan, since: date, foreign: bool) -> list[Person]:
        script, family = names.foreign_surname(self.dice) if foreign else ("", names.surname(self.dice))
        members = [self._person(slot, since, script, family) for slot in plan.slots]
        if plan.elsewhere:
            members[0].elsewhere = self.dice.pick(OTHER_INSURERS)
        if not plan.facility and self.dice.chance(0.7):
            members[0].phone = f"000-0000-{self.dice.between(0, 9999):04}"
        return members

    def _person(self, slot: Slot, since: date, script: str, family: names.Name) -> Person:
        role, sex, age = slot
        born = self._birth(age)
        name, alias = self._name(role, sex, born.year, script, family)
        start = max(since, born)
        origin = self.dice.pick(ORIGINS) if start > born and (age > 15 or since >= self.config.window_start) else ""
        return Person(role, sex, born, name, *alias, bool(script), "", start, origin, serial=self.numbers.person())

    def _name(self, role: str, sex: str, born: int, script: str, family: names.Name) -> tuple[names.Name, names.Name]:
        dice = self.dice
        if script:
            alias = names.alias(dice, sex, born) if dice.chance(0.3) else ("", "")
            return names.foreign(dice, script, family, sex), alias
        own = names.surname(dice) if role == "X" else family
        return names.full(own, names.given(dice, sex, born)), ("", "")

    def _birth(self, age: int) -> date:
        """A birth date of this reached age; a few fall on the days on which the age rule is delicate."""
        day = born_by(self.config.as_of, age) - timedelta(days=int(self.dice.random() * 365))
        draw = self.dice.random()
        if draw > 0.012 or age < 2:
            return day
        if draw < 0.006:
            return day.replace(day=1)
        if draw < 0.010:
            return day.replace(month=4, day=1 if draw < 0.008 else 2)
        return day.replace(month=2, day=29) if day.year % 4 == 0 else day.replace(month=3, day=1)


def _move_in_share(plan: Plan) -> float:
    """Share of households that moved in within the window of about fourteen months."""
    if plan.facility:
        return 0.08
    return 0.014 if plan.slots[0][2] >= 65 else 0.06
