"""Readers of signing in: the state of the ids, for the administrator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from audit.actor import Actor
from audit.models import Staff
from audit.rights import Act, File, Right
from audit.usability import usable
from kaigo.common import clock

MANAGE = Right(File.STAFF, Act.ENTER)


@dataclass(frozen=True, slots=True)
class IdState:
    """One id as the administrator sees it: may it be used, is it locked, by what does the person come in."""

    staff: Staff
    unusable: str | None
    locked: bool
    failures: int
    passkeys: int
    has_code: bool
    initial: bool
    changed_at: datetime | None


def ids(actor: Actor, *, words: str = "", state: str = "") -> QuerySet[Staff]:
    """The ids of the offices whose staff data the actor may enter, with what `state_of` needs."""
    since = clock.now() - settings.AXES_COOLOFF_TIME
    tried = AccessAttempt.objects.filter(username=OuterRef("login"), attempt_time__gte=since)
    failures = tried.order_by().values("username").annotate(total=Sum("failures_since_start")).values("total")
    codes = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    rows = (
        Staff.objects.filter(office_id__in=actor.offices(MANAGE))
        .select_related("office", "password_state")
        .annotate(
            failures=Coalesce(Subquery(failures), 0),
            passkey_count=Count("passkeys", distinct=True),
            has_code=Exists(codes),
            initial=Coalesce(F("password_state__must_change"), False),
        )
    )
    if words:
        rows = rows.filter(Q(login__icontains=words) | Q(name__contains=words))
    return _in_state(rows, state)


def _in_state(rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    if state == "locked":
        return rows.filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    if state == "initial":
        return rows.filter(initial=True)
    if state == "single":
        return rows.filter(passkey_count=0, has_code=False)
    if state == "closed":
        today = clock.today()
        return rows.filter(Q(is_active=False) | Q(valid_until__lt=today) | Q(absence__contains=today))
    return rows


def state_of(row: Staff) -> IdState:
    """What the screen says of a row of `ids`."""
    state = getattr(row, "password_state", None)
    return IdState(
        staff=row,
        unusable=usable(row),
        locked=row.failures >= settings.AXES_FAILURE_LIMIT,  # type: ignore[attr-defined]
        failures=row.failures,  # type: ignore[attr-defined]
        passkeys=row.passkey_count,  # type: ignore[attr-defined]
        has_code=row.has_code,  # type: ignore[attr-defined]
        initial=row.initial,  # type: ignore[attr-defined]
        changed_at=state.changed_at if state else None,
    )
