"""What of watching waits for a person (今日の仕事)."""

from datetime import timedelta

from django.db.models import Count, Min
from django.urls import reverse

from audit.actor import Actor
from audit.rights import Act, File, Right
from audit.watching import coverage, letters, reporting
from audit.watching.models import Finding
from audit.watching.queries import visible
from audit.watching.reviewing import DECIDE, superiors_of
from audit.worklist import Waiting
from kaigo.common import clock

RUN = Right(File.FINDINGS, Act.RUN)
ENTER = Right(File.FINDINGS, Act.ENTER)


def waiting(actor: Actor) -> list[Waiting]:
    """Findings to review, letters to chase, days that nobody examined."""
    return [*_findings(actor), *_gaps(actor), *_letters(actor), *_reports(actor)]


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


def _letters(actor: Actor) -> list[Waiting]:
    count, due = letters.waiting_for_reply(actor)
    found = [Waiting("長時間ログオンの照会に回答する", f"{reverse('watching-letters')}?state=sent", count, due)]
    if not actor.may(ENTER):
        return found
    late = letters.overdue(actor).aggregate(count=Count("id"), due=Min("due_on"))
    return [
        *found,
        Waiting(
            "長時間ログオンの照会を督促する", f"{reverse('watching-letters')}?state=overdue", late["count"], late["due"]
        ),
        Waiting("長時間ログオンを所属に照会する", reverse("watching-letter-new"), letters.count_to_ask(actor)),
    ]


def _reports(actor: Actor) -> list[Waiting]:
    if not actor.may(DECIDE):
        return []
    month = (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)
    path = f"{reverse('watching-reports')}?month={month:%Y-%m}"
    return [Waiting("先月の点検の月次報告を確認する", path, reporting.unsigned(actor, month))]
