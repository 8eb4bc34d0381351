"""Screens of the exceptions: 他所属の照会, 緊急アクセス, 代理."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access, screens, subjects
from audit.authority import queries, services
from audit.authority.forms import EmergencyForm, ReadingForm, SubstitutionForm
from audit.permissions import actor_of, discloses, discloses_nothing
from audit.rights import Act, File, Right
from audit.subjects import Subject
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

VIEW = Right(File.ELIGIBILITY, Act.VIEW)


@require_GET
@discloses_nothing("who asked to read whose office's record, and why; the person is not named")
def readings(request: HttpRequest) -> HttpResponse:
    """他所属の照会の一覧: one's own, and those of the people one is responsible for."""
    actor = actor_of(request)
    columns = {
        "職員": "staff__name",
        "対象の事務所": "office__code",
        "理由": None,
        "依頼": "asked_at",
        "期限": "until",
        "状態": None,
    }
    found = screens.listing(request, queries.readings_for(actor), columns, order="-asked_at")
    waiting = {row.pk for row in queries.waiting_for_approval(actor)}
    return render(request, "authority/readings.html", {"list": found, "waiting": waiting, "now": clock.now()})


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.VIEW)
def reading_new(request: HttpRequest) -> HttpResponse:
    """他所属の照会: entry, check, then the person's page."""
    form = ReadingForm(request.POST or None)
    if request.method == "GET" or not form.is_valid() or "change" in request.POST:
        return _reading_form(request, form)
    try:
        subject = _exactly_one(form.cleaned_data)
        asked = form.cleaned_data["category"], form.cleaned_data["reason"]
        if "confirmed" not in request.POST:
            services.require_reason(asked[1])
            items = ("該当の有無", "担当事務所")
            access.record(
                request, File.ELIGIBILITY, Act.VIEW, subjects=[subject.public_id], items=items, reason=asked[1]
            )
            context = {"form": form, "asked": form.cleaned_data, "subject": subject, "office": _office(subject)}
            return render(request, "authority/reading_check.html", context)
        return screens.once(request, lambda: _reading_done(request, subject, *asked))
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _reading_form(request, form)


def _reading_done(request: HttpRequest, subject: Subject, category: str, reason: str) -> str:
    reading = services.ask_to_read(actor_of(request), subject, category, reason)
    access.nothing_shown(request)
    return subject.path if reading.begins_at else reverse("cross-office")


def _reading_form(request: HttpRequest, form: ReadingForm) -> HttpResponse:
    access.nothing_shown(request)
    context = {"form": form, "minutes": settings.CROSS_OFFICE_MINUTES}
    return render(request, "authority/reading_form.html", context)


def _exactly_one(asked: dict[str, Any]) -> Subject:
    found = subjects.find_exact(number=asked["number"], reading=asked["reading"], birth=asked["birth"])
    if len(found) == 1:
        return found[0]
    text = "該当する人がいません。" if not found else "該当する人が複数います。被保険者番号を入れてください。"
    raise Refusal("not-one", text, field="number")


def _office(subject: Subject) -> str:
    from audit.models import Office

    return Office.objects.get(pk=subject.office_id).name


@require_POST
@discloses_nothing("ends or approves; shows nothing", right=None)
def reading_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """他所属の照会の承認・終了."""
    actor = actor_of(request)
    reading = _one(queries.readings_for(actor), public_id)

    def do() -> str:
        if act == "approve":
            services.approve_reading(actor, reading)
        elif act == "end":
            services.end_reading(actor, reading)
        else:
            raise NotFound("no-act", "この操作はありません。")
        return reverse("cross-office")

    return screens.once(request, do)


@require_http_methods(["GET", "POST"])
@discloses_nothing("who began an emergency access, when and why", right=None)
def emergency(request: HttpRequest) -> HttpResponse:
    """緊急アクセス: begin one; one's own and those of the people one is responsible for."""
    actor = actor_of(request)
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            return screens.once(
                request,
                lambda: (services.begin_emergency(actor, asked["offices"], asked["reason"]), reverse("emergency"))[1],
            )
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            form.add_error(refusal.field or None, refusal.message)
    columns = {"職員": "staff__name", "事務所": None, "理由": None, "開始": "begins_at", "終了": "until", "状態": None}
    context = {
        "form": form,
        "list": screens.listing(request, queries.emergencies_for(actor), columns, order="-begins_at"),
        "minutes": settings.EMERGENCY_MINUTES,
        "possible": settings.EMERGENCY_MINUTES and actor.may(VIEW),
        "now": clock.now(),
    }
    return render(request, "authority/emergency.html", context)


@require_POST
@discloses_nothing("ends; shows nothing", right=None)
def emergency_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """緊急アクセスの終了."""
    actor = actor_of(request)
    row = _one(queries.emergencies_for(actor), public_id)

    def do() -> str:
        services.end_emergency(actor, row)
        return reverse("emergency")

    return screens.once(request, do)


@require_http_methods(["GET", "POST"])
@discloses_nothing("names of staff only", right=None)
def substitutions(request: HttpRequest) -> HttpResponse:
    """代理: name a substitute; those that concern the person."""
    actor = actor_of(request)
    people = queries.replaceable(actor)
    form = SubstitutionForm(request.POST or None, absent=people, substitute=queries.colleagues(actor))
    if request.method == "POST" and form.is_valid():
        try:
            return screens.once(
                request,
                lambda: (services.name_substitute(actor, **form.cleaned_data), reverse("substitutions"))[1],
            )
        except Refusal as refusal:
            if refusal.status == 403 and refusal.code != "own-gain":
                raise
            form.add_error(refusal.field or None, refusal.message)
    columns = {
        "不在の職員": "absent__name",
        "代理": "substitute__name",
        "期間": "period",
        "理由": None,
        "指定した職員": "granted_by__name",
        "状態": None,
    }
    context = {
        "form": form,
        "possible": people.exists(),
        "may_be_absent": people.filter(pk=actor.staff_id or 0).exists(),
        "ends": set(queries.responsible_for(actor).values_list("pk", flat=True)),
        "list": screens.listing(request, queries.substitutions_for(actor), columns, order="-period"),
        "today": clock.today(),
    }
    return render(request, "authority/substitutions.html", context)


@require_POST
@discloses_nothing("ends; shows nothing", right=None)
def substitution_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """代理の取りやめ."""
    actor = actor_of(request)
    row = _one(queries.substitutions_for(actor), public_id)

    def do() -> str:
        services.end_substitution(actor, row)
        return reverse("substitutions")

    return screens.once(request, do)


def _one(rows: "QuerySet[Any]", public_id: UUID) -> Any:
    found: Model | None = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-row", "見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",))
    return found
