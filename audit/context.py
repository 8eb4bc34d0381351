"""What every page's frame needs: the office's name and the navigation that the person's rights allow."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from audit.navigation import entries_for
from audit.notices import unread_count


def house(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the insurer's name, and the navigation entries open to the signed-in person."""
    actor = getattr(request, "actor", None)
    context: dict[str, Any] = {"insurer_name": settings.INSURER_NAME, "navigation": []}
    if actor and actor.staff_id:
        context |= {"emergency_until": actor.exceptional.emergency_until}
        context |= {"lock_after": settings.LOCK_AFTER_MINUTES * 60}
        context |= {"navigation": entries_for(actor), "unread_notices": unread_count(actor.staff_id)}
    return context
