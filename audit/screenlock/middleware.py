"""The lock on the server: after idle minutes only unlocking is answered; after more the session is over (E10)."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from audit.screenlock import drafts, services, sessions
from audit.screenlock.rules import State

Handler = Callable[[HttpRequest], HttpResponse]

# Open while locked: unlocking itself, and going away.
OPEN = {"lock", "lock-now", "lock-state", "unlock", "unlock-options", "logout", "healthz"}
# What a page asks for by itself is no act of the person.
BACKGROUND = "X-Background"


class ScreenLockMiddleware:
    """Stands between the session and every view."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.pk:  # a member of staff, not a caller of the API
            drafts.follow(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        state = services.state(request)
        if state is State.OVER and name != "logout":
            return _log_off(request)
        if state is State.LOCKED and name not in OPEN:
            return _locked(request)
        if state is State.OPEN and name not in OPEN and BACKGROUND not in request.headers:
            services.seen(request)
            sessions.note(request)
        return None


def _locked(request: HttpRequest) -> HttpResponse:
    kept = services.keep(request) if request.method == "POST" and not _is_fragment(request) else None
    services.lock(request)
    place = reverse("kept") if kept else way_back(request)
    return _away(request, f"{reverse('lock')}?{urlencode({'next': place})}", 423)


def _log_off(request: HttpRequest) -> HttpResponse:
    kept = services.keep(request) if request.method == "POST" and not _is_fragment(request) else None
    place = reverse("kept") if kept else way_back(request)
    request.sign_off_reason = "操作がないため自動でログオフ"  # type: ignore[attr-defined]
    logout(request)
    note = "送信した内容は預かっています。ログインすると続けられます。" if kept else ""
    messages.warning(request, f"しばらく操作がなかったため、ログオフしました。{note}")
    return _away(request, f"{reverse('login')}?{urlencode({'next': place})}", 401)


def _is_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False)) or "application/json" in request.headers.get("Accept", "")


def way_back(request: HttpRequest) -> str:
    """Where the person was: the page itself, or the page that a fragment or a sent form belongs to."""
    if request.method == "GET" and not _is_fragment(request):
        return request.get_full_path()
    page = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    return f"{page.path or '/'}{'?' + page.query if page.query else ''}"


def _away(request: HttpRequest, place: str, status: int) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": place})
    if _is_fragment(request):
        return JsonResponse({"locked": True, "message": "画面がロックされています。"}, status=status)
    return redirect(place)
