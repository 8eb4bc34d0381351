"""Sign-ins and sign-offs go into the access log, succeeded or not."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from audit import access
from audit.actor import Actor
from audit.models import AccessLog, Staff


def _actor(request: HttpRequest | None, staff: Staff | None, login: str = "") -> Actor:
    base: Actor | None = getattr(request, "actor", None)
    return Actor(
        staff_id=staff.pk if staff else None,
        name=staff.name if staff else login[:60],
        office_name=staff.office.name if staff else "",
        address=base.address if base else None,
        session=base.session if base else "",
        request_id=base.request_id if base else None,
        route="login",
    )


@receiver(user_logged_in)
def on_login(sender: Any, request: HttpRequest, user: Staff, **kwargs: Any) -> None:
    access.record_sign_in(_actor(request, user), "login")


@receiver(user_logged_out)
def on_logout(sender: Any, request: HttpRequest, user: Staff | None, **kwargs: Any) -> None:
    if user is not None:
        access.record_sign_in(_actor(request, user), "logout")


@receiver(user_login_failed)
def on_failure(sender: Any, credentials: dict[str, str], request: HttpRequest | None = None, **kwargs: Any) -> None:
    login = str(credentials.get("username", ""))
    # What is typed into the wrong field may be a password: only an id that exists is kept.
    known = login if Staff.objects.filter(login=login).exists() else "登録のない利用者ID"
    access.record_sign_in(_actor(request, None, known), "login", outcome=AccessLog.Outcome.REFUSED)
