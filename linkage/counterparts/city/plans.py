"""Who lives together: plans of households as roles, sexes and ages, before anybody has a name.

Roles: E older man, F older woman, C their generation of children, S spouse of C, K child of C, X not related.
A family of the younger generation has C, S and K only.
"""

from collections.abc import Callable
from dataclasses import dataclass

from linkage.counterparts.city.dice import Dice, Weighted
from linkage.counterparts.city.people import CHILD, FATHER, HUSBAND, LODGER, MOTHER, RELATIVE, WIFE

MAN, WOMAN = "1", "2"
Slot = tuple[str, str, int]
"""Role, sex and reached age on the as-of date."""


@dataclass(frozen=True, slots=True)
class Plan:
    slots: list[Slot]
    """The head comes first."""
    facility: bool = False
    elsewhere: bool = False


# Five-year groups from 65 and their share by sex, after the shape of the national estimate for the 2020s.
_OLDER_MEN = Weighted(
    [(65, 350), (70, 390), (75, 360), (80, 240), (85, 140), (90, 50), (95, 9), (100, 1)],
)
_OLDER_WOMEN = Weighted(
    [(65, 370), (70, 440), (75, 450), (80, 350), (85, 260), (90, 140), (95, 45), (100, 8)],
)
_YOUNGER_HEADS = Weighted(
    [(18, 2), (20, 6), (25, 9), (30, 9), (35, 10), (40, 11), (45, 13), (50, 15), (55, 13), (60, 12)],
)
OLDEST = 108


def older_age(dice: Dice, sex: str) -> int:
    """An age from 65; those of 100 and more thin out towards OLDEST."""
    low = (_OLDER_MEN if sex == MAN else _OLDER_WOMEN).at(dice.random())
    if low < 100:
        return low + int(dice.random() * 5)
    return min(OLDEST, 100 + int(dice.expovariate(0.45)))


def _younger_age(dice: Dice) -> int:
    low = _YOUNGER_HEADS.at(dice.random())
    return low + int(dice.random() * (2 if low == 18 else 5))


def _sex(dice: Dice) -> str:
    return MAN if dice.random() < 0.512 else WOMAN


def _wife_age(dice: Dice, man: int) -> int:
    return max(20, min(OLDEST, man - round(dice.gauss(2.4, 3.2))))


def _older_single(dice: Dice) -> Plan:
    sex = MAN if dice.chance(0.38) else WOMAN
    return Plan([("E" if sex == MAN else "F", sex, older_age(dice, sex))])


def _older_couple(dice: Dice) -> Plan:
    man = min(99, older_age(dice, MAN))
    couple = [("E", MAN, man), ("F", WOMAN, _wife_age(dice, man))]
    return Plan(couple[::-1] if dice.chance(0.03) else couple)


def _grown_child(dice: Dice, parent: int) -> Slot:
    return "C", _sex(dice), max(16, parent - dice.between(23, 38))


def _couple_with_child(dice: Dice) -> Plan:
    couple = _older_couple(dice).slots
    return Plan([*couple, _grown_child(dice, couple[1][2])])


def _single_with_child(dice: Dice) -> Plan:
    parent = _older_single(dice).slots[0]
    child = _grown_child(dice, parent[2])
    return Plan([child, parent] if child[2] >= 40 and dice.chance(0.6) else [parent, child])


def _three_generations(dice: Dice) -> Plan:
    parents = _older_couple(dice).slots if dice.chance(0.5) else _older_single(dice).slots
    child = ("C", MAN, max(26, parents[-1][2] - dice.between(24, 34)))
    family = [child, ("S", WOMAN, _wife_age(dice, child[2])), *_children(dice, child[2] - 2)]
    return Plan([*family, *parents] if dice.chance(0.6) else [*parents, *family])


def _older_child_and_parent(dice: Dice) -> Plan:
    """A child past 60 with a parent past 85 (老老介護)."""
    parent_sex = MAN if dice.chance(0.2) else WOMAN
    parent = max(86, older_age(dice, parent_sex))
    child = ("C", _sex(dice), max(60, parent - dice.between(20, 28)))
    return Plan([child, ("E" if parent_sex == MAN else "F", parent_sex, parent)])


def _facility(dice: Dice) -> Plan:
    sex = MAN if dice.chance(0.27) else WOMAN
    age = max(older_age(dice, sex), older_age(dice, sex))
    return Plan([("E" if sex == MAN else "F", sex, age)], facility=True)


def _facility_elsewhere(dice: Dice) -> Plan:
    return Plan(_facility(dice).slots, facility=True, elsewhere=True)


def _younger_single(dice: Dice) -> Plan:
    return Plan([("C", _sex(dice), _younger_age(dice))])


def _younger_couple(dice: Dice) -> Plan:
    man = max(22, _younger_age(dice))
    woman = min(64, _wife_age(dice, man))
    if dice.chance(0.06):
        return Plan([("C", WOMAN, woman), ("S", MAN, man)])
    return Plan([("C", MAN, man), ("S", WOMAN, woman)])


def _children(dice: Dice, parent: int) -> list[Slot]:
    count = dice.pick((1, 1, 2, 2, 2, 2, 3, 3))
    ages = sorted((parent - dice.between(24, 39) for _ in range(count)), reverse=True)
    return [("K", _sex(dice), age) for age in ages if 0 <= age <= 30]


def _family(dice: Dice) -> Plan:
    couple = _younger_couple(dice).slots
    return Plan([*couple, *_children(dice, couple[1][2])])


def _single_parent(dice: Dice) -> Plan:
    sex = MAN if dice.chance(0.13) else WOMAN
    age = max(24, _younger_age(dice))
    return Plan([("C", sex, age), *_children(dice, age)])


def _shared_flat(dice: Dice) -> Plan:
    return Plan([("C", _sex(dice), _younger_age(dice)), ("X", _sex(dice), _younger_age(dice))])


Builder = Callable[[Dice], Plan]
OLDER: Weighted[Builder] = Weighted(
    [
        (_older_single, 300),
        (_older_couple, 290),
        (_couple_with_child, 140),
        (_single_with_child, 100),
        (_three_generations, 45),
        (_older_child_and_parent, 30),
        (_facility, 75),
        (_facility_elsewhere, 22),
    ]
)
YOUNGER: Weighted[Builder] = Weighted(
    [(_younger_single, 350), (_younger_couple, 110), (_family, 440), (_single_parent, 70), (_shared_flat, 30)]
)


def older(dice: Dice) -> Plan:
    """A household with at least one older person."""
    return OLDER.at(dice.random())(dice)


def older_alone(dice: Dice) -> Plan:
    return _older_single(dice)


def younger(dice: Dice) -> Plan:
    return YOUNGER.at(dice.random())(dice)


_RELATIONS = {
    ("E", "F"): WIFE,
    ("E", "C"): CHILD,
    ("F", "E"): HUSBAND,
    ("F", "C"): CHILD,
    ("C", "E"): FATHER,
    ("C", "F"): MOTHER,
    ("C", "K"): CHILD,
    ("S", "K"): CHILD,
}


def relationship(head: str, role: str, sex: str) -> str:
    """続柄 of somebody of this role and sex to a head of the other role."""
    if "X" in (head, role):
        return LODGER
    if {head, role} == {"C", "S"}:
        return HUSBAND if sex == MAN else WIFE
    if head == "K" and role in "CS":
        return FATHER if sex == MAN else MOTHER
    return _RELATIONS.get((head, role), RELATIVE)
