"""Screens of the cards: lists, prints, the monthly run, what has not come back, and those who turn 100."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from audit import access
from audit.files import read_stored
from audit.models import JobFile, JobRun
from audit.permissions import actor_of, discloses, require
from audit.queries import stages_of
from audit.rights import Act, File, Right
from audit.screens import carried_out, listing
from eligibility.cards import documents, queries, services
from eligibility.cards.forms import CardFilter, MonthForm, RemindForm, YearForm
from eligibility.cards.jobs import ITEMS, KIND, request_monthly
from eligibility.counter.queries import office_of
from eligibility.models import Card
from kaigo.common import clock
from kaigo.common.refusal import NotFound

PRINT, ENTER, RUN = (Right(File.ELIGIBILITY, act) for act in (Act.PRINT, Act.ENTER, Act.RUN))
LIST_ITEMS = ("氏名", "被保険者番号", "被保険者証の交付")
CARDS = {
    "被保険者": "insured__resident__kana_key", "被保険者番号": "insured__insured_number", "回": "serial",
    "交付事由": "reason", "交付年月日": "issued_on", "状態": "ended_on", "": None,
}  # fmt: skip
WANTED = {
    "": None, "被保険者": "insured__resident__kana_key", "被保険者番号": "insured__insured_number",
    "失効日": "ended_on", "事由": "end", "返還を求めた日": "reminded_on", " ": None,
}  # fmt: skip
PROPOSED = {
    "氏名": "resident__kana_key", "生年月日": "resident__birth_date", "資格取得日": "due_on", "交付事由": None,
    "状態": None,
}  # fmt: skip
CENTENARIANS = {
    "氏名": "kana_key", "フリガナ": None, "生年月日": "birth_date", "性別": "sex", "住所": None,
    "事務所": "office__code",
}  # fmt: skip


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def card_list(request: HttpRequest) -> HttpResponse:
    """被保険者証の一覧."""
    form = CardFilter(request.GET)
    rows = queries.asked(queries.cards(actor_of(request)), form.cleaned_data if form.is_valid() else {})
    found = listing(request, rows, CARDS, order="-issued_on")
    _record(request, [row.insured.resident.public_id for row in found.page], LIST_ITEMS)
    for row in found.page:
        row.words, row.state = documents.reason_words(row), queries.state_of(row)
    return render(request, "cards/cards.html", {"form": form, "listing": found})


@require_GET
@discloses(File.ELIGIBILITY, Act.PRINT)
def card_print(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """被保険者証の印刷: what the card says, as when it was issued."""
    actor = actor_of(request)
    row = queries.cards(actor, PRINT).filter(public_id=public_id, withdrawn=False).first()
    if row is None:
        raise NotFound("no-card", "この被保険者証は見つかりません。", ways=("住民の画面から選び直してください。",))
    resident = row.insured.resident
    require(actor, File.ELIGIBILITY, Act.PRINT, resident.office_id, subjects=[resident.public_id])
    content = documents.card(row)
    access.record(request, File.ELIGIBILITY, Act.PRINT, subjects=[resident.public_id], items=ITEMS)
    return _pdf(content, "card.pdf")


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.VIEW)
def card_coming(request: HttpRequest) -> HttpResponse:
    """資格取得者の一覧: who is to have a card in a month, and the run that makes them."""
    actor = actor_of(request)
    if request.method == "POST":
        return _requested(request)
    form = MonthForm(request.GET or None)
    rows = queries.coming(form.month, actor.offices(Right(File.ELIGIBILITY, Act.VIEW)))
    _record(request, [row.resident.public_id for row in rows], ("氏名", "生年月日", "住所", "資格取得日"))
    context = {
        "form": form, "month": form.month, "rows": rows, "may_run": actor.may(RUN, office_of(actor).pk),
        "key": uuid4(), "office": office_of(actor), "runs": _runs(request),
    }  # fmt: skip
    return render(request, "cards/coming.html", context)


def _requested(request: HttpRequest) -> HttpResponse:
    actor, form = actor_of(request), MonthForm(request.POST)
    job = request_monthly(actor, form.month, office_of(actor), request.POST.get("key", ""))
    access.nothing_shown(request)
    carried_out(request)
    return redirect("card-run", public_id=job.public_id)


def _runs(request: HttpRequest) -> Any:
    """The latest runs of one's offices."""
    offices = actor_of(request).offices(Right(File.ELIGIBILITY, Act.VIEW))
    return JobRun.objects.filter(kind=KIND, office__in=offices).select_related("office").order_by("-requested_at")[:12]


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def card_run(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """一斉交付の画面: who, how far it is, approving it, and the files to print."""
    job = _run(request, public_id, Act.VIEW)
    if request.htmx:  # type: ignore[attr-defined]
        access.nothing_shown(request)
        response = render(request, "cards/progress.html", {"job": job, "stages": stages_of(job)})
        if not job.is_working:
            response["HX-Refresh"] = "true"
        return response
    actor = actor_of(request)
    proposals = job.card_proposals.select_related("resident__office").order_by(
        "resident__office__code", "due_on", "resident__kana_key"
    )
    found = listing(request, proposals, PROPOSED, order="due_on")
    made = dict(Card.objects.filter(job=job).values_list("insured__resident_id", "public_id"))
    for row in found.page:
        row.card, row.words = made.get(row.resident_id), documents.word("card_reasons", row.reason, row.due_on)
    _record(request, [row.resident.public_id for row in found.page], ("氏名", "生年月日", "資格取得日"))
    context = {
        "job": job, "stages": stages_of(job), "listing": found, "files": job.files.order_by("name"),
        "may_decide": actor.may(Right(File.ELIGIBILITY, Act.DECIDE), job.office_id),
        "may_run": actor.may(RUN, job.office_id), "may_print": actor.may(PRINT, job.office_id),
        "own_request": job.requested_by_id == actor.staff_id,
    }  # fmt: skip
    return render(request, "cards/run.html", context)


def _run(request: HttpRequest, public_id: UUID, act: Act) -> JobRun:
    offices = actor_of(request).offices(Right(File.ELIGIBILITY, act))
    rows = JobRun.objects.filter(kind=KIND, office__in=offices).select_related("office", "requested_by", "approved_by")
    job = rows.filter(public_id=public_id).first()
    if job is None:
        raise NotFound("no-run", "この一斉交付は見つかりません。", ways=("一覧から選び直してください。",))
    return job


@require_GET
@discloses(File.ELIGIBILITY, Act.PRINT)
def card_file(request: HttpRequest, public_id: UUID, key: str) -> HttpResponse:
    """一斉交付の印刷ファイル: one of the files of a run, by its number."""
    job = _run(request, public_id, Act.PRINT)
    file = JobFile.objects.filter(job=job, name__endswith=f"_{key}.pdf").select_related("stored").first()
    if file is None or file.stored is None:
        raise NotFound("no-file", "この印刷ファイルはありません。", ways=("一斉交付の画面から選び直してください。",))
    content = b"".join(read_stored(file.stored))
    people = Card.objects.filter(job=job).values_list("insured__resident__public_id", flat=True)
    access.record(request, File.ELIGIBILITY, Act.PRINT, subjects=list(people), items=ITEMS, reason=file.name)
    return _pdf(content, file.name)


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.VIEW)
def card_unreturned(request: HttpRequest) -> HttpResponse:
    """未返還の被保険者証: what has not come back, and letters that ask for it."""
    actor = actor_of(request)
    form = RemindForm(request.POST if request.method == "POST" else None, rows=queries.unreturned(actor, ENTER))
    if request.method == "POST" and form.is_valid():
        return _reminded(request, list(form.cleaned_data["cards"]))
    found = listing(request, queries.unreturned(actor), WANTED, order="ended_on")
    _record(request, [row.insured.resident.public_id for row in found.page], LIST_ITEMS)
    for row in found.page:
        row.days = (clock.today() - row.ended_on).days if row.ended_on else None
    may_enter = actor.may(ENTER, office_of(actor).pk)
    return render(request, "cards/unreturned.html", {"form": form, "listing": found, "may_enter": may_enter})


def _reminded(request: HttpRequest, rows: list[Card]) -> HttpResponse:
    content = documents.reminders(rows)  # what cannot be printed is refused before anything is noted
    services.remind(actor_of(request), rows)
    people = [row.insured.resident.public_id for row in rows]
    access.record(request, File.ELIGIBILITY, Act.PRINT, subjects=people, items=("氏名", "住所", *LIST_ITEMS[1:]))
    return _pdf(content, "reminders.pdf")


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def centenarians(request: HttpRequest) -> HttpResponse:
    """100歳到達者の一覧."""
    form = YearForm(request.GET or None)
    found = listing(
        request, queries.centenarians(actor_of(request), form.fiscal_year), CENTENARIANS, order="birth_date"
    )
    _record(request, [row.public_id for row in found.page], ("氏名", "生年月日", "性別", "住所"))
    return render(request, "cards/centenarians.html", {"form": form, "listing": found, "year": form.fiscal_year})


def _record(request: HttpRequest, people: list[UUID], items: tuple[str, ...]) -> None:
    if people:
        access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=list(dict.fromkeys(people)), items=items)
    else:
        access.nothing_shown(request)


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )
