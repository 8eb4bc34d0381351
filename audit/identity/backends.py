"""The gate before the password check: an id that may not be used now gets nowhere, whatever the password."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from audit.models import Staff
from audit.usability import usable


class UsableIdBackend:
    """Stops the sign-in of an id that may not be used; never signs anybody in itself.

    Exactly one password is hashed whichever way it goes, so that the time does not tell which ids exist.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **more: Any
    ) -> None:
        """Raise PermissionDenied for an unusable id; `request.unusable` says why where the password was right."""
        staff = Staff.objects.filter(login=username).first()
        reason = usable(staff) if staff else None
        if staff is None or reason is None:
            return
        if staff.check_password(password or "") and request is not None:
            request.unusable = reason  # type: ignore[attr-defined]
        raise PermissionDenied
