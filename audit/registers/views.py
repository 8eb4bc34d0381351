"""Screens of the registers: the overview, a register's list, an entry, entering and correcting, closing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access
from audit.files import read_stored
from audit.permissions import actor_of, discloses_nothing, require
from audit.registers import documents, queries, services
from audit.registers.catalogue import REGISTERS, Part, Register, register_of, shown
from audit.registers.forms import AttachmentForm, EntryFilter, ReasonForm, form_for, initial_of
from audit.rights import Act, File
from audit.screens import listing, once
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal
from kaigo.common.wareki import fiscal_year_of

VIEW, ENTER, DECIDE = queries.VIEW, queries.ENTER, queries.DECIDE
WHY = "registers of handling, which carry no insured person's record"


@require_GET
@discloses_nothing(WHY, right=VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """台帳の一覧: each register with what is open and due; audits and training that are owed."""
    actor = actor_of(request)
    rows = []
    for register in REGISTERS:
        found = list(queries.entries(actor, register, state="open"))
        dues = [due for row in found if (due := register.due(row))]
        rows.append((register, len(found), min(dues, default=None)))
    today = clock.today()
    context = {
        "rows": rows,
        "today": today,
        "audits": queries.audits_due(actor),
        "beginners": queries.beginners(actor),
        "untrained": queries.untrained(actor, fiscal_year_of(today)),
        "year": fiscal_year_of(today),
    }
    return render(request, "registers/overview.html", context)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def register_list(request: HttpRequest, key: str) -> HttpResponse:
    """台帳の一覧: one register."""
    actor, register = actor_of(request), register_of(key)
    form = EntryFilter(request.GET, actor=actor)
    asked = form.cleaned_data if form.is_valid() else {}
    columns = {**register.columns, "期限": None, "状態": "closed_on"}
    found = listing(request, queries.entries(actor, register, **asked), columns, order="-number")
    context = {
        "register": register,
        "form": form,
        "listing": found,
        "rows": [(row, _cells(register, row), None if row.closed_on else register.due(row)) for row in found.page],
        "today": clock.today(),
        "query": request.GET.urlencode(),
        "may_enter": actor.may(ENTER),
        "may_export": actor.may(queries.EXPORT),
    }
    return render(request, "registers/register.html", context)


@require_GET
@discloses_nothing(WHY, right=queries.EXPORT)
def register_csv(request: HttpRequest, key: str) -> HttpResponse:
    """台帳のCSV: the list as it is filtered."""
    actor, register = actor_of(request), register_of(key)
    form = EntryFilter(request.GET, actor=actor)
    rows = queries.entries(actor, register, **(form.cleaned_data if form.is_valid() else {}))
    rows = rows.filter(office_id__in=actor.offices(queries.EXPORT)).order_by("number")
    access.record(request, File.REGISTERS, Act.EXPORT, count=0, items=(register.label,), reason="台帳のCSV")
    return HttpResponse(
        documents.table(register, rows), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{register.key}.csv"'},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def entry_new(request: HttpRequest, key: str) -> HttpResponse:
    """台帳に登録する."""
    actor, register = actor_of(request), register_of(key)
    offices = [office.public_id for office in actor_offices(request)]
    first = {"office": offices[0]} if len(offices) == 1 else {}
    form = form_for(register.model, register.fields, actor)(request.POST or None, initial=first)

    def enter() -> str:
        row = services.enter(actor, register, form.cleaned_data)
        messages.success(request, f"登録しました（{row.number}）。")
        return reverse("register-entry", args=[register.key, row.public_id])

    context = {"register": register, "form": form, "heading": f"{register.label}を登録する"}
    return _acted(request, form, enter) or render(request, "registers/form.html", context)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def entry(request: HttpRequest, key: str, public_id: UUID) -> HttpResponse:
    """台帳の記録: one entry with its lines, files and what stands in the way of closing it."""
    return _entry(request, register_of(key), public_id, ReasonForm(), AttachmentForm())


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def entry_edit(request: HttpRequest, key: str, public_id: UUID) -> HttpResponse:
    """台帳の記録を訂正する."""
    actor, register = actor_of(request), register_of(key)
    row = queries.entry(actor, register, public_id)
    form = form_for(register.model, register.fields, actor)(
        request.POST or None, initial=initial_of(row, register.fields)
    )

    def correct() -> str:
        services.correct(actor, register, row, form.cleaned_data, version=request.POST.get("version"))
        messages.success(request, "訂正しました。")
        return reverse("register-entry", args=[register.key, row.public_id])

    require(actor, File.REGISTERS, Act.ENTER, row.office_id)
    context = {
        "register": register,
        "form": form,
        "row": row,
        "version": row.version,
        "heading": f"{row.number}を訂正する",
    }
    return _acted(request, form, correct) or render(request, "registers/form.html", context)


@require_POST
@discloses_nothing(WHY, right=VIEW)
def entry_act(request: HttpRequest, key: str, public_id: UUID, act: str) -> HttpResponse:
    """完結・再開・添付."""
    actor, register = actor_of(request), register_of(key)
    row = queries.entry(actor, register, public_id)
    reason, upload = ReasonForm(), AttachmentForm()
    if act == "attach":
        upload = AttachmentForm(request.POST, request.FILES)
        form: forms.Form = upload
    elif act in ("close", "reopen"):
        reason = ReasonForm(request.POST)
        form = reason
    else:
        raise NotFound("no-act", "この操作はありません。", ways=("台帳の画面から選び直してください。",))
    require(actor, File.REGISTERS, Act.ENTER if act == "attach" else Act.DECIDE, row.office_id)

    def carry_out() -> str:
        version, asked = request.POST.get("version"), form.cleaned_data
        if act == "attach":
            services.attach(actor, register, row, **asked)
        elif act == "close":
            services.close(actor, register, row, version=version, **asked)
        else:
            services.reopen(actor, register, row, version=version, **asked)
        messages.success(
            request, {"attach": "添付しました。", "close": "完結しました。", "reopen": "再開しました。"}[act]
        )
        return reverse("register-entry", args=[register.key, row.public_id])

    return _acted(request, form, carry_out) or _entry(request, register, public_id, reason, upload)


@require_GET
@discloses_nothing(WHY, right=queries.PRINT)
def entry_pdf(request: HttpRequest, key: str, public_id: UUID) -> HttpResponse:
    """台帳の記録のPDF: the entry on paper."""
    register = register_of(key)
    row = queries.entry(actor_of(request), register, public_id)
    require(actor_of(request), File.REGISTERS, Act.PRINT, row.office_id)
    access.record(request, File.REGISTERS, Act.PRINT, count=0, items=(register.label,), reason=row.number)
    return HttpResponse(
        documents.paper(register, row), content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{register.key}-{row.public_id}.pdf"'},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def line_new(request: HttpRequest, key: str, public_id: UUID, act: str) -> HttpResponse:
    """台帳の明細の記録: a line under an entry; `act` names the part."""
    actor, register = actor_of(request), register_of(key)
    row, part = queries.entry(actor, register, public_id), _by_line(register, act)
    require(actor, File.REGISTERS, Act.ENTER, row.office_id)
    form = form_for(part.model, part.fields, actor)(request.POST or None)

    def add() -> str:
        services.add_line(actor, register, part, row, form.cleaned_data)
        messages.success(request, f"{part.label}を記録しました。")
        return reverse("register-entry", args=[register.key, row.public_id])

    context = {
        "register": register,
        "row": row,
        "form": form,
        "heading": f"{row.number}　{part.label}",
        "help": part.help,
    }
    return _acted(request, form, add) or render(request, "registers/form.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def line_edit(request: HttpRequest, key: str, public_id: UUID, act: str) -> HttpResponse:
    """台帳の明細の訂正: `act` names the part."""
    actor, register = actor_of(request), register_of(key)
    part = _by_line(register, act)
    line = queries.line(actor, part, public_id)
    require(actor, File.REGISTERS, Act.ENTER, line.entry.office_id)
    form = form_for(part.model, part.fields, actor)(request.POST or None, initial=initial_of(line, part.fields))

    def change() -> str:
        services.change_line(actor, register, part, line, form.cleaned_data, version=request.POST.get("version"))
        messages.success(request, "訂正しました。")
        return reverse("register-entry", args=[register.key, line.entry.public_id])

    context = {"register": register, "row": line.entry, "form": form, "version": line.version,
               "heading": f"{line.entry.number}　{part.label}を訂正する", "help": part.help}  # fmt: skip
    return _acted(request, form, change) or render(request, "registers/form.html", context)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def attachment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """台帳の添付: a file kept with an entry."""
    found = queries.attachment(actor_of(request), REGISTERS, public_id)
    stored = found.stored
    return HttpResponse(
        b"".join(read_stored(stored)), content_type=stored.content_type,
        headers={"Content-Disposition": f'attachment; filename="{stored.name}"', "X-Content-Type-Options": "nosniff"},
    )  # fmt: skip


def actor_offices(request: HttpRequest) -> list[Any]:
    """The offices for which the person may enter."""
    from audit.models import Office

    return list(Office.objects.filter(pk__in=actor_of(request).offices(ENTER)))


def _entry(
    request: HttpRequest, register: Register, public_id: UUID, reason: forms.Form, upload: forms.Form
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.entry(actor, register, public_id)
    may_enter = actor.may(ENTER, row.office_id)
    context = documents.facts(register, row) | {
        "due": None if row.closed_on else register.due(row),
        "today": clock.today(),
        "obstacles": [] if row.closed_on else register.obstacles(row),
        "attachments": queries.attachments(row),
        "may_enter": may_enter and not row.closed_on,
        "may_decide": actor.may(DECIDE, row.office_id) and row.entered_by_id != actor.staff_id,
        "may_print": actor.may(queries.PRINT, row.office_id),
        "reason": reason,
        "upload": upload,
    }
    return render(request, "registers/entry.html", context)


def _by_line(register: Register, key: str) -> Part:
    part = register.part(key)
    if part.by_page:
        raise NotFound("no-part", "この項目は、専用の画面で入力します。", ways=("台帳の画面から選び直してください。",))
    return part


def _cells(register: Register, row: Any) -> list[str]:
    names = [name.split("__")[0] for name in register.columns.values() if name]
    return [shown(row, name) for name in names if name != "number"]


def _acted(request: HttpRequest, form: forms.Form, act: Callable[[], str]) -> HttpResponse | None:
    """Carry a sent form out once; nothing, with the errors on the form, where it cannot be."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return once(request, act)
    except Refusal as refusal:
        if refusal.status == 404 or refusal.code == "no-right":
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
