"""Sign-ins and sign-offs go into the access log, succeeded or not, with the method as the reason (E11)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from audit import access, notices
from audit.actor import Actor
from audit.middleware import session_digest
from audit.models import AccessLog, Staff
from kaigo.common import clock

UNKNOWN = "登録のない利用者ID"
LOCKED = "ロック中"
# A flood of wrong passwords must not bury the log: so many refused sign-ins of one address a minute are written.
ROWS_A_MINUTE = 60


def actor_of(request: HttpRequest | None, staff: Staff | None, name: str = "") -> Actor:
    """The actor of a sign-in: the person who came in or left, or the name that was tried."""
    base: Actor = getattr(request, "actor", None) or Actor()
    session = getattr(request, "session", None)
    return replace(
        base,
        staff_id=staff.pk if staff else None,
        name=staff.name if staff else name[:60],
        office_name=staff.office.name if staff else "",
        session=session_digest(session.session_key) if session is not None else base.session,
        route=base.route or "login",
    )


def refused(request: HttpRequest | None, login: str, reason: str, *, once: bool = False) -> None:
    """Log a refused sign-in. `once`: not again within a minute for the same id and reason.

    What is typed into the wrong field may be a password: only an id that exists is kept.
    """
    name = login if Staff.objects.filter(login=login).exists() else UNKNOWN
    actor = actor_of(request, None, name)
    recent = AccessLog.objects.filter(
        at__gt=clock.now() - timedelta(minutes=1), act="login", outcome="refused", address=actor.address
    )
    if once:
        recent = recent.filter(reason=reason, staff_name=name)
    if recent.count() < (1 if once else ROWS_A_MINUTE):
        access.record_sign_in(actor, "login", outcome=AccessLog.Outcome.REFUSED, reason=reason)


@receiver(user_logged_in)
def on_login(sender: Any, request: HttpRequest, user: Staff, **kwargs: Any) -> None:
    access.record_sign_in(actor_of(request, user), "login", reason=getattr(request, "sign_in_method", ""))


@receiver(user_logged_out)
def on_logout(sender: Any, request: HttpRequest, user: Staff | None, **kwargs: Any) -> None:
    if user is not None:
        access.record_sign_in(actor_of(request, user), "logout", reason=getattr(request, "sign_off_reason", ""))


@receiver(user_login_failed)
def on_failure(sender: Any, credentials: dict[str, str], request: HttpRequest | None = None, **kwargs: Any) -> None:
    if getattr(request, "axes_locked_out", False) and getattr(request, "axes_failures_since_start", None) is None:
        return  # refused because of a lock that stood already: `lockout.locked` writes that, once a minute
    method = getattr(request, "sign_in_method", "") or "パスワード"
    refused(request, str(credentials.get("username", "")), getattr(request, "unusable", None) or f"{method}の誤り")


@receiver(user_locked_out)
def on_lock(sender: Any, request: HttpRequest, username: str, **kwargs: Any) -> None:
    """The lock begins: logged, and the person is told, who may know better who was typing."""
    if getattr(request, "axes_failures_since_start", None) is None:
        return
    refused(request, username, "失敗が続いたためロックを開始", once=True)
    staff = Staff.objects.filter(login=username).first()
    if staff:
        notices.tell(
            staff,
            "あなたの利用者IDでログインの失敗が続き、一時的にロックされました。心当たりがないときは、システム管理者に連絡してください。",
            urgent=True,
        )
