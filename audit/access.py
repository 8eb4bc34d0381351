"""Writing the access log (アクセス記録). No disclosure without its row."""

import logging
import uuid
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest

from audit.actor import Actor
from audit.models import AccessLog
from audit.rights import Act, File, Right
from kaigo.common import clock
from kaigo.common.refusal import Refusal

if TYPE_CHECKING:
    from audit.permissions import Refused

log = logging.getLogger("kaigo.access")
SUBJECTS_A_ROW = 1_000  # a batch names so many persons in a row of the log


class LogUnavailable(Refusal):
    """The access log cannot be written: then nothing is disclosed (E11)."""

    status = 503


def record(
    request: HttpRequest,
    file: File,
    act: Act,
    *,
    subjects: Iterable[uuid.UUID] = (),
    items: Iterable[str] = (),
    count: int | None = None,
    reason: str = "",
    number_shown: bool = False,
) -> None:
    """Log one disclosure of a request and mark the request as accounted for.

    `subjects` are the public ids of the residents that are shown, `items` the record items; `count` says how many
    persons there are where they are not named one by one.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    write(actor, file, act, subjects=subjects, items=items, count=count, reason=reason, number_shown=number_shown)
    _recorded(request)


def nothing_shown(request: HttpRequest) -> None:
    """A view that could disclose has shown no person this time (an empty form, a redirect to itself)."""
    _recorded(request)


def _recorded(request: HttpRequest) -> None:
    """Mark the request that the middleware sees; the API wraps it in one of its own."""
    inner: HttpRequest = getattr(request, "_request", request)
    inner.disclosure_recorded = True  # type: ignore[attr-defined]


def write(
    actor: Actor,
    file: File,
    act: Act,
    *,
    subjects: Iterable[uuid.UUID] = (),
    items: Iterable[str] = (),
    count: int | None = None,
    reason: str = "",
    number_shown: bool = False,
) -> None:
    """Log one disclosure by an actor: a request, or a job (`actor.job_id`)."""
    people = list(subjects)
    ground, given = actor.ground_for(Right(file, act), people)
    _append(
        **_who(actor),
        file=file.value,
        act=act.value,
        subjects=people,
        items=list(items),
        subject_count=len(people) if count is None else count,
        reason=(reason or given)[:200],
        ground=ground,
        number_shown=number_shown,
    )


def write_many(
    actor: Actor, file: File, act: Act, subjects: Iterable[uuid.UUID], *, items: Iterable[str] = (), reason: str = ""
) -> int:
    """Log a disclosure of many persons by a batch: everyone is named, so many a row; says how many persons.

    A batch that concerned nobody is one row that says so. Call it in the transaction of the batch's result.
    """
    total, named, left = 0, tuple(items), iter(subjects)
    while people := list(islice(left, SUBJECTS_A_ROW)):
        write(actor, file, act, subjects=people, items=named, reason=reason)
        total += len(people)
    if not total:
        write(actor, file, act, items=named, count=0, reason=reason)
    return total


def record_refusal(actor: Actor, right: Right, *, subjects: Iterable[uuid.UUID] = ()) -> int:
    """Log an attempt that was refused for want of a right; the row's id."""
    return _append(
        **_who(actor),
        file=right.file.value,
        act=right.act.value,
        subjects=list(subjects),
        subject_count=0,
        outcome=AccessLog.Outcome.REFUSED,
    )


def record_sign_in(actor: Actor, act: str, *, outcome: str = AccessLog.Outcome.ALLOWED, reason: str = "") -> None:
    """Log a sign-in or sign-off (`login`, `logout`), succeeded or refused."""
    _append(**_who(actor), act=act, subject_count=0, outcome=outcome, reason=reason)


def keep_refusal(refused: "Refused") -> None:
    """See that a refused attempt is in the log also when the transaction that it was logged in was rolled back."""
    if not AccessLog.objects.filter(pk=refused.logged).exists():
        record_refusal(refused.actor, refused.right, subjects=refused.subjects)


def _append(**values: Any) -> int:
    """Write one row, or refuse everything that would have been disclosed with it."""
    try:
        if connection.in_atomic_block:
            with transaction.atomic():
                return int(AccessLog.objects.create(**values).pk)
        return int(AccessLog.objects.create(**values).pk)
    except DatabaseError as error:
        log.critical("the access log cannot be written: %s", type(error).__name__)
        raise LogUnavailable(
            "log-unavailable",
            "アクセス記録を書き込めないため、この操作はできません。個人情報は表示していません。",
            ways=("システム管理者に、記録の保存先の空き容量とデータベースの状態を確かめるよう連絡してください。",),
        ) from error


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "at": clock.now(),
        "staff_id": actor.staff_id,
        "staff_name": actor.name,
        "office_name": actor.office_name,
        "roles": list(actor.roles),
        "address": actor.address,
        "terminal": actor.terminal,
        "session": actor.session,
        "request_id": actor.request_id,
        "route": actor.route,
        "job_id": actor.job_id,
    }
