"""Readers of the accountability room: jobs, issues, the access log, waiting work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.urls import reverse

from audit.actor import Actor
from audit.jobs import kind_of, kinds
from audit.models import AccessLog, JobIssue, JobRun, JobStage
from audit.rights import Act, File, Right
from kaigo.common import clock


def visible_jobs(actor: Actor) -> QuerySet[JobRun]:
    """The jobs that the actor may see: of kinds whose file they may view, run or decide, on offices of that right."""
    everything = actor.offices(Right(File.JOBS, Act.VIEW))
    names: list[str] = []
    offices: set[int] = set(everything)
    for kind in kinds():
        held = actor.offices(Right(kind.file, Act.VIEW)) | actor.offices(Right(kind.file, Act.RUN))
        if held or everything:
            names.append(kind.name)
            offices |= held
    return (
        JobRun.objects.filter(kind__in=names, office_id__in=offices)
        .select_related("requested_by", "approved_by", "office")
        .annotate(issue_count=Count("issues"))
        .order_by("-requested_at", "-id")
    )


def waiting_for(actor: Actor) -> QuerySet[JobRun]:
    """Jobs that wait for this person's decision: the right to decide is held and somebody else asked."""
    names = [kind.name for kind in kinds() if actor.may(Right(kind.file, Act.DECIDE))]
    return (
        JobRun.objects.filter(kind__in=names, state=JobRun.State.WAITING)
        .exclude(requested_by_id=actor.staff_id)
        .select_related("requested_by")
        .order_by("requested_at")
    )


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage as it is shown: how far, how long, and how long it may still take (seconds)."""

    label: str
    done: int
    total: int
    seconds: float
    remaining: int | None
    finished: bool
    stopped: bool


def stages_of(job: JobRun) -> list[StageView]:
    """The stages of a job in order."""
    stopped = not job.is_working
    end = (job.finished_at or job.heartbeat_at) if stopped else None
    return [_stage_view(stage, end or clock.now(), stopped) for stage in JobStage.objects.filter(job=job)]


def _stage_view(stage: JobStage, now: datetime, stopped: bool) -> StageView:
    seconds = ((stage.finished_at or now) - stage.started_at).total_seconds()
    remaining = None
    if stage.finished_at is None and not stopped and stage.done and stage.total > stage.done and seconds > 1:
        remaining = round(seconds * (stage.total - stage.done) / stage.done)
    finished = stage.finished_at is not None
    return StageView(stage.label, stage.done, stage.total, seconds, remaining, finished, stopped and not finished)


def issues_of(job: JobRun, *, code: str = "") -> QuerySet[JobIssue]:
    """The issues of a job in line order, of one code when named."""
    issues = JobIssue.objects.filter(job=job)
    return issues.filter(code=code) if code else issues


def issue_codes(job: JobRun) -> list[dict[str, Any]]:
    """How many issues of each code a job has."""
    rows = JobIssue.objects.filter(job=job).values_list("code").annotate(count=Count("id")).order_by("-count", "code")
    return [{"code": code, "count": count} for code, count in rows]


def seen(public_id: UUID) -> QuerySet[AccessLog]:
    """Every access to a resident's records, the newest first; refused attempts too."""
    return AccessLog.objects.filter(subjects__contains=[public_id]).order_by("-at", "-id")


def last_proof() -> JobRun | None:
    """The newest verification of the access log that came to an end."""
    return JobRun.objects.filter(kind="verify-log", state=JobRun.State.DONE).order_by("-requested_at").first()


def job_label(job: JobRun) -> str:
    """The Japanese name of a job's kind."""
    return kind_of(job.kind).label


def job_address(job: JobRun) -> str:
    """The address of a job's screen: its kind's own, or the ledger's."""
    page = kind_of(job.kind).page
    return page(job) if page else reverse("job", args=[job.public_id])
