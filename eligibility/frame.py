"""What every page of a person shares: who may see it, the header, the tabs, and whom the log must name."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from audit.permissions import actor_of, require
from audit.rights import Act, File, Right
from eligibility import presenters, queries
from eligibility.models import Resident
from eligibility.registry import PersonTab, tabs
from kaigo.common import clock


def named(header: presenters.PersonHeader, others: Iterable[UUID] = ()) -> list[UUID]:
    """Whom a page of a person names: the person, the head of the household in the header, and whoever else it shows."""
    head = [header.head.public_id] if header.head else []
    return list(dict.fromkeys([header.resident.public_id, *head, *others]))


def visible_person(request: HttpRequest, public_id: UUID) -> Resident:
    """The resident, for who may view the file there. Raises NotFound, or Forbidden (which is logged)."""
    resident = queries.person(public_id)
    require(actor_of(request), File.ELIGIBILITY, Act.VIEW, resident.office_id, subjects=[resident.public_id])
    return resident


def open_tabs(request: HttpRequest, resident: Resident) -> list[PersonTab]:
    """The tabs that the person at the screen may open."""
    actor = actor_of(request)
    return [tab for tab in tabs() if actor.may(Right(tab.file, Act.VIEW), resident.office_id, [resident.public_id])]


def frame(request: HttpRequest, resident: Resident) -> dict[str, Any]:
    """What every page of a person shows around its content."""
    today = clock.today()
    shown = open_tabs(request, resident)
    warnings = presenters.badges(resident, today)
    for tab in shown:
        warnings += tab.badges(resident) if tab.badges else []
    header = presenters.PersonHeader(
        resident=resident,
        insured=presenters.insured_of(resident),
        age=presenters.age_words(resident, today),
        state=presenters.insured_state(resident, today),
        badges=warnings,
        household=presenters.members(queries.household_on(resident, today), today),
    )
    reveal = actor_of(request).may(Right(File.ELIGIBILITY, Act.DECIDE), resident.office_id)
    showable = [tab.key for tab in shown if tab.visitor]
    return {
        "resident": resident,
        "header": header,
        "tabs": shown,
        "today": today,
        "reveal": reveal,
        "visitor_key": next(iter(showable), ""),
    }
