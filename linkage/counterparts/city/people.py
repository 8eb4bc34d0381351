"""The people of the invented city: a person, the versions of the entry (履歴) and the household."""

from dataclasses import dataclass, field
from datetime import date

from linkage.counterparts.city.addresses import Address
from linkage.counterparts.city.checks import individual_number, pension_number
from linkage.counterparts.city.names import Name

RESIDENT, MOVED_OUT, DEAD, REMOVED = "1", "2", "3", "4"  # 住民状態
HEAD, HUSBAND, WIFE, CHILD, FATHER, MOTHER, RELATIVE, LODGER = ("01", "02", "03", "04", "05", "06", "07", "08")  # 続柄


class Reason:
    """異動事由コード."""

    INITIAL, MOVE_IN, BIRTH, MOVE, MOVE_OUT, DEATH = "01", "02", "03", "04", "05", "06"
    HOUSEHOLD_CHANGE, ENTERED, REMOVED, MOVE_OUT_CANCELLED = "07", "08", "09", "10"
    NAME_CHANGE, HEAD_CHANGE = "11", "12"


@dataclass(slots=True)
class Entry:
    """One version of a person's entry (one JUMIN row)."""

    reason: str
    moved_on: date
    household: int
    relationship: str
    name: Name
    address: Address
    state: str = RESIDENT
    reported_on: date | None = None
    left_on: date | None = None
    taken_over_on: date | None = None


@dataclass(slots=True)
class Person:
    """A resident or former resident; `role` is the place in the family (see plans.py)."""

    role: str
    sex: str
    born: date
    name: Name
    alias: str
    alias_kana: str
    foreign: bool
    elsewhere: str
    """Insurer number (保険者番号) of another municipality for whom 住所地特例 applies, or empty."""
    since: date
    """住民となった日."""
    origin: str = ""
    phone: str = ""
    protected: bool = False
    number: int = 0
    """宛名番号; given when the block is written."""
    serial: int = 0
    """Running number of the person in the city; the other numbers are made of it."""
    entries: list[Entry] = field(default_factory=list)

    @property
    def individual_number(self) -> str:
        return individual_number(self.serial)

    @property
    def pension_number(self) -> str:
        return pension_number(self.serial)

    @property
    def last(self) -> Entry:
        return self.entries[-1]

    @property
    def present(self) -> bool:
        return self.last.state == RESIDENT


@dataclass(slots=True)
class Household:
    number: int
    address: Address
    members: list[Person]
    head: Person
    foreign: bool = False
    facility: bool = False

    def present(self) -> list[Person]:
        return [person for person in self.members if person.present]
