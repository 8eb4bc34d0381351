"""Locking, unlocking, and keeping what was sent meanwhile."""

import json
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, QueryDict

from audit.permissions import staff_of
from audit.screenlock.models import KeptSubmission
from audit.screenlock.rules import State, state_of
from kaigo.common import clock, crypto

SEEN, BEGAN, LOCKED = "lock.seen", "lock.began", "lock.locked"
KEPT_HOURS = 24
LARGEST = 1_000_000  # bytes of a kept form


def state(request: HttpRequest) -> State:
    """Whether the session is open, locked or over, by its last act and the clock."""
    now = clock.now().timestamp()
    session = request.session
    found = state_of(
        now - session.get(SEEN, now),
        now - session.get(BEGAN, now),
        lock_after=settings.LOCK_AFTER_MINUTES * 60,
        log_off_after=settings.LOG_OFF_AFTER_MINUTES * 60,
        longest=settings.SESSION_HOURS * 3600,
    )
    if found is State.OPEN and session.get(LOCKED):
        return State.LOCKED
    return found


def seen(request: HttpRequest) -> None:
    """The person has just done something."""
    now = clock.now().timestamp()
    request.session.setdefault(BEGAN, now)
    request.session[SEEN] = now


def lock(request: HttpRequest) -> None:
    """Lock every tab of the session, from the next request on. The idle time runs on."""
    request.session[LOCKED] = True


def unlock(request: HttpRequest) -> None:
    """The person has proved who they are: the session goes on."""
    request.session.pop(LOCKED, None)
    seen(request)


def keep(request: HttpRequest) -> KeptSubmission | None:
    """Keep a form that was sent while the screen was locked, sealed; nothing of files, nothing for an empty form."""
    content = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    raw = json.dumps(content).encode()
    if not content or len(raw) > LARGEST or "password" in content:
        return None
    row = KeptSubmission(staff_id=staff_of(request), path=request.get_full_path()[:300], kept_at=clock.now())
    key, context = crypto.new_data_key(), f"kept:{row.public_id}"
    row.sealed = crypto.seal(key, raw, context)
    row.wrapped_key = crypto.ring().wrap(key, context)
    row.save()
    return row


def content_of(row: KeptSubmission) -> QueryDict:
    """The fields of a kept form."""
    context = f"kept:{row.public_id}"
    raw = crypto.unseal(crypto.ring().unwrap(bytes(row.wrapped_key), context), bytes(row.sealed), context)
    fields = QueryDict(mutable=True)
    for name, values in json.loads(raw).items():
        fields.setlist(name, values)
    return fields


def discard(staff_id: int, row: KeptSubmission) -> None:
    """Throw a kept form away; somebody else's stays."""
    KeptSubmission.objects.filter(pk=row.pk, staff_id=staff_id).delete()


def clear() -> int:
    """Nightly: forms that nobody came back for. Says how many."""
    limit = clock.now() - timedelta(hours=KEPT_HOURS)
    return KeptSubmission.objects.filter(kept_at__lt=limit).delete()[0]
