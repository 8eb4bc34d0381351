"""The sign-off of a yearly review (棚卸しの決裁): what the manager reads, and the PDF that stays (E09)."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from audit.actor import Actor
from audit.decisions.kinds import DecisionKind, Rows, register
from audit.decisions.models import Decision
from audit.files import store_file
from audit.models import Staff
from audit.permissions import staff_id_of
from audit.personnel import documents
from audit.personnel.models import ReviewCampaign, ReviewItem
from audit.personnel.reviewing import DECISION
from audit.rights import File
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki, format_year

RETENTION = "id-reviews"
State, Verdict = ReviewCampaign.State, ReviewItem.Verdict


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a review is."""

    total: int
    marked: int
    kept: int
    removed: int

    @property
    def left(self) -> int:
        return self.total - self.kept - self.removed


def progress(campaign: ReviewCampaign) -> Progress:
    """How far a review is. One SQL statement."""
    found = campaign.items.order_by().aggregate(
        total=Count("pk"), marked=Count("pk", filter=~Q(marks=[])), kept=Count("pk", filter=Q(verdict=Verdict.KEEP)),
        removed=Count("pk", filter=Q(verdict=Verdict.REMOVE)),
    )  # fmt: skip
    return Progress(**found)


def rows(about: UUID) -> Rows:
    """What the decider reads."""
    campaign = _campaign(about)
    found = progress(campaign)
    kept = campaign.items.filter(verdict=Verdict.KEEP).exclude(marks=[]).count()
    return [
        ("所属", campaign.office.name),
        ("年度", f"{format_year(campaign.year)} 第{campaign.serial}回"),
        ("始めた日", format_wareki(timezone.localdate(campaign.started_at))),
        ("利用者IDと役割", f"{found.total}件（印のあるもの {found.marked}件）"),
        ("継続", f"{found.kept}件（うち印のあるもの {kept}件）"),
        ("削除", f"{found.removed}件"),
        ("判断していない", f"{found.left}件"),
        ("所見", campaign.comment or "特になし"),
    ]


def fingerprint(about: UUID) -> str:
    """Every verdict: what is signed off is what was handed in."""
    values = _campaign(about).items.order_by("pk").values_list("pk", "verdict", "reason")
    return hashlib.sha256(repr(list(values)).encode()).hexdigest()


def sign(actor: Actor, decision: Decision) -> None:
    """確認: the PDF of the whole list is made and kept. Raises Refusal while a row is undecided."""
    campaign = ReviewCampaign.objects.select_for_update(of=("self",)).get(public_id=decision.about)
    if campaign.items.filter(verdict="").exists():
        raise Refusal("undecided", "判断していない行があります。", ways=("差し戻してください。",))
    campaign.signed_by = Staff.objects.get(pk=staff_id_of(actor))
    campaign.signed_name, campaign.signed_at = campaign.signed_by.name, clock.now()
    pdf = documents.review(campaign, progress(campaign), decision=decision.number)
    campaign.stored = store_file(pdf, f"棚卸し_{campaign.year}_{campaign.public_id}.pdf", "application/pdf", RETENTION)
    campaign.state = State.SIGNED
    campaign.version += 1
    campaign.save()


def closed(actor: Actor, decision: Decision) -> None:
    """Returned, rejected or withdrawn: the verdicts can be changed again."""
    rows = ReviewCampaign.objects.filter(public_id=decision.about, state=State.PROPOSED)
    rows.update(state=State.OPEN, version=F("version") + 1)


def _campaign(about: UUID) -> ReviewCampaign:
    return ReviewCampaign.objects.select_related("office").get(public_id=about)


register(
    DecisionKind(
        DECISION, "利用者IDと権限の棚卸し", File.STAFF, apply=sign, rows=rows, fingerprint=fingerprint, closed=closed,
        path=lambda about: reverse("personnel-review", args=[about]),
    )
)  # fmt: skip
