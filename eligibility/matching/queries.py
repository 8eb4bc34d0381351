"""Readers of the comparisons: results, slips and merges of the offices that somebody may see."""

from typing import Any

from django.db.models import Q, QuerySet

from audit.actor import Actor
from audit.permissions import visible
from audit.rights import Act, File, Right
from audit.worklist import Waiting
from eligibility.models import ContactSlip, Finding, Merge, Resident

VIEW, ENTER = Right(File.ELIGIBILITY, Act.VIEW), Right(File.ELIGIBILITY, Act.ENTER)


def findings(actor: Actor, right: Right = VIEW) -> QuerySet[Finding]:
    """The results of one's offices."""
    rows = Finding.objects.select_related("resident__insured", "resident__office", "other", "office", "decided_by")
    return visible(rows, actor, right, office="office_id", subject="resident__public_id")


def asked(rows: QuerySet[Finding], wanted: dict[str, Any]) -> QuerySet[Finding]:
    """Those that a filter asks for; the open ones when it says nothing of the state."""
    rows = rows.filter(state=wanted.get("state") or Finding.State.OPEN)
    for name in ("kind", "code"):
        if wanted.get(name):
            rows = rows.filter(**{name: wanted[name]})
    return rows


def slips(actor: Actor, right: Right = VIEW) -> QuerySet[ContactSlip]:
    """The slips of one's offices that are in force."""
    rows = ContactSlip.objects.filter(withdrawn=False).select_related("resident", "facility", "office", "staff")
    return visible(rows, actor, right, office="office_id", subject="resident__public_id")


def merges(actor: Actor, right: Right = VIEW) -> QuerySet[Merge]:
    """The merges whose kept entry belongs to one's offices."""
    rows = Merge.objects.select_related("kept__office", "dropped__office", "staff", "undone_by")
    return visible(rows, actor, right, office="kept__office_id", subject="kept__public_id")


def merge_of(resident: Resident) -> Merge | None:
    """The merge that a person's entry is part of now, dropped or kept."""
    rows = Merge.objects.filter(Q(kept=resident) | Q(dropped=resident), undone_at=None)
    return rows.select_related("kept", "dropped").first()


def may_see(actor: Actor, resident: Resident | None) -> bool:
    """Whether the actor may see a person: what is shown of a pair may belong to another office."""
    return resident is not None and actor.may(VIEW, resident.office_id, [resident.public_id])


def waiting(actor: Actor) -> list[Waiting]:
    """今日の仕事: open results of one's offices, for who may enter."""
    if not actor.may(ENTER):
        return []
    return [Waiting("突合の結果", "/matching/", findings(actor, ENTER).filter(state=Finding.State.OPEN).count())]
