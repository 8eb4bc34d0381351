"""Writers of the levy room. One function, one business act, one transaction."""

from datetime import date

from django.db import IntegrityError, transaction

from audit import jobs
from audit.actor import Actor
from audit.models import JobRun, Office
from audit.permissions import require
from audit.rights import Act, File
from kaigo.common.refusal import Conflict, Refusal
from levy import office_parameters
from levy.models import LevyRun
from levy.yearly import requirements

YEARLY, SAMPLE_NOTICES = "levy-yearly", "levy-sample-notices"
MOST_NOTICES = 200  # in one file of samples


def request_yearly_levy(
    actor: Actor,
    *,
    fiscal_year: int,
    levied_on: date,
    office: Office,
    idempotency_key: str | None = None,
    enqueue: bool = True,
) -> JobRun:
    """本算定の依頼: ask for the levy of a fiscal year as of the day of the decision (賦課年月日).

    Asking again with the same key answers with the first job. Raises Forbidden without the right; Refusal when
    the day lies outside the year, a parameter is missing, or a required file has not been taken in; Conflict
    when the year has a live or committed run.
    """
    require(actor, File.LEVY, Act.RUN, office.pk)
    if idempotency_key and (first := JobRun.objects.filter(idempotency_key=idempotency_key).first()):
        return first
    _check_day(fiscal_year, levied_on)
    parameters = office_parameters.for_year(fiscal_year)
    requirements.check(fiscal_year)
    with transaction.atomic():
        job = jobs.request_job(
            actor,
            YEARLY,
            office=office,
            period=str(fiscal_year),
            parameters={"fiscal_year": fiscal_year, "levied_on": levied_on},
            idempotency_key=idempotency_key,
            enqueue=enqueue,
        )
        _open_run(job, fiscal_year, levied_on, parameters)
    return job


def require_free(fiscal_year: int) -> None:
    """Raises Conflict when the year's yearly levy is under way or in force already."""
    if LevyRun.objects.filter(kind=LevyRun.Kind.YEARLY, fiscal_year=fiscal_year).exclude(state="discarded").exists():
        raise _taken(fiscal_year)


def _taken(fiscal_year: int) -> Conflict:
    return Conflict(
        "levy-run-live",
        f"{fiscal_year}年度の本算定は、すでに実行中か確定済みです。",
        ways=("処理一覧で今の状態を確かめてください。", "仮実行をやめるときは、その処理を取り消してください。"),
    )


def _check_day(fiscal_year: int, levied_on: date) -> None:
    if not date(fiscal_year, 4, 1) <= levied_on < date(fiscal_year + 1, 4, 1):
        raise Refusal(
            "levied-on",
            f"賦課年月日は、{fiscal_year}年4月1日から{fiscal_year + 1}年3月31日までの日にしてください。",
            field="levied_on",
        )


def _open_run(job: JobRun, fiscal_year: int, levied_on: date, parameters: office_parameters.YearParameters) -> LevyRun:
    """The year's one live run. Raises Conflict when there is one already, in force or on its way."""
    try:
        with transaction.atomic():
            return LevyRun.objects.create(
                job=job,
                kind=LevyRun.Kind.YEARLY,
                fiscal_year=fiscal_year,
                levied_on=levied_on,
                parameter_set=office_parameters.stored(parameters),
            )
    except IntegrityError as error:
        raise _taken(fiscal_year) from error


def request_sample_notices(
    actor: Actor,
    run: LevyRun,
    *,
    count: int,
    office: Office,
    idempotency_key: str | None = None,
    enqueue: bool = True,
) -> JobRun:
    """納入通知書の見本: ask for `count` premium notices of a committed run as one PDF file.

    Raises Forbidden without the right, Refusal for a number out of range or a run that is not in force.
    """
    require(actor, File.LEVY, Act.PRINT, office.pk)
    if not 1 <= count <= MOST_NOTICES:
        raise Refusal("sample-count", f"部数は1から{MOST_NOTICES}までで指定してください。", field="count")
    if run.state != LevyRun.State.COMMITTED:
        raise Refusal(
            "not-in-force", "確定していない賦課の通知書は作れません。", ways=("先に本算定を確定してください。",)
        )
    return jobs.request_job(
        actor,
        SAMPLE_NOTICES,
        office=office,
        period=str(run.fiscal_year),
        parameters={"run": str(run.public_id), "count": count},
        idempotency_key=idempotency_key,
        enqueue=enqueue,
    )
