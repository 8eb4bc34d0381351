"""Screens of the access log: the list, one row, the accesses to one person, printing. Looking is itself logged."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from audit import access, documents, logbook, queries, subjects
from audit.actor import Actor
from audit.forms import AccessLogFilter, PersonNumberForm, PrintForm
from audit.models import AccessLog
from audit.permissions import actor_of, discloses, require
from audit.rights import Act, File, Right
from audit.sealing.seals import fingerprint, newest
from audit.subjects import Subject
from kaigo.common.refusal import NotFound, Refusal
from kaigo.common.wareki import format_short

ITEMS = ("アクセス記録",)
PRINTED = 300  # rows that one print may hold


@require_GET
@discloses(File.ACCESS_LOG, Act.VIEW)
def access_log(request: HttpRequest) -> HttpResponse:
    """アクセス記録の一覧: one list for the house; whose records, by random ids only."""
    return _list(request)


def _list(request: HttpRequest, **bound: Any) -> HttpResponse:
    data = bound.pop("asked", request.GET)
    form = AccessLogFilter(data)
    asked = form.asked()
    before, after = (logbook.Place.parse(data.get(name, "")) for name in ("before", "after"))
    found = logbook.page(logbook.rows(asked), before=before, after=after)
    people = [asked["person"]] if asked.get("person") else []
    access.record(
        request,
        File.ACCESS_LOG,
        Act.VIEW,
        subjects=people,
        count=len(found.rows),
        items=ITEMS,
        reason=_reason(form, asked),
    )
    seal = newest()
    context = {
        "form": form,
        "asked": asked,
        "page": found,
        "query": _query(data),
        "export": _conditions(data, asked),
        "person_form": PersonNumberForm(),
        "print_form": PrintForm(),
        "printed": PRINTED,
        "seal": seal,
        "seal_fingerprint": fingerprint(seal).hex()[:16] if seal else "",
        "proof": queries.last_proof(),
    }
    return render(request, "audit/access_log.html", context | bound)


@require_GET
@discloses(File.ACCESS_LOG, Act.VIEW)
def access_log_row(request: HttpRequest) -> HttpResponse:
    """アクセス記録の一件: every field; names of residents only for who may view that file on their office."""
    place = logbook.Place.parse(request.GET.get("row", ""))
    if place is None:
        return redirect("access-log")
    row = logbook.row(place)
    if row is None:
        raise NotFound("no-row", "この記録は見つかりません。", ways=("一覧から選び直してください。",))
    number = request.GET.get("page", "")
    shown, pages = logbook.subject_page(row, int(number) if number.isdecimal() else 1)
    people = _people(actor_of(request), row, shown)
    named = [person["id"] for person in people if person["subject"]]
    items = (*ITEMS, "氏名") if named else ITEMS
    access.record(request, File.ACCESS_LOG, Act.VIEW, subjects=named, count=max(1, len(named)), items=items)
    context = {"row": row, "place": place, "people": people, "pages": range(1, pages + 1) if pages > 1 else []}
    return render(request, "audit/access_log_row.html", context)


def _people(actor: Actor, row: AccessLog, shown: list[UUID]) -> list[dict[str, Any]]:
    """The residents of a row; with name where the reader may view the row's file on the resident's office."""
    if not row.file:
        return []
    offices = actor.offices(Right(File(row.file), Act.VIEW))
    known = subjects.describe(shown) if offices else {}
    may = {key: found for key, found in known.items() if found.office_id in offices and not found.is_protected}
    people = [(public_id, may.get(public_id)) for public_id in shown]
    return [{"id": key, "subject": found, "may_open": _may_open(actor, found)} for key, found in people]


def _may_open(actor: Actor, subject: Subject | None) -> bool:
    return subject is not None and actor.may(Right(File.ELIGIBILITY, Act.VIEW), subject.office_id)


@require_POST
@discloses(File.ACCESS_LOG, Act.VIEW)
def access_log_person(request: HttpRequest) -> HttpResponse:
    """被保険者番号で探す: the number is sent, not put into an address; the list goes on with the random id."""
    actor, form = actor_of(request), PersonNumberForm(request.POST)
    asked = QueryDict(request.POST.get("query", ""), mutable=True)
    if not form.is_valid():
        return _list(request, asked=asked, person_form=form)
    right = Right(File.ACCESS_LOG, Act.VIEW)
    found = [one for one in subjects.find_exact(number=form.cleaned_data["number"]) if actor.may(right, one.office_id)]
    if not found:
        form.add_error("number", "この番号の被保険者は見つかりません。")
        return _list(request, asked=asked, person_form=form)
    access.record(request, File.ACCESS_LOG, Act.VIEW, subjects=[found[0].public_id], items=("被保険者番号による検索",))
    asked["person"] = str(found[0].public_id)
    for name in ("before", "after"):
        asked.pop(name, None)
    return redirect(f"{reverse('access-log')}?{asked.urlencode()}")


@require_POST
@discloses(File.ACCESS_LOG, Act.PRINT)
def access_log_print(request: HttpRequest) -> HttpResponse:
    """印刷: the newest rows of what the list shows, as PDF, with the reason in the log."""
    require(actor_of(request), File.ACCESS_LOG, Act.PRINT)
    form, data = PrintForm(request.POST), QueryDict(request.POST.get("query", ""))
    if not form.is_valid():
        raise Refusal("no-reason", "印刷する理由を入れてください。", ways=("一覧に戻り、理由を入れてください。",))
    filter_form = AccessLogFilter(data)
    asked = filter_form.asked()
    found = logbook.page(logbook.rows(asked), size=PRINTED)
    reason = form.cleaned_data["reason"]
    people = [asked["person"]] if asked.get("person") else []
    access.record(
        request, File.ACCESS_LOG, Act.PRINT, subjects=people, count=len(found.rows), items=ITEMS, reason=reason
    )
    content = documents.access_log(found, filter_form, asked, reason=reason, printed_by=actor_of(request).name)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="access-log.pdf"'
    return answer


def _reason(form: AccessLogFilter, asked: dict[str, Any]) -> str:
    """What was looked for, in the log of the look; the names of the filters, not what was typed."""
    period = f"{format_short(asked['day_from'])}〜{format_short(asked['day_to'])}"
    names = [name for name in form.fields if name in asked and name not in ("day_from", "day_to")]
    more = "、".join(str(form.fields[name].label) for name in names)
    return f"{period}　{more}".strip()


def _query(data: QueryDict) -> str:
    """The filter without the place, for the pager and the forms."""
    kept = data.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    return kept.urlencode()


def _conditions(data: QueryDict, asked: dict[str, Any]) -> dict[str, str]:
    """The filter as the export's form takes it."""
    days = {name: value.isoformat() for name, value in asked.items() if isinstance(value, date)}
    return {name: str(value) for name, value in asked.items() if name not in days} | days
