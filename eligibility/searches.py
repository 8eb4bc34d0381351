"""What a member of staff searched for, kept for a short while so that names stay out of addresses and "back" works."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.sessions.models import Session

from kaigo.common import clock


def remember(staff_id: int | None, text: str) -> UUID:
    """Keep a search text for as long as a session without an act lasts; the answer stands for it in addresses."""
    token = uuid4()
    until = clock.now() + timedelta(minutes=settings.LOG_OFF_AFTER_MINUTES)
    Session.objects.save(_key(token), {"staff": staff_id, "text": text}, until)
    return token


def recall(staff_id: int | None, token: UUID) -> str | None:
    """The text behind a token, for the member of staff who typed it, while it is kept."""
    kept = Session.objects.filter(pk=_key(token), expire_date__gt=clock.now()).first()
    words = kept.get_decoded() if kept else {}
    return words.get("text") if words.get("staff") == staff_id else None


def _key(token: UUID) -> str:
    return f"search-{token.hex}"
