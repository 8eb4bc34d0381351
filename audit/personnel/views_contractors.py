"""Screens of contractors' work: permissions (作業許可) and attendance (立会い)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.permissions import actor_of, discloses_nothing
from audit.personnel import attending, gate, queries
from audit.personnel.forms import FinishForm, PermissionFilter, PermissionForm, RevokeForm
from audit.personnel.models import WorkPermission
from audit.personnel.queries import ENTER, VIEW
from audit.personnel.steps import steps
from audit.screens import listing, once
from kaigo.common import clock
from kaigo.common.refusal import NotFound

WHY = "contractors' work and who attends it, no insured person"
COLUMNS = {
    "許可番号": "number", "作業者": "staff__kana", "契約": "contract", "最初の日": "first_day", "最後の日": "last_day",
    "時間": None, "立会者": None, "状態": "state",
}  # fmt: skip


@require_GET
@discloses_nothing(WHY, right=VIEW)
def permission_list(request: HttpRequest) -> HttpResponse:
    """作業許可の一覧."""
    actor = actor_of(request)
    form = PermissionFilter(request.GET)
    rows = queries.permissions(actor, form.asked())
    context = {
        "form": form,
        "listing": listing(request, rows, COLUMNS, order="-first_day"),
        "may_ask": actor.may(ENTER),
    }
    return render(request, "personnel/permissions.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def permission_new(request: HttpRequest) -> HttpResponse:
    """作業許可の申請."""
    actor = actor_of(request)
    form = PermissionForm(
        request.POST or None, actor=actor, initial={"first_day": clock.today(), "last_day": clock.today()}
    )

    def act() -> str:
        row = attending.ask(actor, attending.Asked(**form.cleaned_data))
        messages.success(request, f"作業許可の申請{row.number}を回付しました。")
        return reverse("personnel-permission", args=[row.public_id])

    context = {
        "title": "委託先の作業許可の申請",
        "lead": "委託先の従業者の利用者IDは、許可された時間に、立会者が立会いを始めている間だけ使えます。",
        "question": "この内容で作業許可を申請しますか",
        "button": "申請する",
        "back": reverse("personnel-permissions"),
    }
    return steps(request, form, act, context)


@require_GET
@discloses_nothing(WHY)
def permission_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """作業許可: with its attendances, for who may view the register, and for the attendant."""
    actor = actor_of(request)
    row = queries.permission_of(actor, public_id)
    live = row.state in (WorkPermission.State.ASKED, WorkPermission.State.ALLOWED)
    context = {
        "row": row,
        "rows": attending.rows(row.public_id),
        "attendances": row.attendances.select_related("attendant", "ended_by"),
        "may_revoke": live and actor.may(ENTER, row.staff.office_id),
        "may_list": actor.may(VIEW),
        **_now(row, actor.staff_id),
    }
    context["may_finish"] = row.attendant_id == actor.staff_id or actor.may(ENTER, row.staff.office_id)
    return render(request, "personnel/permission.html", context)


def _now(row: WorkPermission, staff_id: int | None) -> dict[str, object]:
    """Whether the work is attended now, and whether the person may begin to attend it."""
    open_now = next((one for one in row.attendances.all() if one.ended_at is None), None)
    span = gate.window_of(row, clock.now()) if row.state == WorkPermission.State.ALLOWED else None
    attended = open_now if open_now and span and open_now.began_at >= span.begins else None
    return {
        "open": open_now,
        "attended": attended,
        "may_begin": bool(span) and not attended and row.attendant_id == staff_id,
    }


@require_GET
@discloses_nothing("the contractors' work that the person attends")
def attendance(request: HttpRequest) -> HttpResponse:
    """立会い: the work that the person attends."""
    actor = actor_of(request)
    rows = [{"row": row, **_now(row, actor.staff_id)} for row in queries.to_attend(actor)]
    return render(request, "personnel/attendance.html", {"rows": rows})


@require_POST
@discloses_nothing("begins an attendance, shows nothing")
def attendance_begin(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """立会いを始める."""
    actor = actor_of(request)
    row = queries.permission_of(actor, public_id)

    def act() -> str:
        attending.begin(actor, row)
        messages.success(request, "立会いを始めました。作業が終わったら、必ず立会いを終えてください。")
        return reverse("personnel-permission", args=[row.public_id])

    return once(request, act)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY)
def attendance_finish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """立会いを終える, with the result of the work."""
    actor = actor_of(request)
    row = queries.attendance_of(actor, public_id)
    if row.attendant_id != actor.staff_id and not actor.may(ENTER, row.permission.staff.office_id):
        raise NotFound("not-found", "この立会いは見つからないか、終える権限がありません。")
    form = FinishForm(request.POST or None)

    def act() -> str:
        attending.finish(actor, row, **form.cleaned_data)
        messages.success(request, "立会いを終えました。作業者の利用者IDは使えなくなりました。")
        return reverse("personnel-permission", args=[row.permission.public_id])

    context = {
        "title": "立会いの終了",
        "staff": row.permission.staff,
        "question": "立会いを終えますか",
        "button": "立会いを終える",
        "back": reverse("personnel-permission", args=[row.permission.public_id]),
    }
    return steps(request, form, act, context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def permission_revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """作業許可の取消し."""
    actor = actor_of(request)
    row = queries.permission_of(actor, public_id)
    form = RevokeForm(request.POST or None)

    def act() -> str:
        attending.revoke(actor, row, **form.cleaned_data)
        messages.success(request, "作業許可を取り消しました。作業中でも、利用者IDはすぐに使えなくなります。")
        return reverse("personnel-permission", args=[row.public_id])

    context = {
        "title": f"作業許可{row.number}の取消し",
        "staff": row.staff,
        "question": "この作業許可を取り消しますか",
        "button": "取り消す",
        "danger": True,
        "back": reverse("personnel-permission", args=[row.public_id]),
    }
    return steps(request, form, act, context)
