"""Screens of watching: the list of findings, one finding with its log rows, ticking off, days, thresholds."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from audit import access
from audit import queries as ledger
from audit.permissions import actor_of, discloses, discloses_nothing
from audit.rights import Act, File, Right
from audit.screens import listing, once
from audit.watching import coverage, limits, queries, services
from audit.watching.forms import FindingFilter, MonthForm, PeriodForm, ReviewForm, TickForm
from audit.watching.jobs import request_examination
from audit.watching.presenters import shown
from audit.watching.reviewing import DECIDE, Reviewer
from kaigo.common import clock
from kaigo.common.refusal import Refusal

VIEW = Right(File.FINDINGS, Act.VIEW)
RUN = Right(File.FINDINGS, Act.RUN)
COLUMNS = {
    "日": "day", "重要度": "severity", "種類": "kind", "職員": "staff_name", "所属": "office__code",
    "なぜ挙げたか": None, "点検の期限": "due_on", "状態": "state",
}  # fmt: skip
LOG_ITEMS = ("アクセス記録", "対象者の氏名")


@require_GET
@discloses_nothing("members of staff and counts, without insured persons", right=VIEW)
def finding_list(request: HttpRequest) -> HttpResponse:
    """点検事項の一覧."""
    actor = actor_of(request)
    form = FindingFilter(request.GET, actor=actor)
    found = listing(request, queries.findings(actor, form.asked()), COLUMNS, order="due_on")
    reviewer = Reviewer.of(actor)
    rows = [
        {"finding": row, "tickable": row.state == "open" and row.is_harmless and reviewer.may(row)}
        for row in found.page
    ]
    context = {
        "form": form,
        "listing": found,
        "rows": rows,
        "may_tick": actor.may(DECIDE) and any(row["tickable"] for row in rows),
        "today": clock.today(),
        "gaps": len(coverage.open_gaps()),
    }
    return render(request, "watching/findings.html", context)


@require_http_methods(["GET", "POST"])
@discloses(File.FINDINGS, Act.VIEW)
def finding_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """点検事項: why it was found, the log rows behind it, how it was judged; judging it or correcting that."""
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _review(request, public_id, form.cleaned_data))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field or None, refusal.message)
    return _finding(request, public_id, form)


def _review(request: HttpRequest, public_id: UUID, asked: dict[str, Any]) -> str:
    version = request.POST.get("version")
    found = services.review(actor_of(request), public_id, version=version, **asked)
    messages.success(request, "判定を記録しました。")
    return reverse("finding", args=[found.public_id])


def _finding(request: HttpRequest, public_id: UUID, form: ReviewForm) -> HttpResponse:
    actor = actor_of(request)
    found = queries.finding(actor, public_id)
    page, lines = queries.log_rows(actor, found, request.GET.get("page"))
    subjects = {line.subject.public_id for line in lines if line.subject}
    access.record(request, File.FINDINGS, Act.VIEW, subjects=sorted(subjects), items=LOG_ITEMS)
    context = {
        "finding": found,
        "page": page,
        "lines": lines,
        "reviews": found.reviews.all(),
        "form": form,
        "obstacle": Reviewer.of(actor).obstacle(found),
        "letter_item": getattr(found, "letter_item", None),
    }
    return render(request, "watching/finding.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing("members of staff and counts, without insured persons", right=DECIDE)
def finding_tick(request: HttpRequest) -> HttpResponse:
    """一括点検: check what was chosen, say why it is harmless, done."""
    actor = actor_of(request)
    chosen = _chosen(request)
    form = TickForm(request.POST if "confirmed" in request.POST else None)
    found = services.tickable(actor, chosen)
    if form.is_bound and form.is_valid():
        return once(request, lambda: _tick(request, chosen, form.cleaned_data["comment"]))
    return render(request, "watching/tick.html", {"form": form, "findings": found})


def _chosen(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist("finding")]
    except ValueError as error:
        raise Refusal("bad-choice", "画面の情報が正しくありません。", ways=("一覧を開き直してください。",)) from error


def _tick(request: HttpRequest, chosen: list[UUID], comment: str) -> str:
    count = services.tick(actor_of(request), chosen, comment=comment)
    messages.success(request, f"{count}件を「業務上必要」として点検しました。")
    return reverse("watching")


@require_http_methods(["GET", "POST"])
@discloses_nothing("days and counts only", right=VIEW)
def examined_days(request: HttpRequest) -> HttpResponse:
    """点検した日: which days of the log have been examined, the gaps, and examining again."""
    actor = actor_of(request)
    form = PeriodForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _request(request, form.cleaned_data))
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            form.add_error(refusal.field or None, refusal.message)
    month = MonthForm(request.GET).first_day(clock.today())
    gaps = coverage.open_gaps()
    context = {
        "form": form,
        "month": month,
        "before": shifted(month, -1),
        "after": shifted(month, 1),
        "days": coverage.month(month),
        "gaps": gaps,
        "over": coverage.first_day() not in (None, clock.today()),
        "may_run": actor.may(RUN),
        "job_list": ledger.visible_jobs(actor).filter(kind="watching")[:5],
    }
    return render(request, "watching/days.html", context)


def _request(request: HttpRequest, asked: dict[str, date]) -> str:
    job = request_examination(actor_of(request), asked["first"], asked["last"])
    return reverse("job", args=[job.public_id])


def shifted(month: date, by: int) -> date:
    """The first day of the month that lies `by` months after the one that begins on `month`."""
    months = month.year * 12 + month.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


@require_GET
@discloses_nothing("the figures by which days are judged", right=VIEW)
def threshold_list(request: HttpRequest) -> HttpResponse:
    """点検の基準値: what is in force today, since when, and on what it rests."""
    found = limits.in_force(clock.today())
    specs = limits.book().specs
    rows = [
        {"title": specs[name].title, "shown": shown(specs[name], entry.value), "entry": entry}
        for name, entry in found.entries.items()
    ]
    return render(request, "watching/thresholds.html", {"rows": rows, "digest": found.sha256})
