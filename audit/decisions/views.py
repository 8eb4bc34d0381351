"""Screens of the approval routes: the ledger and inbox, one decision, several at once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access
from audit.decisions import batches, candidates, documents, queries, services
from audit.decisions.forms import ActForm, GatherForm, LedgerFilter, ManyForm
from audit.decisions.kinds import kind_of
from audit.decisions.models import Decision
from audit.permissions import actor_of, discloses_by_case, discloses_nothing
from audit.rights import Act
from audit.screens import listing, once
from kaigo.common.refusal import NotFound, Refusal

COLUMNS = {
    "番号": "number", "件名": "title", "種類": None, "所属": "office__code", "起案": "proposed_at", "起案者": None,
    "状態": "state",
}  # fmt: skip
TITLES_ONLY = "numbers and titles, which carry no personal data"
BY_KIND = "what is decided on may concern a person: then the access is logged with the file of its kind"
ITEMS = ("伺書の内容",)


@require_GET
@discloses_nothing(TITLES_ONLY)
def ledger(request: HttpRequest) -> HttpResponse:
    """決裁の一覧: what waits for the person, what they proposed, and everything they may see."""
    actor = actor_of(request)
    form = LedgerFilter(request.GET, actor=actor)
    rows = queries.ledger(actor, form.asked())
    found = listing(request, rows, COLUMNS, order="-proposed_at")
    actable = set(queries.inbox(actor).values_list("pk", flat=True))
    context = {
        "form": form,
        "listing": found,
        "rows": [(row, kind_of(row.kind).label, row.pk in actable) for row in found.page],
        "may_tick": any(row.pk in actable for row in found.page),
        "gatherable": len(batches.gatherable(actor)),
    }
    return render(request, "decisions/ledger.html", context)


@require_GET
@discloses_by_case(BY_KIND)
def decision_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """伺書: what is to be decided, who has acted, and acting on it."""
    decision = queries.decision_of(actor_of(request), public_id)
    _record(request, [decision], Act.VIEW)
    return _page(request, decision, ActForm())


@require_POST
@discloses_by_case(BY_KIND)
def decision_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """合議・決裁・差戻し・否決・取下げ・再回付・後閲: one act, with the version that the person saw."""
    actor = actor_of(request)
    decision = queries.decision_of(actor, public_id)
    form = ActForm(request.POST)
    try:
        if not form.is_valid():
            raise Refusal("comment", "意見・理由は400字までにしてください。", field="comment")
        access.nothing_shown(request)
        return once(request, lambda: _act(request, decision, act, form.cleaned_data["comment"]))
    except Refusal as refusal:
        if refusal.status in (403, 404, 409):
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    _record(request, [decision], Act.VIEW)
    return _page(request, decision, form)


@require_GET
@discloses_by_case(BY_KIND)
def decision_sheet(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """伺書のPDF."""
    decision = queries.decision_of(actor_of(request), public_id)
    _record(request, [decision], Act.PRINT)
    return _pdf(documents.sheet(decision), f"decision-{decision.public_id}.pdf")


@require_http_methods(["GET", "POST"])
@discloses_nothing(TITLES_ONLY)
def gather(request: HttpRequest) -> HttpResponse:
    """一括伺書を作る: choose own proposals, name the cover."""
    actor = actor_of(request)
    form = GatherForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _gathered(request, form.cleaned_data))
        except Refusal as refusal:
            form.add_error(None, refusal.message)
    rows = [(row, kind_of(row.kind).label) for row in batches.gatherable(actor)]
    context = {"form": form, "rows": rows, "chosen": set(request.POST.getlist("decision"))}
    return render(request, "decisions/gather.html", context)


@require_GET
@discloses_by_case(BY_KIND)
def batch_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """一括伺書: its list, and deciding on all of it, leaving out what is to be returned."""
    actor = actor_of(request)
    batch = queries.batch_of(actor, public_id)
    decisions = list(queries.visible(actor).filter(batch=batch).order_by("number"))
    _record(request, decisions, Act.VIEW)
    waiting = list(queries.inbox(actor).filter(batch=batch).order_by("number"))
    context = {
        "batch": batch,
        "label": kind_of(batch.kind).label,
        "decisions": decisions,
        "waiting": [d.pk for d in waiting],
        "form": ManyForm(),
    }
    return render(request, "decisions/batch.html", context)


@require_GET
@discloses_by_case(BY_KIND)
def batch_sheet(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """一括伺書のPDF."""
    actor = actor_of(request)
    batch = queries.batch_of(actor, public_id)
    decisions = list(queries.visible(actor).filter(batch=batch).order_by("number"))
    _record(request, decisions, Act.PRINT)
    return _pdf(documents.batch_sheet(batch, decisions), f"batch-{batch.public_id}.pdf")


@require_POST
@discloses_by_case(BY_KIND)
def decide_many(request: HttpRequest) -> HttpResponse:
    """一括決裁: check the chosen ones with their content, then decide on all of them at once or on none."""
    actor = actor_of(request)
    confirmed = "confirmed" in request.POST
    form = ManyForm(request.POST if confirmed else None)
    asked = _ids(request.POST.getlist("listed" if confirmed else "decision"))
    if not asked:
        raise Refusal("none-chosen", "決裁する伺書を選んでください。", ways=("一覧に戻り、印を付けてください。",))
    if form.is_bound and form.is_valid():
        try:
            access.nothing_shown(request)
            return once(request, lambda: _decided(request, asked, form.cleaned_data))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    decisions = [queries.decision_of(actor, public_id) for public_id in asked]
    _record(request, decisions, Act.VIEW)
    ticked = {str(d.public_id) for d in decisions} if not confirmed else set(request.POST.getlist("decision"))
    rows = [(d, kind_of(d.kind).label, str(d.public_id) in ticked) for d in decisions]
    return render(request, "decisions/many.html", {"form": form, "rows": rows})


def _act(request: HttpRequest, decision: Decision, act: str, comment: str) -> str:
    actor, version = actor_of(request), request.POST.get("version")
    acts: dict[str, tuple[str, Callable[[], object]]] = {
        "approve": ("処理しました。", lambda: services.approve(actor, decision, version=version, comment=comment)),
        "return": ("差し戻しました。", lambda: services.return_(actor, decision, version=version, reason=comment)),
        "reject": ("否決しました。", lambda: services.reject(actor, decision, version=version, reason=comment)),
        "withdraw": ("取り下げました。", lambda: services.withdraw(actor, decision, version=version, reason=comment)),
        "resend": ("再回付しました。", lambda: services.resend(actor, decision, version=version, comment=comment)),
        "review": ("後閲を記録しました。", lambda: services.review(actor, decision, comment=comment)),
    }
    if act not in acts:
        raise NotFound("no-act", "この操作はありません。", ways=("伺書の画面から選び直してください。",))
    words, carry_out = acts[act]
    carry_out()
    messages.success(request, words)
    return reverse("decision", args=[decision.public_id])


def _page(request: HttpRequest, decision: Decision, form: ActForm) -> HttpResponse:
    actor, kind = actor_of(request), kind_of(decision.kind)
    own = decision.proposed_by_id == actor.staff_id
    if decision.is_open and not queries.is_last(decision):
        form.fields["comment"].help_text = "差戻し、代決には理由が必要です。起案者に伝わります"
    context = {
        "decision": decision,
        "label": kind.label,
        "path": kind.path(decision.about),
        "lines": queries.lines(decision),
        "acts": decision.acts.select_related("step"),
        "helpers": queries.helpers(decision),
        "may_act": queries.may_act(actor, decision),
        "is_last": queries.is_last(decision),
        "may_withdraw": own and decision.is_open,
        "may_resend": own and decision.state == Decision.State.RETURNED and not kind_of(decision.kind).anew,
        "anew": own and decision.state == Decision.State.RETURNED and kind_of(decision.kind).anew,
        "may_review": candidates.to_review(actor).filter(pk=decision.pk).exists(),
        "form": form,
    }
    return render(request, "decisions/decision.html", context)


def _gathered(request: HttpRequest, asked: dict[str, Any]) -> str:
    batch = batches.gather(actor_of(request), _ids(request.POST.getlist("decision")), **asked)
    messages.success(request, f"一括伺書（{batch.number}）を作りました。")
    return reverse("decision-batch", args=[batch.public_id])


def _decided(request: HttpRequest, listed: list[UUID], asked: dict[str, Any]) -> str:
    versions = {public_id: request.POST.get(f"version-{public_id}", "") for public_id in listed}
    approve = [public_id for public_id in _ids(request.POST.getlist("decision")) if public_id in versions]
    approved, returned = batches.decide(actor_of(request), versions, approve=approve, **asked)
    messages.success(request, f"{approved}件を処理し、{returned}件を差し戻しました。")
    return f"{reverse('decisions')}?which=inbox"


def _record(request: HttpRequest, decisions: list[Decision], act: Act) -> None:
    """Log what the decisions show of persons, by the file of their kind; nothing where they show none."""
    access.nothing_shown(request)
    for decision in decisions:
        kind = kind_of(decision.kind)
        subjects = kind.subjects(decision.about) if kind.subjects else ()
        if subjects:
            access.record(request, kind.file, act, subjects=subjects, items=ITEMS)


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise Refusal("bad-choice", "画面の情報が正しくありません。", ways=("一覧を開き直してください。",)) from error


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )
