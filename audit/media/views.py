"""Screens of the media register: copies and what became of them, media, named officers."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.media import limits, queries, register
from audit.media.forms import (
    CopyForm,
    DisposeForm,
    EraseForm,
    HandForm,
    MediumForm,
    OfficerForm,
    PlaceForm,
    ReturnForm,
    UseFilter,
    VoidForm,
)
from audit.media.models import Medium, MediumUse
from audit.permissions import actor_of, discloses_nothing, require
from audit.rights import Act, File, Right
from audit.screens import field_ids, listing, once
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

WHY = "media and who handled them, without insured persons"
VIEW, ENTER, DECIDE = (Right(File.MEDIA, act) for act in (Act.VIEW, Act.ENTER, Act.DECIDE))
USE_COLUMNS = {
    "番号": "number", "媒体": "medium__number", "写した内容": None, "写した日時": "copied_at", "写した職員": None,
    "端末": None, "渡し先": "recipient", "期限": "due_on", "状態": None,
}  # fmt: skip
MEDIUM_COLUMNS = {"管理番号": "number", "種類": "kind", "事務所": "office__code", "保管場所": "place", "状態": None}
OFFICER_COLUMNS = {"職員": "staff__name", "事務所": "office__code", "期間": "period", "理由": None, "指名": None}
Forms = dict[str, tuple[type[forms.Form], Callable[..., Any], str]]
USE_ACTS: Forms = {
    "hand": (HandForm, register.hand_over, "渡したことを記録しました。"),
    "return": (ReturnForm, register.take_back, "戻ったことを記録しました。"),
    "erase": (EraseForm, register.erase, "消去したことを記録しました。"),
    "void": (VoidForm, register.void, "記録を取り消しました。"),
}
MEDIUM_ACTS: Forms = {
    "move": (PlaceForm, register.move_medium, "保管場所を変えました。"),
    "dispose": (DisposeForm, register.dispose, "廃棄を記録しました。"),
}


@require_GET
@discloses_nothing(WHY)
def use_list(request: HttpRequest) -> HttpResponse:
    """媒体管理簿: what is on which medium, where it is, what is overdue."""
    actor = actor_of(request)
    form = UseFilter(request.GET or {"state": "out"})
    context = {
        "form": form,
        "listing": listing(request, queries.uses(actor, form.asked()), USE_COLUMNS, order="due_on"),
        "today": clock.today(),
        "may_copy": bool(limits.duties(actor)),
    }
    return render(request, "media/uses.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY)
def use_new(request: HttpRequest) -> HttpResponse:
    """媒体への書込みの記録: for named officers, at the terminal where they copied."""
    actor = actor_of(request)
    duties = limits.duties(actor)
    if request.method == "POST" and not duties:
        raise limits.not_an_officer(actor, limits.COPY)
    form = CopyForm(request.POST or None, actor=actor)
    terminal = limits.terminal_of(actor)
    others = [] if terminal else limits.exporting_terminals(duties)
    context = {"form": form, "is_officer": bool(duties), "terminal": terminal, "others": others}

    def act() -> str:
        row = register.record_copy(actor, **form.cleaned_data)
        messages.success(request, f"{row.number}として記録しました。")
        return reverse("media-use", args=[row.public_id])

    return _entered(request, form, act, "media/use_form.html", context)


@require_GET
@discloses_nothing(WHY)
def use_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """媒体管理簿の一件."""
    return _use(request, queries.use_of(actor_of(request), public_id))


@require_POST
@discloses_nothing("records what became of a medium")
def use_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """渡した・戻った・消去した・取消し."""
    row = queries.use_of(actor_of(request), public_id)
    return _acted(request, act, USE_ACTS, row, _use, "media-use")


def _use(request: HttpRequest, row: MediumUse, **bound: forms.Form) -> HttpResponse:
    actor = actor_of(request)
    out = row.handed_on is not None and row.returned_on is None
    live = row.erased_on is None and row.voided_at is None
    officer = row.office_id in limits.duties(actor)
    context = {
        "use": row,
        "late": live and row.due_on < clock.today(),
        "may": officer and row.voided_at is None,
        "acts": [name for name, may in (("hand", not row.handed_on), ("return", out), ("erase", True)) if may and live],
        "forms": {name: bound.get(name) or form(auto_id=field_ids(name)) for name, (form, _, _) in USE_ACTS.items()},
    }
    return render(request, "media/use.html", context)


@require_GET
@discloses_nothing(WHY)
def medium_list(request: HttpRequest) -> HttpResponse:
    """媒体の台帳."""
    actor = actor_of(request)
    context = {
        "listing": listing(request, queries.media(actor), MEDIUM_COLUMNS, order="number"),
        "may_enter": actor.may(ENTER),
    }
    return render(request, "media/media.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def medium_new(request: HttpRequest) -> HttpResponse:
    """媒体の登録."""
    actor = actor_of(request)
    form = MediumForm(request.POST or None, actor=actor)

    def act() -> str:
        values = form.cleaned_data
        office = get_object_or_404(queries.offices_with(actor, ENTER), public_id=values.pop("office"))
        row = register.register_medium(actor, office=office, **values)
        messages.success(request, f"媒体{row.number}を登録しました。")
        return reverse("media-medium", args=[row.public_id])

    return _entered(request, form, act, "media/medium_form.html", {"form": form})


@require_GET
@discloses_nothing(WHY)
def medium_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """媒体の一件: where it is kept, and everything that was ever on it."""
    return _medium(request, queries.medium_of(actor_of(request), public_id))


@require_POST
@discloses_nothing("moves or disposes of a medium")
def medium_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """保管場所の変更・廃棄."""
    row = queries.medium_of(actor_of(request), public_id)
    return _acted(request, act, MEDIUM_ACTS, row, _medium, "media-medium")


def _medium(request: HttpRequest, row: Medium, **bound: forms.Form) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "medium": row,
        "uses": row.uses.select_related("copied_by", "terminal"),
        "may": row.office_id in limits.duties(actor) and row.disposed_on is None,
        "forms": {name: bound.get(name) or form(auto_id=field_ids(name)) for name, (form, _, _) in MEDIUM_ACTS.items()},
    }
    return render(request, "media/medium.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing("members of staff and their duty", right=VIEW)
def officer_list(request: HttpRequest) -> HttpResponse:
    """媒体取扱担当者: who is named, since when, by whom; naming somebody."""
    actor = actor_of(request)
    may = actor.may(DECIDE)
    if request.method == "POST":
        require(actor, File.MEDIA, Act.DECIDE)
    form = OfficerForm(request.POST or None, actor=actor) if may else None
    context = {
        "form": form,
        "listing": listing(request, queries.officers(actor), OFFICER_COLUMNS, order="-period"),
        "today": clock.today(),
        "may_decide": may,
    }
    if form is None:
        return render(request, "media/officers.html", context)

    def act() -> str:
        values = form.cleaned_data
        staff = get_object_or_404(queries.candidates(actor.offices(DECIDE)), public_id=values.pop("staff"))
        office = get_object_or_404(queries.offices_with(actor, DECIDE), public_id=values.pop("office"))
        register.appoint(actor, staff=staff, office=office, **values)
        messages.success(request, f"{staff.name}さんを指名しました。本人にお知らせしました。")
        return reverse("media-officers")

    return _entered(request, form, act, "media/officers.html", context)


@require_POST
@discloses_nothing("ends a duty", right=DECIDE)
def officer_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """指名を終える."""

    def act() -> str:
        register.dismiss(actor_of(request), public_id)
        messages.success(request, "指名を終えました。")
        return reverse("media-officers")

    return once(request, act)


def _entered(
    request: HttpRequest, form: forms.Form, act: Callable[[], str], template: str, context: dict[str, Any]
) -> HttpResponse:
    """Show a form, carry it out once, show what is wrong with it."""
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, act)
        except Refusal as refusal:
            add_refusal(form, refusal)
    return render(request, template, context)


def _acted(
    request: HttpRequest, act: str, acts: Forms, row: Any, page: Callable[..., HttpResponse], name: str
) -> HttpResponse:
    if act not in acts:
        raise NotFound("no-act", "この操作はありません。", ways=("画面から選び直してください。",))
    form_class, service, words = acts[act]
    form = form_class(request.POST, auto_id=field_ids(act))
    if form.is_valid():

        def carry_out() -> str:
            service(actor_of(request), row.public_id, version=request.POST.get("version"), **form.cleaned_data)
            messages.success(request, words)
            return reverse(name, args=[row.public_id])

        try:
            return once(request, carry_out)
        except Refusal as refusal:
            add_refusal(form, refusal)
    return page(request, row, **{act: form})


def add_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal of the input at its field; anything else (a missing right, a row that moved) goes on up."""
    if refusal.status not in (400, 409) or refusal.code in ("row-moved", "submission"):
        raise refusal
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
