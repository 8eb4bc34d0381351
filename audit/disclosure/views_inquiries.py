"""Screens of official inquiries (公用照会)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access, subjects
from audit.disclosure import documents, inquiries, queries, rules
from audit.disclosure.forms import AnswerForm, InquiryFilter, InquiryForm, ReasonForm
from audit.disclosure.models import InquirySubject, OfficialInquiry
from audit.disclosure.views import exactly_one, pdf
from audit.permissions import actor_of, discloses, discloses_nothing, require
from audit.rights import Act, File
from audit.screens import field_ids, listing, once
from kaigo.common import clock
from kaigo.common.refusal import Conflict, NotFound, Refusal

VIEW, ENTER, DECIDE, PRINT = queries.VIEW, queries.ENTER, queries.DECIDE, queries.PRINT
COLUMNS = {
    "番号": "number", "照会者": "inquirer", "根拠": "ground", "担当": "office__code", "受付日": "received_on",
    "回答期限": "due_on", "状態": "state",
}  # fmt: skip

WITHDRAW_IDS = field_ids("withdraw")  # the page has another form with a reason


@require_GET
@discloses_nothing("authorities and days, without the persons", right=VIEW)
def inquiry_list(request: HttpRequest) -> HttpResponse:
    """公用照会の一覧と、今年度の集計."""
    actor = actor_of(request)
    form = InquiryFilter(request.GET)
    found = listing(
        request, queries.inquiries(actor, **(form.cleaned_data if form.is_valid() else {})), COLUMNS, order="-number"
    )
    names = {ground.code: ground.name for ground in rules.grounds()}
    context = {
        "form": form,
        "listing": found,
        "rows": [(row, names.get(row.ground, row.ground)) for row in found.page],
        "statistics": queries.statistics(actor),
        "today": clock.today(),
        "may_enter": actor.may(ENTER),
    }
    return render(request, "disclosure/inquiries.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing("an authority's letter, without the persons", right=ENTER)
def inquiry_new(request: HttpRequest) -> HttpResponse:
    """公用照会の受付."""
    form = InquiryForm(request.POST or None, actor=actor_of(request))

    def receive() -> str:
        asked = dict(form.cleaned_data)
        row = inquiries.receive(actor_of(request), asked.pop("office"), asked)
        messages.success(request, f"受け付けました（{row.number}）。")
        return reverse("official-inquiry", args=[row.public_id])

    if request.method == "POST" and form.is_valid():
        try:
            return once(request, receive)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return render(request, "disclosure/inquiry_new.html", {"form": form})


@require_http_methods(["GET", "POST"])
@discloses(File.DISCLOSURE, Act.VIEW)
def inquiry_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """公用照会: one inquiry with its persons; answering about another one."""
    row = _inquiry(request, public_id)
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        require(actor_of(request), File.DISCLOSURE, Act.ENTER, row.office_id)
        if form.is_valid():
            try:
                access.nothing_shown(request)
                return once(request, lambda: _answered(request, row, form.cleaned_data))
            except Refusal as refusal:
                if refusal.status in (403, 404):
                    raise
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return _page(request, row, form, ReasonForm(auto_id=WITHDRAW_IDS))


@require_POST
@discloses(File.DISCLOSURE, Act.VIEW)
def inquiry_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """回答の起案・取下げ."""
    row = _inquiry(request, public_id)
    actor, version = actor_of(request), request.POST.get("version")
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    reason = ReasonForm(request.POST if act == "withdraw" else None, auto_id=WITHDRAW_IDS)

    def carry_out() -> str:
        if act == "propose":
            decision = inquiries.propose(actor, row, version=version)
            messages.success(request, f"回答を起案しました（{decision.number}）。")
        else:
            inquiries.withdraw(actor, row, version=version, **reason.cleaned_data)
            messages.success(request, "取り下げました。")
        return reverse("official-inquiry", args=[row.public_id])

    if act not in ("propose", "withdraw"):
        raise NotFound("no-act", "この操作はありません。", ways=("照会の画面から選び直してください。",))
    form = AnswerForm()
    if act == "propose" or reason.is_valid():
        try:
            access.nothing_shown(request)
            return once(request, carry_out)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            return _page(request, row, form, reason, refusal.message + "".join(refusal.ways))
    return _page(request, row, form, reason)


@require_POST
@discloses_nothing("an act on one line, shows nothing", right=VIEW)
def inquiry_line(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """対象者の行の取消し、支援措置の確認."""
    rows = InquirySubject.objects.filter(inquiry__office_id__in=actor_of(request).offices(VIEW))
    line = queries.one(rows.select_related("inquiry__office"), public_id)
    needed = {"take-back": Act.ENTER, "confirm": Act.DECIDE}
    if act not in needed:
        raise NotFound("no-act", "この操作はありません。", ways=("照会の画面から選び直してください。",))
    require(actor_of(request), File.DISCLOSURE, needed[act], line.inquiry.office_id)

    def carry_out() -> str:
        if act == "confirm":
            inquiries.confirm_protected(actor_of(request), line)
        else:
            inquiries.take_back(actor_of(request), line)
        messages.success(request, "記録しました。")
        return reverse("official-inquiry", args=[line.inquiry.public_id])

    return once(request, carry_out)


@require_GET
@discloses(File.DISCLOSURE, Act.PRINT)
def inquiry_paper(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """回答書のPDF."""
    row = _inquiry(request, public_id)
    require(actor_of(request), File.DISCLOSURE, Act.PRINT, row.office_id)
    if row.state != OfficialInquiry.State.ANSWERED:
        raise Conflict("not-yet", "回答書は、決裁の後に印刷できます。")
    content = documents.answer_letter(row)
    access.record(request, File.DISCLOSURE, Act.PRINT, subjects=_people(row), items=("回答書",), reason=row.number)
    return pdf(content, f"answer-{row.public_id}.pdf")


def _inquiry(request: HttpRequest, public_id: UUID) -> OfficialInquiry:
    return queries.one(queries.inquiries(actor_of(request)), public_id)


def _answered(request: HttpRequest, row: OfficialInquiry, asked: dict[str, Any]) -> str:
    whose = {name: asked.pop(name) for name in ("insured_number", "reading", "birth")}
    subject = None if asked["answer"] == InquirySubject.Answer.NOT_FOUND else exactly_one(whose)
    inquiries.answer(actor_of(request), row, subject, version=request.POST.get("version"), **asked)
    messages.success(request, "対象者を記録しました。")
    return reverse("official-inquiry", args=[row.public_id])


def _people(row: OfficialInquiry) -> list[UUID]:
    return [subject for subject in row.subjects.values_list("subject", flat=True) if subject]


def _page(
    request: HttpRequest, row: OfficialInquiry, form: AnswerForm, reason: ReasonForm, error: str = ""
) -> HttpResponse:
    actor = actor_of(request)
    access.record(request, File.DISCLOSURE, Act.VIEW, subjects=_people(row), items=("公用照会",), reason=row.number)
    decides = actor.may(DECIDE, row.office_id)
    lines = list(row.subjects.select_related("inquiry", "protected_checked_by"))
    known = subjects.describe([line.subject for line in lines if line.subject])
    context = {
        "row": row,
        "ground": rules.ground(row.ground),
        "confidence": rules.table()["confidence_of_grounds"],
        "lines": [
            {
                "line": line,
                "subject": known.get(line.subject) if line.subject else None,
                "protected": inquiries.is_protected(line),
                "may_confirm": decides and inquiries.may_confirm(actor, line),
            }
            for line in lines
        ],
        "form": form,
        "reason": reason,
        "error": error,
        "open": row.state == OfficialInquiry.State.RECEIVED,
        "may_enter": actor.may(ENTER, row.office_id),
        "may_print": actor.may(PRINT, row.office_id) and row.state == OfficialInquiry.State.ANSWERED,
        "today": clock.today(),
    }
    return render(request, "disclosure/inquiry.html", context)
