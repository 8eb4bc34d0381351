"""What the approval of a request for an id (利用者ID申請) does, and what its deciders read (E08)."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F
from django.urls import reverse

from audit.actor import Actor
from audit.decisions.kinds import DecisionKind, Rows, register
from audit.decisions.models import Decision
from audit.models import RoleAssignment, Staff
from audit.numbering import next_number
from audit.personnel import ids
from audit.personnel.models import IdEvent, IdRequest
from audit.rights import File
from audit.services import synchronise
from audit.subjects import surname_key
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import fiscal_year_of, format_wareki

KIND = "personnel.id-request"
LOGINS = "利用者ID"
PREFIXES = {Staff.Employment.NON_REGULAR: "n", Staff.Employment.OTHER_SECTION: "o", Staff.Employment.CONTRACTOR: "c"}
Kind, State = IdRequest.Kind, IdRequest.State


def grant(actor: Actor, decision: Decision) -> None:
    """承認: the id is made, or lasts longer. Raises Refusal where the contract has ended meanwhile."""
    row = IdRequest.objects.select_for_update(of=("self",)).get(public_id=decision.about)
    if row.contract_until and row.contract_until < clock.today():
        raise Refusal("contract-over", "申請した契約の終わりが過ぎています。", ways=("差し戻してください。",))
    staff = _ACTS[row.kind](row)
    move(row, state=State.GRANTED, granted_at=clock.now(), staff=staff)
    until = f"、{format_wareki(row.contract_until)}まで" if row.contract_until else ""
    ids.note(actor, staff, IdEvent.Kind.REQUEST, f"{row.get_kind_display()}の申請（{row.number}）を承認{until}")


def closed(actor: Actor, decision: Decision) -> None:
    """A rejected or withdrawn request is over; a returned one stays open."""
    states = {Decision.State.REJECTED: State.REJECTED, Decision.State.WITHDRAWN: State.WITHDRAWN}
    state = states.get(Decision.State(decision.state))
    if state:
        IdRequest.objects.filter(public_id=decision.about).update(state=state, version=F("version") + 1)


def rows(about: UUID) -> Rows:
    """What the deciders read."""
    row = _row(about)
    roles = {f"{held.role.name}（{held.office.name}）" for held in row.roles.select_related("role", "office")}
    days = [("利用の始まり", row.starts_on), ("契約の終わり", row.contract_until)]
    needs_pledge = row.kind in (Kind.NEW, Kind.EXTEND)
    return [
        ("申請番号", row.number),
        ("種類", row.get_kind_display()),
        ("氏名", f"{row.name}（{row.kana}）"),
        ("任用区分", row.get_employment_display()),
        ("所属", f"{row.office.name} {row.section} {row.position}".strip()),
        ("所属長", row.manager.name),
        ("役割", "、".join(sorted(roles))),
        *((label, format_wareki(day)) for label, day in days if day),
        ("業務上の理由", row.reason),
        ("誓約書", "受け取るまで、利用者IDは使えません" if needs_pledge else ""),
    ]


def _row(about: UUID) -> IdRequest:
    return IdRequest.objects.select_related("office", "manager", "staff").get(public_id=about)


def _issue(row: IdRequest) -> Staff:
    number = next_number(LOGINS, clock.today()).rpartition("-")[2]
    prefix = PREFIXES[Staff.Employment(row.employment)]
    staff = Staff(
        login=f"{prefix}{fiscal_year_of(clock.today())}{number}", name=row.name, kana=row.kana, office=row.office,
        section=row.section, position=row.position, employment=row.employment, manager=row.manager,
        valid_until=row.contract_until, surname_key=surname_key(row.name),
    )  # fmt: skip
    staff.set_unusable_password()
    staff.save()
    for held in row.roles.select_related("role", "office"):
        ids.give_role(
            staff, held.role, held.office, max(row.starts_on, clock.today()), until=row.contract_until,
            by=row.requested_by_id, reason=f"利用者ID申請 {row.number}",
        )  # fmt: skip
    return staff


def _extend(row: IdRequest) -> Staff:
    """The contract's roles go on to its new end."""
    staff = Staff.objects.select_for_update(of=("self",)).get(pk=row.staff_id or 0)
    if not staff.is_active or staff.valid_until is None or row.contract_until is None:
        raise Refusal("closed", "この利用者IDは、申請の後に停止されました。", ways=("否決してください。",))
    for held in standing(staff, staff.valid_until):
        held.period = DateRange(held.period.lower, row.contract_until + timedelta(days=1))
        held.save(update_fields=["period"])
    staff.valid_until = row.contract_until
    staff.save(update_fields=["valid_until"])
    synchronise(staff)
    return staff


def _reopen(row: IdRequest) -> Staff:
    """The closed id of regular staff works again, with a new password and without the roles that ended."""
    staff = Staff.objects.select_for_update(of=("self",)).get(pk=row.staff_id or 0)
    staff.is_active, staff.valid_until, staff.last_login = True, None, None
    staff.set_unusable_password()
    staff.save(update_fields=["is_active", "valid_until", "last_login", "password"])
    return staff


def standing(staff: Staff, last_day: date) -> Iterable[RoleAssignment]:
    """The roles that end with the contract."""
    rows = RoleAssignment.objects.filter(staff=staff, kind=RoleAssignment.Kind.STANDING)
    return rows.filter(period__endswith=last_day + timedelta(days=1)).select_related("role", "office")


def move(row: IdRequest, **fields: object) -> None:
    """Change a request and count its version."""
    IdRequest.objects.filter(pk=row.pk).update(version=F("version") + 1, **fields)
    row.refresh_from_db()


def _barred(about: UUID) -> Collection[int]:
    """Whom the request is about does not decide on it."""
    found = IdRequest.objects.filter(public_id=about).values_list("staff_id", flat=True)
    return [staff_id for staff_id in found if staff_id]


_ACTS = {Kind.NEW.value: _issue, Kind.EXTEND.value: _extend, Kind.REOPEN.value: _reopen}

register(
    DecisionKind(
        KIND, "利用者ID申請", File.STAFF, apply=grant, rows=rows, closed=closed, barred=_barred,
        path=lambda about: reverse("personnel-request", args=[about]),
    )
)  # fmt: skip
