"""Screens of the register of terminals (端末台帳)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.media import queries, terminals
from audit.media.forms import ReasonForm, TerminalChangeForm, TerminalForm
from audit.media.views import DECIDE, ENTER, VIEW, add_refusal
from audit.models import Terminal
from audit.permissions import actor_of, discloses_nothing
from audit.screens import field_ids, listing, once
from kaigo.common.refusal import NotFound, Refusal

WHY = "workstations, without persons"
COLUMNS = {
    "端末名": "name", "端末アドレス": "address", "設置場所": "office__code", "外部への出力": "may_export",
    "状態": "is_active", "変更": "changed_at",
}  # fmt: skip
WORDS = {
    "allow": "この端末からの出力を許可しました。",
    "withdraw": "出力の許可を取り消しました。",
    "retire": "使用を終えました。",
    "restore": "使用を再開しました。",
}


@require_GET
@discloses_nothing(WHY, right=VIEW)
def terminal_list(request: HttpRequest) -> HttpResponse:
    """端末台帳."""
    actor = actor_of(request)
    rows = queries.terminal_rows(actor)
    only = request.GET.get("export", "")
    context = {
        "listing": listing(request, rows.filter(may_export=True) if only else rows, COLUMNS, order="name"),
        "only": only,
        "may_enter": actor.may(ENTER),
        "address": actor.address,
    }
    return render(request, "media/terminals.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def terminal_new(request: HttpRequest) -> HttpResponse:
    """端末の登録."""
    actor = actor_of(request)
    form = TerminalForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _registered(request, form))
        except Refusal as refusal:
            add_refusal(form, refusal)
    return render(request, "media/terminal_form.html", {"form": form, "address": actor.address})


def _registered(request: HttpRequest, form: TerminalForm) -> str:
    actor, values = actor_of(request), dict(form.cleaned_data)
    office = get_object_or_404(queries.offices_with(actor, ENTER), public_id=values.pop("office"))
    row = terminals.enter(actor, office=office, **values)
    messages.success(request, f"端末「{row.name}」を登録しました。出力の許可は、決定の権限を持つ別の職員が与えます。")
    return reverse("media-terminal", args=[row.public_id])


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=VIEW)
def terminal_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """端末の一件: what it may, who changed it; changing it."""
    row = queries.terminal_row(actor_of(request), public_id)
    if request.method == "GET":
        return _page(request, row)
    form = TerminalChangeForm(request.POST, actor=actor_of(request))
    if form.is_valid():
        try:
            return once(request, lambda: _changed(request, row, form))
        except Refusal as refusal:
            add_refusal(form, refusal)
    return _page(request, row, form=form)


def _changed(request: HttpRequest, row: Terminal, form: TerminalChangeForm) -> str:
    actor, values = actor_of(request), dict(form.cleaned_data)
    office = get_object_or_404(queries.offices_with(actor, ENTER), public_id=values.pop("office"))
    terminals.change(actor, row.public_id, office=office, version=request.POST.get("version"), **values)
    messages.success(request, "端末の登録を変更しました。")
    return reverse("media-terminal", args=[row.public_id])


@require_POST
@discloses_nothing("changes what a workstation may", right=VIEW)
def terminal_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """出力の許可・許可の取消し・使用の終了・再開."""
    if act not in WORDS:
        raise NotFound("no-act", "この操作はありません。", ways=("端末の画面から選び直してください。",))
    actor, form = actor_of(request), ReasonForm(request.POST, auto_id=field_ids(act))
    row = queries.terminal_row(actor, public_id)
    if not form.is_valid():
        return _page(request, row, sent=(act, form))

    def carry_out() -> str:
        terminals.act_on(actor, public_id, act, reason=form.cleaned_data["reason"], version=request.POST.get("version"))
        messages.success(request, WORDS[act])
        return reverse("media-terminal", args=[row.public_id])

    try:
        return once(request, carry_out)
    except Refusal as refusal:
        add_refusal(form, refusal)
    return _page(request, row, sent=(act, form))


def _page(request: HttpRequest, row: Terminal, *, sent: tuple[str, Any] = ("", None), **bound: Any) -> HttpResponse:
    actor = actor_of(request)
    initial = {"name": row.name, "address": row.address, "office": str(row.office.public_id)}
    enter, decide = actor.may(ENTER, row.office_id), actor.may(DECIDE, row.office_id)
    either = enter or decide
    acts = [
        ("allow", "この端末からの出力を許可する", decide and row.is_active and not row.may_export),
        ("withdraw", "出力の許可を取り消す", either and row.may_export),
        ("retire", "使用を終える", either and row.is_active),
        ("restore", "使用を再開する", either and not row.is_active),
    ]
    context = {
        "terminal": row,
        "version": terminals.version_of(row),
        "changes": row.changes.select_related("staff").order_by("-at", "-id"),
        "acts": [
            (act, label, sent[1] if sent[0] == act else ReasonForm(auto_id=field_ids(act)))
            for act, label, may in acts
            if may
        ],
        "may_enter": enter,
        "refused": sent[1],
        "form": TerminalChangeForm(initial=initial, actor=actor),
    }
    return render(request, "media/terminal.html", context | bound)
