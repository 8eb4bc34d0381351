"""Screens of the tokens: issuing, showing the secret once, rotating, revoking."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from audit.clients import queries, scopes, services
from audit.clients.forms import ReasonForm, RotateForm, TokenForm
from audit.clients.models import Client, Token
from audit.clients.secrets import Secret
from audit.clients.views import ENTER, WHY, _enterable, _show
from audit.permissions import actor_of, discloses_nothing, require
from audit.rights import Act, File
from audit.screens import once
from audit.shown_once import keep, take
from kaigo.common.refusal import Refusal


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def token_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """発行: a new token for a client; its secret is on the next page, once."""
    client = _enterable(request, public_id)
    terms = queries.terms_in_force(client)
    form = TokenForm(request.POST or None, terms=terms)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _issued(request, client, form))
        except Refusal as refusal:
            _show(form, refusal)
    return render(request, "clients/token_new.html", {"client": client, "terms": terms, "form": form})


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def token_rotate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """交換: a new token in the place of this one."""
    token = _token(request, public_id)
    form = RotateForm(request.POST or None, initial={"overlap_hours": 24})
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _rotated(request, token, form))
        except Refusal as refusal:
            _show(form, refusal)
    return render(request, "clients/token_rotate.html", _about(token) | {"form": form})


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def token_revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """失効: the next call with this token is refused."""
    token = _token(request, public_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _revoked(request, token, form))
        except Refusal as refusal:
            _show(form, refusal)
    return render(request, "clients/token_revoke.html", _about(token) | {"form": form})


@require_http_methods(["GET"])
@discloses_nothing(WHY, right=ENTER)
def token_secret(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """トークンの表示: once, to who issued it, right after that."""
    token = _token(request, public_id)
    secret = take(request, f"token-{public_id}")
    if secret is None:
        messages.warning(request, "トークンは発行した直後に一度だけ表示します。控えていないときは交換してください。")
        return redirect("client", token.client.public_id)
    return render(request, "clients/token_secret.html", _about(token) | {"secret": secret})


def _token(request: HttpRequest, public_id: UUID) -> Token:
    token = queries.token_of(actor_of(request), public_id)
    require(actor_of(request), File.API_CLIENTS, Act.ENTER, token.client.office_id)
    return token


def _about(token: Token) -> dict[str, object]:
    return {
        "token": token,
        "client": token.client,
        "state": queries.state_of(token),
        "scopes": scopes.labels(token.scopes),
    }


def _made(request: HttpRequest, token: Token, secret: Secret) -> str:
    keep(request, f"token-{token.public_id}", secret.text)
    return reverse("client-token-secret", args=[token.public_id])


def _issued(request: HttpRequest, client: Client, form: TokenForm) -> str:
    return _made(request, *services.issue(actor_of(request), client, **form.cleaned_data))


def _rotated(request: HttpRequest, token: Token, form: RotateForm) -> str:
    asked = form.cleaned_data
    return _made(request, *services.rotate(actor_of(request), token, version=request.POST.get("version"), **asked))


def _revoked(request: HttpRequest, token: Token, form: ReasonForm) -> str:
    services.revoke(actor_of(request), token, reason=form.cleaned_data["reason"])
    messages.success(request, f"トークン（{token.prefix}）を失効させました。")
    return reverse("client", args=[token.client.public_id])
