"""A running session is asked at every request whether its id may still be used, and what must be done first."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit import signals
from audit.identity.services.signing import MUST
from audit.models import Staff
from audit.usability import usable
from audit.views_errors import render_refusal
from kaigo.common.refusal import Refusal

Handler = Callable[[HttpRequest], HttpResponse]

# What must be done first, and where.
PLACES = {"password": "password", "code": "one-time-code-new"}
# Always open: going away, and the pages that say what must be done.
OPEN = {"logout", "login", "healthz", "one-time-code-new", "password", "confirm-identity", "confirm-identity-options"}


class IdentityMiddleware:
    """Ends the session of an id that was closed meanwhile, and leads to what a fresh session must see to."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        staff = _of_session(request)
        reason = usable(staff) if staff else None
        if staff is None or reason is None:
            return self.get_response(request)
        return _end(request, staff, reason)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        must = request.session.get(MUST) if request.user.is_authenticated else None
        match = request.resolver_match
        if not must or (match and match.view_name in OPEN):
            return None
        place = redirect(PLACES[must[0]])
        if getattr(request, "htmx", False):
            return HttpResponse(headers={"HX-Redirect": place.url})
        return place


def _of_session(request: HttpRequest) -> Staff | None:
    """The person of the session, also when Django does not let a closed account through."""
    if isinstance(request.user, Staff):
        return request.user
    key = request.session.get(SESSION_KEY)
    return Staff.objects.filter(pk=key).first() if key else None


def _end(request: HttpRequest, staff: Staff, reason: str) -> HttpResponse:
    request.sign_off_reason = reason  # type: ignore[attr-defined]
    try:
        signals.on_logout(sender=None, request=request, user=staff)
    except Refusal as refusal:  # the log cannot be written: out all the same
        return render_refusal(request, refusal)
    finally:
        request.session.flush()
    messages.error(request, f"{reason}所属長を通じて確かめてください。")
    response = redirect("login")
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": response.url})
    return response
