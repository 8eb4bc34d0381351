"""Asking for, approving, cancelling and repeating a job. Each is one act in one transaction.

The right is checked before the transaction: a refused attempt must stay in the log.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction
from django.db.models import F
from kombu.exceptions import OperationalError as BrokerError

from audit.actor import Actor
from audit.jobs.approval import approval
from audit.jobs.kinds import JobKind, kind_of
from audit.models import JobRun, Office
from audit.permissions import require
from audit.rights import Act
from kaigo.common import clock
from kaigo.common.refusal import Conflict

log = logging.getLogger("kaigo.jobs")
State = JobRun.State
_HAND_OVER: ContextVar[bool] = ContextVar("hand_over", default=True)


def request_job(
    actor: Actor,
    kind_name: str,
    *,
    office: Office,
    period: str = "",
    parameters: dict[str, Any] | None = None,
    idempotency_key: str | None = None,
    by_schedule: bool = False,
    enqueue: bool = True,
) -> JobRun:
    """Ask for a job. Asking again with the same idempotency key answers with the first job.

    A job of the calendar (`by_schedule`) is asked for by nobody and needs no right.
    Raises Forbidden when the right to run it is missing.
    """
    kind = kind_of(kind_name)
    if not by_schedule:
        require(actor, kind.file, Act.RUN, office.pk)

    with transaction.atomic():
        fields = {
            "kind": kind.name,
            "period": period,
            "parameters": parameters or {},
            "office": office,
            "requested_by_id": actor.staff_id,
            "requested_at": clock.now(),
        }
        if idempotency_key:
            job, created = JobRun.objects.get_or_create(idempotency_key=idempotency_key, defaults=fields)
        else:
            job, created = JobRun.objects.create(**fields), True
        if created and enqueue:
            send(job, kind)
        return job


def approve_job(actor: Actor, job: JobRun, *, version: int, enqueue: bool = True) -> JobRun:
    """Approve a previewed job at the step that its decision (決裁) has come to; the last approval lets it run.

    Raises Forbidden without the right, Refusal for the same person, Conflict when the job moved meanwhile.
    """
    kind = kind_of(job.kind)
    require(actor, kind.file, Act.DECIDE, job.office_id)

    with transaction.atomic():
        job = _locked(job)
        if job.state in (State.RUNNING, State.DONE) and job.approved_by_id == actor.staff_id:
            return job
        _unmoved(job, version, State.WAITING)
        with _handing_over(enqueue):
            approval().approve(actor, job)
        job.refresh_from_db()
        return job


def approved(actor: Actor, job: JobRun) -> None:
    """The decision on a waiting job is taken: it runs. Called by what decides, in its transaction."""
    job = _locked(job)
    _unmoved(job, job.version, State.WAITING)
    _move(job, state=State.RUNNING, approved_by_id=actor.staff_id, approved_at=clock.now())
    if _HAND_OVER.get():
        send(job, kind_of(job.kind))


def rejected(job: JobRun) -> None:
    """The decision was against it (否決): the preview is cleared away. Called by what decides, in its transaction."""
    job = _locked(job)
    _unmoved(job, job.version, State.WAITING)
    _discard(job)


def cancel_job(actor: Actor, job: JobRun, *, version: int) -> JobRun:
    """Give up a job that has not been committed; what its preview wrote is cleared away."""
    kind = kind_of(job.kind)
    require(actor, kind.file, Act.RUN, job.office_id)

    with transaction.atomic():
        job = _locked(job)
        if job.state == State.CANCELLED:
            return job
        _unmoved(job, version, State.WAITING, State.FAILED, State.REQUESTED)
        if job.approved_at:
            raise Conflict(
                "approved", "承認済みの処理は取り消せません。", ways=("「もう一度実行」で確定まで進めてください。",)
            )
        approval().ended(actor, job)
        _discard(job)
        return job


def retry_job(actor: Actor, job: JobRun, *, version: int, enqueue: bool = True) -> JobRun:
    """Carry on with a failed job from its watermark."""
    kind = kind_of(job.kind)
    require(actor, kind.file, Act.RUN, job.office_id)

    with transaction.atomic():
        job = _locked(job)
        if job.is_working:
            return job
        _unmoved(job, version, State.FAILED)
        _move(job, state=State.RUNNING if job.approved_at else State.REQUESTED, failure="", finished_at=None)
        if enqueue:
            send(job, kind)
        return job


def send(job: JobRun, kind: JobKind) -> None:
    """Hand the job's id to the broker once the transaction commits; the sweeper finds what the broker loses."""

    def hand_over() -> None:
        from audit.tasks import run_job

        try:
            run_job.apply_async((str(job.public_id),), queue=kind.queue, retry=False)
        except BrokerError:
            log.warning("broker unreachable, job %s waits for the sweeper", job.public_id)

    transaction.on_commit(hand_over)


def _discard(job: JobRun) -> None:
    from audit.jobs.work import Work

    if discard := kind_of(job.kind).discard:
        discard(Work(job))
    _move(job, state=State.CANCELLED, finished_at=clock.now())


@contextmanager
def _handing_over(enqueue: bool) -> Iterator[None]:
    """Whether a job approved inside the block goes to the broker, or is run by the caller."""
    token = _HAND_OVER.set(enqueue)
    try:
        yield
    finally:
        _HAND_OVER.reset(token)


def _locked(job: JobRun) -> JobRun:
    return JobRun.objects.select_for_update().get(pk=job.pk)


def _unmoved(job: JobRun, version: int, *states: str) -> None:
    if job.version != version or job.state not in states:
        raise Conflict(
            "job-moved",
            f"この処理は別の操作で「{State(job.state).label}」になっています。",
            ways=("画面を再読込みして、今の状態を確かめてください。",),
        )


def _move(job: JobRun, **fields: Any) -> None:
    JobRun.objects.filter(pk=job.pk).update(version=F("version") + 1, **fields)
    job.refresh_from_db()
