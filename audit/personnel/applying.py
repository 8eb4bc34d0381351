"""Putting orders in force (発令の反映): at once when they are due, else on their day (E08)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from audit.actor import Actor
from audit.history import recorded
from audit.models import Office, Staff
from audit.permissions import require
from audit.personnel import ids, standing
from audit.personnel.models import IdEvent, PersonnelOrder
from audit.personnel.rules import Fault, Kind, Order, judge, last_day_of_use, sequence
from audit.rights import Act, File
from audit.subjects import surname_key
from kaigo.common import clock
from kaigo.common.refusal import Conflict
from kaigo.common.wareki import format_wareki

State = PersonnelOrder.State


def login_of(number: str) -> str:
    """The id (利用者ID) of regular staff is the personnel number."""
    return number.lower()


def due_on(order: Order) -> date:
    """The day on which an order takes effect; a retirement's is the first day without the id."""
    if order.kind != Kind.RETIRE:
        return order.on
    return last_day_of_use(order.on, is_worked=settings.RETIREMENT_DAY_IS_WORKED) + timedelta(days=1)


def put_in_force(actor: Actor, row: PersonnelOrder) -> None:
    """Apply an order that is due; of one that is not yet, what must not depend on a nightly job."""
    order = standing.order_of(row)
    person = standing.persons([order.number], with_waiting=False).get(order.number)
    due = due_on(order)
    if due > clock.today():
        _wait(row, order, due)
        return
    verdict = judge(person, order, standing.offices())
    if isinstance(verdict, Fault):
        row.state, row.failure = State.FAILED, verdict.message
        row.save(update_fields=["state", "failure"])
        return
    staff = _ACTS[order.kind](row, order)
    _common(staff, order)
    late = "（発令日より後の反映）" if due < clock.today() else ""
    ids.note(actor, staff, IdEvent.Kind.ORDER, f"{order.kind.label}（{format_wareki(order.on)}発令）{late}")
    row.state, row.staff, row.applied_at = State.DONE, staff, clock.now()
    row.save(update_fields=["state", "staff", "applied_at"])


def run_due() -> int:
    """Nightly: every order whose day has come takes effect, each in a transaction of its own. Says how many."""
    rows = PersonnelOrder.objects.filter(state=State.WAITING, effective_on__lte=clock.today()).select_related("job")
    waiting = {(row.job_id, row.line): row for row in rows}
    done = 0
    for job_id, order in _by_day(waiting.values()):
        if due_on(order) > clock.today():
            continue
        with transaction.atomic():
            row = PersonnelOrder.objects.select_for_update().get(pk=waiting[job_id, order.line].pk)
            actor = Actor.of_job(waiting[job_id, order.line].job)
            if row.state == State.WAITING:
                with recorded(actor, "発令日の到来"):
                    put_in_force(actor, row)
                    name_managers([row])
                done += 1
    return done


def drop(actor: Actor, row: PersonnelOrder) -> None:
    """発令の取消し: an order that waits for its day does not take effect.

    Raises Forbidden without staff.enter on the head office, Conflict when it waits no longer.
    """
    require(actor, File.STAFF, Act.ENTER, row.job.office_id)
    with transaction.atomic(), recorded(actor, "発令の取消し"):
        row = PersonnelOrder.objects.select_for_update().get(pk=row.pk)
        if row.state != State.WAITING:
            raise Conflict("order-moved", f"この発令は「{row.get_state_display()}」のため、取り消せません。")
        if row.before and row.staff:
            _restore(row.staff, row.before)
        if row.staff:
            ids.note(actor, row.staff, IdEvent.Kind.ORDER, f"{row.get_kind_display()}の発令の取消し")
        row.state = State.DROPPED
        row.save(update_fields=["state"])


def name_managers(rows: Iterable[PersonnelOrder]) -> None:
    """Managers who were themselves only hired by a later row of the same file."""
    for row in rows:
        if row.state == State.DONE and row.staff and row.manager_number and row.kind in (Kind.HIRE, Kind.TRANSFER):
            manager = _manager(row.manager_number, row.personnel_number)
            if manager and row.staff.manager_id != manager.pk:
                row.staff.manager = manager
                row.staff.save(update_fields=["manager"])


def _by_day(rows: Iterable[PersonnelOrder]) -> list[tuple[int, Order]]:
    found = [(row.job_id, standing.order_of(row)) for row in rows]
    places = {order: place for place, order in enumerate(sequence(order for _job, order in found))}
    return sorted(found, key=lambda pair: (pair[1].on, pair[0], places[pair[1]]))


def _wait(row: PersonnelOrder, order: Order, due: date) -> None:
    """Until its day; the end of the id is written now, so that it comes even when no job runs that night."""
    staff = Staff.objects.select_for_update().filter(personnel_number=order.number).first()
    row.state, row.staff = State.WAITING, staff
    if staff and order.kind == Kind.RETIRE:
        row.before = {"valid_until": staff.valid_until.isoformat() if staff.valid_until else None}
        last = due - timedelta(days=1)
        staff.valid_until = min(last, staff.valid_until or last)
        staff.save(update_fields=["valid_until"])
    elif staff and order.kind == Kind.LEAVE and not staff.absence:
        row.before = {"absence": None}
        staff.absence = DateRange(order.on, None)
        staff.save(update_fields=["absence"])
    row.save(update_fields=["state", "staff", "before"])


def _restore(staff: Staff, before: dict[str, Any]) -> None:
    if "valid_until" in before:
        text = before["valid_until"]
        staff.valid_until = date.fromisoformat(text) if text else None
    if "absence" in before:
        staff.absence = None
    staff.save(update_fields=["valid_until", "absence"])


def _hire(row: PersonnelOrder, order: Order) -> Staff:
    """A new id without a password: it works once an administrator has issued one."""
    staff = Staff.objects.filter(personnel_number=order.number).first() or Staff(
        login=login_of(order.number), personnel_number=order.number
    )
    staff.name, staff.kana, staff.surname_key = order.name, order.kana, surname_key(order.name)
    staff.office = Office.objects.get(code=order.office)
    staff.section, staff.position, staff.employment = order.section, order.position, Staff.Employment.REGULAR
    staff.manager = _manager(order.manager_number, order.number)
    staff.is_active, staff.valid_until, staff.absence, staff.last_login = True, None, None, None
    staff.set_unusable_password()
    staff.save()
    _give(staff, order, row)
    return staff


def _transfer(row: PersonnelOrder, order: Order) -> Staff:
    """The old section's roles end the day before; the new section's come with the day."""
    staff = _locked(order)
    ids.end_roles(staff, order.on)
    staff.office = Office.objects.get(code=order.office)
    staff.section, staff.position = order.section, order.position
    staff.manager = _manager(order.manager_number, order.number)
    staff.save(update_fields=["office", "section", "position", "manager"])
    _give(staff, order, row)
    return staff


def _concurrent(row: PersonnelOrder, order: Order) -> Staff:
    staff = _locked(order)
    _give(staff, order, row)
    return staff


def _leave(row: PersonnelOrder, order: Order) -> Staff:
    staff = _locked(order)
    staff.absence = DateRange(order.on, None)
    staff.save(update_fields=["absence"])
    return staff


def _return(row: PersonnelOrder, order: Order) -> Staff:
    staff = _locked(order)
    first = staff.absence.lower if staff.absence else None
    staff.absence = DateRange(first, order.on) if first and first < order.on else None
    staff.save(update_fields=["absence"])
    return staff


def _retire(row: PersonnelOrder, order: Order) -> Staff:
    """The rights end and the id is closed: the next request of a session is refused."""
    staff = _locked(order)
    due = due_on(order)
    ids.end_roles(staff, due)
    staff.is_active, staff.valid_until = False, due - timedelta(days=1)
    staff.save(update_fields=["is_active", "valid_until"])
    return staff


def _rename(row: PersonnelOrder, order: Order) -> Staff:
    staff = _locked(order)
    staff.name, staff.kana, staff.surname_key = order.name, order.kana, surname_key(order.name)
    staff.save(update_fields=["name", "kana", "surname_key"])
    return staff


def _give(staff: Staff, order: Order, row: PersonnelOrder) -> None:
    office = Office.objects.get(code=order.office)
    for role in ids.template_roles(office, order.section):
        ids.give_role(
            staff, role, office, max(order.on, clock.today()), by=row.job.approved_by_id,
            reason=f"人事発令（{order.kind.label}）",
        )  # fmt: skip


def _common(staff: Staff, order: Order) -> None:
    if order.address_key and bytes(staff.address_key) != order.address_key:
        staff.address_key = order.address_key
        staff.save(update_fields=["address_key"])


def _locked(order: Order) -> Staff:
    return Staff.objects.select_for_update(of=("self",)).get(personnel_number=order.number)


def _manager(number: str, own: str) -> Staff | None:
    return Staff.objects.filter(personnel_number=number).first() if number and number != own else None


_ACTS = {
    Kind.HIRE: _hire, Kind.TRANSFER: _transfer, Kind.LEAVE: _leave, Kind.RETURN: _return, Kind.RETIRE: _retire,
    Kind.RENAME: _rename, Kind.CONCURRENT: _concurrent,
}  # fmt: skip
