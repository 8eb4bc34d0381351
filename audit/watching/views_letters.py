"""Screens of the letters about long log-ons: what to ask, the letters, the answers, chasing and closing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.files import read_stored
from audit.models import StoredFile
from audit.permissions import actor_of, discloses_nothing
from audit.rights import Act, File, Right
from audit.screens import listing, once
from audit.watching import letters, limits
from audit.watching.forms import LetterFilter, ReplyForm
from audit.watching.models import Letter, LetterItem
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

VIEW = Right(File.FINDINGS, Act.VIEW)
ENTER = Right(File.FINDINGS, Act.ENTER)
DECIDE = Right(File.FINDINGS, Act.DECIDE)
WHY = "members of staff and their log-ons, without insured persons"
COLUMNS = {
    "文書番号": "number", "照会先": "office__code", "あて先": None, "照会日": "issued_on",
    "回答期限": "due_on", "状態": "state",
}  # fmt: skip


@require_GET
@discloses_nothing(WHY, right=VIEW)
def letter_list(request: HttpRequest) -> HttpResponse:
    """長時間ログオンの照会の一覧."""
    actor = actor_of(request)
    form = LetterFilter(request.GET)
    rows = _asked(letters.visible(actor), form.asked())
    context = {
        "form": form,
        "listing": listing(request, rows, COLUMNS, order="-issued_on"),
        "today": clock.today(),
        "to_ask": letters.count_to_ask(actor),
        "may_ask": actor.may(ENTER),
    }
    return render(request, "watching/letters.html", context)


def _asked(rows: QuerySet[Letter], state: str) -> QuerySet[Letter]:
    if state == "overdue":
        return rows.filter(state=Letter.State.SENT, due_on__lt=clock.today())
    return rows.filter(state=state) if state else rows


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def letter_new(request: HttpRequest) -> HttpResponse:
    """照会書を作る: choose the log-ons of a section, check, issue."""
    actor = actor_of(request)
    if request.method == "GET":
        return render(request, "watching/letter_new.html", {"groups": letters.to_ask(actor)})
    try:
        wanted = [UUID(text) for text in request.POST.getlist("finding")]
        if "confirmed" in request.POST:
            return once(request, lambda: _issued(request, wanted))
        group = letters.chosen(actor, wanted)
    except ValueError:
        raise NotFound("bad-choice", "画面の情報が正しくありません。", ways=("画面を開き直してください。",)) from None
    except Refusal as refusal:
        if refusal.status != 400:
            raise
        return render(request, "watching/letter_new.html", {"groups": letters.to_ask(actor), "refusal": refusal})
    days = limits.thresholds(clock.today()).letter_days
    return render(request, "watching/letter_check.html", {"group": group, "days": days})


def _issued(request: HttpRequest, wanted: list[UUID]) -> str:
    letter = letters.issue(actor_of(request), wanted)
    messages.success(request, f"照会書{letter.number}を作りました。印刷して所属へ送ってください。")
    return reverse("watching-letter", args=[letter.public_id])


@require_GET
@discloses_nothing(WHY, right=VIEW)
def letter_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """照会書: what was asked, the papers that went out, the answers, and what can be done now."""
    actor = actor_of(request)
    letter = letters.letter_of(actor, public_id)
    late = letter.state == Letter.State.SENT and letter.due_on < clock.today()
    context = {
        "letter": letter,
        "items": letter.items.select_related("finding", "recorded_by"),
        "papers": letter.papers.select_related("stored", "issued_by"),
        "late": late,
        "may_reply": actor.may(ENTER, letter.office_id) and letter.state != Letter.State.CLOSED,
        "may_remind": late and actor.may(ENTER, letter.office_id),
        "may_close": letter.state == Letter.State.ANSWERED and actor.may(DECIDE, letter.office_id),
        "own": actor.staff_id,
    }
    return render(request, "watching/letter.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def letter_reply(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """回答の記録: 利用目的 and reason of one log-on."""
    item = letters.item(actor_of(request), public_id)
    form = ReplyForm(request.POST or None, initial=_initial(item))
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _replied(request, public_id, form.cleaned_data))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field or None, refusal.message)
    return render(request, "watching/reply.html", {"item": item, "letter": item.letter, "form": form})


def _initial(item: LetterItem) -> dict[str, Any]:
    return {
        "purpose": item.purpose,
        "reason": item.reason,
        "replied_on": item.replied_on or clock.today(),
        "replied_by": item.replied_by,
    }


def _replied(request: HttpRequest, public_id: UUID, asked: dict[str, Any]) -> str:
    letter = letters.reply(actor_of(request), public_id, version=request.POST.get("version"), **asked)
    messages.success(request, "回答を記録しました。")
    return reverse("watching-letter", args=[letter.public_id])


@require_POST
@discloses_nothing("acts on a letter, shows nothing", right=VIEW)
def letter_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """督促・完結: one act on a letter, with the version that the person saw."""
    acts = {"remind": (letters.remind, "督促状を作りました。"), "close": (letters.close, "照会を完結しました。")}
    if act not in acts:
        raise NotFound("no-act", "この操作はありません。", ways=("照会書の画面から選び直してください。",))
    service, done = acts[act]

    def carried_out() -> str:
        letter = service(actor_of(request), public_id, version=request.POST.get("version"))
        messages.success(request, done)
        return reverse("watching-letter", args=[letter.public_id])

    return once(request, carried_out)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def letter_paper(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """照会書・督促のPDF: as it went out."""
    return pdf(letters.paper(actor_of(request), public_id).stored, "watching-letter.pdf")


def pdf(stored: StoredFile, name: str) -> HttpResponse:
    """A kept PDF, in the browser."""
    return HttpResponse(
        b"".join(read_stored(stored)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )
