"""Screens of the monthly reports: the overview of a month, one office's report, signing it off, its PDF."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from audit.permissions import actor_of, discloses_nothing, require
from audit.rights import Act, File, Right
from audit.screens import once
from audit.watching import reporting
from audit.watching.forms import MonthForm, SignForm
from audit.watching.views import shifted
from audit.watching.views_letters import pdf
from kaigo.common import clock
from kaigo.common.refusal import Refusal

VIEW = Right(File.FINDINGS, Act.VIEW)
PRINT = Right(File.FINDINGS, Act.PRINT)
DECIDE = Right(File.FINDINGS, Act.DECIDE)
WHY = "counts by office and month, without persons"


@require_GET
@discloses_nothing(WHY, right=VIEW)
def report_list(request: HttpRequest) -> HttpResponse:
    """月次報告: every office of the person in a month."""
    month = _month(request)
    context = {"lines": reporting.overview(actor_of(request), month), **_around(month)}
    return render(request, "watching/reports.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=VIEW)
def report_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """点検の月次報告: one office's of a month, as it stands and as it was signed; signing it off."""
    actor = actor_of(request)
    office = reporting.office_of(actor, public_id)
    month = _month(request)
    form = SignForm(request.POST or None)
    ways: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _sign(request, public_id, month, form.cleaned_data["comment"]))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(None, refusal.message)
            ways = refusal.ways
    context = {
        **reporting.context(reporting.figures(office, month), month, None),
        **_around(month),
        "office": office,
        "form": form,
        "ways": ways,
        "signed": reporting.signed_reports(office, month),
        "may_sign": actor.may(DECIDE, office.pk),
        "may_print": actor.may(PRINT, office.pk) or actor.may(DECIDE, office.pk),
    }
    return render(request, "watching/report.html", context)


def _sign(request: HttpRequest, office: UUID, month: date, comment: str) -> str:
    report = reporting.sign(actor_of(request), office, month, comment=comment)
    messages.success(request, f"第{report.serial}版として確認しました。")
    return f"{reverse('watching-report', args=[office])}?month={month:%Y-%m}"


@require_GET
@discloses_nothing(WHY, right=VIEW)
def report_draft(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """月次報告の案のPDF: as it stands, marked as not signed."""
    actor = actor_of(request)
    office = reporting.office_of(actor, public_id)
    if not actor.may(DECIDE, office.pk):
        require(actor, File.FINDINGS, Act.PRINT, office.pk)
    month = _month(request)
    return HttpResponse(
        reporting.draft(office, month),
        content_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="watching-report-draft.pdf"'},
    )


@require_GET
@discloses_nothing(WHY, right=VIEW)
def report_signed(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """確認した月次報告のPDF: as it was signed."""
    return pdf(reporting.signed_report(actor_of(request), public_id).stored, "watching-report.pdf")


def _month(request: HttpRequest) -> date:
    """The month in the address; last month when there is none."""
    return MonthForm(request.GET).first_day(shifted(clock.today().replace(day=1), -1))


def _around(month: date) -> dict[str, object]:
    return {"month": month, "before": shifted(month, -1), "after": shifted(month, 1)}
