"""Screens of the counter: choose a notification, enter it with who came, check what it would change, done."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from audit import access
from audit.permissions import actor_of, discloses, require
from audit.rights import Act, File, Right
from audit.screens import listing, once
from eligibility import frame, presenters, receiving
from eligibility.acts import ActKind, act_of, acts
from eligibility.counter import documents, queries
from eligibility.counter.forms import ReceptionFilter, VisitForm, WithdrawForm
from eligibility.models import Notification, Reception, Resident
from eligibility.queries import person
from eligibility.views import HEADER_ITEMS
from kaigo.common import clock
from kaigo.common.refusal import Conflict, NotFound, Refusal

ENTER = Right(File.ELIGIBILITY, Act.ENTER)
ITEMS = ("届出の内容", "届出者", "本人確認", "資格期間")
COLUMNS = {
    "受付番号": "reception__number", "受付日": "notified_on", "届出": "act", "被保険者": "resident__kana_key",
    "異動年月日": "event_on", "受付者": "staff__kana", "状態": None,
}  # fmt: skip


@require_GET
@discloses(File.ELIGIBILITY, Act.ENTER)
def act_menu(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """届出の選択: what can be received for this person today."""
    resident = _resident(request, public_id)
    today = clock.today()
    groups: dict[str, list[ActKind]] = {}
    for kind in acts():
        if kind.offered(resident, today):
            groups.setdefault(kind.group, []).append(kind)
    _show(request, resident)
    context = {"groups": groups, "reception": _ongoing(request, resident), **_around(request, resident)}
    return render(request, "counter/menu.html", context)


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def act_page(request: HttpRequest, public_id: UUID, key: str) -> HttpResponse:
    """届出の入力: entry, check, done."""
    resident, kind = _resident(request, public_id), act_of(key)
    if kind is None:
        raise NotFound("no-act", "この届出はありません。", ways=("届出の一覧から選び直してください。",))
    reception = _ongoing(request, resident)
    form = kind.form(request.POST or None, resident=resident)
    visit = None if reception else VisitForm(request.POST or None, resident=resident)
    context: dict[str, Any] = {"kind": kind, "form": form, "visit": visit, "reception": reception}
    entered = request.method == "POST" and "change" not in request.POST
    if entered and all([form.is_valid(), visit is None or visit.is_valid()]):
        return _checked(request, resident, context)
    return _entry(request, resident, context)


def _checked(request: HttpRequest, resident: Resident, context: dict[str, Any]) -> HttpResponse:
    form, visit, kind = context["form"], context["visit"], context["kind"]
    try:
        if visit:
            receiving.check_number(resident, visit)
        if "confirmed" in request.POST:
            access.nothing_shown(request)
            return once(request, lambda: _received(request, resident, context))
        context["preview"] = receiving.preview(actor_of(request), resident, kind, form.cleaned_data)
    except Conflict as conflict:
        context["conflict"] = conflict
        return _entry(request, resident, context)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        target = visit if visit and refusal.field in visit.fields else form
        target.add_error(refusal.field if refusal.field in target.fields else None, refusal.message)
        context["ways"] = refusal.ways
        return _entry(request, resident, context)
    _show(request, resident)
    context["before"], context["after"] = (
        queries.periods(spans) for spans in (context["preview"].before, context["preview"].after)
    )
    context["content"] = [*form.content(), *(queries.visit_lines(visit) if visit else ())]
    context["typed"] = queries.typed(request.POST, visit)
    return render(request, "counter/check.html", {**context, **_around(request, resident)})


def _received(request: HttpRequest, resident: Resident, context: dict[str, Any]) -> str:
    actor, form, kind = actor_of(request), context["form"], context["kind"]
    reception = context["reception"] or receiving.open_reception(
        actor, resident, queries.office_of(actor), context["visit"].visit()
    )
    receiving.receive(
        actor, reception, resident, kind, form.cleaned_data,
        content=form.content(), version=request.POST.get("version"),
    )  # fmt: skip
    messages.success(request, f"{kind.label}を受け付けました（{reception.number}）。")
    return reverse("reception", args=[reception.public_id])


def _entry(request: HttpRequest, resident: Resident, context: dict[str, Any]) -> HttpResponse:
    _show(request, resident)
    resident.refresh_from_db(fields=["row_version"])
    return render(request, "counter/entry.html", {**context, **_around(request, resident)})


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def reception_list(request: HttpRequest) -> HttpResponse:
    """受付簿: the notifications received for the residents of one's offices."""
    form = ReceptionFilter(request.GET, acts=[(kind.key, kind.label) for kind in acts()])
    rows = _asked(queries.notifications(actor_of(request)), form.cleaned_data if form.is_valid() else {})
    found = listing(request, rows, COLUMNS, order="-created_at")
    subjects = [row.resident.public_id for row in found.page]
    if subjects:
        access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=subjects, items=("氏名", *ITEMS[:2]))
    else:
        access.nothing_shown(request)
    rows_shown = [queries.line(row) for row in found.page]
    return render(request, "counter/receptions.html", {"form": form, "listing": found, "rows": rows_shown})


def _asked(rows: QuerySet[Notification], asked: dict[str, Any]) -> QuerySet[Notification]:
    if asked.get("act"):
        rows = rows.filter(act=asked["act"])
    if asked.get("since"):
        rows = rows.filter(notified_on__gte=asked["since"])
    if asked.get("until"):
        rows = rows.filter(notified_on__lte=asked["until"])
    if asked.get("state"):
        rows = rows.filter(withdrawn_at__isnull=asked["state"] == "in_force")
    return rows


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def reception_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """受付: who came, what was received and what it changed, and what can be done next."""
    reception = _reception(request, public_id, Act.VIEW)
    _show(request, reception.resident, act=Act.VIEW)
    context = {
        "reception": reception,
        "visit": queries.reception_lines(reception),
        "lines": [queries.line(row) for row in queries.of_reception(reception)],
        "may_enter": actor_of(request).may(ENTER, reception.resident.office_id),
        "today": clock.today(),
        **_around(request, reception.resident),
    }
    return render(request, "counter/reception.html", context)


@require_GET
@discloses(File.ELIGIBILITY, Act.PRINT)
def reception_receipt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """受付票: what was received, for whoever came."""
    reception = _reception(request, public_id, Act.PRINT)
    content = documents.receipt(reception)
    access.record(
        request, File.ELIGIBILITY, Act.PRINT, subjects=[reception.resident.public_id], items=("氏名", "届出の内容")
    )
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="receipt.pdf"'}
    )


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def notification_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """届出: what was entered, by whom, and what it changed."""
    row = _notification(request, public_id, Act.VIEW)
    _show(request, row.resident, act=Act.VIEW)
    may_enter = actor_of(request).may(ENTER, row.resident.office_id)
    context = {"line": queries.line(row), "row": row, "may_enter": may_enter, **_around(request, row.resident)}
    return render(request, "counter/notification.html", context)


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def notification_withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """届出の取消: with its reason; what it had changed goes back."""
    row = _notification(request, public_id, Act.ENTER)
    form = WithdrawForm(request.POST or None)
    ways: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            access.nothing_shown(request)
            return once(request, lambda: _withdrawn(request, row, form.cleaned_data["reason"]))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            ways = refusal.ways
    _show(request, row.resident)
    context = {"line": queries.line(row), "row": row, "form": form, "ways": ways, **_around(request, row.resident)}
    return render(request, "counter/withdraw.html", context)


def _withdrawn(request: HttpRequest, row: Notification, reason: str) -> str:
    receiving.withdraw(actor_of(request), row, reason)
    messages.success(request, "届出を取り消しました。資格の期間は、取り消す前の届出までの内容に戻りました。")
    return reverse("notification", args=[row.public_id])


def _resident(request: HttpRequest, public_id: UUID) -> Resident:
    resident = person(public_id)
    require(actor_of(request), File.ELIGIBILITY, Act.ENTER, resident.office_id, subjects=[resident.public_id])
    return resident


def _reception(request: HttpRequest, public_id: UUID, act: Act) -> Reception:
    actor = actor_of(request)
    row = queries.receptions(actor, Right(File.ELIGIBILITY, act)).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("no-reception", "この受付は見つかりません。", ways=("受付の一覧から選び直してください。",))
    require(actor, File.ELIGIBILITY, act, row.resident.office_id, subjects=[row.resident.public_id])
    return row


def _notification(request: HttpRequest, public_id: UUID, act: Act) -> Notification:
    actor = actor_of(request)
    row = queries.notifications(actor, Right(File.ELIGIBILITY, act)).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("no-notification", "この届出は見つかりません。", ways=("届出の一覧から選び直してください。",))
    require(actor, File.ELIGIBILITY, act, row.resident.office_id, subjects=[row.resident.public_id])
    return row


def _ongoing(request: HttpRequest, resident: Resident) -> Reception | None:
    """The visit that goes on, named by the address: of today, of this person."""
    try:
        wanted = UUID(request.GET.get("reception", ""))
    except ValueError:
        return None
    return Reception.objects.filter(public_id=wanted, resident=resident, created_at__date=clock.today()).first()


def _show(request: HttpRequest, resident: Resident, act: Act = Act.ENTER) -> None:
    header = presenters.members(frame.queries.household_on(resident, clock.today()), clock.today())
    people = [resident.public_id, *(member.resident.public_id for member in header if member.relationship == "世帯主")]
    access.record(request, File.ELIGIBILITY, act, subjects=list(dict.fromkeys(people)), items=(*HEADER_ITEMS, *ITEMS))


def _around(request: HttpRequest, resident: Resident) -> dict[str, Any]:
    return frame.frame(request, resident)
