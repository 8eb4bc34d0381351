"""Readers of the cards: lists of an office, who comes of age in a month, what has not come back, who turns 100."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from audit.actor import Actor
from audit.permissions import visible
from audit.rights import Act, File, Right
from eligibility import rules
from eligibility.cards.rules import Entitlement, entitlement
from eligibility.facts import people
from eligibility.holds import CARD, holds_on
from eligibility.models import Card, Resident
from kaigo.common.days import add_months
from kaigo.common.refusal import Refusal

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
CENTURY = 100


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody who is to have a card: why, by which day, and why the run would leave the person out."""

    resident: Resident
    reason: str
    due_on: date
    left_out: str


def cards(actor: Actor, right: Right = VIEW) -> QuerySet[Card]:
    """The cards of residents of the offices on which the actor holds the right."""
    rows = Card.objects.select_related("insured__resident__office", "office", "staff")
    return visible(rows, actor, right, office="insured__resident__office_id", subject="insured__resident__public_id")


def of_person(resident: Resident) -> QuerySet[Card]:
    """The cards of a person, the newest first."""
    rows = Card.objects.filter(insured__resident=resident).select_related("staff", "office", "replaces")
    return rows.order_by("-serial")


def unreturned(actor: Actor, right: Right = VIEW) -> QuerySet[Card]:
    """未返還: cards that the house wants back."""
    return cards(actor, right).filter(recover=True, returned_on=None, withdrawn=False)


def month_of(first: date) -> tuple[date, date]:
    """The first and the last day of a month."""
    return first, add_months(first, 1) - timedelta(days=1)


CANDIDATES = """
    SELECT r.id AS resident_id FROM eligibility_resident r
    WHERE r.birth_date BETWEEN '{young:%Y-%m-%d}' AND '{old:%Y-%m-%d}' AND {office}
    UNION
    SELECT r.id FROM eligibility_insuredperiod p
    JOIN eligibility_insured i ON i.id = p.insured_id JOIN eligibility_resident r ON r.id = i.resident_id
    WHERE lower(p.period) BETWEEN '{first:%Y-%m-%d}' AND '{last:%Y-%m-%d}' AND {office}
"""


def coming(first: date, offices: Collection[int] | None = None) -> list[Coming]:
    """資格取得者: whose day of acquisition falls in the month that begins on `first` and who hold no card.

    Of residents of these offices, or of everybody; by office, day of acquisition and kana. Who was born on the 1st
    comes of age on the last day of the month before (民法143条), and is in that month's list.
    """
    found = dict(_due(first, offices))
    residents = Resident.objects.select_related("office", "insured").filter(pk__in=found)
    held = set(
        Card.objects.filter(insured__resident__in=found, ended_on=None, withdrawn=False).values_list(
            "insured__resident_id", flat=True
        )
    )
    rows = [
        Coming(row, found[row.pk].reason, found[row.pk].due_on, "、".join(holds_on(row, CARD, found[row.pk].due_on)))
        for row in residents
        if row.pk not in held
    ]
    return sorted(rows, key=lambda row: (row.resident.office.code, row.due_on, row.resident.kana, row.resident.pk))


def _due(first: date, offices: Collection[int] | None) -> Iterator[tuple[int, Entitlement]]:
    _, last = month_of(first)
    age = 12 * rules.FIRST_CATEGORY_AGE
    among = "TRUE" if offices is None else f"r.office_id IN ({', '.join(str(int(office)) for office in offices) or -1})"
    query = CANDIDATES.format(
        young=add_months(first, -age), old=add_months(last, -age) + timedelta(days=2), first=first, last=last,
        office=among,
    )  # fmt: skip
    for person in people(query, last):
        try:
            due = entitlement(rules.insured_periods(person.facts, last).periods, last)
        except Refusal:
            continue  # contradictory facts are listed by the nightly job
        if due and first <= due.due_on <= last:
            yield person.resident_id, due


def centenarians(actor: Actor, fiscal_year: int, right: Right = VIEW) -> QuerySet[Resident]:
    """100歳: residents of one's offices who turn 100 in a fiscal year."""
    return visible(turning_100(fiscal_year), actor, right, office="office_id", subject="public_id")


def turning_100(fiscal_year: int) -> QuerySet[Resident]:
    """Residents whose 100th birthday falls in a fiscal year (April to March)."""
    return Resident.objects.select_related("office", "insured").filter(
        status__in=(Resident.Status.RESIDENT, Resident.Status.OUTSIDE),
        birth_date__gte=date(fiscal_year - CENTURY, 4, 1),
        birth_date__lt=date(fiscal_year + 1 - CENTURY, 4, 1),
    )


def asked(rows: QuerySet[Card], wanted: dict[str, Any]) -> QuerySet[Card]:
    """The cards that a filter form asks for."""
    if wanted.get("reason"):
        rows = rows.filter(reason=wanted["reason"])
    if wanted.get("since"):
        rows = rows.filter(issued_on__gte=wanted["since"])
    if wanted.get("until"):
        rows = rows.filter(issued_on__lte=wanted["until"])
    states: dict[str, dict[str, Any]] = {
        "in_force": {"ended_on": None, "withdrawn": False},
        "ended": {"ended_on__isnull": False, "withdrawn": False},
        "wanted": {"recover": True, "returned_on": None, "withdrawn": False},
        "withdrawn": {"withdrawn": True},
    }
    return rows.filter(**states[wanted["state"]]) if wanted.get("state") else rows


def state_of(card: Card) -> str:
    """Where a card is, in words."""
    if card.withdrawn:
        return "取消"
    if card.ended_on is None:
        return "有効"
    words = card.get_end_display()
    if card.returned_on:
        return f"{words}・回収済み" if card.end != Card.End.RETURNED else words
    return f"{words}・未返還" if card.recover else words
