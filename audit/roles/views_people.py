"""Screens of who holds which role: the list of people, one person, and what a section normally holds."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access
from audit.actor import Actor
from audit.decisions import queries as decisions
from audit.decisions.models import Decision
from audit.models import RoleAssignment, Staff
from audit.permissions import actor_of, discloses_nothing, require
from audit.rights import Act, File, Right
from audit.roles import assignments, documents, queries, templates_of_sections
from audit.roles.forms import AssignmentForm, EndForm, PeopleFilter, TemplateForm
from audit.roles.models import AssignmentRequest, SectionTemplate
from audit.screens import listing, once
from audit.usability import usable
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

VIEW, ENTER = queries.VIEW, Right(File.STAFF, Act.ENTER)
EXPORT, PRINT = Right(File.STAFF, Act.EXPORT), Right(File.STAFF, Act.PRINT)
WHY = "members of staff and their roles, without insured persons"
COLUMNS = {
    "利用者ID": "login",
    "氏名": "name",
    "所属": "office__code",
    "係": "section",
    "役割": "held",
    "状態": None,
}


@require_GET
@discloses_nothing(WHY, right=VIEW)
def people(request: HttpRequest) -> HttpResponse:
    """職員と役割の一覧."""
    actor = actor_of(request)
    form = PeopleFilter(request.GET, actor=actor)
    found = listing(request, queries.people(actor, **form.asked()), COLUMNS, order="login")
    names = queries.role_names(found.page)
    rows = [(person, usable(person), names.get(person.pk, [])) for person in found.page]
    return render(request, "roles/people.html", {"form": form, "listing": found, "rows": rows})


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=VIEW)
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """職員の役割: what is held, what was, what the person may do; asking for another role."""
    actor = actor_of(request)
    staff = queries.person(actor, public_id)
    form = AssignmentForm(request.POST or None, initial={"first_day": clock.today()}, actor=actor)
    if request.method == "POST":
        require(actor, File.STAFF, Act.ENTER, staff.office_id)
        if form.is_valid():
            try:
                return once(request, lambda: _asked(request, staff, form.cleaned_data))
            except Refusal as refusal:
                if refusal.status in (403, 404) or refusal.code == "own-rights":
                    raise
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    today = clock.today()
    held = queries.assignments(staff)
    context = {
        "staff": staff,
        "unusable": usable(staff),
        "held": [row for row in held if row.period.upper is None or row.period.upper > today],
        "over": [row for row in held if row.period.upper is not None and row.period.upper <= today],
        "waiting": _waiting(actor, staff),
        "effective": queries.effective(staff),
        "exceeding": queries.exceeding(staff),
        "form": form,
        "may_enter": actor.may(ENTER, staff.office_id) and staff.pk != actor.staff_id,
        "own": staff.pk == actor.staff_id,
        "may_export": actor.may(EXPORT, staff.office_id),
        "may_print": actor.may(PRINT, staff.office_id),
    }
    return render(request, "roles/person.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def assignment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """割当ての終了・延長."""
    row = assignments.assignment_of(actor_of(request), public_id)
    form = EndForm(request.POST or None)
    if request.method == "POST":
        require(actor_of(request), File.STAFF, Act.ENTER, row.staff.office_id)
        if form.is_valid():
            try:
                return once(request, lambda: _ended(request, row, form.cleaned_data))
            except Refusal as refusal:
                if refusal.status in (403, 404):
                    raise
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return render(request, "roles/assignment.html", {"row": row, "form": form, "today": clock.today()})


@require_GET
@discloses_nothing(WHY, right=EXPORT)
def rights_csv(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """職員の権限のCSV."""
    staff = _for_output(request, public_id, Act.EXPORT)
    return HttpResponse(
        documents.rights_csv(staff), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="rights-{staff.login}.csv"'},
    )  # fmt: skip


@require_GET
@discloses_nothing(WHY, right=PRINT)
def rights_pdf(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """職員の権限のPDF."""
    staff = _for_output(request, public_id, Act.PRINT)
    return HttpResponse(
        documents.rights_pdf(staff), content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="rights-{staff.login}.pdf"'},
    )  # fmt: skip


@require_GET
@discloses_nothing(WHY, right=VIEW)
def template_list(request: HttpRequest) -> HttpResponse:
    """係の標準の一覧."""
    rows = queries.templates().filter(office_id__in=actor_of(request).offices(VIEW))
    return render(request, "roles/templates.html", {"rows": rows, "may_enter": actor_of(request).may(ENTER)})


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def template_new(request: HttpRequest) -> HttpResponse:
    """係の標準を定める."""
    return _template(request, None)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def template_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """係の標準を直す."""
    return _template(request, queries.template_of(actor_of(request), public_id))


@require_POST
@discloses_nothing(WHY, right=ENTER)
def template_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """係の標準をなくす."""
    row = queries.template_of(actor_of(request), public_id)

    def remove() -> str:
        templates_of_sections.remove(actor_of(request), row, version=request.POST.get("version"))
        messages.success(request, "係の標準をなくしました。")
        return reverse("section-templates")

    require(actor_of(request), File.STAFF, Act.ENTER, row.office_id)
    return once(request, remove)


def _template(request: HttpRequest, row: SectionTemplate | None) -> HttpResponse:
    first = (
        {"office": row.office.public_id, "section": row.section, "roles": [r.public_id for r in row.roles.all()]}
        if row
        else {}
    )
    form = TemplateForm(request.POST or None, initial=first, actor=actor_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _laid_down(request, row, form.cleaned_data))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return render(request, "roles/template.html", {"form": form, "row": row})


def _laid_down(request: HttpRequest, row: SectionTemplate | None, asked: dict[str, Any]) -> str:
    templates_of_sections.lay_down(actor_of(request), row, version=request.POST.get("version"), **asked)
    messages.success(request, "係の標準を保存しました。")
    return reverse("section-templates")


def _asked(request: HttpRequest, staff: Staff, asked: dict[str, Any]) -> str:
    decision = assignments.propose_assignment(actor_of(request), staff, **asked)
    messages.success(request, f"役割の割当てを起案しました（{decision.number}）。別の職員の決裁で効力を生じます。")
    return reverse("staff-roles", args=[staff.public_id])


def _ended(request: HttpRequest, row: RoleAssignment, asked: dict[str, Any]) -> str:
    back = reverse("staff-roles", args=[row.staff.public_id])
    if request.POST.get("act") == "prolong":
        if not asked["last_day"]:
            raise Refusal("last-day", "新しい最終日を入れてください。", field="last_day")
        decision = assignments.propose_prolonging(actor_of(request), row, **asked)
        messages.success(request, f"延長を起案しました（{decision.number}）。")
    elif request.POST.get("act") == "end":
        assignments.end(actor_of(request), row, reason=asked["reason"])
        messages.success(request, "割当てを終わらせました。次の操作から権限がなくなります。")
    else:
        raise NotFound("no-act", "この操作はありません。", ways=("割当ての画面から選び直してください。",))
    return back


def _waiting(actor: Actor, staff: Staff) -> list[tuple[AssignmentRequest, Decision, bool]]:
    """What waits for a decision, and whether the person may open its 伺書."""
    rows = assignments.waiting(staff)
    open_to = set(
        decisions.visible(actor).filter(pk__in=[decision.pk for _row, decision in rows]).values_list("pk", flat=True)
    )
    return [(row, decision, decision.pk in open_to) for row, decision in rows]


def _for_output(request: HttpRequest, public_id: UUID, act: Act) -> Staff:
    """The person whose rights leave the screen; logged as any output of the staff ledger."""
    staff = queries.person(actor_of(request), public_id)
    require(actor_of(request), File.STAFF, act, staff.office_id)
    access.record(request, File.STAFF, act, count=0, items=("職員の権限",), reason=f"利用者ID：{staff.login}")
    return staff
