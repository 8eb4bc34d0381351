"""突合の処理: the comparisons of a day as one batch, by the calendar or when somebody asks. Registered when ready."""

from django.db import transaction
from django.urls import reverse

from audit.actor import Actor
from audit.jobs import JobKind, Work, register, request_job
from audit.models import JobRun, Office
from audit.rights import File
from eligibility.matching.services import compare
from eligibility.models import Finding
from kaigo.common import clock

KIND = "match-register"


def match(work: Work) -> None:
    """Every comparison in turn, each in its own transaction: what an interruption leaves is whole."""
    counts: dict[str, int] = {}
    for kind in Finding.Kind:
        with work.stage(kind.value, kind.label), transaction.atomic():
            for name, count in compare(kind, work.job, clock.today()).items():
                counts[name] = counts.get(name, 0) + count
        work.save(counts=counts)


def request_matching(actor: Actor, office: Office, key: str, *, enqueue: bool = True) -> JobRun:
    """Ask for the comparisons; asking again with the same key answers with the first job. Raises Forbidden."""
    return request_job(
        actor, KIND, office=office, period=str(clock.today()), idempotency_key=f"{KIND}-{key}", enqueue=enqueue
    )


def request_weekly() -> JobRun:
    """Ask for the comparisons of the week; asking again the same day answers with the same job."""
    today = clock.today()
    return request_job(
        Actor(name="定時処理"), KIND, office=Office.objects.get(is_head=True), period=str(today),
        idempotency_key=f"{KIND}:{today}", by_schedule=True,
    )  # fmt: skip


register(JobKind(KIND, "突合", File.ELIGIBILITY, run=match, page=lambda _job: reverse("matching")))
