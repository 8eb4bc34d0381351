"""What happened to households in the window: moves, deaths, births, changes of head and household (異動)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from linkage.counterparts.city import names
from linkage.counterparts.city.calendar import born_by
from linkage.counterparts.city.dice import Dice
from linkage.counterparts.city.households import Composer
from linkage.counterparts.city.people import (
    DEAD,
    HEAD,
    HUSBAND,
    MOVED_OUT,
    REMOVED,
    RESIDENT,
    WIFE,
    Entry,
    Household,
    Person,
    Reason,
)
from linkage.counterparts.city.plans import relationship

DAY = timedelta(days=1)
Event = Callable[[Household, date], None]
Events = tuple[tuple[Event, float], ...]
"""What may happen to a household of a kind, and to which share of them within the window."""


class Teller:
    """Writes the versions of every member's entry; the last one is the state on the as-of date."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self.dice: Dice = composer.dice
        self.config = composer.config
        self._months = (self.config.as_of - self.config.window_start).days / 30.4
        self._adult_born = born_by(self.config.as_of, 18)
        self._older: Events = (
            (self._move_within, 0.020),
            (self._move_out, 0.012),
            (self._child_leaves, 0.010),
            (self._cancelled_move_out, 0.002),
            (self._remove, 0.0004),
        )
        self._with_parents: Events = (
            (self._move_within, 0.030),
            (self._move_out, 0.012),
            (self._join, 0.030),
            (self._split, 0.030),
        )
        self._younger: Events = (
            (self._move_within, 0.060),
            (self._move_out, 0.045),
            (self._marry, 0.004),
            (self._child_leaves, 0.008),
            (self._cancelled_move_out, 0.002),
            (self._remove, 0.0006),
        )

    def tell(self, household: Household) -> None:
        """Give every member of the household the versions of the entry."""
        self._begin(household)
        event = self._draw_event(household)
        if event:
            first = max(self.config.window_start, max(person.since for person in household.members)) + DAY
            if first <= self.config.as_of:
                event(household, self.dice.day(first, self.config.as_of))
        for person in household.members:
            if self.dice.random() < self._death_share(person) and person.present:
                self._die(household, person)

    def _draw_event(self, household: Household) -> Event | None:
        if household.head.since >= self.config.window_start:
            return None
        draw = self.dice.random()
        for event, share in self._events_of(household):
            if draw < share:
                return event
            draw -= share
        return None

    def _events_of(self, household: Household) -> Events:
        if household.head.role in "EF":
            return self._older
        return self._with_parents if self._parents(household) else self._younger

    def _begin(self, household: Household) -> None:
        head = household.head
        for person in household.members:
            relation = HEAD if person is head else relationship(head.role, person.role, person.sex)
            first = Entry(
                self._first_reason(person), person.since, household.number, relation, person.name, household.address
            )
            if person.since >= self.config.window_start:
                first.reported_on = self._reported(person.since)
            person.entries.append(first)

    def _first_reason(self, person: Person) -> str:
        if person.since < self.config.window_start:
            return Reason.INITIAL
        if person.since == person.born:
            return Reason.BIRTH
        return Reason.ENTERED if self.dice.chance(0.005) else Reason.MOVE_IN

    def _reported(self, day: date) -> date:
        """The day of the report (届出年月日), within 14 days as 住民基本台帳法22条 asks."""
        return min(self.config.as_of, day + timedelta(days=self.dice.between(0, 13)))

    def _add(self, person: Person, reason: str, day: date, **changes: Any) -> Entry:
        changes = {"left_on": None, "taken_over_on": None, "reported_on": self._reported(day), **changes}
        entry = replace(person.last, reason=reason, moved_on=day, **changes)
        person.entries.append(entry)
        return entry

    def _move_within(self, household: Household, day: date) -> None:
        if household.facility:
            return
        household.address = self.composer.other_address(household.address.ward)
        for person in household.members:
            self._add(person, Reason.MOVE, day, address=household.address)

    def _move_out(self, household: Household, day: date) -> None:
        taken_over = self._taken_over(day)
        for person in household.members:
            self._leave(person, Reason.MOVE_OUT, MOVED_OUT, day, taken_over)

    def _taken_over(self, day: date) -> date | None:
        """転出先転入日: often the same day, often later, sometimes not yet known."""
        draw = self.dice.random()
        later = day if draw < 0.35 else day + timedelta(days=self.dice.between(1, 12))
        return later if draw < 0.75 and later <= self.config.as_of else None

    def _leave(self, person: Person, reason: str, state: str, day: date, taken_over: date | None = None) -> None:
        self._add(person, reason, day, state=state, left_on=day, taken_over_on=taken_over)

    def _cancelled_move_out(self, household: Household, day: date) -> None:
        back = day + timedelta(days=self.dice.between(1, 20))
        if back > self.config.as_of:
            return
        self._move_out(household, day)
        for person in household.members:
            person.last.taken_over_on = None
            self._add(person, Reason.MOVE_OUT_CANCELLED, back, state=RESIDENT)

    def _remove(self, household: Household, day: date) -> None:
        if len(household.members) == 1:
            self._leave(household.head, Reason.REMOVED, REMOVED, day)

    def _child_leaves(self, household: Household, day: date) -> None:
        for person in household.members[1:]:
            if person.role in "CK" and person.born <= self._adult_born and person.last.relationship == "04":
                self._leave(person, Reason.MOVE_OUT, MOVED_OUT, day, self._taken_over(day))
                return

    def _marry(self, household: Household, day: date) -> None:
        """A couple's wife takes the family name in the window (氏名変更)."""
        for person in household.members[1:]:
            if person.role == "S" and not person.foreign:
                maiden = names.surname(self.dice)
                own = person.name[0].split(names.SPACE)[1], person.name[1].split(names.SPACE)[1]
                person.entries[0].name = names.full(maiden, own)
                self._add(person, Reason.NAME_CHANGE, day, name=person.name)

    def _parents(self, household: Household) -> list[Person]:
        return [p for p in household.members if p.role in "EF"] if household.head.role == "C" else []

    def _own_household(self, parents: list[Person]) -> dict[str, str]:
        """Relationships of parents in a household of their own: by role."""
        head = parents[0].role
        return {p.role: HEAD if p.role == head else relationship(head, p.role, p.sex) for p in parents}

    def _join(self, household: Household, day: date) -> None:
        """Parents who had a household of their own join their child's (世帯合併, or a move)."""
        parents = self._parents(household)
        relations, number = self._own_household(parents), self.composer.numbers.household(self.dice)
        before = household.address if self.dice.chance(0.5) else self.composer.other_address(household.address.ward)
        for person in parents:
            now = person.last
            person.entries[0] = replace(now, household=number, relationship=relations[person.role], address=before)
            reason = Reason.HOUSEHOLD_CHANGE if before is household.address else Reason.MOVE
            changes = {"household": now.household, "relationship": now.relationship, "address": now.address}
            self._add(person, reason, day, **changes)

    def _split(self, household: Household, day: date) -> None:
        """Parents at the same address form a household of their own (世帯分離)."""
        parents = self._parents(household)
        relations = self._own_household(parents)
        number = self.composer.numbers.household(self.dice)
        for person in parents:
            self._add(person, Reason.HOUSEHOLD_CHANGE, day, household=number, relationship=relations[person.role])

    def _death_share(self, person: Person) -> float:
        """Chance to die within the window: doubles every eight years, as mortality does."""
        age = self.config.as_of.year - person.born.year
        if age < 40:
            return 0.0004
        yearly = 0.0125 * 2 ** ((age - 65) / 8) if person.sex == "1" else 0.0062 * 2 ** ((age - 65) / 7.4)
        return min(0.45, yearly * self._months / 12)

    def _die(self, household: Household, person: Person) -> None:
        around = [p for p in household.members if p.present and p.last.household == person.last.household]
        first = max(self.config.window_start, max(p.last.moved_on for p in around)) + DAY
        survivors = [p for p in around if p is not person]
        heir = self._heir(survivors) if person.last.relationship == HEAD else None
        if first > self.config.as_of or (person.last.relationship == HEAD and survivors and not heir):
            return
        day = self.dice.day(first, self.config.as_of)
        self._leave(person, Reason.DEATH, DEAD, day)
        if heir:
            self._succeed(heir, survivors, day)

    def _heir(self, survivors: list[Person]) -> Person | None:
        """Who becomes head: the spouse, else the oldest adult."""
        adults = [p for p in survivors if p.born <= self._adult_born]
        return min(adults, key=lambda p: (p.last.relationship not in (HUSBAND, WIFE), p.born), default=None)

    def _succeed(self, heir: Person, survivors: list[Person], day: date) -> None:
        for person in survivors:
            relation = HEAD if person is heir else relationship(heir.role, person.role, person.sex)
            if relation != person.last.relationship:
                self._add(person, Reason.HEAD_CHANGE, day, relationship=relation)
