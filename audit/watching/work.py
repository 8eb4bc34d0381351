"""What of watching waits for a person (今日の仕事)."""

from django.db.models import Count, Min
from django.urls import reverse

from audit.actor import Actor
from audit.rights import Act, File, Right
from audit.watching import coverage
from audit.watching.models import Finding
from audit.watching.queries import visible
from audit.watching.reviewing import DECIDE, superiors_of
from audit.worklist import Waiting

RUN = Right(File.FINDINGS, Act.RUN)


def waiting(actor: Actor) -> list[Waiting]:
    """Findings to review, letters to chase, days that nobody examined."""
    return [*_findings(actor), *_gaps(actor)]


def _findings(actor: Actor) -> list[Waiting]:
    offices = actor.offices(DECIDE)
    if not offices:
        return []
    found = (
        visible(actor)
        .filter(state__in=Finding.LIVE, office_id__in=offices)
        .exclude(staff_id__in=superiors_of(actor.staff_id))
        .aggregate(count=Count("id"), due=Min("due_on"))
    )
    return [Waiting("アクセス記録の点検事項を点検する", reverse("watching"), found["count"], found["due"])]


def _gaps(actor: Actor) -> list[Waiting]:
    if not actor.may(RUN):
        return []
    days = coverage.open_gaps()
    return [
        Waiting(
            "点検していない日のアクセス記録を点検する", reverse("watching-days"), len(days), min(days, default=None)
        )
    ]
