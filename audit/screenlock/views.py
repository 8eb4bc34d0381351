"""Locking, unlocking, and the forms that were sent meanwhile."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.identity import reauthentication
from audit.permissions import discloses_nothing, staff_of
from audit.screenlock import services
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
    """画面をロックする: by the button, or by the page after idle minutes."""
    services.lock(request)
    if _wants_json(request):
        return HttpResponse(status=204)
    return redirect(f"{reverse('lock')}?next={_next(request)}")


@require_http_methods(["GET", "POST"])
@discloses_nothing("whether the screen is locked")
def lock_state(request: HttpRequest) -> HttpResponse:
    """Whether the session is locked. A POST says that the person is typing or reading at the screen."""
    state = services.state(request)
    if request.method == "POST" and state is State.OPEN:
        services.seen(request)
    return JsonResponse({"locked": state is not State.OPEN})


@require_POST
@discloses_nothing("a random challenge")
def unlock_options(request: HttpRequest) -> HttpResponse:
    """The challenge for the person's own passkeys."""
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


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
