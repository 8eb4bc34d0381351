"""Every request is attributed, every disclosure is declared and recorded, every refusal is rendered the same way."""

import hashlib
import logging
import uuid
from collections.abc import Callable
from dataclasses import replace

import pghistory
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from audit import access
from audit.actor import Actor
from audit.models import Terminal
from audit.permissions import Disclosure, Refused
from audit.views_errors import render_refusal
from kaigo.common.refusal import Refusal

log = logging.getLogger("kaigo.requests")

Handler = Callable[[HttpRequest], HttpResponse]


class RequestContextMiddleware:
    """Gives each request its number and its actor, and puts both on every change that it makes."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = str(uuid.uuid4())  # type: ignore[attr-defined]
        request.actor = actor = self.actor(request)  # type: ignore[attr-defined]
        with pghistory.context(staff=actor.staff_id, staff_name=actor.name, request=actor.request_id):
            response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response

    def actor(self, request: HttpRequest) -> Actor:
        user = request.user
        common = {
            "address": (address := request.META.get("REMOTE_ADDR") or None),
            "terminal": _terminal(address),
            "session": session_digest(request.session.session_key),
            "request_id": request.request_id,  # type: ignore[attr-defined]
        }
        if not user.is_authenticated:
            return Actor(**common)
        return Actor.of(user, **common)


class DisclosureMiddleware:
    """Refuses to run a view that did not declare what it discloses, and to send a disclosure without its log row."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.disclosure_recorded = False  # type: ignore[attr-defined]
        response = self.get_response(request)
        disclosure: Disclosure | None = getattr(request, "disclosure", None)
        if disclosure and disclosure.discloses and response.status_code == 200 and not request.disclosure_recorded:  # type: ignore[attr-defined]
            raise ImproperlyConfigured(f"{request.actor.route} disclosed without a row in the access log")  # type: ignore[attr-defined]
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> None:
        disclosure = getattr(view, "disclosure", None)
        if disclosure is None:
            raise ImproperlyConfigured(f"{view} does not say what it discloses (audit.permissions)")
        request.disclosure = disclosure  # type: ignore[attr-defined]
        match = request.resolver_match
        request.actor = replace(request.actor, route=match.view_name if match else "")  # type: ignore[attr-defined]

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            if isinstance(exception, Refused):
                access.keep_refusal(exception)
            log.info("refused %s route=%s request=%s", exception.code, request.actor.route, request.request_id)  # type: ignore[attr-defined]
            return render_refusal(request, exception)
        return None


def _terminal(address: str | None) -> str:
    """The registered name of the workstation; blank for one that is not in the register."""
    return Terminal.objects.filter(address=address, is_active=True).values_list("name", flat=True).first() or ""


def session_digest(session_key: str | None) -> str:
    """What the logs say of a session: enough to tell two apart, of no use for taking one over."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16] if session_key else ""
