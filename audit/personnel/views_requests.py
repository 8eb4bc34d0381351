"""Screens of requests for ids (利用者ID申請) and pledges (誓約書)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from audit.files import read_stored
from audit.permissions import actor_of, discloses_nothing
from audit.personnel import documents, granting, pledges, queries, requesting
from audit.personnel.forms import EndForm, ExtensionForm, PledgeForm, ReopenForm, RequestFilter, RequestForm, VoidForm
from audit.personnel.models import IdRequest
from audit.personnel.queries import ENTER, VIEW
from audit.personnel.steps import steps
from audit.screens import listing, once
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal

WHY = "members of staff and their ids, no insured person"
COLUMNS = {
    "申請番号": "number", "種類": "kind", "氏名": "kana", "所属": "office__code", "任用区分": "employment",
    "契約の終わり": "contract_until", "申請者": None, "状態": "state",
}  # fmt: skip


@require_GET
@discloses_nothing(WHY, right=VIEW)
def request_list(request: HttpRequest) -> HttpResponse:
    """利用者ID申請の一覧."""
    actor = actor_of(request)
    form = RequestFilter(request.GET)
    rows = queries.requests(actor, form.asked())
    context = {
        "form": form,
        "listing": listing(request, rows, COLUMNS, order="-number"),
        "may_ask": actor.may(ENTER),
    }
    return render(request, "personnel/requests.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def request_new(request: HttpRequest) -> HttpResponse:
    """利用者IDの新規申請: entry, check, done."""
    actor = actor_of(request)
    form = RequestForm(request.POST or None, actor=actor, initial={"starts_on": clock.today()})

    def act() -> str:
        row = requesting.ask(actor, requesting.Asked(**form.cleaned_data))
        messages.success(
            request, f"利用者ID申請{row.number}を回付しました。承認されるまでに誓約書の用意を進めてください。"
        )
        return reverse("personnel-request", args=[row.public_id])

    context = {
        "title": "利用者IDの新規申請",
        "lead": "人事情報に載らない人（会計年度任用職員等、他部署の職員、委託先の従業者）の利用者IDを申請します。"
        "別の職員が承認し、誓約書を受け取ると使えるようになります。",
        "question": "この内容で申請しますか",
        "button": "申請する",
        "back": reverse("personnel-requests"),
    }
    return steps(request, form, act, context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def request_amend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """差し戻された申請の訂正."""
    actor = actor_of(request)
    row = queries.request_of(actor, public_id)
    if request.method == "GET" and not requesting.may_amend(row):
        raise Conflict(
            "not-returned", "差し戻された申請だけを直せます。", ways=("申請の画面で状態を確かめてください。",)
        )
    form = RequestForm(request.POST or None, actor=actor, initial=_initial(row))

    def act() -> str:
        asked = requesting.Asked(**form.cleaned_data)
        requesting.amend(actor, row, asked, version=request.POST.get("version"))
        messages.success(request, "申請を直しました。伺書を開いて、もう一度回付してください。")
        return reverse("personnel-request", args=[row.public_id])

    context = {
        "title": f"利用者ID申請{row.number}の訂正",
        "question": "この内容に直しますか",
        "button": "直した内容で申請する",
        "back": reverse("personnel-request", args=[row.public_id]),
        "version": request.POST.get("version", row.version),
    }
    return steps(request, form, act, context)


def _initial(row: IdRequest) -> dict[str, Any]:
    names = ("name", "kana", "employment", "section", "position", "reason", "starts_on", "contract_until")
    held = list(row.roles.select_related("role", "office"))
    return {
        **{name: getattr(row, name) for name in names},
        "office": row.office.public_id,
        "manager": row.manager.public_id,
        "roles": sorted({one.role.name for one in held}),
        "offices": list({one.office.public_id for one in held}),
    }


@require_GET
@discloses_nothing(WHY, right=VIEW)
def request_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """利用者ID申請: what is asked, where it stands, the pledge."""
    actor = actor_of(request)
    row = queries.request_of(actor, public_id)
    context = {
        "row": row,
        "rows": granting.rows(row.public_id),
        "pledges": row.staff.pledges.filter(voided_at=None) if row.staff else [],
        "needs_pledge": row.kind in (IdRequest.Kind.NEW, IdRequest.Kind.EXTEND),
        "may_enter": actor.may(ENTER, row.office_id),
        "may_amend": actor.may(ENTER, row.office_id) and requesting.may_amend(row),
    }
    return render(request, "personnel/request.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def extend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """契約期間の延長の申請."""
    actor = actor_of(request)
    staff = queries.staff_of(actor, public_id)
    form = ExtensionForm(request.POST or None)

    def act() -> str:
        row = requesting.ask_extension(actor, staff, **form.cleaned_data)
        messages.success(
            request, f"延長の申請{row.number}を回付しました。今の契約の終わりまでに誓約書を受け取ってください。"
        )
        return reverse("personnel-request", args=[row.public_id])

    context = {
        "title": "契約期間の延長の申請",
        "staff": staff,
        "question": "この内容で延長を申請しますか",
        "button": "申請する",
        "back": reverse("personnel-staff", args=[staff.public_id]),
    }
    return steps(request, form, act, context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """利用の再開の申請."""
    actor = actor_of(request)
    staff = queries.staff_of(actor, public_id)
    form = ReopenForm(request.POST or None)

    def act() -> str:
        row = requesting.ask_reopening(actor, staff, **form.cleaned_data)
        messages.success(request, f"再開の申請{row.number}を回付しました。")
        return reverse("personnel-request", args=[row.public_id])

    context = {
        "title": "利用の再開の申請",
        "lead": "誤って停止した正規職員の利用者IDを再び使えるようにします。別の職員の承認が要ります。"
        "終わった役割は戻らないので、あらためて割り当ててください。",
        "staff": staff,
        "question": "この内容で再開を申請しますか",
        "button": "申請する",
        "back": reverse("personnel-staff", args=[staff.public_id]),
    }
    return steps(request, form, act, context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """利用の終了."""
    actor = actor_of(request)
    staff = queries.staff_of(actor, public_id)
    form = EndForm(request.POST or None, initial={"last_day": clock.today()})

    def act() -> str:
        requesting.end(actor, staff, **form.cleaned_data)
        messages.success(request, "利用の終了を登録しました。")
        return reverse("personnel-staff", args=[staff.public_id])

    context = {
        "title": "利用の終了",
        "lead": "契約の終了などで利用者IDを使わなくなるときに登録します。承認は要りません。役割もその日で終わります。",
        "staff": staff,
        "question": "この内容で利用を終了しますか",
        "button": "終了する",
        "danger": True,
        "back": reverse("personnel-staff", args=[staff.public_id]),
    }
    return steps(request, form, act, context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def pledge_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """誓約書の受領: the day, the version of the text, the scan."""
    actor = actor_of(request)
    staff = queries.staff_of(actor, public_id)
    initial = {"received_on": clock.today(), "version": pledges.current_text().version}
    form = PledgeForm(request.POST or None, request.FILES or None, initial=initial)
    ways: tuple[str, ...] = ()

    def act() -> str:
        asked = form.cleaned_data
        scan = asked["scan"].read(pledges.LARGEST + 1)
        pledges.receive(actor, staff, received_on=asked["received_on"], version=asked["version"], scan=scan)
        messages.success(request, "誓約書を受け取りました。")
        return reverse("personnel-staff", args=[staff.public_id])

    if request.method == "POST" and form.is_valid():
        try:
            return once(request, act)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            ways = refusal.ways
    return render(request, "personnel/pledge.html", {"staff": staff, "form": form, "ways": ways})


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def pledge_void(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """誓約書の記録の取消し."""
    actor = actor_of(request)
    pledge = queries.pledge_of(actor, public_id)
    form = VoidForm(request.POST or None)

    def act() -> str:
        pledges.void(actor, pledge, **form.cleaned_data)
        messages.success(request, "誓約書の記録を取り消しました。正しい誓約書を受け取るまで、利用者IDは使えません。")
        return reverse("personnel-staff", args=[pledge.staff.public_id])

    context = {
        "title": "誓約書の記録の取消し",
        "lead": "誤って記録した誓約書を取り消します。記録と写しは、取り消したものとして残ります。",
        "staff": pledge.staff,
        "question": "この誓約書の記録を取り消しますか",
        "button": "取り消す",
        "danger": True,
        "back": reverse("personnel-staff", args=[pledge.staff.public_id]),
    }
    return steps(request, form, act, context)


@require_GET
@discloses_nothing("a signed pledge of a member of staff, no insured person", right=VIEW)
def pledge_scan(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """誓約書の写し: the scan."""
    pledge = queries.pledge_of(actor_of(request), public_id)
    content = b"".join(read_stored(pledge.scan))
    headers = {"Content-Disposition": 'inline; filename="pledge"'}
    return HttpResponse(content, content_type=pledge.scan.content_type, headers=headers)


@require_GET
@discloses_nothing("the form of a pledge for a member of staff", right=ENTER)
def pledge_paper(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """誓約書の用紙, for the person of a request."""
    row = queries.request_of(actor_of(request), public_id)
    headers = {"Content-Disposition": 'inline; filename="pledge-form.pdf"'}
    return HttpResponse(documents.pledge_form(row, row.public_id), content_type="application/pdf", headers=headers)
