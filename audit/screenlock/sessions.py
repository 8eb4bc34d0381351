"""The sessions of the house: begun, noted while they go on, and ended by their owner or an administrator (E07, E10)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest

from audit import notices
from audit.actor import Actor
from audit.models import Staff
from audit.permissions import require
from audit.rights import Act, File, Right
from audit.screenlock.models import SignedInSession
from kaigo.common import clock

NOTED = "lock.noted"
NOTE_EVERY = 60.0  # seconds between two notes of the last act
BROWSERS = ("Edg", "Firefox", "Chrome", "Safari")  # in the order in which their names tell them apart
NAMES = {"Edg": "Edge"}
End = SignedInSession.End


def going_on() -> QuerySet[SignedInSession]:
    """The sessions that have neither ended nor been idle for so long that they are over."""
    since = clock.now() - timedelta(minutes=settings.LOG_OFF_AFTER_MINUTES)
    return SignedInSession.objects.filter(ended_at=None, last_activity_at__gt=since).select_related("staff__office")


def visible_to(actor: Actor) -> QuerySet[SignedInSession]:
    """The sessions of the people whose ids one may see."""
    return going_on().filter(staff__office_id__in=actor.offices(Right(File.STAFF, Act.VIEW)))


@receiver(user_logged_in, dispatch_uid="screenlock.sessions")
def begun(sender: Any, request: HttpRequest, user: Staff, **kwargs: Any) -> None:
    """A session begins; the person is told when another one of theirs goes on."""
    if not request.session.session_key:
        request.session.save()
    others = going_on().filter(staff=user)
    actor = getattr(request, "actor", None) or Actor()
    if others.exists():
        notices.tell(
            user,
            "別の画面でもログインしています。心当たりがないときは終了し、管理者に知らせてください。",
            path="/sessions/",
        )
    now = clock.now()
    SignedInSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "staff": user, "started_at": now, "last_activity_at": now, "terminal": actor.terminal,
            "address": actor.address, "browser": browser_of(request.headers.get("User-Agent", "")),
            "ended_at": None, "end_kind": "",
        },
    )  # fmt: skip


@receiver(user_logged_out, dispatch_uid="screenlock.sessions")
def left(sender: Any, request: HttpRequest, user: Staff | None, **kwargs: Any) -> None:
    """A session ends by signing off, by its owner or after idle minutes."""
    key = getattr(request.session, "session_key", None)
    SignedInSession.objects.filter(session_key=key, ended_at=None).update(ended_at=clock.now(), end_kind=End.SIGNED_OFF)


def note(request: HttpRequest) -> None:
    """Note the last act of a session, at most once a minute."""
    now = clock.now()
    if abs(now.timestamp() - request.session.get(NOTED, 0)) < NOTE_EVERY:
        return
    request.session[NOTED] = now.timestamp()
    SignedInSession.objects.filter(session_key=request.session.session_key, ended_at=None).update(last_activity_at=now)


def end(actor: Actor, row: SignedInSession) -> None:
    """End a session: its next request is nobody's. One's own, or with the right to enter staff data on the office.

    Raises Forbidden without the right. A session that has ended stays as it is.
    """
    own = row.staff_id == actor.staff_id
    if not own:
        require(actor, File.STAFF, Act.ENTER, row.staff.office_id)
    with transaction.atomic():
        Session.objects.filter(session_key=row.session_key).delete()
        kind = End.BY_OWNER if own else End.BY_ADMINISTRATOR
        ended = SignedInSession.objects.filter(pk=row.pk, ended_at=None).update(ended_at=clock.now(), end_kind=kind)
        if ended and not own:
            notices.tell(row.staff, "システム管理者が、あなたのログインを終了しました。", urgent=True)


def end_others(actor: Actor, session_key: str | None) -> int:
    """End all other sessions of the person. Says how many."""
    rows = list(going_on().filter(staff=actor.staff_id).exclude(session_key=session_key))
    for row in rows:
        end(actor, row)
    return len(rows)


def browser_of(agent: str) -> str:
    """The browser in a word; what the browser says of itself in full is not kept."""
    name = next((word for word in BROWSERS if word in agent), "")
    return NAMES.get(name, name) or "不明"
