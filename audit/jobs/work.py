"""What a running job is given: its row, its progress, its issues and its files."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.actor import Actor
from audit.models import JobFile, JobIssue, JobRun, JobStage
from kaigo.common import clock

PROGRESS_EVERY = 0.5  # seconds between two progress writes


class Issue(NamedTuple):
    """A row that could not be used, or was used with a doubt (`refused` false)."""

    line: int | None
    key: str
    field: str
    code: str
    message: str
    remedy: str = ""
    refused: bool = True


@dataclass(slots=True)
class Stage:
    """One step of the work; `advance` shows how far it is, at most twice a second."""

    row: JobStage
    aside: "Aside"
    done: int = 0
    total: int = 0
    _shown: float = field(default=0.0)

    def advance(self, rows: int = 1) -> None:
        """`rows` more are done."""
        self.done += rows
        self.show()

    def show(self, *, force: bool = False) -> None:
        """Write the progress where others can see it."""
        moment = time.monotonic()
        if not force and moment - self._shown < PROGRESS_EVERY:
            return
        self._shown = moment
        self.aside.execute(
            "UPDATE audit_jobstage SET done = %s, total = %s WHERE id = %s", [self.done, self.total, self.row.pk]
        )
        self.aside.execute("UPDATE audit_jobrun SET heartbeat_at = clock_timestamp() WHERE id = %s", [self.row.job_id])


class Aside:
    """A second connection for what must be seen while the job's own transaction is still open.

    It waits for nobody: a row that the job itself has locked is simply shown later.
    """

    def __init__(self) -> None:
        self._connection: BaseDatabaseWrapper | None = None

    def execute(self, statement: str, parameters: list[Any]) -> None:
        if not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
            return
        if self._connection is None:
            self._connection = connection.copy()
            with self._connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
        from django.db import OperationalError

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, parameters)
        except OperationalError:
            self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Work:
    """The hand that a job kind's functions are given."""

    def __init__(self, job: JobRun) -> None:
        self.job = job
        self.actor = Actor.of_job(job)
        self._aside = Aside()

    def close(self) -> None:
        self._aside.close()

    @contextmanager
    def stage(self, name: str, label: str, total: int = 0) -> Iterator[Stage]:
        """A named step. An interrupted step keeps its start; a repeated one starts its count again."""
        row, _ = JobStage.objects.get_or_create(
            job=self.job, name=name, defaults={"label": label, "total": total, "started_at": clock.now()}
        )
        stage = Stage(row, self._aside, total=total)
        stage.show(force=True)
        yield stage
        stage.total = max(stage.total, stage.done)
        JobStage.objects.filter(pk=row.pk).update(done=stage.done, total=stage.total, finished_at=clock.now())

    def issues(self, issues: Iterable[Issue]) -> int:
        """Store issues (in the caller's transaction) and say how many there were."""
        rows = [JobIssue(job=self.job, **issue._asdict()) for issue in issues]
        JobIssue.objects.bulk_create(rows, batch_size=1000)
        return len(rows)

    def file(self, direction: str, **fields: Any) -> JobFile:
        """Enter a file into the job's ledger."""
        return JobFile.objects.create(job=self.job, direction=direction, **fields)

    def save(self, **fields: Any) -> None:
        """Write fields of the job row (`watermark`, `counts`, `result`), in the caller's transaction."""
        for name, value in fields.items():
            setattr(self.job, name, value)
        self.job.heartbeat_at = clock.now()
        self.job.save(update_fields=[*fields, "heartbeat_at"])
