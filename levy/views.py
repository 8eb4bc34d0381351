"""Screens of the levy room: the yearly levy and the premium notice."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from audit import access
from audit.models import JobRun, Office
from audit.permissions import actor_of, discloses, discloses_nothing, require
from audit.queries import stages_of
from audit.rights import Act, File, Right
from audit.screens import carried_out
from eligibility.models import Resident
from eligibility.presenters import insured_of
from eligibility.queries import person
from kaigo.common.refusal import NotFound, Refusal
from levy import documents, presenters, queries, services
from levy.forms import YearlyLevyForm
from levy.models import LevyRun
from levy.yearly import requirements

SAMPLE_ITEMS = ("氏名", "所得段階", "保険料額")
NOTICE_ITEMS = ("氏名", "住所", "被保険者番号", "所得段階", "保険料額", "期別")


@require_GET
@discloses_nothing("years, states and totals, without persons", right=Right(File.LEVY, Act.VIEW))
def levy_runs(request: HttpRequest) -> HttpResponse:
    """本算定の一覧."""
    return render(request, "levy/runs.html", {"runs": queries.runs()})


@require_http_methods(["GET", "POST"])
@discloses_nothing("asks for work, shows nothing", right=Right(File.LEVY, Act.RUN))
def levy_run_new(request: HttpRequest) -> HttpResponse:
    """本算定の依頼: entry, check, done."""
    if request.method == "GET":
        return _entry(request, YearlyLevyForm(initial={"idempotency_key": uuid4()}))
    form = YearlyLevyForm(request.POST)
    if not form.is_valid() or "change" in request.POST:
        return _entry(request, form)
    try:
        if "confirmed" not in request.POST:
            requirements.check(form.cleaned_data["fiscal_year"])
            services.require_free(form.cleaned_data["fiscal_year"])
            return render(request, "levy/run_check.html", {"form": form, "asked": form.cleaned_data})
        job = _request(request, form.cleaned_data)
    except Refusal as refusal:
        if refusal.status == 403:  # a missing right is no matter of the input
            raise
        form.add_error(refusal.field or None, refusal.message)
        return _entry(request, form, ways=refusal.ways)
    carried_out(request)
    return redirect("levy-run", public_id=LevyRun.objects.get(job=job).public_id)


def _request(request: HttpRequest, asked: dict[str, Any]) -> JobRun:
    return services.request_yearly_levy(
        actor_of(request),
        fiscal_year=asked["fiscal_year"],
        levied_on=asked["levied_on"],
        office=Office.objects.get(is_head=True),
        idempotency_key=f"levy-run-{asked['idempotency_key']}",
    )


def _entry(request: HttpRequest, form: YearlyLevyForm, **context: object) -> HttpResponse:
    return render(request, "levy/run_form.html", {"form": form, **context})


@require_GET
@discloses(File.LEVY, Act.VIEW)
def levy_run(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """本算定の画面: how far it is, what it comes to, and approving it. The figures are of the whole city."""
    run = queries.runs().filter(public_id=public_id).first()
    if run is None:
        raise NotFound("no-run", "この本算定は見つかりません。", ways=("一覧から選び直してください。",))
    if request.htmx:  # type: ignore[attr-defined]
        return _progress(request, run)
    summary = queries.run_summary(run)
    people = _sample_people(request, summary)
    actor, job = actor_of(request), run.job
    context = {
        "run": run,
        "job": job,
        "stages": stages_of(job),
        "summary": summary,
        "samples": presenters.samples(summary, people),
        "may_decide": actor.may(Right(File.LEVY, Act.DECIDE), job.office_id),
        "may_run": actor.may(Right(File.LEVY, Act.RUN), job.office_id),
        "may_see_job": actor.may(Right(File.LEVY, Act.VIEW), job.office_id),
        "own_request": job.requested_by_id == actor.staff_id,
    }
    return render(request, "levy/run.html", context)


def _progress(request: HttpRequest, run: LevyRun) -> HttpResponse:
    """The moving part of the page; once the work is done the whole page is asked for again."""
    access.nothing_shown(request)
    response = render(request, "levy/run_progress.html", {"run": run, "job": run.job, "stages": stages_of(run.job)})
    if not run.job.is_working:
        response["HX-Refresh"] = "true"
    return response


def _sample_people(request: HttpRequest, summary: queries.RunSummary | None) -> dict[UUID, Resident]:
    """The people behind the samples who belong to the offices of the person at the screen."""
    actor = actor_of(request)
    offices = actor.offices(Right(File.LEVY, Act.VIEW)) & actor.offices(Right(File.ELIGIBILITY, Act.VIEW))
    found = queries.residents_by_public_id([sample.public_id for sample in summary.samples] if summary else [])
    people = {key: resident for key, resident in found.items() if resident.office_id in offices}
    if people:
        access.record(request, File.LEVY, Act.VIEW, subjects=list(people), items=SAMPLE_ITEMS)
    else:
        access.nothing_shown(request)
    return people


@require_GET
@discloses(File.LEVY, Act.PRINT)
def levy_notice(request: HttpRequest, public_id: UUID, year: int) -> HttpResponse:
    """納入通知書: the PDF of the decision in force, in the browser."""
    resident = person(public_id)
    require(actor_of(request), File.LEVY, Act.PRINT, resident.office_id, subjects=[resident.public_id])
    if resident.is_protected:
        _require_second_check(request, resident)
    insured = insured_of(resident)
    current = queries.current_assessment(insured.pk, year) if insured else None
    if current is None:
        raise NotFound(
            "no-assessment", "この年度の保険料は決定されていません。", ways=("賦課の見出しで年度を確かめてください。",)
        )
    content = documents.premium_notice(current.assessment)
    access.record(request, File.LEVY, Act.PRINT, subjects=[resident.public_id], items=NOTICE_ITEMS)
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="notice.pdf"'}
    )


def _require_second_check(request: HttpRequest, resident: Resident) -> None:
    """A notice carries the address: for a protected person only somebody who decides may print it."""
    actor = actor_of(request)
    if actor.may(Right(File.LEVY, Act.DECIDE), resident.office_id):
        return
    access.record_refusal(actor, Right(File.LEVY, Act.PRINT), subjects=[resident.public_id])
    refusal = Refusal(
        "protected-person",
        "支援措置の対象者の通知書は、決定の権限を持つ職員だけが作成できます。この操作の試みは記録されました。",
        ways=("送付先を二人で確かめたうえで、決定の権限を持つ職員に作成を依頼してください。",),
    )
    refusal.status = 403
    raise refusal
