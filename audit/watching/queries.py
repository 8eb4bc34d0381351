"""Readers of watching: findings in one's offices, the log rows behind one, what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from audit.actor import Actor
from audit.models import AccessLog, Office, Staff
from audit.rights import Act, File, Right
from audit.subjects import Subject, describe
from audit.watching.models import Finding
from audit.watching.reviewing import VIEW
from kaigo.common import clock
from kaigo.common.refusal import NotFound

PAGE = 50
SEES_PERSONS = Right(File.ELIGIBILITY, Act.VIEW)


def visible(actor: Actor) -> QuerySet[Finding]:
    """The findings on the offices where the person may view them, without those on themself."""
    return (
        Finding.objects.filter(office_id__in=actor.offices(VIEW))
        .exclude(staff__isnull=False, staff_id=actor.staff_id or 0)
        .select_related("office", "staff", "reviewer")
    )


def finding(actor: Actor, public_id: UUID) -> Finding:
    """One finding that the person may see. Raises NotFound."""
    found = visible(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "no-finding", "この点検事項は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found


def findings(actor: Actor, asked: Mapping[str, Any]) -> QuerySet[Finding]:
    """The findings that the filter asks for (audit.watching.forms.FindingFilter)."""
    rows = visible(actor)
    exact = {
        "kind": asked.get("kind"),
        "severity": asked.get("severity"),
        "verdict": asked.get("verdict"),
        "office__public_id": asked.get("office"),
        "staff__public_id": asked.get("staff"),
        "day__gte": asked.get("day_from"),
        "day__lte": asked.get("day_to"),
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return rows.filter(STATES[asked.get("state") or "live"](clock.today()))


STATES = {
    "live": lambda today: Q(state__in=Finding.LIVE),
    "overdue": lambda today: Q(state__in=Finding.LIVE, due_on__lt=today),
    "open": lambda today: Q(state=Finding.State.OPEN),
    "checking": lambda today: Q(state=Finding.State.CHECKING),
    "reviewed": lambda today: Q(state=Finding.State.REVIEWED),
    "all": lambda today: Q(),
}


def offices_of(actor: Actor) -> list[Office]:
    """The offices whose findings the person may view."""
    return list(Office.objects.filter(pk__in=actor.offices(VIEW)))


def staff_of(actor: Actor) -> list[Staff]:
    """The members of staff of whom there are findings that the person may view."""
    return list(Staff.objects.filter(pk__in=visible(actor).order_by().values("staff_id")).order_by("name", "pk"))


@dataclass(frozen=True, slots=True)
class LogLine:
    """A row of the log behind a finding; `subject` is named only where the person at the screen may see them."""

    row: AccessLog
    subject: Subject | None
    others: int


def log_rows(actor: Actor, found: Finding, number: object) -> tuple[Page[Any], list[LogLine]]:
    """A page of the log rows behind a finding, in the order in which they happened."""
    page = Paginator(found.rows.order_by("at", "log_id"), PAGE).get_page(str(number or 1))
    references = list(page.object_list)
    if not references:
        return page, []
    span = (references[0].at, references[-1].at)  # lets the database look into the months concerned only
    rows = AccessLog.objects.filter(pk__in=[r.log_id for r in references], at__range=span).order_by("at", "pk")
    return page, _lines(actor, list(rows))


def _lines(actor: Actor, rows: Sequence[AccessLog]) -> list[LogLine]:
    wanted = {row.subjects[0] for row in rows if len(row.subjects) == 1}
    offices = actor.offices(SEES_PERSONS)
    subjects = {key: who for key, who in describe(wanted).items() if who.office_id in offices}
    return [
        LogLine(row, subjects.get(row.subjects[0]) if len(row.subjects) == 1 else None, row.subject_count)
        for row in rows
    ]


def next_due(rows: QuerySet[Finding]) -> tuple[int, date | None]:
    """How many findings are not reviewed, and by which day the first of them is due."""
    due = list(rows.filter(state__in=Finding.LIVE).order_by("due_on").values_list("due_on", flat=True))
    return len(due), due[0] if due else None
