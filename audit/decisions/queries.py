"""What a person may see of decisions: the ledger, their inbox, what they proposed, batches and routes."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from guardian.models import UserObjectPermission

from audit.actor import Actor
from audit.decisions import candidates
from audit.decisions.kinds import kind_of, kinds
from audit.decisions.models import Action, Batch, Decision, DecisionAct, DecisionStep, Route, Who
from audit.models import Staff
from audit.permissions import staff_id_of
from audit.rights import Act, File, Right
from kaigo.common.refusal import NotFound

AnyRow = TypeVar("AnyRow", Decision, Route)
VIEW = Right(File.DECISIONS, Act.VIEW)


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of the current round with what was done there, as the page and the printed sheet show it."""

    step: DecisionStep
    act: DecisionAct | None
    is_current: bool


def known(rows: QuerySet[AnyRow]) -> QuerySet[AnyRow]:
    """Only rows of kinds that a room has registered: a room that is switched off takes its decisions along."""
    return rows.filter(kind__in=[kind.name for kind in kinds()])


def visible(actor: Actor) -> QuerySet[Decision]:
    """Decisions that the person may open: their own, those to act on or acted on, and of the ledger those on files
    that they may view: what a screen refuses, its decision does not tell.
    """
    acted = DecisionAct.objects.filter(decision=OuterRef("pk"), staff_id=staff_id_of(actor))
    allowed = (
        _in_ledger(actor)
        | Q(proposed_by_id=actor.staff_id)
        | Exists(acted)
        | candidates.may_decide(actor)
        | candidates.actable(actor)
        | Q(pk__in=candidates.to_review(actor).values("pk"))
    )
    return known(Decision.objects.filter(allowed)).select_related("office", "proposed_by", "current", "batch")


def _in_ledger(actor: Actor) -> Q:
    """The right on the ledger and that on the file of the kind, on the same office."""
    offices, found = actor.offices(VIEW), Q(pk__in=[])
    for file in {kind.file for kind in kinds()} if offices else ():
        names = [kind.name for kind in kinds() if kind.file == file]
        found |= Q(kind__in=names, office_id__in=offices & actor.offices(Right(file, Act.VIEW)))
    return found


def inbox(actor: Actor) -> QuerySet[Decision]:
    """決裁待ち: what the person can decide or consent to now."""
    found = Decision.objects.filter(candidates.inbox(actor))
    return found.select_related("office", "proposed_by", "current", "batch")


def decision_of(actor: Actor, public_id: UUID) -> Decision:
    """One decision that the person may open. Raises NotFound."""
    found = visible(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "no-decision", "この伺書は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found


def batch_of(actor: Actor, public_id: UUID) -> Batch:
    """One batch of which the person may open a decision. Raises NotFound."""
    found = Batch.objects.filter(public_id=public_id, decisions__in=visible(actor)).select_related("office", "made_by")
    batch = found.distinct().first()
    if batch is None:
        raise NotFound(
            "no-batch", "この一括伺書は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return batch


def latest(about: UUID) -> Decision | None:
    """The newest decision on a subject, open or over."""
    return (
        Decision.objects.filter(about=about).select_related("office", "current").order_by("-proposed_at", "-pk").first()
    )


def ledger(actor: Actor, asked: dict[str, Any]) -> QuerySet[Decision]:
    """The decisions that the filter asks for."""
    rows = {
        "inbox": lambda: inbox(actor),
        "review": lambda: visible(actor).filter(pk__in=candidates.to_review(actor).values("pk")),
        "mine": lambda: visible(actor).filter(proposed_by_id=actor.staff_id),
    }.get(asked.get("which", ""), lambda: visible(actor))()
    if text := asked.get("text"):
        rows = rows.filter(Q(number__icontains=text) | Q(title__icontains=text) | Q(batch__number__icontains=text))
    for name, lookup in (("state", "state"), ("kind", "kind"), ("office", "office__public_id")):
        if asked.get(name):
            rows = rows.filter(**{lookup: asked[name]})
    return _within(rows, asked.get("day_from"), asked.get("day_to"))


def _within(rows: QuerySet[Decision], first: date | None, last: date | None) -> QuerySet[Decision]:
    if first:
        rows = rows.filter(proposed_at__date__gte=first)
    return rows.filter(proposed_at__date__lte=last) if last else rows


def lines(decision: Decision) -> list[StepLine]:
    """The steps of the current round in their order, each with the act that was done there."""
    acts = {a.step_id: a for a in decision.acts.filter(round=decision.round).exclude(step=None).select_related("staff")}
    steps = decision.steps.filter(round=decision.round).select_related("role", "person", "office")
    return [StepLine(step, acts.get(step.pk), step.pk == decision.current_id) for step in steps]


def helpers(decision: Decision) -> list[Staff]:
    """Who holds the right that the current step asks for: whom to turn to. Nobody for a step that names its person."""
    step = decision.current
    if step is None or step.who != Who.RIGHT:
        return []
    held = UserObjectPermission.objects.filter(
        permission__codename=kind_of(decision.kind).right.codename, object_pk=str(decision.office_id)
    )
    others = Staff.objects.filter(pk__in=held.values("user"), is_active=True).exclude(pk=decision.proposed_by_id or 0)
    return list(others.select_related("office"))


def may_act(actor: Actor, decision: Decision) -> bool:
    """Whether the person may act at the current step, also as a deputy."""
    return Decision.objects.filter(pk=decision.pk).filter(candidates.actable(actor)).exists()


def is_last(decision: Decision) -> bool:
    """Whether the current step is the decision itself."""
    return decision.current is not None and decision.current.action == Action.DECIDE


def routes() -> QuerySet[Route]:
    """All routes, those in force and those that were or will be."""
    return (
        known(Route.objects.all())
        .select_related("office", "entered_by")
        .prefetch_related("steps__role", "steps__person", "steps__office")
    )


def route_of(public_id: UUID) -> Route:
    """One route. Raises NotFound."""
    found = routes().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-route", "この決裁経路は見つかりません。", ways=("一覧から選び直してください。",))
    return found


def nameable(actor: Actor) -> QuerySet[Staff]:
    """Whom a route may name: the staff of the offices for which the person may lay routes down."""
    enter = Right(File.DECISIONS, Act.ENTER)
    return Staff.objects.filter(office_id__in=actor.offices(enter), is_active=True).order_by("login")
