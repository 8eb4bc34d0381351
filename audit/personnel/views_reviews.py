"""Screens of the yearly review (棚卸し): the list, one review on one screen, handing it in, its PDF."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.decisions.queries import latest
from audit.files import read_stored
from audit.permissions import actor_of, discloses_nothing, require
from audit.personnel import documents, queries, reviewing, signing
from audit.personnel.forms import HandInForm, ReviewFilter, ReviewStartForm
from audit.personnel.models import ReviewCampaign
from audit.personnel.queries import DECIDE, ENTER, PRINT, VIEW
from audit.personnel.steps import steps
from audit.screens import listing, once
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_year

WHY = "members of staff, their ids and roles, no insured person"
COLUMNS = {
    "年度": "year", "所属": "office__code", "状態": "state", "期限": "due_on", "判断": None, "確認": "signed_at",
}  # fmt: skip
ITEM_COLUMNS = {
    "選ぶ": None, "利用者ID": "staff__login", "氏名": "staff_name", "役割": "role__name", "対象事務所": None,
    "最終ログイン": "last_sign_in", "印": None, "判断": "verdict",
}  # fmt: skip
SIZE = 200  # rows of a review on one screen


@require_GET
@discloses_nothing(WHY, right=VIEW)
def review_list(request: HttpRequest) -> HttpResponse:
    """棚卸しの一覧: this year's and those before."""
    actor = actor_of(request)
    context = {
        "listing": listing(request, queries.reviews(actor), COLUMNS, order="-year"),
        "missing": queries.not_reviewed(actor),
        "may_start": actor.may(ENTER),
    }
    return render(request, "personnel/reviews.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def review_new(request: HttpRequest) -> HttpResponse:
    """棚卸しを始める."""
    actor = actor_of(request)
    first = queries.not_reviewed(actor).first()
    initial = {"due_on": reviewing.default_due(), "office": first.public_id if first else None}
    form = ReviewStartForm(request.POST or None, actor=actor, initial=initial)

    def act() -> str:
        campaign = reviewing.start(actor, **form.cleaned_data)
        messages.success(request, f"棚卸しを始めました。{campaign.items.count()}件を確かめてください。")
        return reverse("personnel-review", args=[campaign.public_id])

    context = {
        "title": "利用者IDと権限の棚卸し",
        "lead": "所属の利用者IDと役割の一覧を今の内容で作り、長く使われていないもの、係の標準を超えるもの、"
        "人事情報や誓約書のないものに印を付けます。",
        "question": "この所属の棚卸しを始めますか",
        "button": "始める",
        "back": reverse("personnel-reviews"),
    }
    return steps(request, form, act, context)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def review_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """棚卸し: one review on one screen."""
    return _page(request, queries.review_of(actor_of(request), public_id))


def _page(request: HttpRequest, campaign: ReviewCampaign, refusal: Refusal | None = None) -> HttpResponse:
    actor = actor_of(request)
    form = ReviewFilter(request.GET)
    rows = queries.review_items(campaign, form.asked())
    may_work = actor.may(ENTER, campaign.office_id) or actor.may(DECIDE, campaign.office_id)
    context = {
        "campaign": campaign,
        "year": format_year(campaign.year),
        "progress": signing.progress(campaign),
        "form": form,
        "listing": listing(request, rows, ITEM_COLUMNS, order="staff__login", size=SIZE),
        "may_decide": may_work and campaign.state == ReviewCampaign.State.OPEN,
        "may_print": actor.may(PRINT, campaign.office_id),
        "own": actor.staff_id,
        "refusal": refusal,
        "typed": request.POST.get("reason", ""),
        "chosen": request.POST.getlist("item"),
    }
    return render(request, "personnel/review.html", context, status=200)


@require_POST
@discloses_nothing(WHY, right=VIEW)
def review_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """継続・削除: of the chosen rows, or 継続 of all without a mark. What is removed is looked over first."""
    actor = actor_of(request)
    campaign = queries.review_of(actor, public_id)
    address = f"{reverse('personnel-review', args=[campaign.public_id])}?{request.GET.urlencode()}"

    def carried_out() -> str:
        if act == "unmarked":
            done = reviewing.keep_unmarked(actor, campaign)
        else:
            reason = request.POST.get("reason", "")
            done = reviewing.decide(actor, campaign, _chosen(request), verdict=act, reason=reason)
        messages.success(request, f"{done}件を{'削除' if act == 'remove' else '継続'}にしました。")
        return address

    try:
        if "change" in request.POST:
            return _page(request, campaign)
        if act == "remove" and "confirmed" not in request.POST:
            return _check(request, campaign, address)
        return once(request, carried_out)
    except Refusal as refusal:
        if refusal.status != 400:
            raise
        return _page(request, campaign, refusal)


def _check(request: HttpRequest, campaign: ReviewCampaign, back: str) -> HttpResponse:
    """削除の確認: everything that will end at once."""
    reason = request.POST.get("reason", "")
    rows = reviewing.to_remove(actor_of(request), campaign, _chosen(request), reason=reason)
    context = {"campaign": campaign, "rows": rows, "reason": reason, "chosen": _chosen(request), "back": back}
    return render(request, "personnel/review_remove.html", context)


def _chosen(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist("item")]
    except ValueError:
        return []


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=VIEW)
def review_hand_in(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """棚卸しの結果の提出."""
    actor = actor_of(request)
    campaign = queries.review_of(actor, public_id)
    if not actor.may(DECIDE, campaign.office_id):
        require(actor, ENTER.file, ENTER.act, campaign.office_id)
    form = HandInForm(request.POST or None, initial={"comment": campaign.comment})

    def act() -> str:
        reviewing.hand_in(actor, campaign, version=request.POST.get("version"), **form.cleaned_data)
        messages.success(request, "棚卸しの結果を決裁に回しました。")
        return reverse("personnel-review", args=[campaign.public_id])

    found = signing.progress(campaign)
    context = {
        "title": "棚卸しの結果の提出",
        "lead": f"継続{found.kept}件、削除{found.removed}件、判断していない行{found.left}件。"
        "別の職員が確認すると完了し、PDFが残ります。",
        "question": "この結果を提出しますか",
        "button": "提出する",
        "back": reverse("personnel-review", args=[campaign.public_id]),
        "version": request.POST.get("version", campaign.version),
    }
    return steps(request, form, act, context)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def review_paper(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """棚卸しのPDF: signed; before that a draft, for who may print."""
    actor = actor_of(request)
    campaign = queries.review_of(actor, public_id)
    if campaign.stored is not None:
        content = b"".join(read_stored(campaign.stored))
    else:
        require(actor, PRINT.file, PRINT.act, campaign.office_id)
        decision = latest(campaign.public_id)
        content = documents.review(campaign, signing.progress(campaign), decision=decision.number if decision else "")
    headers = {"Content-Disposition": 'inline; filename="id-review.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
