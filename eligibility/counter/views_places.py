"""Screens of the facility register, of stays to be confirmed, and of the slip to other municipalities."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from audit import access
from audit.permissions import actor_of, discloses, discloses_nothing
from audit.rights import Act, File, Right
from audit.screens import listing, once
from eligibility import places
from eligibility.counter import documents
from eligibility.counter.place_forms import ConfirmForm, DueFilter, FacilityFilter, FacilityForm, initial_of
from eligibility.models import Facility, Placement
from eligibility.practice import word
from kaigo.common import clock
from kaigo.common.refusal import Refusal

VIEW, ENTER = Right(File.ELIGIBILITY, Act.VIEW), Right(File.ELIGIBILITY, Act.ENTER)
WHY = "facilities, without persons"
FACILITIES = {
    "施設番号": "number", "施設名": "kana", "種類": "kind", "所在地": "municipality", "開設": "open_from",
    "廃止": "open_until",
}  # fmt: skip
PEOPLE = {
    "被保険者": "resident__kana_key", "区分": "kind", "施設": "facility__kana", "入所日": "begun_on",
    "確認する日": "confirm_by", "": None,
}  # fmt: skip
ITEMS = ("氏名", "施設入所", "入所日", "次に確認する日")


@require_GET
@discloses_nothing(WHY, right=VIEW)
def facility_list(request: HttpRequest) -> HttpResponse:
    """施設の一覧."""
    form = FacilityFilter(request.GET)
    rows = _asked(Facility.objects.all(), form.cleaned_data if form.is_valid() else {})
    found = listing(request, rows, FACILITIES, order="kana")
    for row in found.page:
        row.kind_name = word("facility_kinds", row.kind, clock.today())
    return render(
        request, "counter/facilities.html", {"form": form, "listing": found, "may_enter": actor_of(request).may(ENTER)}
    )


def _asked(rows: QuerySet[Facility], asked: dict[str, Any]) -> QuerySet[Facility]:
    if text := asked.get("text"):
        rows = rows.filter(
            Q(name__icontains=text) | Q(kana__icontains=text) | Q(number=text) | Q(municipality__icontains=text)
        )
    if asked.get("kind"):
        rows = rows.filter(kind=asked["kind"])
    if not asked.get("closed"):
        rows = rows.filter(Q(open_until=None) | Q(open_until__gte=clock.today()))
    return rows


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def facility_new(request: HttpRequest) -> HttpResponse:
    """施設の登録."""
    return _facility_form(request, None, FacilityForm(request.POST or None))


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def facility_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """施設の訂正."""
    row = places.facility_of(public_id)
    return _facility_form(request, row, FacilityForm(request.POST or None, initial=initial_of(row)))


def _facility_form(request: HttpRequest, row: Facility | None, form: FacilityForm) -> HttpResponse:
    ways: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _saved(request, row, form))
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            form.add_error(refusal.field or None, refusal.message)
            ways = refusal.ways
    return render(request, "counter/facility_form.html", {"form": form, "row": row, "ways": ways})


def _saved(request: HttpRequest, row: Facility | None, form: FacilityForm) -> str:
    saved = places.save_facility(actor_of(request), row, form.cleaned_data, version=request.POST.get("version"))
    messages.success(request, f"施設「{saved.name}」を登録しました。")
    return reverse("facility", args=[saved.public_id])


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def facility_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """施設: what the register holds of it, and who of one's offices lives there."""
    row = places.facility_of(public_id)
    actor = actor_of(request)
    people = places.placements(actor).filter(facility=row)
    found = listing(request, people, {key: value for key, value in PEOPLE.items() if key}, order="-begun_on")
    _record(request, list(found.page))
    context = {
        "row": row,
        "kind": word("facility_kinds", row.kind, clock.today()),
        "listing": found,
        "may_enter": actor.may(ENTER),
    }
    return render(request, "counter/facility.html", context)


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def due_list(request: HttpRequest) -> HttpResponse:
    """施設入所の確認: whose stay is to be confirmed."""
    form = DueFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    actor = actor_of(request)
    rows = places.due(actor, asked.get("until") or clock.today())
    if asked.get("kind"):
        rows = rows.filter(kind=asked["kind"])
    found = listing(request, rows, PEOPLE, order="confirm_by")
    _record(request, list(found.page))
    context = {"form": form, "listing": found, "today": clock.today(), "may_enter": actor.may(ENTER)}
    return render(request, "counter/due.html", context)


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def placement_confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """現況の確認: what was found, how, and when to look again."""
    row = places.placement_of(actor_of(request), Act.ENTER, public_id)
    resident = row.resident
    form, ways = ConfirmForm(request.POST or None), ()
    if request.method == "POST" and form.is_valid():
        try:
            access.nothing_shown(request)
            return once(request, lambda: _confirmed(request, row, form))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            ways = refusal.ways  # type: ignore[assignment]
    access.record(request, File.ELIGIBILITY, Act.ENTER, subjects=[resident.public_id], items=ITEMS)
    context = {
        "row": row,
        "form": form,
        "ways": ways,
        "ground": word("grounds", row.ground, clock.today()),
        "earlier": row.confirmations.select_related("staff").order_by("-confirmed_on", "-id"),
    }
    return render(request, "counter/confirm.html", context)


def _confirmed(request: HttpRequest, row: Placement, form: ConfirmForm) -> str:
    made = places.confirm(actor_of(request), row, form.cleaned_data, version=request.POST.get("version"))
    if made.result == "ended":
        messages.warning(request, "確認の結果を記録しました。続けて、退所の届出を受けてください。")
        return reverse("person-acts", args=[row.resident.public_id])
    messages.success(request, "現況の確認を記録しました。")
    return reverse("placements-due")


@require_GET
@discloses(File.ELIGIBILITY, Act.PRINT)
def placement_slip(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """住所地特例の連絡票: to the municipality of the facility, or to the insurer, about the start, change or end."""
    row = places.placement_of(actor_of(request), Act.PRINT, public_id)
    resident = row.resident
    content = documents.slip(row)
    items = ("氏名", "氏名カナ", "生年月日", "性別", "被保険者番号", "住所", "施設入所")
    access.record(request, File.ELIGIBILITY, Act.PRINT, subjects=[resident.public_id], items=items)
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="slip.pdf"'}
    )


def _record(request: HttpRequest, rows: list[Placement]) -> None:
    if rows:
        subjects = list(dict.fromkeys(row.resident.public_id for row in rows))
        access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=subjects, items=ITEMS)
    else:
        access.nothing_shown(request)
