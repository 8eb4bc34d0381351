"""自己検査: every night the shipped examples of every rule run through the rules in use."""

from django.db import transaction

from audit.actor import Actor
from audit.jobs import Issue, JobKind, Work, execute, register, request_job
from audit.models import Office
from audit.rights import File
from kaigo.common import cases, clock

KIND = "check-cases"


def check(work: Work) -> None:
    """Run all shipped cases; each difference or malformed case is an issue of the job."""
    issues: list[Issue] = []
    ran = 0
    with work.stage("cases", "事例の検査") as stage:
        for folder in cases.shipped_folders():
            for path in cases.case_files(folder):
                found, problems = cases.read_cases(path)
                issues += [_issue(path.name, "", "case-broken", problem.message) for problem in problems]
                for case in found:
                    issues += _differences(path.name, case)
                ran += len(found)
                stage.advance(len(found))
    with transaction.atomic():
        work.job.issues.all().delete()
        work.issues(issues)
        work.save(counts={"事例": ran, "相違": len(issues)})


def run_nightly() -> None:
    """The nightly self-check, asked for by the calendar."""
    job = request_job(
        Actor.of_calendar(),
        KIND,
        office=Office.objects.get(is_head=True),
        period=f"{clock.today():%Y-%m-%d}",
        idempotency_key=f"{KIND}:{clock.today():%Y%m%d}",
        by_schedule=True,
        enqueue=False,
    )
    execute(str(job.public_id))


def _differences(file: str, case: cases.Case) -> list[Issue]:
    try:
        outcome = cases.run(case)
    except cases.CaseError as error:
        return [_issue(file, case.name, "case-broken", error.message)]
    return [
        _issue(
            file, case.name, "case-different", f"{d.item}: 期待 {d.expected} → 結果 {d.actual}（出典 {case.source}）"
        )
        for d in outcome.differences
    ]


def _text(difference: cases.Difference, source: str) -> str:
    return f"{difference.item}: 期待 {difference.expected} → 結果 {difference.actual}（出典 {source}）"


def _issue(file: str, name: str, code: str, message: str) -> Issue:
    remedy = "規則値の変更を見直してください。事例の誤りであれば、事例を直してください。"
    return Issue(None, "", (name or file)[:40], code, message[:400], remedy)


register(JobKind(KIND, "規則の自己検査", File.JOBS, run=check))
