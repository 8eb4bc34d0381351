"""The examination of the access log as a batch (アクセス記録の点検), every night and on demand for a period."""

from collections import Counter
from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse

from audit import notices
from audit.actor import Actor
from audit.jobs import JobKind, Work, execute, register, request_job
from audit.models import JobRun, Office
from audit.rights import File
from audit.watching import coverage
from audit.watching.examining import examine
from audit.watching.models import Finding
from kaigo.common import clock
from kaigo.common.refusal import Refusal

KIND = "watching"
LONGEST = 366  # days that one request may name


def request_examination(actor: Actor, first: date, last: date, *, enqueue: bool = True) -> JobRun:
    """点検の依頼: examine the days from `first` to `last` (inclusive) now, also those that were examined before.

    Of today what there is so far; the night goes through it again. Raises Forbidden without findings.run on the head
    office, Refusal for days to come, before the log, or too many.
    """
    since = coverage.first_day()
    if last < first:
        raise Refusal("order", "終わりの日は始まりの日以後にしてください。", field="last")
    if last > clock.today():
        raise Refusal("not-over", "点検できるのは今日までの日です。", field="last")
    if since is None or first < since:
        raise Refusal("before-log", "アクセス記録がその日にはまだありません。", field="first")
    if (last - first).days >= LONGEST:
        raise Refusal(
            "too-long", f"1度に点検できるのは{LONGEST}日までです。", field="last", ways=("期間を分けてください。",)
        )
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return request_job(
        actor,
        KIND,
        office=Office.objects.get(is_head=True),
        period=f"{first:%Y-%m-%d}～{last:%Y-%m-%d}" if last > first else f"{first:%Y-%m-%d}",
        parameters={"days": [day.isoformat() for day in days]},
        enqueue=enqueue,
    )


def run_nightly() -> JobRun | None:
    """Examine yesterday, every gap within reach, and recent days that have more rows than when they were examined."""
    days = coverage.to_examine()
    if not days:
        return None
    job = request_job(
        Actor.of_calendar(),
        KIND,
        office=Office.objects.get(is_head=True),
        period=f"{clock.today():%Y-%m-%d}",
        parameters={"days": [day.isoformat() for day in days]},
        idempotency_key=f"{KIND}:{clock.today():%Y%m%d}",
        by_schedule=True,
        enqueue=False,
    )
    return execute(str(job.public_id))


def run(work: Work) -> None:
    """Examine the days of the job, the oldest first: what is usual on a day comes from the days before it.

    The watermark is the last day that is done; each day is a transaction of its own.
    """
    days = sorted(date.fromisoformat(day) for day in work.job.parameters["days"])
    done = work.job.watermark.get("day", "")
    counts = Counter(work.job.counts)
    with work.stage("days", "日ごとの点検", len(days)) as stage:
        for day in days:
            if day.isoformat() > done:
                _examine(work, day, counts)
            stage.advance()


def _examine(work: Work, day: date, counts: Counter[str]) -> None:
    with transaction.atomic():
        outcome = examine(work.actor, day)
        counts.update({"日": 1, "記録": outcome.rows, "点検事項": outcome.found, "うち新しいもの": outcome.new})
        work.save(watermark={"day": day.isoformat()}, counts=dict(counts))
        tell_managers(outcome.important)


def tell_managers(important: tuple[int, ...]) -> None:
    """The manager of each person with an important finding is told at once, once for all that a day brought."""
    found = Finding.objects.filter(pk__in=important, staff__manager__isnull=False).select_related("staff__manager")
    managers = Counter(finding.staff.manager for finding in found if finding.staff)
    for manager, count in managers.items():
        if manager is not None:
            path = f"{reverse('watching')}?severity=3"
            notices.tell(manager, f"重要な点検事項が{count}件見つかりました。", path=path, urgent=True)


register(JobKind(KIND, "アクセス記録の点検", File.FINDINGS, run=run))
