"""Screens of exports: the ledger, asking (entry → check → done), the page of one, collecting it."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access
from audit.actor import Actor
from audit.decisions.queries import latest
from audit.media import kinds, limits, making, queries, services
from audit.media.forms import CancelForm, DestinationForm, ExportFilter
from audit.media.kinds import ExportKind
from audit.media.models import Export
from audit.permissions import actor_of, discloses_by_case, discloses_nothing, require
from audit.rights import Act
from audit.screens import listing, once
from kaigo.common.refusal import NotFound, Refusal

WHY = "what was exported by whom, without insured persons"
COLUMNS = {
    "番号": "number", "出力するもの": "label", "件数": None, "申請": "requested_at", "申請者": "requested_by__name",
    "提供先・利用者": "recipient", "状態": "state",
}  # fmt: skip


@require_GET
@discloses_nothing(WHY)
def export_list(request: HttpRequest) -> HttpResponse:
    """出力台帳: the person's own exports, and those of the offices whose ledger they keep or watch."""
    actor = actor_of(request)
    form = ExportFilter(request.GET)
    context = {
        "form": form,
        "listing": listing(request, queries.ledger(actor, form.asked()), COLUMNS, order="-requested_at"),
        "may_ask": bool(kinds.open_to(actor)),
    }
    return render(request, "media/exports.html", context)


@require_GET
@discloses_nothing("the kinds of exports that the person may ask for")
def export_kinds(request: HttpRequest) -> HttpResponse:
    """出力するものを選ぶ."""
    actor = actor_of(request)
    context = {"kinds": kinds.open_to(actor), **_terminals(actor)}
    return render(request, "media/export_kinds.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing("asks for a file, shows only how many persons it would hold")
def export_new(request: HttpRequest, key: str) -> HttpResponse:
    """出力の申請: entry, check, done. A list page of another room comes here with its conditions in the address."""
    actor, kind = actor_of(request), kinds.kind_of(key)
    if kind is None:
        raise NotFound("no-kind", "この種類の出力はありません。", ways=("一覧から選び直してください。",))
    require(actor, kind.file, Act.EXPORT)
    if request.method == "GET":
        return _entry(request, kind, _conditions(kind, initial=request.GET.dict()), DestinationForm(actor=actor))
    conditions, form = _conditions(kind, data=request.POST), DestinationForm(request.POST, actor=actor)
    if not (form.is_valid() & conditions.is_valid()) or "change" in request.POST:
        return _entry(request, kind, conditions, form)
    try:
        if "confirmed" in request.POST:
            return once(request, lambda: _done(request, kind, conditions, form))
        limits.require_terminal(actor, kind.right)
        count = services.preview(actor, kind.name, conditions.cleaned_data)
    except Refusal as refusal:
        if refusal.status != 400:
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _entry(request, kind, conditions, form)
    return render(request, "media/export_check.html", _check(kind, conditions, form, count))


def _conditions(kind: ExportKind, **bound: Any) -> forms.Form:
    return (kind.form or forms.Form)(**bound)


def _entry(request: HttpRequest, kind: ExportKind, conditions: forms.Form, form: DestinationForm) -> HttpResponse:
    actor = actor_of(request)
    context = {"kind": kind, "conditions": conditions, "form": form, **_terminals(actor)}
    return render(request, "media/export_form.html", context)


def _terminals(actor: Actor) -> dict[str, Any]:
    found = limits.terminal_of(actor)
    offices = frozenset[int]().union(*(actor.offices(kind.right) for kind in kinds.open_to(actor)))
    return {"terminal": found, "others": [] if found else limits.exporting_terminals(offices)}


def _check(kind: ExportKind, conditions: forms.Form, form: DestinationForm, count: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "conditions": conditions,
        "form": form,
        "words": kind.described(conditions.cleaned_data),
        "destination": form.cleaned_data,
        "carrier": dict(form.fields["medium"].choices)[str(form.cleaned_data["medium"] or "")],  # type: ignore[attr-defined]
        "count": count,
        "bulk": services.is_bulk(count),
        "keep_days": settings.EXPORT_KEEP_DAYS,
    }


def _done(request: HttpRequest, kind: ExportKind, conditions: forms.Form, form: DestinationForm) -> str:
    destination = services.Destination(**form.cleaned_data)
    row = services.export(actor_of(request), kind.name, conditions.cleaned_data, destination)
    words = "決裁に回しました。" if row.is_bulk else "ファイルを作りました。パスワードを控えてから受け取ってください。"
    messages.success(request, f"{row.number}を申請し、{words}")
    return reverse("media-export", args=[row.public_id])


@require_GET
@discloses_nothing(WHY)
def export_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """外部出力の画面: what, why, for whom, where it stands, everything that happened; the asker collects here."""
    row = services.find(actor_of(request), public_id)
    return _page(request, row)


def _page(request: HttpRequest, row: Export, **more: Any) -> HttpResponse:
    actor = actor_of(request)
    own, ready = row.requested_by_id == actor.staff_id, row.state == Export.State.READY
    waiting = row.state in (Export.State.READY, Export.State.PROPOSED)
    context = {
        "export": row,
        "steps": row.steps.all(),
        "uses": row.uses.all(),
        "decision": latest(row.public_id),
        "may_collect": own and ready,
        "has_password": own and ready and hasattr(row, "secret"),
        "left": max(0, settings.EXPORT_DOWNLOADS - row.collected),
        "may_cancel": waiting and (own or actor.may(limits.COPY, row.office_id)),
        "cancel_form": CancelForm(),
        **_terminals(actor),
    }
    return render(request, "media/export.html", context | more)


@require_POST
@discloses_nothing("the password of the person's own export, once")
def export_password(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """パスワードの表示: once."""
    actor = actor_of(request)
    password = services.show_password(actor, public_id)
    return _page(request, services.find(actor, public_id), password=password)


@require_POST
@discloses_by_case("an encrypted file of the kind that was asked for: its file's right to export")
def export_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """受取り: the encrypted file."""
    row, content = services.collect(actor_of(request), public_id)
    access.nothing_shown(request)  # the service has logged it, in the transaction that counts it
    name = f"{making.file_name(row)}.zip"
    answer = FileResponse(content, as_attachment=True, filename=name, content_type="application/zip")
    return cast(HttpResponse, answer)  # streamed: the two have only their base in common


@require_POST
@discloses_nothing("takes an export back")
def export_cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """取消し."""
    actor = actor_of(request)
    row = services.find(actor, public_id)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _page(request, row, cancel_form=form)
    services.cancel(actor, public_id, version=request.POST.get("version"), reason=form.cleaned_data["reason"])
    messages.success(request, f"{row.number}を取り消しました。")
    return redirect("media-export", public_id=public_id)
