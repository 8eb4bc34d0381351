"""Signing in (ログイン): every method ends here, with the same last questions and the same row in the log."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from django.contrib.auth import login as begin_session
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from audit import signals
from audit.identity import reauthentication
from audit.identity.services import codes, passwords
from audit.models import AccessLog, Staff
from audit.usability import usable
from kaigo.common import clock
from kaigo.common.refusal import Refusal

BACKEND = "django.contrib.auth.backends.ModelBackend"
PENDING = "identity.pending"
METHOD = "identity.method"
MUST = "identity.must"
PENDING_LIFETIME = timedelta(minutes=5)


class Method(StrEnum):
    """How somebody proved who they are; the words stand in the access log."""

    PASSWORD = "password"  # noqa: S105
    PASSWORD_TOTP = "password+totp"  # noqa: S105
    PASSWORD_RECOVERY = "password+recovery"  # noqa: S105
    PASSKEY = "passkey"
    SSO = "sso"


LABELS = {
    Method.PASSWORD: "パスワード",
    Method.PASSWORD_TOTP: "パスワードとワンタイムコード (totp)",
    Method.PASSWORD_RECOVERY: "パスワードと予備コード",
    Method.PASSKEY: "パスキー (passkey)",
    Method.SSO: "職員認証基盤 (sso)",
}


def by_password(request: HttpRequest, login: str, password: str, *, next_path: str = "") -> bool:
    """Check id and password. True: signed in; False: the second factor is still to come.

    Raises Refusal as `passwords.verify` does.
    """
    staff = passwords.verify(request, login, password)
    if not codes.is_set_up(staff):
        finish(request, staff, Method.PASSWORD)
        return True
    _require_usable(request, staff, Method.PASSWORD)
    request.session.cycle_key()
    request.session[PENDING] = {"staff": staff.pk, "at": clock.now().isoformat(), "next": next_path}
    return False


def pending(request: HttpRequest) -> tuple[Staff, str]:
    """Whose second factor is awaited, and where they want to go. Raises Refusal (`sign-in-late`)."""
    waiting = request.session.get(PENDING)
    if waiting:
        age = clock.now() - datetime.fromisoformat(waiting["at"])
        staff = Staff.objects.filter(pk=waiting["staff"]).first()
        if staff and timedelta(0) <= age < PENDING_LIFETIME:
            return staff, str(waiting["next"])
    request.session.pop(PENDING, None)
    raise Refusal("sign-in-late", "時間がたったため、はじめからやり直してください。")


def by_code(request: HttpRequest, code: str) -> str:
    """The second factor after the password. Returns where the person wanted to go. Raises Refusal."""
    staff, next_path = pending(request)
    proved = codes.check(request, staff, code)
    finish(request, staff, Method.PASSWORD_TOTP if proved == "totp" else Method.PASSWORD_RECOVERY)
    return next_path


def finish(request: HttpRequest, staff: Staff, method: Method) -> None:
    """Begin the session of a person who proved who they are. Raises Refusal (`unusable`) for an id that is closed.

    The session gets a new key, so that one planted before is worth nothing.
    """
    _require_usable(request, staff, method)
    must = _must(staff, method)
    request.sign_in_method = LABELS[method]  # type: ignore[attr-defined]
    for name in (PENDING, METHOD, MUST):
        request.session.pop(name, None)
    try:
        begin_session(request, staff, backend=BACKEND)
    except Exception:  # above all a log that cannot be written: nobody gets in unlogged
        request.session.flush()
        request.user = AnonymousUser()
        raise
    request.session[METHOD] = method.value
    if must:
        request.session[MUST] = must
    reauthentication.confirm(request)


def settled(request: HttpRequest, what: str) -> None:
    """The person has done what had to be done first (`password`, `code`)."""
    left = [thing for thing in request.session.get(MUST, []) if thing != what]
    if left:
        request.session[MUST] = left
    else:
        request.session.pop(MUST, None)


def _must(staff: Staff, method: Method) -> list[str]:
    """What a fresh session must see to before anything else."""
    if method in (Method.PASSKEY, Method.SSO):
        return []
    must = ["password"] if passwords.must_change(staff) else []
    return [*must, "code"] if codes.is_required(staff) and not codes.is_set_up(staff) else must


def _require_usable(request: HttpRequest, staff: Staff, method: Method) -> None:
    if reason := usable(staff, on=latest_day()):
        signals.refused(request, staff.login, f"{LABELS[method]}：{reason}")
        raise Refusal("unusable", reason, ways=("所属長を通じて確かめてください。",))


def latest_day() -> date:
    """Today, or the day of the newest row of the access log if that is later.

    A clock that was set back must not bring an expired id to life.
    """
    newest = AccessLog.objects.order_by("-at", "-id").values_list("at", flat=True).first()
    today = clock.today()
    return max(today, timezone.localtime(newest, clock.TOKYO).date()) if newest else today
