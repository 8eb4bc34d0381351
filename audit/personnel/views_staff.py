"""The register of staff: list and page of one member."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit import access
from audit.models import Staff
from audit.permissions import actor_of, discloses_nothing, visible
from audit.personnel import checks, documents, queries
from audit.personnel.forms import StaffFilter
from audit.personnel.queries import ENTER, EXPORT, PRINT, VIEW
from audit.rights import Right
from audit.screens import listing
from audit.usability import usable
from kaigo.common import clock

WHY = "members of staff and their ids, no insured person"
COLUMNS = {
    "利用者ID": "login", "氏名": "kana", "職員番号": "personnel_number", "所属": "office__code", "係": "section",
    "職名": "position", "任用区分": "employment", "有効期限": "valid_until", "状態": None,
}  # fmt: skip


@require_GET
@discloses_nothing(WHY, right=VIEW)
def staff_list(request: HttpRequest) -> HttpResponse:
    """職員の一覧."""
    actor = actor_of(request)
    form = StaffFilter(request.GET, actor=actor)
    found = listing(request, queries.listed(actor, form.asked()), COLUMNS, order="login")
    context = {
        "form": form,
        "listing": found,
        "rows": checks.states(list(found.page.object_list)),
        "attended_only": checks.ATTENDED_ONLY,
        "may_ask": actor.may(ENTER),
        "may_export": actor.may(EXPORT),
        "may_print": actor.may(PRINT),
    }
    return render(request, "personnel/staff_list.html", context)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def staff_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """職員: the id, roles, requests, pledges, and what became of the id."""
    actor = actor_of(request)
    staff = queries.staff_of(actor, public_id)
    may_enter = actor.may(ENTER, staff.office_id) and staff.pk != actor.staff_id
    others = staff.employment != Staff.Employment.REGULAR
    context = {
        "staff": staff,
        "reason": usable(staff),
        "today": clock.today(),
        "last_sign_in": queries.last_sign_in([staff.pk]).get(staff.pk),
        "assignments": queries.assignments(staff),
        "requests": staff.id_requests.all(),
        "pledges": staff.pledges.select_related("scan", "recorded_by", "voided_by"),
        "permissions": staff.work_permissions.all(),
        "events": staff.id_events.all()[:100],
        "others": others,
        "may_end": may_enter and others and staff.is_active,
        "may_reopen": may_enter and not others and not staff.is_active,
        "may_pledge": may_enter and others and staff.is_active,
    }
    return render(request, "personnel/staff.html", context)


@require_GET
@discloses_nothing(WHY, right=EXPORT)
def staff_csv(request: HttpRequest) -> HttpResponse:
    """職員の一覧のCSV: what the filter asks for, of the offices where the person may export."""
    content = documents.staff_csv(_for_output(request, EXPORT))
    headers = {"Content-Disposition": 'attachment; filename="staff.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@require_GET
@discloses_nothing(WHY, right=PRINT)
def staff_pdf(request: HttpRequest) -> HttpResponse:
    """職員の一覧のPDF."""
    content = documents.staff_list(_for_output(request, PRINT))
    headers = {"Content-Disposition": 'inline; filename="staff.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _for_output(request: HttpRequest, right: Right) -> list[Staff]:
    """The people who leave the screen; logged as any output of the register of staff."""
    actor = actor_of(request)
    form = StaffFilter(request.GET, actor=actor)
    people = list(visible(queries.listed(actor, form.asked()), actor, right).order_by("office__code", "login"))
    access.record(request, right.file, right.act, count=0, items=("職員の一覧",), reason=f"職員の一覧　{len(people)}件")
    return people
