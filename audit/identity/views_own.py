"""The person's own factors: password, passkeys, one-time codes."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import shown_once
from audit.identity import reauthentication
from audit.identity.forms import CodeForm, ConfirmForm, PasskeyNameForm, PasswordForm
from audit.identity.models import Passkey, PasswordState
from audit.identity.services import codes, passkeys, passwords, signing
from audit.identity.views import require_of_input, sent, wanted
from audit.models import Staff
from audit.permissions import actor_of, discloses_nothing
from audit.screens import once
from kaigo.common.qr import qr_svg
from kaigo.common.refusal import Refusal

OWN = "the person's own means of signing in"
View = Callable[..., HttpResponse]


def confirmed(view: View) -> View:
    """Ask once more who the person is, unless they have just proved it."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if reauthentication.is_recent(request):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('confirm-identity')}?{urlencode({'next': request.path})}")

    return asked


@sensitive_post_parameters("password")
@discloses_nothing(OWN)
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """本人の確認: password or passkey once more, before a factor changes."""
    form = ConfirmForm(sent(request))
    refusal = None
    try:
        if request.POST.get("credential"):
            reauthentication.finish_passkey(request, request.POST["credential"])
            return redirect(wanted(request))
        if request.method == "POST" and form.is_valid():
            reauthentication.check_password(request, form.cleaned_data["password"])
            return redirect(wanted(request))
    except Refusal as caught:
        require_of_input(caught)
        refusal = caught
    passkey = Passkey.objects.filter(staff=staff_in(request)).exists()
    context = {"form": form, "refusal": refusal, "next": wanted(request), "passkey": passkey}
    return render(request, "identity/confirm.html", context, status=429 if refusal and refusal.status == 429 else 200)


@discloses_nothing(OWN)
@require_POST
def confirm_options(request: HttpRequest) -> HttpResponse:
    """本人の確認の準備: the challenge for one of the person's own passkeys."""
    return JsonResponse(reauthentication.begin_passkey(request))


@sensitive_post_parameters("current", "new", "again")
@discloses_nothing(OWN)
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """パスワードの変更."""
    staff = staff_in(request)
    form = PasswordForm(sent(request), staff=staff)
    ways: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            # outside the transaction of the act: a wrong password must stay counted
            reauthentication.check_password(request, form.cleaned_data["current"])
            return once(request, lambda: _change(request, staff, form.cleaned_data["new"]))
        except Refusal as refusal:
            require_of_input(refusal)
            form.add_error("current" if refusal.code == "wrong-password" else None, _of_field(refusal))
            ways = refusal.ways
    context = {
        "form": form,
        "ways": ways,
        "first": "password" in request.session.get(signing.MUST, []),
        "state": PasswordState.objects.filter(staff=staff).first(),
        "expires": settings.PASSWORD_EXPIRY_DAYS,
    }
    return render(request, "identity/password.html", context)


def _of_field(refusal: Refusal) -> str:
    return "今のパスワードが違います。" if refusal.code == "wrong-password" else refusal.message


def _change(request: HttpRequest, staff: Staff, new: str) -> str:
    initial = PasswordState.objects.filter(staff=staff, must_change=True).exists()
    passwords.change(request, actor_of(request), staff, new)
    signing.settled(request, "password")
    messages.success(request, "パスワードを変更しました。ほかの端末のログインは終わります。")
    if initial and passkeys.possible(request) and not Passkey.objects.filter(staff=staff).exists():
        return f"{reverse('passkeys')}?first=1"
    return reverse("home")


@discloses_nothing(OWN)
@require_GET
def passkey_list(request: HttpRequest) -> HttpResponse:
    """パスキーの一覧."""
    context = {"passkeys": Passkey.objects.filter(staff=staff_in(request)), "first": "first" in request.GET}
    return render(request, "identity/passkeys.html", context)


@discloses_nothing(OWN)
@require_http_methods(["GET", "POST"])
@confirmed
def passkey_new(request: HttpRequest) -> HttpResponse:
    """パスキーの登録."""
    staff = staff_in(request)
    form = PasskeyNameForm(sent(request))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _register(request, staff, form.cleaned_data["name"].strip()))
        except Refusal as caught:
            require_of_input(caught)
            if caught.field:
                form.add_error(caught.field, caught.message)
            else:
                refusal = caught
    return render(request, "identity/passkey_new.html", {"form": form, "refusal": refusal})


def _register(request: HttpRequest, staff: Staff, name: str) -> str:
    passkeys.finish_registration(request, actor_of(request), staff, name, request.POST.get("credential", ""))
    messages.success(request, f"パスキー「{name}」を登録しました。次からはパスキーでログインできます。")
    return reverse("passkeys")


@discloses_nothing(OWN)
@require_POST
@confirmed
def passkey_new_options(request: HttpRequest) -> HttpResponse:
    """パスキーの登録の準備: the challenge for a new passkey."""
    return JsonResponse(passkeys.begin_registration(request, staff_in(request)))


@discloses_nothing(OWN)
@require_http_methods(["GET", "POST"])
@confirmed
def passkey(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """パスキーの名前の変更."""
    row = passkeys.own(staff_in(request), public_id)
    form = PasskeyNameForm(sent(request), initial={"name": row.name})
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _rename(request, row, form.cleaned_data["name"].strip()))
        except Refusal as refusal:
            require_of_input(refusal)
            form.add_error(refusal.field or None, refusal.message)
    return render(request, "identity/passkey.html", {"form": form, "passkey": row})


def _rename(request: HttpRequest, row: Passkey, name: str) -> str:
    passkeys.rename(actor_of(request), row, name)
    messages.success(request, "パスキーの名前を変えました。")
    return reverse("passkeys")


@discloses_nothing(OWN)
@require_http_methods(["GET", "POST"])
@confirmed
def passkey_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """パスキーの削除: asked first."""
    if request.method == "POST":
        return once(request, lambda: _remove(request, public_id))
    row = passkeys.own(staff_in(request), public_id)
    return render(request, "identity/passkey_remove.html", {"passkey": row})


def _remove(request: HttpRequest, public_id: UUID) -> str:
    row = passkeys.own(staff_in(request), public_id)
    passkeys.remove(actor_of(request), row)
    messages.success(request, f"パスキー「{row.name}」を削除しました。")
    return reverse("passkeys")


@discloses_nothing(OWN)
@require_GET
def one_time_code(request: HttpRequest) -> HttpResponse:
    """ワンタイムコード: whether it is set up, how many recovery codes are left, and those just made."""
    staff = staff_in(request)
    context = {
        "set_up": codes.is_set_up(staff),
        "required": codes.is_required(staff),
        "left": codes.recovery_codes_left(staff),
        "made": shown_once.take(request, "recovery-codes"),
    }
    return render(request, "identity/one_time_code.html", context)


@discloses_nothing(OWN)
@require_http_methods(["GET", "POST"])
@confirmed
def one_time_code_new(request: HttpRequest) -> HttpResponse:
    """ワンタイムコードの設定."""
    staff = staff_in(request)
    if codes.is_set_up(staff):
        return redirect("one-time-code")
    form = CodeForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _set_up(request, staff, form.cleaned_data["code"]))
        except Refusal as refusal:
            require_of_input(refusal)
            form.add_error(refusal.field or None, refusal.message)
    secret = codes.begin(request)
    context = {
        "form": form,
        "image": qr_svg(codes.address(staff, secret), size=50),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "first": "code" in request.session.get(signing.MUST, []),
    }
    return render(request, "identity/one_time_code_new.html", context)


def _set_up(request: HttpRequest, staff: Staff, code: str) -> str:
    shown_once.keep(request, "recovery-codes", codes.set_up(request, actor_of(request), staff, code))
    signing.settled(request, "code")
    return reverse("one-time-code")


@discloses_nothing(OWN)
@require_POST
@confirmed
def one_time_code_act(request: HttpRequest, act: str) -> HttpResponse:
    """予備コードの再発行 (`renew`) or ワンタイムコードの解除 (`remove`)."""
    return once(request, lambda: _act(request, act))


def _act(request: HttpRequest, act: str) -> str:
    staff = staff_in(request)
    if act == "renew":
        shown_once.keep(request, "recovery-codes", codes.renew_recovery_codes(actor_of(request), staff))
    elif act == "remove":
        codes.remove(actor_of(request), staff)
        messages.success(request, "ワンタイムコードを解除しました。")
    else:
        raise Refusal("no-act", "この操作はありません。")
    return reverse("one-time-code")


def staff_in(request: HttpRequest) -> Staff:
    """The signed-in person."""
    return cast(Staff, request.user)
