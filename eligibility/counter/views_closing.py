"""終了時の確認: one page to work through, and the same to print and tick."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit import access
from audit.permissions import actor_of, discloses, require
from audit.rights import Act, File
from eligibility import closing, frame
from eligibility.counter import documents
from eligibility.models import Resident
from eligibility.presenters import current_period, periods_of
from eligibility.queries import person
from eligibility.views import HEADER_ITEMS
from kaigo.common import clock

ITEMS = ("被保険者証の回収", "相続人代表者", "口座", "送付先", "施設入所", "応対記録", "保険料額")


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def closing_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """終了時の確認."""
    resident = _resident(request, public_id, Act.VIEW)
    today = clock.today()
    around = frame.frame(request, resident)
    people = frame.named(around["header"])
    access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=people, items=(*HEADER_ITEMS, *ITEMS))
    return render(request, "counter/closing.html", {**around, **_context(resident, today)})


@require_GET
@discloses(File.ELIGIBILITY, Act.PRINT)
def closing_print(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """終了時の確認票の印刷."""
    resident = _resident(request, public_id, Act.PRINT)
    content = documents.closing_sheet(resident, _context(resident, clock.today()))
    access.record(request, File.ELIGIBILITY, Act.PRINT, subjects=[resident.public_id], items=("氏名", *ITEMS))
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="closing.pdf"'}
    )


def _resident(request: HttpRequest, public_id: UUID, act: Act) -> Resident:
    resident = person(public_id)
    require(actor_of(request), File.ELIGIBILITY, act, resident.office_id, subjects=[resident.public_id])
    return resident


def _context(resident: Resident, today: date) -> dict[str, Any]:
    periods = periods_of(resident)
    return {
        "groups": closing.open_of(resident, today),
        "still_insured": current_period(resident, today) is not None,
        "lost_on": periods[-1].period.upper if periods else None,
    }
