"""Screens of requests of the persons themselves (開示等請求) and the register of files."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access, subjects
from audit.actor import Actor
from audit.disclosure import documents, queries, requests, rules
from audit.disclosure.forms import (
    DecideForm,
    DeliverForm,
    ReasonForm,
    RequestFilter,
    RequestForm,
    SubjectForm,
    SuspendForm,
)
from audit.disclosure.models import Request
from audit.files import read_stored
from audit.permissions import actor_of, discloses, discloses_nothing, require
from audit.rights import Act, File, Right
from audit.screens import field_ids, listing, once
from audit.subjects import Subject
from kaigo.common import clock
from kaigo.common.refusal import Conflict, NotFound, Refusal

VIEW, ENTER, PRINT, DECIDE = queries.VIEW, queries.ENTER, queries.PRINT, queries.DECIDE
COLUMNS = {
    "番号": "number", "種類": "kind", "担当": "office__code", "請求のあった日": "received_on", "決定の期限": "due_on",
    "決定": "decision", "状態": "state",
}  # fmt: skip
ITEMS = ("開示等請求の受付",)


@require_GET
@discloses_nothing("numbers and days, without the persons", right=VIEW)
def request_list(request: HttpRequest) -> HttpResponse:
    """開示等請求の一覧."""
    actor = actor_of(request)
    form = RequestFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = listing(request, queries.requests(actor, **asked), COLUMNS, order="-number")
    context = {"form": form, "listing": found, "today": clock.today(), "may_enter": actor.may(ENTER)}
    return render(request, "disclosure/requests.html", context)


@require_http_methods(["GET", "POST"])
@discloses(File.DISCLOSURE, Act.ENTER)
def request_new(request: HttpRequest) -> HttpResponse:
    """開示等請求の受付."""
    actor = actor_of(request)
    whose = SubjectForm(request.POST or None)
    form = RequestForm(request.POST or None, actor=actor)
    access.nothing_shown(request)
    if request.method == "POST" and all([whose.is_valid(), form.is_valid()]):
        try:
            subject = exactly_one(whose.cleaned_data)
            return once(request, lambda: _received(request, subject, form.cleaned_data))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            target = whose if refusal.field in whose.fields else form
            target.add_error(refusal.field if refusal.field in target.fields else None, refusal.message)
    return render(request, "disclosure/request_new.html", {"whose": whose, "form": form})


@require_GET
@discloses(File.DISCLOSURE, Act.VIEW)
def request_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """開示等請求: who asks for what, its deadline, the decision, the hand-over."""
    return _page(request, _request(request, public_id), {})


@require_http_methods(["GET", "POST"])
@discloses(File.DISCLOSURE, Act.ENTER)
def request_items(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """開示する項目の確認: line by line, what is left out and why."""
    row = _request(request, public_id)
    require(actor_of(request), File.DISCLOSURE, Act.ENTER, row.office_id)
    error, chosen = "", dict(row.redactions.values_list("key", "reason"))
    if request.method == "POST":
        keys = request.POST.getlist("leave-out")
        chosen = {key: request.POST.get(f"reason-{key}", "")[:200] for key in keys}
        try:
            access.nothing_shown(request)
            return once(request, lambda: _left_out(request, row, chosen))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            error = refusal.message
    requests.log(actor_of(request), row, Act.VIEW)
    access.record(
        request, File.DISCLOSURE, Act.VIEW, subjects=[row.subject], items=("保有個人情報",), reason=row.number
    )
    sections = [
        (holding, [(item, item.key in chosen, chosen.get(item.key, "")) for item, _ in lines])
        for holding, lines in requests.shown(row)
    ]
    return render(request, "disclosure/items.html", {"row": row, "sections": sections, "error": error})


@require_POST
@discloses(File.DISCLOSURE, Act.ENTER)
def request_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """補正・延長・決定の起案・実施・取下げ."""
    row = _request(request, public_id)
    ids = field_ids(act)
    made: dict[str, Callable[[], django_forms.Form]] = {
        "suspend": lambda: SuspendForm(request.POST, auto_id=ids),
        "extend": lambda: ReasonForm(request.POST, auto_id=ids),
        "propose": lambda: DecideForm(request.POST, auto_id=ids, row=row),
        "deliver": lambda: DeliverForm(request.POST, auto_id=ids),
        "withdraw": lambda: ReasonForm(request.POST, auto_id=ids),
    }
    if act not in made:
        raise NotFound("no-act", "この操作はありません。", ways=("請求の画面から選び直してください。",))
    require(actor_of(request), File.DISCLOSURE, Act.ENTER, row.office_id)
    form = made[act]()
    if form.is_valid():
        try:
            access.nothing_shown(request)
            return once(request, lambda: _acted(request, row, act, form.cleaned_data))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return _page(request, row, {act: form})


@require_GET
@discloses(File.DISCLOSURE, Act.VIEW)
def request_paper(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """開示資料（全部・開示用）・決定通知書・延長通知書のPDF: for who may print, and for who decides on them."""
    row = _request(request, public_id)
    actor = actor_of(request)
    checking = act in ("package", "whole") and _may_check(actor, row)
    if not checking:
        require(actor, File.DISCLOSURE, Act.PRINT, row.office_id)
    content = _paper(row, act, checking=checking)
    if act in ("package", "whole"):
        requests.log(actor, row, Act.PRINT)
    items = {"package": "開示資料", "whole": "開示資料（全部）"}.get(act, "通知書")
    access.record(request, File.DISCLOSURE, Act.PRINT, subjects=[row.subject], items=(items,), reason=row.number)
    return pdf(content, f"{act}-{row.public_id}.pdf")


@require_GET
@discloses_nothing("what the files hold, without any person", right=VIEW)
def file_book(request: HttpRequest) -> HttpResponse:
    """個人情報ファイル簿."""
    return render(request, "disclosure/files.html", documents.file_book_context())


@require_GET
@discloses_nothing("what the files hold, without any person", right=PRINT)
def file_book_pdf(request: HttpRequest) -> HttpResponse:
    """個人情報ファイル簿のPDF."""
    return pdf(documents.file_book(), "file-book.pdf")


def exactly_one(asked: dict[str, Any]) -> Subject:
    """The person that is meant. Raises Refusal for nobody or several."""
    found = subjects.find_exact(number=asked["insured_number"], reading=asked["reading"], birth=asked["birth"])
    if len(found) != 1:
        words = "該当する人がいません。" if not found else "該当する人が2人以上います。被保険者番号で指定してください。"
        raise Refusal("not-one", words, field="insured_number", ways=("番号、カナ、生年月日を確かめてください。",))
    return found[0]


def pdf(content: bytes, name: str) -> HttpResponse:
    """A PDF as an answer."""
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _request(request: HttpRequest, public_id: UUID) -> Request:
    return queries.one(queries.requests(actor_of(request)), public_id)


def _received(request: HttpRequest, subject: Subject, asked: dict[str, Any]) -> str:
    office = asked.pop("office")
    row = requests.receive(actor_of(request), subject, office, asked)
    messages.success(request, f"受け付けました（{row.number}）。")
    return reverse("request", args=[row.public_id])


def _left_out(request: HttpRequest, row: Request, chosen: dict[str, str]) -> str:
    count = requests.leave_out(actor_of(request), row, chosen, version=request.POST.get("version"))
    messages.success(
        request, f"開示しない項目を{count}件にしました。" if count else "すべての項目を開示することにしました。"
    )
    return reverse("request", args=[row.public_id])


def _acted(request: HttpRequest, row: Request, act: str, asked: dict[str, Any]) -> str:
    actor, version = actor_of(request), request.POST.get("version")
    acts: dict[str, Callable[[], object]] = {
        "suspend": lambda: requests.suspend(actor, row, version=version, **asked),
        "extend": lambda: requests.extend(actor, row, version=version, **asked),
        "propose": lambda: requests.propose(actor, row, version=version, **asked),
        "deliver": lambda: requests.deliver(actor, row, version=version, **asked),
        "withdraw": lambda: requests.withdraw(actor, row, version=version, **asked),
    }
    acts[act]()
    messages.success(request, "記録しました。")
    return reverse("request", args=[row.public_id])


def _page(request: HttpRequest, row: Request, sent: dict[str, django_forms.Form]) -> HttpResponse:
    actor = actor_of(request)
    access.record(request, File.DISCLOSURE, Act.VIEW, subjects=[row.subject], items=ITEMS, reason=row.number)
    named = {d["code"]: d["name"] for d in rules.table()["identity_documents"]}
    forms = {
        "suspend": SuspendForm(auto_id=field_ids("suspend"), initial={"days": row.suspended_days}),
        "extend": ReasonForm(auto_id=field_ids("extend")),
        "propose": DecideForm(
            auto_id=field_ids("propose"), row=row, initial={"decision": row.decision, "grounds": row.grounds}
        ),
        "deliver": DeliverForm(auto_id=field_ids("deliver"), initial={"delivered_on": clock.today()}),
        "withdraw": ReasonForm(auto_id=field_ids("withdraw")),
    } | sent
    subject = subjects.describe([row.subject]).get(row.subject)
    context = {
        "row": row,
        "subject": subject,
        "may_open": subject is not None and actor.may(Right(File.ELIGIBILITY, Act.VIEW), subject.office_id),
        "documents": [named.get(code, code) for code in row.documents],
        "values": rules.periods(row.received_on),
        "today": clock.today(),
        "left_out": row.redactions.order_by("id"),
        "may_enter": actor.may(ENTER, row.office_id),
        "may_print": actor.may(PRINT, row.office_id),
        "may_check": _may_check(actor, row),
        "forms": forms,
        "sent": next(iter(sent.values()), None),
    }
    return render(request, "disclosure/request.html", context)


def _may_check(actor: Actor, row: Request) -> bool:
    """Whether the person decides on what was proposed, and has to see what would be handed over."""
    return row.state == Request.State.PROPOSED and actor.may(DECIDE, row.office_id)


def _paper(row: Request, act: str, *, checking: bool) -> bytes:
    """A document of the request; the package that was proposed is for who decides on it."""
    if act == "whole":
        return documents.package(row, redacted=False)
    settled = row.state in (Request.State.DECIDED, Request.State.DONE)
    if act == "package" and row.package and (settled or checking):
        return b"".join(read_stored(row.package))
    if act == "decision" and row.decided_on:
        return documents.decision_letter(row)
    if act == "extension" and row.extended_on:
        return documents.extension_letter(row)
    if act in ("package", "decision", "extension"):
        raise Conflict("not-yet", "この文書は、まだ作れません。", ways=("決定または延長の後に印刷してください。",))
    raise NotFound("no-paper", "この文書はありません。", ways=("請求の画面から選び直してください。",))
