"""Writing the access log (アクセス記録). No disclosure without its row."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from audit.actor import Actor
from audit.models import AccessLog
from audit.rights import Act, File, Right
from kaigo.common import clock


def record(
    request: HttpRequest,
    file: File,
    act: Act,
    *,
    subject: uuid.UUID | None = None,
    items: Iterable[str] = (),
    count: int = 1,
    reason: str = "",
    number_shown: bool = False,
) -> None:
    """Log one disclosure of a request and mark the request as accounted for.

    `subject` is the resident's public id, `items` the record items shown, `count` how many persons a list shows.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    write(actor, file, act, subject=subject, items=items, count=count, reason=reason, number_shown=number_shown)
    request.disclosure_recorded = True  # type: ignore[attr-defined]


def nothing_shown(request: HttpRequest) -> None:
    """A view that could disclose has shown no person this time (an empty form, a redirect to itself)."""
    request.disclosure_recorded = True  # type: ignore[attr-defined]


def write(
    actor: Actor,
    file: File,
    act: Act,
    *,
    subject: uuid.UUID | None = None,
    items: Iterable[str] = (),
    count: int = 1,
    reason: str = "",
    number_shown: bool = False,
) -> None:
    """Log one disclosure by an actor: a request, or a job (`actor.job_id`)."""
    AccessLog.objects.create(
        **_who(actor),
        file=file.value,
        act=act.value,
        subject=subject,
        items=list(items),
        subject_count=count,
        reason=reason,
        number_shown=number_shown,
    )


def record_refusal(actor: Actor, right: Right, *, subject: Any = None) -> None:
    """Log an attempt that was refused for want of a right."""
    AccessLog.objects.create(
        **_who(actor),
        file=right.file.value,
        act=right.act.value,
        subject=subject,
        subject_count=0,
        outcome=AccessLog.Outcome.REFUSED,
    )


def record_sign_in(actor: Actor, act: str, *, outcome: str = AccessLog.Outcome.ALLOWED, reason: str = "") -> None:
    """Log a sign-in or sign-off (`login`, `logout`), succeeded or refused."""
    AccessLog.objects.create(**_who(actor), act=act, subject_count=0, outcome=outcome, reason=reason)


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "at": clock.now(),
        "staff_id": actor.staff_id,
        "staff_name": actor.name,
        "office_name": actor.office_name,
        "roles": list(actor.roles),
        "address": actor.address,
        "session": actor.session,
        "request_id": actor.request_id,
        "route": actor.route,
        "job_id": actor.job_id,
    }
