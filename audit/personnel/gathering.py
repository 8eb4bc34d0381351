"""What the yearly review looks at: every id of an office, its roles, and the marks on both."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from audit.models import JobRun, Office, RoleAssignment, Staff
from audit.personnel import ids, marks, pledges, queries
from audit.personnel.intake import KIND
from audit.personnel.marks import Facts
from audit.personnel.models import PersonnelOrder, ReviewCampaign, ReviewItem
from kaigo.common import clock


def items_of(campaign: ReviewCampaign) -> list[ReviewItem]:
    """A row for each id that is active or still holds a role, and one for each of its roles. Unsaved."""
    people = _people(campaign.office)
    keys = [row.pk for row in people]
    used, issued = queries.last_sign_in(keys), queries.last_issue(keys)
    held, known = _held(keys), _numbers_in_file()
    items: list[ReviewItem] = []
    for staff in people:
        roles = held.get(staff.pk, {})
        facts = _facts(staff, used.get(staff.pk), issued.get(staff.pk), roles, known)
        first = marks.of_id(facts, clock.today(), campaign.unused_days)
        items.append(_item(campaign, staff, used, marks=first))
        beyond = set(ids.exceeding(staff)) if facts.is_active and roles else set()
        for rows in roles.values():
            found = marks.of_role(facts, exceeds=rows[0].role.name in beyond)
            names = sorted({row.office.name for row in rows})
            items.append(_item(campaign, staff, used, marks=found, role=rows[0].role, offices=names))
    return items


def _people(office: Office) -> list[Staff]:
    today = clock.today()
    holders = RoleAssignment.objects.filter(period__contains=today).values("staff")
    rows = Staff.objects.filter(Q(is_active=True) | Q(pk__in=holders), office=office)
    return list(rows.select_related("manager").order_by("login"))


def _held(keys: Collection[int]) -> dict[int, dict[int, list[RoleAssignment]]]:
    """The roles that are held today or later, by person and role."""
    today = clock.today()
    rows = RoleAssignment.objects.filter(staff_id__in=keys).select_related("role", "office")
    found: dict[int, dict[int, list[RoleAssignment]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.filter(Q(period__endswith=None) | Q(period__endswith__gt=today)).order_by("role__name"):
        found[row.staff_id][row.role_id].append(row)
    return found


def _numbers_in_file() -> set[str] | None:
    """The numbers of the last full personnel file and of all later ones; nothing when there was no full one yet."""
    done = JobRun.objects.filter(kind=KIND, state=JobRun.State.DONE).order_by("-requested_at")
    full = done.filter(parameters__full=True).first()
    if full is None:
        return None
    rows = PersonnelOrder.objects.filter(job__in=done.filter(requested_at__gte=full.requested_at).order_by())
    return set(rows.values_list("personnel_number", flat=True))


def _facts(
    staff: Staff,
    used: datetime | None,
    issued: datetime | None,
    roles: dict[int, list[RoleAssignment]],
    known: set[str] | None,
) -> Facts:
    begins = [row.period.lower for rows in roles.values() for row in rows if row.period.lower]
    number = staff.personnel_number
    manager = staff.manager
    regular = staff.employment == Staff.Employment.REGULAR
    return Facts(
        is_regular=regular,
        is_active=staff.is_active,
        in_file=bool(number) and (known is None or number in known),
        has_manager=manager is not None and manager.is_active,
        has_pledge=regular or pledges.covered(staff, clock.today()),
        is_absent=bool(staff.absence) and clock.today() in staff.absence,
        valid_until=staff.valid_until,
        used_on=timezone.localdate(used) if used else None,
        issued_on=timezone.localdate(issued) if issued else None,
        held_since=min(begins, default=None),
    )


def _item(campaign: ReviewCampaign, staff: Staff, used: dict[int, datetime], **fields: Any) -> ReviewItem:
    return ReviewItem(campaign=campaign, staff=staff, staff_name=staff.name, last_sign_in=used.get(staff.pk), **fields)
