"""Several decisions under one cover (一括伺書), and deciding on several at once."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import transaction

from audit.actor import Actor
from audit.decisions import queries, services
from audit.decisions.kinds import kind_of
from audit.decisions.models import Batch, Decision, DecisionAct
from audit.history import recorded
from audit.numbering import next_number
from audit.permissions import staff_id_of
from kaigo.common import clock
from kaigo.common.refusal import Refusal

SERIES = "一括"


def gatherable(actor: Actor) -> list[Decision]:
    """The person's own proposals that nobody has acted on yet and that are under no cover."""
    acted = DecisionAct.objects.exclude(kind__in=[DecisionAct.Kind.PROPOSE, DecisionAct.Kind.RESEND]).values("decision")
    own = Decision.objects.filter(proposed_by_id=actor.staff_id, state=Decision.State.CIRCULATING, batch=None)
    return list(own.exclude(pk__in=acted).select_related("office").order_by("kind", "office__code", "number"))


def gather(actor: Actor, public_ids: Collection[UUID], *, title: str, reason: str = "") -> Batch:
    """一括伺書を作る: put own proposals of one kind and office under one cover, to be decided with a list.

    Raises Refusal for fewer than two, for different kinds or offices, and for one that cannot be gathered.
    """
    with transaction.atomic(), recorded(actor, "一括伺書"):
        wanted = [d for d in gatherable(actor) if d.public_id in set(public_ids)]
        _check_gathered(wanted, set(public_ids))
        batch = Batch.objects.create(
            number=next_number(SERIES, clock.today()), kind=wanted[0].kind, office=wanted[0].office, title=title,
            reason=reason, made_by_id=staff_id_of(actor), made_at=clock.now(),
        )  # fmt: skip
        Decision.objects.filter(pk__in=[d.pk for d in wanted]).update(batch=batch)
        return batch


def decide(
    actor: Actor,
    versions: Mapping[UUID, str],
    *,
    approve: Collection[UUID],
    return_reason: str = "",
    comment: str = "",
) -> tuple[int, int]:
    """一括決裁: approve those named in `approve`, return the rest of `versions` with one reason; all or none.

    `versions` maps each decision's public id to the version that the person saw. Says how many were approved and how
    many returned. Raises Refusal when one of them cannot be decided, naming it.
    """
    left = [public_id for public_id in versions if public_id not in set(approve)]
    if left and not return_reason.strip():
        raise Refusal("no-reason", "決裁から外す件があるときは、差し戻す理由を入れてください。", field="return_reason")
    with transaction.atomic():
        for public_id in versions:
            decision = queries.decision_of(actor, public_id)
            try:
                if public_id in set(approve):
                    services.approve(actor, decision, version=versions[public_id], comment=comment)
                else:
                    services.return_(actor, decision, version=versions[public_id], reason=return_reason)
            except Refusal as refusal:
                refusal.message = f"{decision.number}：{refusal.message}どの件もまだ決裁していません。"
                raise
    return len(versions) - len(left), len(left)


def _check_gathered(found: list[Decision], asked: set[UUID]) -> None:
    if len(found) != len(asked):
        raise Refusal(
            "not-gatherable",
            "ほかの人が処理した伺書など、まとめられないものが含まれています。",
            ways=("選び直してください。",),
        )
    if len(found) < 2:
        raise Refusal("too-few", "まとめる伺書を2件以上選んでください。")
    if len({(d.kind, d.office_id) for d in found}) > 1:
        names = "、".join(sorted({kind_of(d.kind).label for d in found}))
        raise Refusal("mixed", f"同じ種類、同じ所属の伺書だけをまとめられます（選んだ種類：{names}）。")
