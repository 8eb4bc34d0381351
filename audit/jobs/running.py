"""Carrying a job out. Interrupted anywhere, it can be run again and ends as if it had run once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q

from audit.jobs.approval import approval
from audit.jobs.kinds import JobKind, kind_of
from audit.jobs.services import send
from audit.jobs.work import Work
from audit.models import JobRun
from kaigo.common import clock
from kaigo.common.refusal import Refusal

log = logging.getLogger("kaigo.jobs")
State = JobRun.State

AGAIN = "「もう一度実行」してください。途中までの結果は残っています。"
LOCK_CLASS = 0x6B61  # "ka": keeps these advisory locks apart from others
ABANDONED_AFTER = timedelta(seconds=90)  # a working job that has shown no sign of life for so long is queued again


@contextmanager
def only_one(job_id: int) -> Iterator[bool]:
    """Hold the job's advisory lock; false when another process is carrying the job out.

    The lock belongs to the database session, so it is gone with a killed worker.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, job_id])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, job_id])


def execute(public_id: str) -> JobRun:
    """Carry the job on from where it is: preview, commit, or nothing when there is nothing to do.

    A Refusal or a database error that leaves the database usable ends it as failed, with the reason; when the
    database itself is gone the error is raised and the job stays to be swept up.
    """
    job = JobRun.objects.get(public_id=public_id)
    with only_one(job.pk) as held:
        job.refresh_from_db()
        if not held or job.state not in JobRun.WORKING:
            return job
        kind = kind_of(job.kind)
        committing = job.state == State.RUNNING and job.approved_at is not None
        handler = kind.commit if committing and kind.commit else kind.run
        _enter(job, State.RUNNING if committing or not kind.needs_approval else State.PREVIEWING)
        work = Work(job)
        try:
            handler(work)
        except Refusal as refusal:
            _fail(job, refusal.message)
        except Exception as error:
            log.exception("job %s failed", job.public_id)
            _fail(job, _reason(error))
            raise
        else:
            _leave(job, *_outcome(kind, job, committing=committing))
        finally:
            work.close()
    return job


def sweep() -> int:
    """Queue again every working job that nobody seems to carry out; says how many."""
    silent = clock.now() - ABANDONED_AFTER
    lost = JobRun.objects.filter(state__in=JobRun.WORKING).filter(
        Q(heartbeat_at__lt=silent) | Q(heartbeat_at=None, requested_at__lt=silent)
    )
    for job in lost:
        send(job, kind_of(job.kind))
    return len(lost)


def _enter(job: JobRun, state: str) -> None:
    now = clock.now()
    JobRun.objects.filter(pk=job.pk).update(
        state=state,
        attempts=F("attempts") + 1,
        version=F("version") + 1,
        heartbeat_at=now,
        started_at=job.started_at or now,
        failure="",
    )
    job.refresh_from_db()


def _outcome(kind: JobKind, job: JobRun, *, committing: bool) -> tuple[str, str]:
    """The state that follows, and words for who looks at a job that ended without approval."""
    if committing or not kind.needs_approval:
        return State.DONE, ""
    return (kind.settled(job) if kind.settled else None) or (State.WAITING, "")


def _leave(job: JobRun, state: str, words: str) -> None:
    finished = None if state == State.WAITING else clock.now()
    with transaction.atomic():
        JobRun.objects.filter(pk=job.pk).update(
            state=state, version=F("version") + 1, finished_at=finished, failure=words
        )
        job.refresh_from_db()
        if state == State.WAITING:
            approval().asked(job)


def _fail(job: JobRun, reason: str) -> None:
    JobRun.objects.filter(pk=job.pk).update(
        state=State.FAILED, version=F("version") + 1, failure=reason[:400], finished_at=clock.now()
    )
    job.refresh_from_db()


def _reason(error: Exception) -> str:
    cause = error.__cause__
    if isinstance(error, DatabaseError) and getattr(cause, "sqlstate", "") in ("53100", "53200", "53300"):
        return f"データベースの容量が足りません。空きを作ってから{AGAIN}"
    return f"処理の途中で障害が起きました。記録を確かめたうえで{AGAIN}"
