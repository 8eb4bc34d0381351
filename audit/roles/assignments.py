"""Assigning roles (役割の割当): asked for by one person, in force by the decision of another; ended by one, at once."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.urls import reverse

from audit import notices
from audit.actor import Actor
from audit.decisions import services as decisions
from audit.decisions.kinds import DecisionKind, Rows
from audit.decisions.models import Decision
from audit.history import recorded
from audit.models import Office, RoleAssignment, Staff
from audit.permissions import require, staff_id_of
from audit.rights import Act, File
from audit.roles import queries
from audit.roles.models import AssignmentRequest, Role
from audit.roles.separation import Rule, joined
from audit.services import synchronise
from kaigo.common import clock
from kaigo.common.refusal import Conflict, NotFound, Refusal
from kaigo.common.wareki import format_wareki


def propose_assignment(
    actor: Actor,
    staff: Staff,
    *,
    role: Role,
    offices: Sequence[Office],
    first_day: date,
    last_day: date | None,
    reason: str,
    override: str = "",
) -> Decision:
    """Send round that a person is to hold a role on offices, without end or to a last day (期限付き).

    Raises Forbidden without staff.enter on the person's office and on each of the offices, Refusal for oneself, days
    that cannot be, rights that should be apart without a reason, Conflict when the role is held there already.
    """
    _require_reach(actor, staff, offices)
    _check_other(actor, staff)
    _check_days(first_day, last_day)
    if not offices:
        raise Refusal("no-office", "対象の事務所を選んでください。", field="offices")
    _check_free(staff, role, offices, first_day, last_day)
    apart = conflicts(staff, role, [office.pk for office in offices])
    if apart and not override.strip():
        raise Refusal(
            "joined-rights",
            f"この職員は、合わせて持たせない権限を持つことになります（{'／'.join(rule.words for rule in apart)}）。",
            field="override",
            ways=("別の職員に割り当てるか、やむを得ない理由を入れてください。決裁する人に示されます。",),
        )
    row = AssignmentRequest(
        staff=staff, role=role, first_day=first_day, last_day=last_day, reason=reason.strip(),
        override=override.strip() if apart else "", entered_by_id=staff_id_of(actor), entered_at=clock.now(),
    )  # fmt: skip
    return _propose(actor, row, offices)


def propose_prolonging(actor: Actor, assignment: RoleAssignment, *, last_day: date, reason: str) -> Decision:
    """延長: send round that an assignment with an end is to last longer. Raises as `propose_assignment` does."""
    _require_reach(actor, assignment.staff, [assignment.office])
    _check_other(actor, assignment.staff)
    end = assignment.period.upper
    if end is None or assignment.kind == RoleAssignment.Kind.SUBSTITUTION:
        raise Refusal("no-end", "期限のある割当てだけを延長できます。代理は「代理」の画面で改めてください。")
    if last_day < end or end <= clock.today():
        raise Refusal(
            "last-day", "今の最終日より後の日を入れてください。終わった割当ては改めて割り当てます。", field="last_day"
        )
    _check_days(clock.today(), last_day)
    row = AssignmentRequest(
        staff=assignment.staff, role=assignment.role.role, first_day=end, last_day=last_day, reason=reason.strip(),
        prolongs=assignment, entered_by_id=staff_id_of(actor), entered_at=clock.now(),
    )  # fmt: skip
    return _propose(actor, row, [assignment.office])


def end(actor: Actor, assignment: RoleAssignment, *, reason: str) -> None:
    """End an assignment now; the next request of its holder no longer has its rights. One person suffices.

    Raises Forbidden without staff.enter, Refusal without a reason, Conflict when it is over.
    """
    require(actor, File.STAFF, Act.ENTER, assignment.staff.office_id)
    if not reason.strip():
        raise Refusal("no-reason", "理由を入れてください。", field="reason")
    today = clock.today()
    with transaction.atomic(), recorded(actor, f"役割の割当の終了：{reason.strip()}"):
        row = RoleAssignment.objects.select_for_update().filter(pk=assignment.pk).first()
        if row is None or (row.period.upper is not None and row.period.upper <= today):
            raise Conflict("over", "この割当てはすでに終わっています。")
        if row.period.lower >= today:
            row.delete()
        else:
            row.period = DateRange(row.period.lower, today)
            row.save(update_fields=["period"])
        synchronise(assignment.staff)
        notices.tell(
            assignment.staff, f"役割「{assignment.role.name}」（{assignment.office.name}）の割当てが終わりました。"
        )


def assignment_of(actor: Actor, public_id: UUID) -> RoleAssignment:
    """One assignment of a person whom the actor may view. Raises NotFound."""
    rows = RoleAssignment.objects.filter(staff__office_id__in=actor.offices(queries.VIEW))
    found = rows.filter(public_id=public_id).select_related("staff__office", "role__role", "office").first()
    if found is None:
        raise NotFound("no-assignment", "この割当ては見つからないか、見る権限がありません。")
    return found


def waiting(staff: Staff) -> list[tuple[AssignmentRequest, Decision]]:
    """The requests for this person that wait for their decision or were returned, each with its decision."""
    found = Decision.objects.filter(
        kind=KIND.name, state__in=Decision.OPEN, about__in=staff.role_requests.values("public_id")
    )
    by_subject = {decision.about: decision for decision in found}
    rows = staff.role_requests.filter(public_id__in=by_subject).select_related("role__group", "entered_by")
    return [(row, by_subject[row.public_id]) for row in rows.prefetch_related("offices")]


def conflicts(staff: Staff, role: Role, offices: Collection[int]) -> list[Rule]:
    """The rules of separation that the person would no longer keep on one of the offices, with what is held there."""
    new, held = queries.rights_of(role.group), queries.held_on(staff, offices)
    found = {rule for office in offices for rule in joined(new | held.get(office, set()))}
    return sorted(found, key=lambda rule: rule.words)


def _propose(actor: Actor, row: AssignmentRequest, offices: Sequence[Office]) -> Decision:
    with transaction.atomic(), recorded(actor, "役割の割当の申請"):
        open_ones = Decision.objects.filter(kind=KIND.name, state__in=Decision.OPEN).values("about")
        if AssignmentRequest.objects.filter(staff=row.staff, role=row.role, public_id__in=open_ones).exists():
            raise Conflict("waiting", "同じ職員の同じ役割の申請が、すでに決裁を待っています。")
        row.save()
        row.offices.set(offices)
        title = f"{row.staff.login}への役割「{row.role}」の割当"
        return decisions.propose(
            actor, KIND.name, about=row.public_id, office=_deciding(row.staff, offices), title=title, reason=row.reason
        )


def _apply(actor: Actor, decision: Decision) -> None:
    row = AssignmentRequest.objects.select_related("staff", "role__group", "prolongs").get(public_id=decision.about)
    upper = row.last_day + timedelta(days=1) if row.last_day else None
    if row.prolongs:
        longer = DateRange(row.prolongs.period.lower, upper)
        RoleAssignment.objects.filter(pk=row.prolongs.pk).update(period=longer)
    else:
        offices = list(row.offices.all())
        first = max(row.first_day, clock.today())
        _check_free(row.staff, row.role, offices, first, row.last_day)
        kind = RoleAssignment.Kind.TEMPORARY if row.last_day else RoleAssignment.Kind.STANDING
        for office in offices:
            RoleAssignment.objects.create(
                staff=row.staff, role=row.role.group, office=office, period=DateRange(first, upper), kind=kind,
                granted_by=row.entered_by, reason=row.reason,
            )  # fmt: skip
    synchronise(row.staff)
    until = f"（{format_wareki(row.last_day)}まで）" if row.last_day else ""
    notices.tell(row.staff, f"役割「{row.role}」が割り当てられました{until}。")


def _require_reach(actor: Actor, staff: Staff, offices: Sequence[Office]) -> None:
    """Who enters for one office cannot let its people into another: the right is needed wherever the role reaches."""
    require(actor, File.STAFF, Act.ENTER, staff.office_id)
    for office in offices:
        require(actor, File.STAFF, Act.ENTER, office.pk)


def _deciding(staff: Staff, offices: Sequence[Office]) -> Office:
    """Whose deciders decide: the person's own office; the head office for a role that reaches beyond it."""
    head = Office.objects.filter(is_head=True).first()
    return staff.office if head is None or {office.pk for office in offices} == {staff.office_id} else head


def _check_other(actor: Actor, staff: Staff) -> None:
    if staff.pk == actor.staff_id:
        raise Refusal(
            "own-rights", "自分に権限を割り当てることはできません。",
            ways=("別のシステム管理者に入力を依頼してください。",),
        )  # fmt: skip


def _check_days(first_day: date, last_day: date | None) -> None:
    today = clock.today()
    if first_day < today:
        raise Refusal("past-day", "開始日は今日以後の日にしてください。", field="first_day")
    if last_day is None:
        return
    if last_day < first_day:
        raise Refusal("last-day", "最終日は開始日以後の日にしてください。", field="last_day")
    if last_day > today + timedelta(days=settings.TEMPORARY_ROLE_DAYS):
        raise Refusal(
            "too-long",
            f"期限付きの割当ては、今日から{settings.TEMPORARY_ROLE_DAYS}日以内にしてください。",
            field="last_day",
        )


def _check_free(staff: Staff, role: Role, offices: Sequence[Office], first: date, last: date | None) -> None:
    if role.retired_on and role.retired_on <= clock.today():
        raise Refusal("retired", "この役割は廃止されています。", field="role")
    upper = last + timedelta(days=1) if last else None
    held = RoleAssignment.objects.filter(staff=staff, role=role.group, office__in=offices)
    taken = held.filter(Q(period__overlap=DateRange(first, upper))).select_related("office").first()
    if taken:
        raise Conflict(
            "role-held",
            f"この役割は、{taken.office.name}で、すでに割り当てられています。",
            ways=("その事務所を外してください。",),
        )


def _rows(about: UUID) -> Rows:
    row = AssignmentRequest.objects.select_related("staff__office", "role__group", "entered_by").get(public_id=about)
    offices = list(row.offices.all())
    until = f"{format_wareki(row.last_day)}まで" if row.last_day else "（期限なし）"
    rows = [
        ("区分", "延長" if row.prolongs_id else "期限付きの割当" if row.last_day else "割当"),
        ("職員", f"{row.staff.name}（{row.staff.login}　{row.staff.office.name} {row.staff.section}）"),
        ("役割", row.role.group.name),
        ("対象事務所", "、".join(office.name for office in offices)),
        ("期間", f"{format_wareki(row.first_day)}から{until}"),
        ("加わる権限", "、".join(right.label for right in sorted(queries.rights_of(row.role.group)))),
        ("職務分離", "／".join(r.words for r in conflicts(row.staff, row.role, [o.pk for o in offices]))),
        ("職務分離によらない理由", row.override),
        ("理由", row.reason),
    ]
    return [(label, value) for label, value in rows if value]


def _barred(about: UUID) -> set[int]:
    return {AssignmentRequest.objects.get(public_id=about).staff_id}


def _path(about: UUID) -> str:
    return reverse(
        "staff-roles", args=[AssignmentRequest.objects.select_related("staff").get(public_id=about).staff.public_id]
    )


KIND = DecisionKind(
    name="roles.assignment",
    label="役割の割当",
    file=File.STAFF,
    apply=_apply,
    rows=_rows,
    path=_path,
    barred=_barred,
)
