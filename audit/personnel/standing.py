"""Where somebody stands before an order: the register of staff, and the orders that earlier files have left waiting."""

from collections.abc import Collection, Iterable

from audit.models import Office, Staff
from audit.personnel.models import PersonnelOrder
from audit.personnel.rules import Fault, Kind, Order, Person, Status, judge, sequence

State = PersonnelOrder.State
IN_FORCE = (State.DONE, State.WAITING)


def order_of(row: PersonnelOrder) -> Order:
    """A stored order as the rules see it."""
    return Order(
        row.line, row.personnel_number, row.name, row.kana, Kind(row.kind), row.effective_on, row.office_code,
        row.section, row.position, row.manager_number, bytes(row.address_key),
    )  # fmt: skip


def persons(numbers: Collection[str], *, with_waiting: bool = True) -> dict[str, Person]:
    """The persons behind the numbers, as the register and the orders in force leave them. Three SQL statements."""
    orders = list(PersonnelOrder.objects.filter(personnel_number__in=numbers, state__in=IN_FORCE).order_by("pk"))
    done = [row for row in orders if row.state == State.DONE]
    staff = Staff.objects.filter(personnel_number__in=numbers).select_related("office")
    found = {person.number: person for person in (_person(row, done) for row in staff)}
    if with_waiting:
        _carry_on(found, (order_of(row) for row in orders if row.state == State.WAITING))
    return found


def offices() -> frozenset[str]:
    """The codes of the offices of this system."""
    return frozenset(Office.objects.values_list("code", flat=True))


def same_person(person: Order) -> bool:
    """Whether somebody in service, under another number, has the same kana and address (1人1利用者ID, E07)."""
    if not person.address_key:
        return False
    same = Staff.objects.filter(kana=person.kana, address_key=person.address_key, is_active=True)
    return same.exclude(personnel_number=person.number).exists()


def _carry_on(found: dict[str, Person], waiting: Iterable[Order]) -> None:
    known = offices()
    for order in sequence(waiting):
        after = judge(found.get(order.number), order, known)
        if not isinstance(after, Fault):
            found[order.number] = after


def _person(staff: Staff, done: list[PersonnelOrder]) -> Person:
    own = [row for row in done if row.personnel_number == staff.personnel_number]
    bounds = [row for row in own if row.kind in (Kind.HIRE, Kind.RETIRE)]
    retired = bool(bounds) and max(bounds, key=lambda row: (row.effective_on, row.pk)).kind == Kind.RETIRE
    absent_from = staff.absence.lower if staff.absence and staff.absence.upper is None else None
    status = Status.RETIRED if retired else Status.ABSENT if absent_from else Status.ACTIVE
    return Person(
        staff.personnel_number or "", staff.name, staff.kana, status, staff.office.code, staff.section,
        bytes(staff.address_key), absent_from, max((row.effective_on for row in own), default=None),
    )  # fmt: skip
