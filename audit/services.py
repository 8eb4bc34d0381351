"""Writers of the accountability room: roles, who holds them, and the first set-up."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.dispatch import Signal
from guardian.models import UserObjectPermission

from audit.actor import Actor
from audit.models import Office, RoleAssignment, Staff
from audit.permissions import require
from audit.rights import Act, File, Right
from audit.subjects import surname_key
from kaigo.common import clock
from kaigo.common.refusal import Conflict

role_defined = Signal()  # by the first set-up: `role`, `description`
EXAMPLE_CITY = Path(__file__).parent / "data" / "example_city.yaml"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that was just made, with the password that is shown this once."""

    login: str
    password: str
    name: str
    role: str
    office: str


def define_role(name: str, rights: Iterable[Right]) -> Group:
    """Create or redefine a role (役割) as a group of rights; holders' rights follow at once."""
    codenames = [right.codename for right in rights]
    with transaction.atomic():
        role, _ = Group.objects.get_or_create(name=name)
        role.permissions.set(Permission.objects.filter(content_type__app_label="audit", codename__in=codenames))
        for staff in Staff.objects.filter(assignments__role=role).distinct():
            synchronise(staff)
    return role


def assign_role(
    actor: Actor | None, staff: Staff, role_name: str, offices: Office | Iterable[Office], *, until: date | None = None
) -> None:
    """Let a member of staff hold a role on one or more offices from today (`until`: the last day).

    `actor` needs the right to enter staff data; None is only for the first set-up and tests.
    Raises Forbidden without the right, Conflict when the role is held there already.
    """
    if actor is not None:
        require(actor, File.STAFF, Act.ENTER, staff.office_id)

    with transaction.atomic():
        role = Group.objects.get(name=role_name)
        today = clock.today()
        places = [offices] if isinstance(offices, Office) else list(offices)
        if RoleAssignment.objects.filter(staff=staff, role=role, office__in=places, period__contains=today).exists():
            raise Conflict("role-held", "この役割は、すでに割り当てられています。", field="role")
        period = DateRange(today, _day_after(until))
        RoleAssignment.objects.bulk_create(
            RoleAssignment(staff=staff, role=role, office=office, period=period) for office in places
        )
        staff.groups.add(role)
        synchronise(staff)


def end_role(actor: Actor, staff: Staff, role_name: str, office: Office) -> None:
    """End a role on an office today; the next request no longer has its rights."""
    require(actor, File.STAFF, Act.ENTER, staff.office_id)

    with transaction.atomic():
        today = clock.today()
        held = RoleAssignment.objects.select_for_update().filter(
            staff=staff, role__name=role_name, office=office, period__contains=today
        )
        for assignment in held:
            if assignment.period.lower == today:
                assignment.delete()
            else:
                assignment.period = DateRange(assignment.period.lower, today)
                assignment.save(update_fields=["period"])
        if not RoleAssignment.objects.filter(staff=staff, role__name=role_name, period__contains=today).exists():
            staff.groups.remove(Group.objects.get(name=role_name))
        synchronise(staff)


def synchronise(staff: Staff) -> None:
    """Make the guardian object permissions of a member of staff equal to what the roles held today give."""
    content_type = ContentType.objects.get_for_model(Office)
    wanted = {
        (permission_id, str(office_id))
        for office_id, permission_id in RoleAssignment.objects.filter(
            staff=staff, period__contains=clock.today(), role__permissions__content_type=content_type
        ).values_list("office_id", "role__permissions")
    }
    staff.groups.set(Group.objects.filter(assignments__staff=staff, assignments__period__contains=clock.today()))
    held = UserObjectPermission.objects.filter(user=staff, content_type=content_type)
    have = {(row.permission_id, row.object_pk): row.pk for row in held}
    UserObjectPermission.objects.filter(pk__in=[pk for key, pk in have.items() if key not in wanted]).delete()
    UserObjectPermission.objects.bulk_create(
        UserObjectPermission(user=staff, content_type=content_type, permission_id=permission, object_pk=office)
        for permission, office in sorted(wanted - have.keys())
    )


def synchronise_all() -> int:
    """Nightly: periods that began or ended today take effect. Says how many accounts were looked at."""
    staff = list(Staff.objects.filter(assignments__isnull=False).distinct())
    for person in staff:
        with transaction.atomic():
            synchronise(person)
    return len(staff)


@transaction.atomic
def bootstrap(source: Path = EXAMPLE_CITY) -> list[NewAccount]:
    """First set-up: offices, roles and one account a role. Does nothing more where accounts exist already.

    Returns the new accounts with their generated passwords; they are shown once and not kept.
    """
    plan = yaml.safe_load(source.read_text(encoding="utf8"))
    offices = {row["code"]: _office(row) for row in plan["offices"]}
    if Staff.objects.exists():
        return []
    for row in plan["roles"]:
        role_defined.send(Group, role=_role(row), description=row["description"])
    return [_account(row, offices) for row in plan["accounts"]]


def _role(row: dict[str, Any]) -> Group:
    return define_role(row["name"], [Right.named(name) for name in row["rights"]])


def _office(row: dict[str, Any]) -> Office:
    office, _ = Office.objects.get_or_create(code=row["code"], defaults={k: v for k, v in row.items() if k != "code"})
    return office


def _account(row: dict[str, Any], offices: dict[str, Office]) -> NewAccount:
    password = secrets.token_urlsafe(12)
    office = offices[row["office"]]
    staff = Staff.objects.create_staff(
        row["login"],
        password,
        name=row["name"],
        surname_key=surname_key(row["name"]),
        office=office,
        position=row.get("position", ""),
        manager=Staff.objects.get(login=row["manager"]) if "manager" in row else None,
    )
    assign_role(None, staff, row["role"], offices.values() if row["offices"] == "all" else office)
    return NewAccount(row["login"], password, row["name"], row["role"], office.name)


def _day_after(day: date | None) -> date | None:
    return date.fromordinal(day.toordinal() + 1) if day else None
