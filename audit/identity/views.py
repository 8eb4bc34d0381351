"""Screens of signing in and off: password, passkey, one-time code, common sign-on."""

from django.conf import settings
from django.contrib.auth import logout
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import signals
from audit.identity.forms import CodeForm, SignInForm
from audit.identity.services import passkeys, signing, sso
from audit.identity.services.signing import Method
from audit.permissions import public
from kaigo.common.refusal import Refusal

FLOW_COOKIE = "kaigo_sso"
FLOW_SECONDS = 600  # to sign in at the common sign-on


@sensitive_post_parameters("password")
@never_cache
@public("the sign-in form")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """ログイン: the id and its password; passkey and common sign-on beside it."""
    if request.user.is_authenticated:
        return redirect(wanted(request))
    form = SignInForm(sent(request))
    if request.method == "GET" or not form.is_valid():
        return _form(request, form)
    try:
        done = signing.by_password(
            request, form.cleaned_data["username"], form.cleaned_data["password"], next_path=wanted(request)
        )
    except Refusal as refusal:
        require_of_input(refusal)
        return _form(request, form, refusal)
    return redirect(wanted(request)) if done else redirect("login-code")


@never_cache
@public("the second step of signing in; the password was right")
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """ワンタイムコード: the second factor after the password."""
    form = CodeForm(sent(request))
    try:
        signing.pending(request)
        if request.method == "POST" and form.is_valid():
            return redirect(signing.by_code(request, form.cleaned_data["code"]))
    except Refusal as refusal:
        require_of_input(refusal)
        if refusal.code != "wrong-code":
            return _form(request, SignInForm(), refusal)
        form.add_error("code", refusal.message)
    return render(request, "identity/code.html", {"form": form})


@never_cache
@public("a random challenge")
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """パスキーでのログインの準備: the challenge; any that the device offers."""
    return JsonResponse(passkeys.begin(request))


@never_cache
@public("signing in with a passkey")
@require_POST
def sign_in_passkey(request: HttpRequest) -> HttpResponse:
    """パスキーでログイン: nobody types an id."""
    try:
        staff = passkeys.finish(request, request.POST.get("credential", ""))
        signing.finish(request, staff, Method.PASSKEY)
    except Refusal as refusal:
        require_of_input(refusal)
        if refusal.code != "unusable":
            signals.refused(request, "", "パスキーで本人と確かめられない")
        return _form(request, SignInForm(), refusal)
    return redirect(wanted(request))


@never_cache
@public("leads to the common sign-on of the city")
@require_GET
def sso_begin(request: HttpRequest) -> HttpResponse:
    """職員認証基盤へ: what must come back is in a signed cookie, because the session's own cookie stays here."""
    if not sso.is_on():
        return redirect("login")
    try:
        address, flow = sso.begin(wanted(request))
    except Refusal as refusal:
        require_of_input(refusal)
        return _form(request, SignInForm(), refusal)
    response = HttpResponseRedirect(address)
    response.set_signed_cookie(
        FLOW_COOKIE,
        flow.text(),
        salt=FLOW_COOKIE,
        max_age=FLOW_SECONDS,
        path=reverse("login-sso"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@never_cache
@public("the way back from the common sign-on of the city")
@require_GET
def sso_return(request: HttpRequest) -> HttpResponse:
    """職員認証基盤から: the person named by the checked token comes in.

    The answer is a page that goes on by itself: the new session's cookie is only sent on a way that begins here.
    """
    if not sso.is_on():
        return redirect("login")
    try:
        flow = _flow(request)
        staff = sso.finish(flow, state=request.GET.get("state", ""), code=request.GET.get("code", ""))
        signing.finish(request, staff, Method.SSO)
    except Refusal as refusal:
        require_of_input(refusal)
        if refusal.code != "unusable":
            signals.refused(request, "", f"職員認証基盤 (sso)：{refusal.message}"[:200])
        response = _form(request, SignInForm(), refusal)
    else:
        response = render(request, "identity/sso_done.html", {"path": flow.next_path})
    response.delete_cookie(FLOW_COOKIE, path=reverse("login-sso"), samesite="Lax")
    return response


@public("signing off needs no right")
@require_POST
def sign_off(request: HttpRequest) -> HttpResponse:
    """ログアウト."""
    try:
        logout(request)
    finally:
        request.session.flush()  # also when the log cannot be written
    return redirect(settings.LOGOUT_REDIRECT_URL)


def require_of_input(refusal: Refusal) -> None:
    """Raise what the person at the form can do nothing about: a missing right, a log that cannot be written."""
    if refusal.status not in (400, 429):
        raise refusal


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is filled with: the fields that were sent, also when there are none; nothing on the first look."""
    return request.POST if request.method == "POST" else None


def wanted(request: HttpRequest) -> str:
    """The page of this system that the person wanted; the home page for anything that leads elsewhere."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(path, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return path
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _flow(request: HttpRequest) -> sso.Flow:
    try:
        kept = request.get_signed_cookie(FLOW_COOKIE, salt=FLOW_COOKIE, max_age=FLOW_SECONDS)
        return sso.Flow.read(kept or "")
    except (KeyError, BadSignature, ValueError) as error:
        raise Refusal(
            "sso-state",
            "時間がたったか、別の画面から戻ってきたため、ログインできません。",
            ways=("はじめからログインしてください。",),
        ) from error


def _form(request: HttpRequest, form: SignInForm, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "form": form,
        "refusal": refusal,
        "next": wanted(request),
        "sso_label": settings.OIDC_LABEL if sso.is_on() else "",
    }
    locked = refusal is not None and refusal.status == 429
    return render(request, "audit/login.html", context, status=429 if locked else 200)
