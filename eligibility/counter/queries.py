"""Readers of the counter: notifications in words, and what a check page carries on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from audit.actor import Actor
from audit.models import Office
from audit.permissions import visible
from audit.rights import Act, File, Right
from eligibility import rules
from eligibility.acts import Paper, act_of
from eligibility.counter.forms import Line, VisitForm
from eligibility.models import InsuredPeriod, Notification, Reception
from eligibility.practice import word
from eligibility.receiving import spans_of
from kaigo.common.wareki import format_wareki

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
LEFT_OUT = {"csrfmiddlewaretoken", "submission", "version", "change", "confirmed", "number", "draft"}


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """An insured period in words."""

    category: str
    acquired_on: date
    acquisition_reason: str
    lost_on: date | None
    loss_reason: str


@dataclass(frozen=True, slots=True)
class NotificationLine:
    """A notification in words, with the periods before and after it."""

    row: Notification
    label: str
    before: list[PeriodLine]
    after: list[PeriodLine]

    @property
    def papers(self) -> list[Paper]:
        """What can be printed, unless the notification was taken back."""
        kind = act_of(self.row.act)
        return kind.papers(self.row) if kind and self.row.withdrawn_at is None else []

    @property
    def changed(self) -> bool:
        return self.before != self.after


def notifications(actor: Actor, right: Right = VIEW) -> QuerySet[Notification]:
    """The notifications about residents of the offices on which the actor holds the right."""
    rows = Notification.objects.select_related("resident__office", "reception", "staff", "withdrawn_by")
    return visible(rows, actor, right, office="resident__office_id", subject="resident__public_id")


def receptions(actor: Actor, right: Right = VIEW) -> QuerySet[Reception]:
    """The receptions for residents of the offices on which the actor holds the right."""
    rows = Reception.objects.select_related("resident__office", "office", "staff")
    return visible(rows, actor, right, office="resident__office_id", subject="resident__public_id")


def of_reception(reception: Reception) -> QuerySet[Notification]:
    """What was received at a visit, in the order in which it was entered."""
    rows = Notification.objects.filter(reception=reception)
    return rows.select_related("resident", "reception", "staff", "withdrawn_by").order_by("created_at")


def line(row: Notification) -> NotificationLine:
    kind = act_of(row.act)
    return NotificationLine(
        row, kind.label if kind else row.act, periods(spans_of(row.before)), periods(spans_of(row.after))
    )


def periods(spans: Iterable[rules.InsuredSpan]) -> list[PeriodLine]:
    """Insured periods in words, the newest first."""
    found = [
        PeriodLine(
            str(InsuredPeriod.Category(span.category).label),
            span.acquired_on,
            rules.REASONS.get(span.acquisition_reason, span.acquisition_reason),
            span.lost_on,
            rules.REASONS.get(span.loss_reason, span.loss_reason),
        )
        for span in spans
    ]
    return found[::-1]


def reception_lines(row: Reception) -> list[Line]:
    """Who came and how the identity was checked, in words."""
    day = row.received_on
    lines = [
        ("受付番号", row.number),
        ("受付日", format_wareki(day)),
        ("受付の方法", row.get_channel_display()),
        ("受付事務所", row.office.name),
        ("受付者", row.staff.name if row.staff else ""),
        ("来た人", row.get_visitor_display()),
        ("届出者の氏名", row.visitor_name),
        ("本人との関係", word("relationships", row.relationship, day)),
        ("届出者の電話番号", row.visitor_phone),
        ("個人番号の確認", row.get_number_check_display()),
        ("番号確認の書類", word("identity_documents", row.number_document, day)),
        ("番号の記載がない理由", row.number_reason),
        ("身元確認の書類", "、".join(word("identity_documents", code, day) for code in row.identity_documents)),
        ("聞き取りの内容", row.identity_note),
        ("代理権の確認", "、".join(word("identity_documents", code, day) for code in row.agent_documents)),
    ]
    return [(label, words) for label, words in lines if words]


def visit_lines(visit: VisitForm) -> list[Line]:
    """The same, of a visit that is still being entered."""
    row = Reception(**visit.visit())
    shown = {"受付番号", "受付事務所", "受付者"}
    row.office, row.staff = Office(name=""), None
    return [(label, words) for label, words in reception_lines(row) if label not in shown]


def typed(posted: Mapping[str, Any], visit: VisitForm | None) -> list[Line]:
    """What the check page carries on of what was entered; the individual number is not among it."""
    pairs = [
        (name, value)
        for name, values in posted.lists()  # type: ignore[attr-defined]
        if name not in LEFT_OUT
        for value in values
    ]
    if visit and visit.cleaned_data.get("number_token"):
        pairs = [pair for pair in pairs if pair[0] != "number_token"]
        pairs.append(("number_token", visit.cleaned_data["number_token"]))
    return pairs


def office_of(actor: Actor) -> Office:
    """The office at whose counter somebody sits."""
    return Office.objects.get(staff__pk=actor.staff_id or 0)
