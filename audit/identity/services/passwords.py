"""Passwords (パスワード): checking, changing, issuing."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate, update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from audit import access, notices
from audit.actor import Actor
from audit.history import recorded
from audit.identity.models import PasswordState, PastPassword
from audit.identity.services import lockout
from audit.models import Staff
from audit.permissions import require
from audit.rights import Act, File
from kaigo.common import clock
from kaigo.common.refusal import Refusal

# Without characters that look alike on paper.
LETTERS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "-+=#")


def verify(request: HttpRequest, login: str, password: str) -> Staff:
    """Whose password it is.

    Counts failures per id and address. Raises Refusal: `wrong-password` for a wrong one and for an unknown id alike,
    `unusable` for a right one of an id that may not be used, LockedOut during a lock.
    """
    lockout.require_address(request, login)
    attempt = lockout.attempt_of(request)
    staff = authenticate(attempt, username=login, password=password)
    if isinstance(staff, Staff):
        return staff
    if getattr(attempt, "axes_locked_out", False):
        raise lockout.locked(request, login)
    if reason := getattr(attempt, "unusable", None):
        raise Refusal("unusable", reason, ways=("所属長を通じて確かめてください。",))
    raise Refusal("wrong-password", "利用者IDかパスワードが違います。大文字と小文字は区別されます。")


def change(request: HttpRequest, actor: Actor, staff: Staff, password: str) -> None:
    """The person's own new password, which passed the rules. The person's other sessions end (their hash differs)."""
    with transaction.atomic(), recorded(actor, "パスワードの変更"):
        _set(staff, password, must_change=False)
        access.write(actor, File.STAFF, Act.ENTER, items=("パスワードの変更",), count=0, reason="本人による変更")
    update_session_auth_hash(request, staff)
    notices.tell(
        staff,
        "パスワードを変更しました。心当たりがないときは、システム管理者に連絡してください。",
        path=reverse("password"),
    )


def issue(actor: Actor, staff: Staff) -> str:
    """A new initial password, made here and shown once; the person must change it at the next sign-in.

    The person's sessions end; passkeys stay. Raises Forbidden without the right to enter staff data on the person's
    office, Refusal (`own-password`) for oneself.
    """
    require(actor, File.STAFF, Act.ENTER, staff.office_id)
    if staff.pk == actor.staff_id:
        raise Refusal(
            "own-password",
            "自分のパスワードは再発行できません。",
            ways=("「パスワードの変更」の画面で変更してください。",),
        )
    password = _made()
    with transaction.atomic(), recorded(actor, "パスワードの再発行"):
        _set(staff, password, must_change=True)
        lockout.forget(staff.login)
        access.write(
            actor, File.STAFF, Act.ENTER, items=("パスワードの再発行",), count=0, reason=f"利用者ID：{staff.login}"
        )
        notices.tell(staff, "システム管理者がパスワードを再発行しました。", path=reverse("password"), urgent=True)
    return password


def must_change(staff: Staff) -> bool:
    """Whether the password was issued by an administrator, or has expired where the municipality lets it expire.

    A password that nothing is known of counts as old where passwords expire.
    """
    state = PasswordState.objects.filter(staff=staff).first()
    if state and state.must_change:
        return True
    days = settings.PASSWORD_EXPIRY_DAYS
    return bool(days) and (state is None or state.changed_at + timedelta(days=days) <= clock.now())


def _set(staff: Staff, password: str, *, must_change: bool) -> None:
    """Store a password, keep the old one's hash as long as the rule asks for it."""
    locked = Staff.objects.select_for_update().get(pk=staff.pk)
    if settings.PASSWORD_HISTORY > 1 and locked.has_usable_password():
        PastPassword.objects.create(staff=staff, password=locked.password, set_at=clock.now())
    kept = PastPassword.objects.filter(staff=staff).values_list("pk", flat=True)[
        : max(settings.PASSWORD_HISTORY - 1, 0)
    ]
    PastPassword.objects.filter(staff=staff).exclude(pk__in=list(kept)).delete()
    staff.set_password(password)
    staff.save(update_fields=["password"])
    PasswordState.objects.update_or_create(
        staff=staff, defaults={"changed_at": clock.now(), "must_change": must_change}
    )


def _made() -> str:
    """A random password with every kind of character, as long as the rule wants it, at least 16."""
    length = max(16, settings.PASSWORD_MIN_LENGTH)
    picked = [secrets.choice(letters) for letters in LETTERS]
    picked += [secrets.choice("".join(LETTERS[:3])) for _ in range(length - len(picked))]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)
