"""初年度の処理: from the incoming files to the premium notices, through the services that the screens use."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db.models import Max

from audit import jobs
from audit.actor import Actor
from audit.models import JobFile, JobRun, Office, Staff
from audit.rights import Act, File, Right
from kaigo.common.refusal import Refusal
from levy import services
from levy.models import LevyRun
from linkage.importing import take_in
from linkage.jobs import INTAKES

Watch = Callable[[str, JobRun | None], AbstractContextManager[None]]
"""Shows the progress of a step while the block lasts; the job is None until it is known."""

RUN, DECIDE = Right(File.LEVY, Act.RUN), Right(File.LEVY, Act.DECIDE)
TAKE_IN_RESIDENTS = Right(File.ELIGIBILITY, Act.RUN)


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one step: its seconds, or None when it had been done before."""

    label: str
    job: JobRun
    seconds: float | None


@dataclass(slots=True)
class FirstYear:
    """The steps of the year in their order. A finished step is skipped, an interrupted one goes on.

    `folder` holds the incoming files, `watch` shows progress, `sample` is the number of notices to print.
    """

    folder: Path
    fiscal_year: int
    sample: int
    watch: Watch
    office: Office = field(default_factory=lambda: Office.objects.get(is_head=True))

    def steps(self) -> Iterator[Step]:
        """Carry out step after step. Raises Refusal where one cannot be done; those before it stay done."""
        officer = Actor.of(staff_holding(self.office, RUN, TAKE_IN_RESIDENTS))
        for kind, label, path in self.files():
            yield self._take_in(kind, f"{label} {path.name}", path, officer)
        yield from self._levy(officer)
        yield self._notices(officer)

    def files(self) -> list[tuple[str, str, Path]]:
        """The incoming files in the order in which they are taken in: (job kind, name, path).

        Raises Refusal when a layout has no file.
        """
        found = []
        for intake in INTAKES:
            paths = sorted(self.folder.glob(f"{intake.layout}_*.csv"))
            if not paths:
                raise Refusal(
                    "no-files",
                    f"{intake.label}のファイル（{intake.layout}_*.csv）がありません。",
                    field="city",
                    ways=("manage.py make_city でファイルを作ってください。",),
                )
            found += [(intake.kind, intake.label, path) for path in paths]
        return found

    def _take_in(self, kind: str, label: str, path: Path, officer: Actor) -> Step:
        if done := _taken_in(kind, path):
            return Step(label, done, None)
        broken_off = JobRun.objects.filter(kind=kind, state__in=JobRun.WORKING, parameters__path=str(path)).first()
        started = time.monotonic()
        with self.watch(label, broken_off):
            if broken_off:
                job = jobs.execute(str(broken_off.public_id))
            else:
                job = take_in(kind, path, actor=officer, office=self.office)
        return Step(label, _ended_well(job, JobRun.State.DONE), time.monotonic() - started)

    def _levy(self, officer: Actor) -> Iterator[Step]:
        job = self._levy_job(officer)
        yield self._execute("本算定の仮実行", job, JobRun.State.WAITING)
        job.refresh_from_db()
        if job.state == JobRun.State.WAITING:
            jobs.approve_job(Actor.of(self._manager(job)), job, version=job.version, enqueue=False)
        yield self._execute("本算定の承認と確定", job, JobRun.State.DONE)

    def _levy_job(self, officer: Actor) -> JobRun:
        """The year's levy job: the live one, made ready to go on, or a new one."""
        live = LevyRun.objects.filter(fiscal_year=self.fiscal_year).exclude(state=LevyRun.State.DISCARDED).first()
        if live is None:
            return services.request_yearly_levy(
                officer, fiscal_year=self.fiscal_year, levied_on=self._levied_on(), office=self.office, enqueue=False
            )
        if live.job.state == JobRun.State.FAILED:
            return jobs.retry_job(officer, live.job, version=live.job.version, enqueue=False)
        return live.job

    def _levied_on(self) -> date:
        """The day of the newest file taken in."""
        kinds = [intake.kind for intake in INTAKES]
        newest = JobFile.objects.filter(job__kind__in=kinds, job__state=JobRun.State.DONE).aggregate(
            day=Max("created_on")
        )
        day: date = newest["day"]
        return day

    def _manager(self, job: JobRun) -> Staff:
        return staff_holding(self.office, DECIDE, but=job.requested_by_id)

    def _notices(self, officer: Actor) -> Step:
        run = LevyRun.objects.get(fiscal_year=self.fiscal_year, state=LevyRun.State.COMMITTED)
        job = services.request_sample_notices(
            officer,
            run,
            count=self.sample,
            office=self.office,
            idempotency_key=f"first-year:{run.public_id}:{self.sample}",
            enqueue=False,
        )
        if job.state == JobRun.State.FAILED:
            job = jobs.retry_job(officer, job, version=job.version, enqueue=False)
        return self._execute("納入通知書の見本", job, JobRun.State.DONE)

    def _execute(self, label: str, job: JobRun, goal: str) -> Step:
        """Carry a job on to its goal; a job that is there or beyond is left alone."""
        if job.state in (goal, JobRun.State.DONE):
            return Step(label, job, None)
        started = time.monotonic()
        with self.watch(label, job):
            job = jobs.execute(str(job.public_id))
        return Step(label, _ended_well(job, goal), time.monotonic() - started)


def staff_holding(office: Office, *rights: Right, but: int | None = None) -> Staff:
    """The first member of staff (by login) who holds the rights on an office and is not `but`. Raises Refusal."""
    for staff in Staff.objects.filter(is_active=True).order_by("login"):
        if staff.pk == but:
            continue
        actor = Actor.of(staff)
        if all(actor.may(right, office.pk) for right in rights):
            return staff
    wanted = "・".join(right.label for right in rights)
    raise Refusal(
        "no-staff",
        f"{wanted}の権限を持つ職員がいません。",
        ways=("manage.py bootstrap で、事務所・役割・職員を作ってください。",),
    )


def _taken_in(kind: str, path: Path) -> JobRun | None:
    """The finished take-in of exactly this content, if there is one."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    done = JobFile.objects.filter(
        job__kind=kind, sha256=digest, direction=JobFile.Direction.IN, job__state=JobRun.State.DONE
    ).select_related("job")
    file = done.first()
    return file.job if file else None


def _ended_well(job: JobRun, goal: str) -> JobRun:
    if job.state != goal:
        raise Refusal("step-failed", job.failure or f"処理が「{job.get_state_display()}」のまま終わりました。")
    return job
