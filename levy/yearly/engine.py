"""The steps of the yearly levy. Interrupted anywhere, run again, it ends as if it had run once.

Preview: each chunk of persons is read, decided, copied in and counted in one transaction together with the job's
watermark. Commit: one transaction turns the state of the run, provided that no input has moved since.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection, transaction

from audit import access
from audit.jobs import Issue, Work
from audit.models import JobIssue, JobRun
from audit.rights import Act, File
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal
from levy import office_parameters
from levy.models import LevyRun
from levy.rules import AssessmentResult, assess
from levy.yearly import fingerprint, reading, totals, writing
from levy.yearly.reading import Person, Year

CHUNK = 5_000  # persons in one transaction
NEAR = 1_000  # yen from a limit of the tiers: a person to look at before approving
MOST_NEAR = 40  # of these, so many are named

ITEMS = ("税情報", "世帯", "資格期間", "生活保護等", "年金情報", "賦課")


@dataclass(slots=True)
class Mark:
    """到達点: how far the preview has come, kept in the job's watermark."""

    after: str = ""
    assessed: int = 0
    issues: int = 0
    near: int = 0
    near_insured: list[int] = field(default_factory=list)

    def count(self, decided: list[writing.Decided], issues: int, last: str) -> None:
        """Move on over a chunk that has been written."""
        self.after, self.assessed, self.issues = last, self.assessed + len(decided), self.issues + issues
        for person, result in decided:
            if _is_near(result):
                self.near += 1
                if len(self.near_insured) < MOST_NEAR:
                    self.near_insured.append(person.insured_id)


def preview(work: Work) -> None:
    """仮実行: decide on everybody, keep the decisions as drafts, and count them.

    Raises Refusal when the run was discarded, ParameterError for a missing value.
    """
    run, year = _prepared(work)
    mark = Mark(**work.job.watermark)
    with work.stage("assess", "所得段階の判定と計算", total=reading.count(year)) as stage:
        stage.advance(mark.assessed)
        while done := _chunk(work, run, year, mark):
            stage.advance(done)
    with work.stage("totals", "集計", total=1) as stage, transaction.atomic():
        result = totals.summary(run, mark.near, mark.near_insured, mark.issues)
        work.save(result=result)
        access.write(
            work.actor,
            File.LEVY,
            Act.RUN,
            items=ITEMS,
            count=result["persons"],
            reason=f"{run.fiscal_year}年度本算定の仮実行",
        )
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
    persons = work.job.result["persons"]
    access.write(
        work.actor, File.LEVY, Act.DECIDE, items=("賦課",), count=persons, reason=f"{run.fiscal_year}年度本算定の確定"
    )


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


def _chunk(work: Work, run: LevyRun, year: Year, mark: Mark) -> int:
    """Decide on the next persons; how many rows were read. The job's row is locked until all is written."""
    with transaction.atomic():
        job = JobRun.objects.select_for_update().only("watermark").get(pk=work.job.pk)
        if job.watermark != asdict(mark):
            raise RuntimeError("two processes carry out the same levy")
        people = reading.read(year, mark.after, CHUNK)
        if not people:
            return 0
        issues: list[Issue] = []
        decided = list(_decided(people, year, issues))
        writing.write(run.pk, decided)
        mark.count(decided, work.issues(issues), people[-1].insured_number)
        work.save(watermark=asdict(mark), counts={"賦課": mark.assessed, "要確認": mark.issues})
    return len(people)


def _decided(people: list[Person], year: Year, issues: list[Issue]) -> Iterator[writing.Decided]:
    """The decisions; who cannot be decided on, and whose income is unknown, is listed."""
    for person in people:
        try:
            result = assess(person.case, year.parameters.prepared)
        except Refusal as refusal:
            remedy = "".join(refusal.ways)
            issues.append(Issue(None, person.insured_number, refusal.field, refusal.code, refusal.message, remedy))
            continue
        if result.estimated:
            issues.append(_unknown_income(person, result))
        yield person, result


def _unknown_income(person: Person, result: AssessmentResult) -> Issue:
    whose = "本人" if "income_unknown" in result.flags else "世帯員"
    return Issue(
        None,
        person.insured_number,
        "合計所得金額",
        "income-unknown",
        f"{whose}の所得が分からないため、推定で第{result.tier}段階としました。",
        "所得を照会するか申告を求め、税情報が届いたら更正してください。",
        refused=False,
    )


def _is_near(result: AssessmentResult) -> bool:
    for code, inputs, _ in result.trace:
        if code in ("tier.taxed", "tier.untaxed"):
            measure, limits = inputs["measure"], (inputs["from"], inputs["limit"])
            return any(limit is not None and abs(measure - limit) <= NEAR for limit in limits)
    return False


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
