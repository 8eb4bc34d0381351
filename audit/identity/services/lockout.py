"""Lock-out (ロック): how often may be guessed, per id and per address. django-axes counts, this says what counts.

A lock is about guessing: it holds for passwords and codes. A passkey and the common sign-on cannot be guessed and
go on working, so that nobody is kept out by whoever types wrong passwords for them.
"""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.http import HttpRequest

from audit.models import Staff
from kaigo.common import clock, crypto
from kaigo.common.refusal import Refusal


class LockedOut(Refusal):
    """Too many wrong passwords or codes for this id, or from this address."""

    status = 429


def client_address(request: HttpRequest) -> str | None:
    """The address that axes counts for: the same one as in the access log."""
    return request.META.get("REMOTE_ADDR") or None


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name under which axes counts: the id, or for what is no id a keyed hash of it.

    What is typed into the id field may be a password; it is not kept.
    """
    login = str((credentials or {}).get("username") or "")
    if Staff.objects.filter(login=login).exists():
        return login
    return f"unknown:{crypto.ring().lookup(login, 'sign-in').hex()[:32]}"


def attempt_of(request: HttpRequest) -> HttpRequest:
    """The request as axes may see it: where from and with what, without the fields of the form.

    Axes stores the fields that were sent; a form shown again after the screen lock may hold personal data.
    """
    bare = HttpRequest()
    bare.method, bare.path, bare.path_info = "POST", request.path, request.path_info
    bare.META = {key: value for key, value in request.META.items() if isinstance(value, str)}
    for name in ("actor", "session", "sign_in_method"):
        if hasattr(request, name):
            setattr(bare, name, getattr(request, name))
    return bare


def require_unlocked(request: HttpRequest, login: str) -> None:
    """Refuse while the id or the address is locked. Raises LockedOut; one attempt more is not counted."""
    require_address(request, login)
    if not AxesProxyHandler.is_allowed(attempt_of(request), {"username": login}):
        raise locked(request, login)


def require_address(request: HttpRequest, login: str) -> None:
    """Refuse while too many failures came from this address within the lock's time. Raises LockedOut."""
    since = clock.now() - settings.AXES_COOLOFF_TIME
    tried = AccessAttempt.objects.filter(ip_address=client_address(request), attempt_time__gte=since)
    if (tried.aggregate(total=Sum("failures_since_start"))["total"] or 0) >= settings.ADDRESS_FAILURE_LIMIT:
        from audit import signals

        signals.refused(request, login, "この端末からの失敗が多いためロック中", once=True)
        raise _refusal("この端末からのログインの失敗が続いたため、一時的に受け付けません。")


def locked(request: HttpRequest, login: str) -> LockedOut:
    """The refusal for an id that is locked; the attempt goes into the log, at most once a minute."""
    from audit import signals

    signals.refused(request, login, signals.LOCKED, once=True)
    return _refusal("ログインに続けて失敗したため、この利用者IDは一時的に使えません。")


def _refusal(sentence: str) -> LockedOut:
    cool_off = get_cool_off()
    minutes = int(cool_off.total_seconds()) // 60 if cool_off else 0
    return LockedOut(
        "locked-out",
        sentence,
        ways=(
            f"{minutes}分後にもう一度ログインしてください。パスキーを登録している人は、パスキーでログインできます。",
            "急ぐとき、心当たりがないときは、システム管理者に連絡してください。",
        ),
    )


def failed(request: HttpRequest, login: str) -> bool:
    """Count a wrong code like a wrong password. Says whether the id is locked now."""
    attempt = attempt_of(request)
    user_login_failed.send(sender=__name__, credentials={"username": login}, request=attempt)
    return bool(getattr(attempt, "axes_locked_out", False))


def is_locked(login: str) -> bool:
    """Whether the id is locked now."""
    since = clock.now() - settings.AXES_COOLOFF_TIME
    tried = AccessAttempt.objects.filter(username=login, attempt_time__gte=since)
    return (tried.aggregate(total=Sum("failures_since_start"))["total"] or 0) >= settings.AXES_FAILURE_LIMIT


def forget(login: str) -> None:
    """Forget the failures of an id: it signed in, or the administrator unlocked it."""
    reset(username=login)
