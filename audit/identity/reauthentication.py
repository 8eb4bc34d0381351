"""Asking the signed-in person once more who they are (再認証): before a factor changes, and after the screen lock."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from audit.identity.services import lockout, passkeys
from audit.identity.services.passwords import verify
from audit.models import Staff
from kaigo.common import clock

CONFIRMED = "identity.confirmed"


def check_password(request: HttpRequest, password: str) -> None:
    """The person's own password once more.

    Counts toward the lock-out like a sign-in. Raises Refusal (`wrong-password`, `unusable`) or LockedOut.
    """
    staff = _person(request)
    verify(request, staff.login, password)
    lockout.forget(staff.login)
    confirm(request)


def begin_passkey(request: HttpRequest) -> dict[str, Any]:
    """The options for `navigator.credentials.get` with the person's own passkeys, as plain JSON values."""
    return passkeys.begin(request, _person(request))


def finish_passkey(request: HttpRequest, credential_json: str) -> None:
    """The answer of the person's own passkey, as the browser's JSON. Raises Refusal (`passkey`, `passkey-late`)."""
    passkeys.finish(request, credential_json, _person(request))
    confirm(request)


def confirm(request: HttpRequest) -> None:
    """Note in the session that the person has just proved who they are."""
    request.session[CONFIRMED] = clock.now().isoformat()


def is_recent(request: HttpRequest) -> bool:
    """Whether the person proved who they are within the last minutes (`KAIGO_REAUTHENTICATION_MINUTES`).

    A clock that went back makes an old proof no younger: then it does not count.
    """
    confirmed = request.session.get(CONFIRMED)
    if not confirmed:
        return False
    age = clock.now() - datetime.fromisoformat(confirmed)
    return timedelta(0) <= age < timedelta(minutes=settings.REAUTHENTICATION_MINUTES)


def _person(request: HttpRequest) -> Staff:
    if not isinstance(request.user, Staff):
        raise RuntimeError("nobody is signed in")
    return request.user
