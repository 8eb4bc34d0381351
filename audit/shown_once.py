"""What is shown once and kept nowhere else (a new password, recovery codes): sealed in the session until then."""

import json

from allauth.mfa.adapter import get_adapter
from django.http import HttpRequest

PREFIX = "shown_once."


def keep(request: HttpRequest, name: str, value: str | list[str]) -> None:
    """Keep a secret for the page that shows it."""
    request.session[PREFIX + name] = get_adapter().encrypt(json.dumps(value))


def look(request: HttpRequest, name: str) -> str | list[str] | None:
    """The secret, which stays until it is taken; None when there is none."""
    sealed = request.session.get(PREFIX + name)
    value: str | list[str] | None = json.loads(get_adapter().decrypt(sealed)) if sealed else None
    return value


def take(request: HttpRequest, name: str) -> str | list[str] | None:
    """The secret, which is gone after this; None when there is none."""
    value = look(request, name)
    request.session.pop(PREFIX + name, None)
    return value
