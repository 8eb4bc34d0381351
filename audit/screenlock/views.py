"""Locking, unlocking, and the forms that were sent meanwhile."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import screens
from audit.identity import reauthentication
from audit.permissions import actor_of, discloses_nothing, staff_of
from audit.rights import Act, File, Right
from audit.screenlock import services, sessions
from audit.screenlock.models import KeptSubmission
from audit.screenlock.rules import State
from kaigo.common.refusal import NotFound, Refusal


@require_GET
@discloses_nothing("asks who is there; shows nothing")
def lock_page(request: HttpRequest) -> HttpResponse:
    """画面ロック: the page without script; with it, a cover over the page does the same."""
    if services.state(request) is State.OPEN:
        return redirect(_next(request))
    return render(request, "screenlock/lock.html", {"next": _next(request)})


@require_POST
@discloses_nothing("locks; shows nothing")
def lock_now(request: HttpRequest) -> HttpResponse:
    """画面をロックする: by the button, or by the page after idle minutes. Unlocking leads back to `next`."""
    services.lock(request)
    if _wants_json(request):
        return HttpResponse(status=204)
    return redirect(f"{reverse('lock')}?{urlencode({'next': _next(request)})}")


@require_http_methods(["GET", "POST"])
@discloses_nothing("whether the screen is locked")
def lock_state(request: HttpRequest) -> HttpResponse:
    """画面ロックの状態: whether the session is locked. A POST says that the person types or reads at the screen."""
    state = services.state(request)
    if request.method == "POST" and state is State.OPEN:
        services.seen(request)
    return JsonResponse({"locked": state is not State.OPEN})


@require_POST
@discloses_nothing("a random challenge")
def unlock_options(request: HttpRequest) -> HttpResponse:
    """ロックを開ける準備: the challenge for the person's own passkeys."""
    return JsonResponse(reauthentication.begin_passkey(request))


@sensitive_post_parameters("password")
@require_POST
@discloses_nothing("asks who is there; shows nothing")
def unlock(request: HttpRequest) -> HttpResponse:
    """ロックの解除: by the person's own passkey or password."""
    try:
        if request.POST.get("credential"):
            reauthentication.finish_passkey(request, request.POST["credential"])
        else:
            reauthentication.check_password(request, request.POST.get("password", ""))
    except Refusal as refusal:
        if _wants_json(request):
            return JsonResponse({"message": refusal.message}, status=refusal.status)
        context = {"next": _next(request), "refusal": refusal}
        return render(request, "screenlock/lock.html", context, status=refusal.status)
    services.unlock(request)
    return JsonResponse({"locked": False}) if _wants_json(request) else redirect(_next(request))


@require_GET
@discloses_nothing("which forms of one's own were kept; their content stays sealed")
def kept(request: HttpRequest) -> HttpResponse:
    """預かった入力: forms that were sent while the screen was locked."""
    rows = KeptSubmission.objects.filter(staff_id=staff_of(request))
    forms = [
        (row, [(name, value) for name, values in services.content_of(row).lists() for value in values]) for row in rows
    ]
    return render(request, "screenlock/kept.html", {"forms": forms, "hours": services.KEPT_HOURS})


@require_POST
@discloses_nothing("throws one's own kept form away")
def kept_discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """預かった入力を捨てる."""
    row = KeptSubmission.objects.filter(staff_id=staff_of(request), public_id=public_id).first()
    if row is None:
        raise NotFound("no-kept", "この入力は、もう預かっていません。")
    services.discard(staff_of(request), row)
    return redirect("kept")


@require_GET
@discloses_nothing("one's own sessions")
def session_list(request: HttpRequest) -> HttpResponse:
    """ログイン中の画面: where this id is signed in, and ending it there."""
    rows = sessions.going_on().filter(staff=staff_of(request))
    context = {"rows": rows, "key": request.session.session_key}
    return render(request, "screenlock/sessions.html", context)


@require_GET
@discloses_nothing("who is signed in where", right=Right(File.STAFF, Act.VIEW))
def all_sessions(request: HttpRequest) -> HttpResponse:
    """ログイン中の職員: every session of the people whose ids one may see."""
    columns = {
        "職員": "staff__name",
        "所属": "staff__office__code",
        "端末": "terminal",
        "ログイン": "started_at",
        "最後の操作": "last_activity_at",
        "操作": None,
    }
    found = screens.listing(request, sessions.visible_to(actor_of(request)), columns, order="-last_activity_at")
    return render(request, "screenlock/all_sessions.html", {"list": found})


@require_POST
@discloses_nothing("ends; shows nothing")
def session_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """ログインの終了: one's own, or with the right to enter staff data."""
    actor = actor_of(request)
    mine = sessions.going_on().filter(staff=staff_of(request), public_id=public_id).first()
    row = mine or sessions.visible_to(actor).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("no-session", "このログインは、もう終わっています。", ways=("一覧を開き直してください。",))
    sessions.end(actor, row)
    return redirect("sessions" if mine else "all-sessions")


@require_POST
@discloses_nothing("ends one's own other sessions")
def session_end_others(request: HttpRequest) -> HttpResponse:
    """ほかのログインをすべて終了."""
    count = sessions.end_others(actor_of(request), request.session.session_key)
    messages.success(request, f"ほかのログインを{count}件終了しました。")
    return redirect("sessions")


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
