"""Readers: where a letter goes, what is held, and the talks with people of one's offices."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet

from audit.actor import Actor
from audit.permissions import visible
from audit.rights import Act, File, Right
from audit.worklist import Waiting
from eligibility.models import (
    Agent,
    BankAccount,
    ContactPoint,
    Hold,
    MailingAddress,
    Remark,
    Resident,
    StickyNote,
    Talk,
)
from eligibility.models.contacts import DatedFact
from eligibility.presenters import address_lines
from kaigo.common import clock

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
ENTER = Right(File.ELIGIBILITY, Act.ENTER)
Fact = TypeVar("Fact", bound=DatedFact)


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom a letter goes to, where, by which source, and whether somebody must look again before it leaves (F2)."""

    name: str
    postal_code: str
    lines: tuple[str, ...]
    source: str
    needs_check: bool


def destination(resident: Resident, day: date) -> Destination:
    """送付先 of a letter on a day: the confirmed mailing address, else the registered address.

    A mailing address and a protected person are looked at again before the letter leaves.
    """
    row = holding(MailingAddress, resident, day).filter(confirmed_at__isnull=False).first()
    if row:
        lines = tuple(line for line in (row.address, row.building) if line)
        return Destination(row.recipient, row.postal_code, lines, "送付先", needs_check=True)
    return Destination(
        resident.name, resident.postal_code, tuple(registered_lines(resident)), "住民記録", resident.is_protected
    )


def registered_lines(resident: Resident) -> list[str]:
    """The registered address as a letter needs it, with the city."""
    lines = address_lines(resident)
    if lines and resident.status == Resident.Status.RESIDENT and not lines[0].startswith(settings.INSURER_NAME):
        lines[0] = settings.INSURER_NAME + lines[0]
    return lines


def holding(model: type[Fact], resident: Resident, day: date) -> QuerySet[Fact]:
    """The facts of a kind that hold on a day."""
    until = Q(ended_on=None) | Q(ended_on__gte=day)
    return of_person(model, resident).filter(until, begun_on__lte=day, withdrawn=False)


def of_person(model: type[Fact], resident: Resident) -> QuerySet[Fact]:
    """All facts of a kind, the newest first."""
    return model._default_manager.filter(resident=resident).select_related("staff").order_by("-begun_on", "-pk")


def held(resident: Resident, what: str, day: date) -> list[str]:
    """抑止 in words, for eligibility.holds."""
    rows = holding(Hold, resident, day).filter(what__in=(what, Hold.What.ALL))
    return [row.reason for row in rows]


def notes(resident: Resident, day: date) -> list[StickyNote]:
    """付箋 that stand on a day."""
    return list(holding(StickyNote, resident, day))


def everything(resident: Resident, day: date) -> dict[str, Any]:
    """What the tab shows: each kind with what holds and what was before."""
    return {
        "destination": destination(resident, day),
        "mailing": of_person(MailingAddress, resident).select_related("confirmed_by"),
        "contact_points": of_person(ContactPoint, resident).order_by("ended_on", "order", "-pk"),
        "agents": of_person(Agent, resident),
        "accounts": of_person(BankAccount, resident),
        "holds": of_person(Hold, resident).select_related("ended_by"),
        "remarks": of_person(Remark, resident).filter(ended_on=None, withdrawn=False).order_by("line"),
    }


def unconfirmed(actor: Actor, right: Right = VIEW) -> QuerySet[MailingAddress]:
    """送付先 that wait for a second person (F2), of residents of one's offices."""
    rows = MailingAddress.objects.filter(confirmed_at=None, withdrawn=False).select_related("resident__office", "staff")
    return visible(rows, actor, right, office="resident__office_id", subject="resident__public_id")


def talks(actor: Actor, right: Right = VIEW) -> QuerySet[Talk]:
    """応対記録 about residents of one's offices."""
    rows = Talk.objects.select_related("resident__office", "staff", "handed_to", "closed_by")
    return visible(rows, actor, right, office="resident__office_id", subject="resident__public_id")


def open_talks(actor: Actor) -> QuerySet[Talk]:
    """応対 with something left to do: a next date or a hand-over, not closed."""
    return talks(actor).filter(closed_at=None).filter(Q(next_on__isnull=False) | Q(handed_to__isnull=False))


def waiting(actor: Actor) -> list[Waiting]:
    """今日の仕事: mailing addresses to confirm, talks handed over to oneself, and next dates that have come."""
    if not actor.may(ENTER):
        return []
    today, open_ones = clock.today(), open_talks(actor)
    mine = open_ones.filter(handed_to=actor.staff_id)
    due = open_ones.filter(next_on__lte=today, staff=actor.staff_id).exclude(handed_to=actor.staff_id)
    first = due.order_by("next_on").values_list("next_on", flat=True).first()
    return [
        Waiting("送付先の確認（2人目）", "/mailing/", unconfirmed(actor).exclude(staff=actor.staff_id).count()),
        Waiting("引き継がれた応対", "/talks/?whose=mine", mine.count()),
        Waiting("次回予定日が来た応対", "/talks/?whose=due", due.count(), first),
    ]
