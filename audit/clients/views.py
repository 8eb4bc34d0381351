"""Screens of the API clients (API利用者): the ledger, registering, terms, calls, review, the end."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from audit.clients import deciding, queries, services
from audit.clients.forms import (
    CallFilter,
    ClientFilter,
    FactsForm,
    NewClientForm,
    ReasonForm,
    ReviewForm,
    TermsForm,
)
from audit.clients.models import Client, Terms
from audit.clients.presenters import entered, sent_again, token_rows
from audit.decisions.queries import latest
from audit.permissions import actor_of, discloses_nothing, require
from audit.rights import Act, File, Right
from audit.screens import listing, once
from kaigo.common import clock
from kaigo.common.refusal import Refusal

VIEW, ENTER = Right(File.API_CLIENTS, Act.VIEW), Right(File.API_CLIENTS, Act.ENTER)
DECIDE = Right(File.API_CLIENTS, Act.DECIDE)
WHY = "other systems, their terms and tokens, without insured persons"
COLUMNS = {
    "名称": "name", "システム": "system", "運用": "operator", "所管": "office__code", "状態": None, "トークン": "live",
    "次の期限": "next_end", "最後の呼出し": "last_call", "最後の点検": "reviewed_at",
}  # fmt: skip
CALL_COLUMNS = {
    "日時": "at", "機能": "route", "方法": None, "応答": "status", "拒否の種類": "code", "接続元": "address",
    "トークン": None, "要求番号": None,
}  # fmt: skip


@require_GET
@discloses_nothing(WHY, right=VIEW)
def client_list(request: HttpRequest) -> HttpResponse:
    """API利用者の台帳."""
    actor = actor_of(request)
    form = ClientFilter(request.GET)
    rows = queries.ledger(actor, **form.asked())
    context = {
        "form": form,
        "listing": listing(request, rows, COLUMNS, order="name"),
        "may_enter": actor.may(ENTER),
        "today": clock.today(),
    }
    return render(request, "clients/clients.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def client_new(request: HttpRequest) -> HttpResponse:
    """登録: entry, check, done; another person decides on it."""
    form = NewClientForm(request.POST or None, actor=actor_of(request), initial={"rate_per_minute": 60})
    if request.method == "POST" and form.is_valid():
        if "confirmed" in request.POST:
            try:
                return once(request, lambda: _registered(request, form))
            except Refusal as refusal:
                _show(form, refusal)
        elif "change" not in request.POST:
            words = "この内容でAPI利用者を登録し、決裁に回しますか"
            return _check(request, form, words, "登録して決裁に回す")
    return render(request, "clients/new.html", {"form": form})


@require_GET
@discloses_nothing(WHY, right=VIEW)
def client_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """API利用者: who it is, on which terms, its tokens, its calls, its reviews."""
    client = queries.client_of(actor_of(request), public_id)
    return _page(request, client, ReviewForm())


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def client_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """登録内容の訂正: who answers for it and how they are reached."""
    client = _enterable(request, public_id)
    first = {name: getattr(client, name) for name in FactsForm.base_fields}
    form = FactsForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _corrected(request, client, form))
        except Refusal as refusal:
            _show(form, refusal)
    return render(request, "clients/edit.html", {"client": client, "form": form})


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def client_terms(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """利用条件の変更, or the correction of terms that were returned: entry, check, done."""
    client = _enterable(request, public_id)
    pending = queries.terms_pending(client)
    returned = pending if pending and queries.may_be_amended(pending) else None
    now = returned or queries.terms_in_force(client)
    form = TermsForm(request.POST or None, initial=_first(now), actor=actor_of(request), terms=now)
    if request.method == "POST" and form.is_valid():
        if "confirmed" in request.POST:
            try:
                return once(request, lambda: _changed(request, client, returned, form))
            except Refusal as refusal:
                _show(form, refusal)
        elif "change" not in request.POST:
            words = "この利用条件に変えますか"
            return _check(
                request, form, words, "この利用条件にする", client=client, version=request.POST.get("version")
            )
    context = {"client": client, "form": form, "returned": returned, "version": (returned or client).version}
    return render(request, "clients/terms.html", context)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def client_calls(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """呼出しの記録."""
    client = queries.client_of(actor_of(request), public_id)
    form = CallFilter(request.GET)
    rows = queries.calls(client, **form.asked())
    context = {"client": client, "form": form, "listing": listing(request, rows, CALL_COLUMNS, order="-at")}
    return render(request, "clients/calls.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=DECIDE)
def client_review(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """点検: the client is still needed as it is."""
    client = queries.client_of(actor_of(request), public_id)
    require(actor_of(request), File.API_CLIENTS, Act.DECIDE, client.office_id)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _reviewed(request, client, form))
        except Refusal as refusal:
            _show(form, refusal)
    return _page(request, client, form)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def client_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """廃止: the client and all its tokens, at once."""
    client = _enterable(request, public_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _ended(request, client, form))
        except Refusal as refusal:
            _show(form, refusal)
    context = {"client": client, "form": form, "live": queries.live_tokens(client)}
    return render(request, "clients/end.html", context)


def _enterable(request: HttpRequest, public_id: UUID) -> Client:
    client = queries.client_of(actor_of(request), public_id)
    require(actor_of(request), File.API_CLIENTS, Act.ENTER, client.office_id)
    return client


def _page(request: HttpRequest, client: Client, form: ReviewForm) -> HttpResponse:
    actor = actor_of(request)
    terms, pending = queries.terms_in_force(client), queries.terms_pending(client)
    newest = pending or client.terms.first()
    open_ = client.ended_at is None
    may_enter = open_ and actor.may(ENTER, client.office_id)
    context = {
        "client": client,
        "terms": terms,
        "terms_rows": deciding.in_words(terms) if terms else (),
        "pending": pending,
        "pending_rows": deciding.compared(pending) if pending else (),
        "decision": latest(newest.public_id) if newest else None,
        "returned": bool(pending and queries.may_be_amended(pending)),
        "tokens": token_rows(client),
        "days": queries.calls_by_day(client),
        "reviews": client.reviews.all()[:5],
        "review_due": queries.review_due(client) if open_ and terms else None,
        "today": clock.today(),
        "form": form,
        "may_enter": may_enter,
        "may_issue": bool(may_enter and terms),
        "may_review": bool(open_ and terms and actor.may(DECIDE, client.office_id)),
    }
    return render(request, "clients/client.html", context)


def _first(terms: Terms | None) -> dict[str, Any]:
    if terms is None:
        return {"rate_per_minute": 60}
    return {
        "scopes": terms.scopes,
        "offices": [office.public_id for office in terms.offices.all()],
        "networks": "\n".join(terms.networks),
        "rate_per_minute": terms.rate_per_minute,
    }


def _check(request: HttpRequest, form: forms.Form, words: str, button: str, **more: Any) -> HttpResponse:
    context = {"words": words, "button": button, "rows": entered(form), "hidden": sent_again(form), **more}
    return render(request, "clients/check.html", context)


def _registered(request: HttpRequest, form: NewClientForm) -> str:
    client = services.register(actor_of(request), form.facts(), form.wanted())
    messages.success(request, "API利用者を登録し、決裁に回しました。決裁の後にトークンを発行できます。")
    return _path(client)


def _corrected(request: HttpRequest, client: Client, form: FactsForm) -> str:
    services.correct(actor_of(request), client, form.facts(), version=request.POST.get("version"))
    messages.success(request, "登録内容を訂正しました。")
    return _path(client)


def _changed(request: HttpRequest, client: Client, returned: Terms | None, form: TermsForm) -> str:
    actor, version = actor_of(request), request.POST.get("version")
    if returned:
        services.amend_terms(actor, returned, form.wanted(), version=version)
        messages.success(request, "利用条件を直しました。伺書の画面から再回付してください。")
    else:
        terms = services.change_terms(actor, client, form.wanted(), version=version)
        waits = terms.state == Terms.State.PENDING and queries.terms_pending(client) is not None
        messages.success(request, "利用条件の変更を決裁に回しました。" if waits else "利用条件を変更しました。")
    return _path(client)


def _reviewed(request: HttpRequest, client: Client, form: ReviewForm) -> str:
    services.review(
        actor_of(request), client, comment=form.cleaned_data["comment"], version=request.POST.get("version")
    )
    messages.success(request, "点検を記録しました。")
    return _path(client)


def _ended(request: HttpRequest, client: Client, form: ReasonForm) -> str:
    services.end_client(
        actor_of(request), client, reason=form.cleaned_data["reason"], version=request.POST.get("version")
    )
    messages.success(request, "API利用者を廃止し、すべてのトークンを失効させました。")
    return _path(client)


def _path(client: Client) -> str:
    return reverse("client", args=[client.public_id])


def _show(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal at its field; one that is not about the input gets its own page."""
    if refusal.status in (403, 404) or refusal.code == "submission":
        raise refusal
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
