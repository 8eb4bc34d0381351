"""What every act on an id shares: its event, the end of its roles, the roles of a section's template (E08)."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q, QuerySet

from audit.actor import Actor
from audit.models import Office, RoleAssignment, Staff
from audit.personnel.models import IdEvent
from audit.rights import ALL_RIGHTS
from audit.services import synchronise
from kaigo.common import clock

TEMPLATE = "SectionTemplate"  # 係の標準


def note(actor: Actor, staff: Staff, kind: str, words: str) -> None:
    """Enter into the ledger what happened to an id."""
    IdEvent.objects.create(
        staff=staff, at=clock.now(), kind=kind, words=words[:300], by_id=actor.staff_id, by_name=actor.name,
        office_id=staff.office_id,
    )  # fmt: skip


def roles_held(staff: Staff) -> list[str]:
    """The roles that the person holds today or later, as the lists say them."""
    rows = RoleAssignment.objects.filter(staff=staff).filter(_not_over(clock.today()))
    return words_of(rows.select_related("role", "office"))


def words_of(assignments: Iterable[RoleAssignment], *, longest: int = 20) -> list[str]:
    """Assignments in words, the offices of one role together; more than `longest` offices are only counted."""
    found: dict[str, list[str]] = {}
    for row in assignments:
        found.setdefault(row.role.name, []).append(row.office.name)
    return [f"{role}（{_listed(sorted(offices), longest)}）" for role, offices in sorted(found.items())]


def _listed(names: list[str], longest: int) -> str:
    return "、".join(names) if len(names) <= longest else f"{len(names)}か所"


def end_roles(staff: Staff, on: date, *, role: Group | None = None) -> list[str]:
    """End the person's roles (or one of them) so that `on` is the first day without; says which in words.

    Rights that were held until today are not unsaid: a day before today counts as today.
    """
    first = max(on, clock.today())
    rows = RoleAssignment.objects.select_for_update(of=("self",)).filter(staff=staff).filter(_not_over(first))
    ended = list((rows.filter(role=role) if role else rows).select_related("role", "office"))
    for row in ended:
        if row.period.lower and row.period.lower >= first:
            row.delete()
        else:
            row.period = DateRange(row.period.lower, first)
            row.save(update_fields=["period"])
    synchronise(staff)
    return words_of(ended)


def give_role(
    staff: Staff, role: Group, office: Office, first: date, *, until: date | None = None, by: int | None, reason: str
) -> None:
    """Let the person hold a role on an office from `first` to `until` (the last day); where it is held, nothing."""
    period = DateRange(first, date.fromordinal(until.toordinal() + 1) if until else None)
    held = RoleAssignment.objects.filter(staff=staff, role=role, office=office, period__overlap=period)
    if not held.exists():
        RoleAssignment.objects.create(
            staff=staff, role=role, office=office, period=period, granted_by_id=by, reason=reason[:200]
        )
    synchronise(staff)


def template_roles(office: Office, section: str) -> list[Group]:
    """The roles that a section's template (係の標準) gives, or the office's general one; none where there is none.

    The part that keeps roles owns the templates; without it there are none. Retired roles are left out.
    """
    if not apps.is_installed("audit.roles"):
        return []
    found = apps.get_model("roles", TEMPLATE)._default_manager.filter(office=office, section__in=[section, ""])
    template = found.order_by("-section").first()
    if template is None:
        return []
    in_use = template.roles.filter(Q(retired_on=None) | Q(retired_on__gt=clock.today()))
    return [role.group for role in in_use.select_related("group").order_by("group__name")]


def assignable() -> QuerySet[Group]:
    """The roles that may still be assigned."""
    rows = Group.objects.order_by("name")
    if not apps.is_installed("audit.roles"):
        return rows
    return rows.filter(Q(role__retired_on=None) | Q(role__retired_on__gt=clock.today()))


def not_separated(roles: Iterable[Group]) -> list[str]:
    """The rules of separation of duties (職務分離) that these roles, held together, would not keep, in words."""
    if not apps.is_installed("audit.roles"):
        return []
    from audit.roles.separation import joined

    codenames = Permission.objects.filter(group__in=list(roles)).values_list("codename", flat=True)
    by_codename = {right.codename: right for right in ALL_RIGHTS}
    return [rule.words for rule in joined({by_codename[name] for name in codenames if name in by_codename})]


def exceeding(staff: Staff) -> list[str]:
    """The names of the roles that the person holds beyond the section's template; none without the part or template."""
    if not apps.is_installed("audit.roles"):
        return []
    from audit.roles.queries import exceeding as beyond

    return beyond(staff)


def _not_over(day: date) -> Q:
    return Q(period__endswith__isnull=True) | Q(period__endswith__gt=day)


def close_after(staff: Staff, last_day: date) -> list[str]:
    """Let the id be used to the end of `last_day` and no longer; when that day is over, it is closed now.

    Says which roles ended, in words. The next request of a running session asks audit.usability.
    """
    staff = Staff.objects.select_for_update(of=("self",)).get(pk=staff.pk)
    staff.valid_until = min(last_day, staff.valid_until or last_day)
    if staff.valid_until < clock.today():
        staff.is_active = False
    staff.save(update_fields=["valid_until", "is_active"])
    return end_roles(staff, staff.valid_until + timedelta(days=1))


def close_now(staff: Staff) -> list[str]:
    """Close the id at once: its rights end, its sessions are useless with the next request. Says what ended."""
    Staff.objects.filter(pk=staff.pk).update(is_active=False)
    return end_roles(staff, clock.today())
