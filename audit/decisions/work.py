"""What of the approval routes waits for a person (今日の仕事)."""

from django.urls import reverse
from django.utils import timezone

from audit.actor import Actor
from audit.decisions import candidates, queries
from audit.decisions.models import Decision
from audit.worklist import Waiting


def waiting(actor: Actor) -> list[Waiting]:
    """Decisions to take, decisions of deputies to see, own proposals that came back."""
    if actor.staff_id is None:
        return []
    page = reverse("decisions")
    found = queries.inbox(actor).order_by("proposed_at").values_list("proposed_at", flat=True)
    oldest = found.first()
    returned = Decision.objects.filter(proposed_by_id=actor.staff_id, state=Decision.State.RETURNED).count()
    return [
        Waiting("伺書を決裁する", f"{page}?which=inbox", found.count(), timezone.localdate(oldest) if oldest else None),
        Waiting("代決された伺書を後閲する", f"{page}?which=review", candidates.to_review(actor).count()),
        Waiting("差し戻された伺書を直す", f"{page}?which=mine&state=returned", returned),
    ]
