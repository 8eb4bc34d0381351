"""作業許可と立会い: asking, allowing, attending and ending contractors' work (E16)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from audit import notices
from audit.actor import Actor
from audit.decisions.kinds import DecisionKind, Rows, register
from audit.decisions.models import Decision
from audit.decisions.queries import latest
from audit.decisions.services import end as end_decision
from audit.decisions.services import propose
from audit.history import recorded
from audit.models import Staff
from audit.numbering import next_number
from audit.permissions import require, staff_id_of
from audit.personnel import gate, ids
from audit.personnel.models import Attendance, IdEvent, WorkPermission
from audit.rights import Act, File
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal
from kaigo.common.wareki import format_wareki

KIND = "personnel.permission"
SERIES = "作許"
State = WorkPermission.State


@dataclass(frozen=True, slots=True)
class Asked:
    """What a permission is asked for."""

    staff: Staff
    contract: str
    purpose: str
    systems: str
    first_day: date
    last_day: date
    from_time: time
    to_time: time
    attendant: Staff


def ask(actor: Actor, asked: Asked) -> WorkPermission:
    """作業許可の申請: goes round for approval at once.

    Raises Forbidden without staff.enter on the operator's office, Refusal for somebody who is no contractor, days or
    hours that cannot be, too many days, or an attendant who is not regular staff in service.
    """
    require(actor, File.STAFF, Act.ENTER, asked.staff.office_id)
    _check(actor, asked)
    with transaction.atomic(), recorded(actor, "作業許可の申請"):
        row = WorkPermission.objects.create(
            number=next_number(SERIES, clock.today()), staff=asked.staff, contract=asked.contract.strip(),
            purpose=asked.purpose.strip(), systems=asked.systems.strip(), first_day=asked.first_day,
            last_day=asked.last_day, from_time=asked.from_time, to_time=asked.to_time, attendant=asked.attendant,
            asked_by_id=staff_id_of(actor), asked_at=clock.now(),
        )  # fmt: skip
        title = f"委託先の作業許可 {row.number}"
        propose(actor, KIND, about=row.public_id, office=asked.staff.office, title=title, reason=row.purpose)
        return row


def begin(actor: Actor, permission: WorkPermission) -> Attendance:
    """立会いを始める: the named attendant is beside the operator; from now on the id works.

    Raises Refusal for anybody but the attendant, outside the hours or without a permission, Conflict when the
    attendance has begun already.
    """
    _require_attendant(actor, permission)
    with transaction.atomic(), recorded(actor, "立会いの開始"):
        row = WorkPermission.objects.select_for_update(of=("self",)).select_related("staff").get(pk=permission.pk)
        now = clock.now()
        span = gate.window_of(row, now)
        if row.state != State.ALLOWED or span is None:
            raise Refusal(
                "not-permitted", "いまは、この作業許可の時間内ではありません。",
                ways=("作業許可の日時を確かめてください。時間を変えるときは、申請し直してください。",),
            )  # fmt: skip
        # one that was left open ended with its hours
        for left in row.attendances.filter(ended_at=None, began_at__lt=span.begins):
            _close(left, None, "時間帯の終わりで終了")
        if row.attendances.filter(ended_at=None).exists():
            raise Conflict("attended-already", "この作業の立会いは、すでに始まっています。")
        attendance = Attendance.objects.create(permission=row, attendant_id=staff_id_of(actor), began_at=now)
        ids.note(actor, row.staff, IdEvent.Kind.ATTENDANCE, f"立会いの開始（{row.number}）")
        return attendance


def finish(actor: Actor, attendance: Attendance, *, result: str) -> None:
    """立会いを終える: the id stops working with the next request.

    Raises Forbidden for anybody but the attendant and who may enter staff data, Refusal without the result of the
    work, Conflict when it has ended.
    """
    permission = attendance.permission
    if attendance.attendant_id != actor.staff_id:
        require(actor, File.STAFF, Act.ENTER, permission.staff.office_id)
    if not result.strip():
        raise Refusal("no-result", "作業の結果を入れてください。", field="result")
    with transaction.atomic(), recorded(actor, "立会いの終了"):
        row = Attendance.objects.select_for_update().get(pk=attendance.pk)
        if row.ended_at is not None:
            raise Conflict("ended", "この立会いは、すでに終わっています。")
        _close(row, actor.staff_id, result)
        ids.note(
            actor, permission.staff, IdEvent.Kind.ATTENDANCE, f"立会いの終了（{permission.number}）：{result.strip()}"
        )


def revoke(actor: Actor, permission: WorkPermission, *, reason: str) -> None:
    """作業許可を取り消す: at once, also while the operator works; no second person is needed to take away.

    Raises Forbidden without staff.enter on the operator's office, Refusal without a reason, Conflict when it is over.
    """
    require(actor, File.STAFF, Act.ENTER, permission.staff.office_id)
    if not reason.strip():
        raise Refusal("no-reason", "取り消す理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, "作業許可の取消し"):
        row = WorkPermission.objects.select_for_update(of=("self",)).select_related("staff").get(pk=permission.pk)
        if row.state not in (State.ASKED, State.ALLOWED):
            raise Conflict("over", f"この作業許可は「{row.get_state_display()}」です。")
        decision = latest(row.public_id)
        if decision is not None and decision.state in Decision.OPEN:
            end_decision(actor, decision, None, reason)
        for left in row.attendances.filter(ended_at=None):
            _close(left, actor.staff_id, f"許可の取消し：{reason}")
        row.state, row.revoked_reason = State.REVOKED, reason.strip()[:200]
        row.save(update_fields=["state", "revoked_reason"])
        ids.note(actor, row.staff, IdEvent.Kind.PERMISSION, f"作業許可の取消し（{row.number}）：{reason.strip()}")


def allow(actor: Actor, decision: Decision) -> None:
    """許可. Raises Refusal where the days are over."""
    row = WorkPermission.objects.select_for_update(of=("self",)).get(public_id=decision.about)
    if row.last_day < clock.today():
        raise Refusal("days-over", "許可する日が過ぎています。", ways=("否決してください。",))
    row.state, row.allowed_by_id, row.allowed_at = State.ALLOWED, staff_id_of(actor), clock.now()
    row.save(update_fields=["state", "allowed_by", "allowed_at"])
    ids.note(actor, row.staff, IdEvent.Kind.PERMISSION, f"作業許可（{row.number}）：{_days(row)}")
    notices.tell(
        row.attendant, f"委託先の作業（{row.number}）の立会者になりました。", path=reverse("personnel-attendance")
    )


def closed(actor: Actor, decision: Decision) -> None:
    """Rejected or withdrawn: there is no permission. A returned one can be sent round again."""
    if decision.state in (Decision.State.REJECTED, Decision.State.WITHDRAWN):
        rows = WorkPermission.objects.filter(public_id=decision.about, state=State.ASKED)
        rows.update(state=State.REFUSED)


def rows(about: UUID) -> Rows:
    """What the deciders read."""
    row = WorkPermission.objects.select_related("staff__office", "attendant").get(public_id=about)
    return [
        ("許可番号", row.number),
        ("作業者", f"{row.staff.name}（利用者ID {row.staff.login}）"),
        ("契約", row.contract),
        ("作業の目的", row.purpose),
        ("対象のシステムと作業の範囲", row.systems),
        ("日時", _days(row)),
        ("立会者", f"{row.attendant.name}（{row.attendant.office.name}）"),
    ]


def _days(row: WorkPermission) -> str:
    days = format_wareki(row.first_day)
    if row.last_day != row.first_day:
        days = f"{days}から{format_wareki(row.last_day)}まで"
    until = f"{'翌日' if row.to_time < row.from_time else ''}{row.to_time:%H:%M}"
    return f"{days}　{row.from_time:%H:%M}から{until}まで"


def _close(row: Attendance, by: int | None, result: str) -> None:
    row.ended_at, row.ended_by_id, row.result = clock.now(), by, result.strip()[:300]
    row.save(update_fields=["ended_at", "ended_by", "result"])


def _require_attendant(actor: Actor, permission: WorkPermission) -> None:
    if permission.attendant_id != actor.staff_id:
        raise Refusal("not-attendant", "立会いを始められるのは、作業許可で立会者とされた職員だけです。")


def _check(actor: Actor, asked: Asked) -> None:
    staff, attendant = asked.staff, asked.attendant
    if staff.employment != Staff.Employment.CONTRACTOR or not staff.is_active:
        raise Refusal("no-contractor", "利用者IDのある、委託先の従業者を選んでください。", field="staff")
    if attendant.employment != Staff.Employment.REGULAR or not attendant.is_active:
        raise Refusal("no-attendant", "立会者は、在職している正規職員から選んでください。", field="attendant")
    if asked.last_day < asked.first_day:
        raise Refusal("order", "最後の日は、最初の日以後の日にしてください。", field="last_day")
    if asked.last_day < clock.today():
        raise Refusal("days-over", "許可する日が過ぎています。", field="last_day")
    if (asked.last_day - asked.first_day).days >= settings.PERMISSION_LONGEST_DAYS:
        raise Refusal(
            "too-long", f"1度に許可できるのは{settings.PERMISSION_LONGEST_DAYS}日までです。", field="last_day"
        )
    if asked.from_time == asked.to_time:
        raise Refusal("hours", "開始時刻と終了時刻が同じです。", field="to_time")
    if staff.valid_until and asked.last_day > staff.valid_until:
        raise Refusal("contract-over", "契約の終わりより後の日です。", field="last_day")


def _barred(about: UUID) -> Collection[int]:
    return list(WorkPermission.objects.filter(public_id=about).values_list("staff_id", flat=True))


register(
    DecisionKind(
        KIND, "委託先の作業許可", File.STAFF, apply=allow, rows=rows, closed=closed, barred=_barred,
        path=lambda about: reverse("personnel-permission", args=[about]),
    )
)  # fmt: skip
