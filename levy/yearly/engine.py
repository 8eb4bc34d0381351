"""The steps of the yearly levy. Interrupted anywhere, run again, it ends as if it had run once.

Preview: each chunk of persons is read, decided, copied in and counted in one transaction together with the job's
watermark. Commit: one transaction turns the state of the run, provided that no input has moved since.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection, transaction

from audit import access
from audit.jobs import Work
from audit.models import JobIssue, JobRun
from audit.rights import Act, File
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal
from levy import office_parameters
from levy.models import Assessment, LevyRun
from levy.yearly import deciding, fingerprint, reading, totals, writing
from levy.yearly.deciding import Batch
from levy.yearly.reading import Year

MOST_NEAR = 40  # persons close to a limit of the tiers that are named for approval

ITEMS = ("税情報", "世帯", "資格期間", "生活保護等", "年金情報", "賦課")


@dataclass(slots=True)
class Mark:
    """到達点: how far the preview has come, kept in the job's watermark."""

    after: str = ""
    read: int = 0
    assessed: int = 0
    issues: int = 0
    near: int = 0
    near_insured: list[int] = field(default_factory=list)

    def count(self, batch: Batch) -> None:
        """Move on over a chunk that has been written."""
        self.after = batch.last
        self.read += batch.looked_at
        self.assessed += batch.decided
        self.issues += len(batch.issues)
        self.near += len(batch.near)
        self.near_insured += batch.near[: MOST_NEAR - len(self.near_insured)]


def preview(work: Work) -> None:
    """仮実行: decide on everybody, keep the decisions as drafts, and count them.

    Raises Refusal when the run was discarded, ParameterError for a missing value.
    """
    run, year = _prepared(work)
    mark = Mark(**work.job.watermark)
    with work.stage("assess", "所得段階の判定と計算", total=reading.count()) as stage:
        stage.advance(mark.read)
        for batch in deciding.batches(run.pk, year, mark.after):
            _write(work, mark, batch)
            stage.advance(batch.looked_at)
    with work.stage("totals", "集計", total=1) as stage, transaction.atomic():
        result = totals.summary(run, mark.near, mark.near_insured, mark.issues)
        work.save(result=result)
        _log(work, run, Act.RUN, ITEMS, "仮実行")
        stage.done = 1


def commit(work: Work) -> None:
    """確定: put exactly the previewed decisions in force.

    When an input has moved since the preview began, the run is discarded and Conflict says what moved.
    """
    with transaction.atomic():
        run = _locked(work.job)
        moved = fingerprint.moved(run.inputs, _now(run))
        if moved:
            _clear(run)
        elif run.state == LevyRun.State.DRAFT:
            _put_in_force(work, run)
    if moved:
        raise Conflict(
            "inputs-moved",
            f"仮実行のあとで{'・'.join(moved)}が変わったため、この仮実行は取り消しました。",
            ways=("もう一度、本算定を依頼して仮実行してください。",),
        )


def discard(work: Work) -> None:
    """取消: nothing of the preview is left but the run's own row."""
    with transaction.atomic():
        run = LevyRun.objects.select_for_update().filter(job=work.job, state=LevyRun.State.DRAFT).first()
        if run is not None:
            _clear(run)


def _put_in_force(work: Work, run: LevyRun) -> None:
    totals.check(run, work.job.result)
    run.state, run.committed_at = LevyRun.State.COMMITTED, clock.now()
    run.save(update_fields=["state", "committed_at"])
    _log(work, run, Act.DECIDE, ("賦課",), "確定")


def _log(work: Work, run: LevyRun, act: Act, items: Iterable[str], words: str) -> None:
    """Name everybody on whom the run decides in the access log."""
    people = Assessment.objects.filter(run=run).order_by("pk").values_list("insured__resident__public_id", flat=True)
    reason = f"{run.fiscal_year}年度本算定の{words}"
    access.write_many(work.actor, File.LEVY, act, people.iterator(chunk_size=10_000), items=items, reason=reason)


def _locked(job: JobRun) -> LevyRun:
    run = LevyRun.objects.select_for_update().filter(job=job).exclude(state=LevyRun.State.DISCARDED).first()
    if run is None:
        raise Refusal("run-discarded", "この本算定は取り消されています。", ways=("新しく本算定を依頼してください。",))
    return run


def _now(run: LevyRun) -> dict[str, Any]:
    return fingerprint.take(office_parameters.for_year(run.fiscal_year).found.sha256)


def _prepared(work: Work) -> tuple[LevyRun, Year]:
    """The run with the inputs it began on; one whose inputs moved meanwhile begins again from nothing."""
    with transaction.atomic():
        run = _locked(work.job)
        parameters = office_parameters.for_year(run.fiscal_year)
        found = fingerprint.take(parameters.found.sha256)
        if run.inputs != found:
            _clear_drafts(run)
            JobIssue.objects.filter(job=work.job).delete()
            work.save(watermark=asdict(Mark()), counts={}, result={})
            run.inputs, run.parameter_set = found, office_parameters.stored(parameters)
            run.save(update_fields=["inputs", "parameter_set"])
    return run, Year(run.fiscal_year, run.levied_on, parameters)


def _write(work: Work, mark: Mark, batch: Batch) -> None:
    """Write a chunk and its mark together. The job's row is locked, so that no second process does the same."""
    with transaction.atomic():
        job = JobRun.objects.select_for_update().only("watermark").get(pk=work.job.pk)
        if job.watermark != asdict(mark):
            raise RuntimeError("two processes carry out the same levy")
        writing.write(batch.lines)
        work.issues(batch.issues)
        mark.count(batch)
        work.save(watermark=asdict(mark), counts={"賦課": mark.assessed, "要確認": mark.issues})


def _clear(run: LevyRun) -> None:
    run.state = LevyRun.State.DISCARDED
    run.save(update_fields=["state"])
    _clear_drafts(run)


def _clear_drafts(run: LevyRun) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM levy_instalment i USING levy_assessment a WHERE a.id = i.assessment_id AND a.run_id = %s",
            [run.pk],
        )
        cursor.execute("DELETE FROM levy_assessment WHERE run_id = %s", [run.pk])
