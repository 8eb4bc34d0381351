"""Reading roles: their rights, who holds them, what a person holds and from where, what exceeds the section."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import Group
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from audit.actor import Actor
from audit.models import RoleAssignment, Staff
from audit.rights import ALL_RIGHTS, Act, File, Right
from audit.roles.models import Role, RoleChange, SectionTemplate
from kaigo.common import clock
from kaigo.common.refusal import NotFound

VIEW = Right(File.STAFF, Act.VIEW)
_BY_CODENAME = {right.codename: right for right in ALL_RIGHTS}


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A file with a cell for each act: the right, and whether it is held."""

    file: File
    cells: tuple[tuple[Right, bool], ...]


@dataclass(frozen=True, slots=True)
class Effective:
    """A right that somebody holds: on which offices, and from which roles."""

    right: Right
    offices: str
    roles: str


def name_of(right: Right) -> str:
    """The right as forms and tables carry it: `file.act`."""
    return f"{right.file.value}.{right.act.value}"


def rights_of(group: Group) -> frozenset[Right]:
    """The rights of a role as it is now."""
    names = group.permissions.filter(content_type__app_label="audit").values_list("codename", flat=True)
    return frozenset(_BY_CODENAME[name] for name in names if name in _BY_CODENAME)


def matrix(rights: Collection[Right]) -> list[MatrixRow]:
    """The file × act matrix (ファイル×行為) of a set of rights."""
    return [MatrixRow(f, tuple((Right(f, a), Right(f, a) in rights) for a in Act)) for f in File]


def roles(*, text: str = "", right: str = "", retired: bool = False) -> QuerySet[Role]:
    """Roles with how many people hold them today (`holders`), filtered."""
    today = clock.today()
    held = Count("group__assignments__staff", filter=Q(group__assignments__period__contains=today), distinct=True)
    found = Role.objects.select_related("group").annotate(holders=held)
    if text:
        found = found.filter(Q(group__name__icontains=text) | Q(description__icontains=text))
    if right:
        found = found.filter(group__permissions__codename=Right.named(right).codename)
    return found if retired else found.filter(Q(retired_on=None) | Q(retired_on__gt=today))


def assignable() -> QuerySet[Role]:
    """Roles that may still be assigned."""
    return Role.objects.filter(Q(retired_on=None) | Q(retired_on__gt=clock.today())).select_related("group")


def role_of(public_id: UUID) -> Role:
    """One role. Raises NotFound."""
    found = Role.objects.select_related("group").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-role", "この役割は見つかりません。", ways=("一覧から選び直してください。",))
    return found


def holders(role: Role) -> QuerySet[RoleAssignment]:
    """Who holds a role today or will hold it."""
    rows = RoleAssignment.objects.filter(role=role.group).filter(
        Q(period__endswith__gt=clock.today()) | Q(period__upper_inf=True)
    )
    return rows.select_related("staff__office", "office").order_by("staff__login", "office__code")


def holder_ids(role: Role) -> set[int]:
    """The ids of those who hold a role today."""
    rows = RoleAssignment.objects.filter(role=role.group, period__contains=clock.today())
    return set(rows.values_list("staff_id", flat=True))


def people(actor: Actor, *, text: str = "", office: UUID | None = None, role: UUID | None = None) -> QuerySet[Staff]:
    """Members of staff of the offices where the person may view staff data, with how many roles they hold today."""
    today = clock.today()
    found = Staff.objects.filter(office_id__in=actor.offices(VIEW)).select_related("office", "manager")
    found = found.annotate(
        held=Count("assignments__role", filter=Q(assignments__period__contains=today), distinct=True)
    )
    if text:
        found = found.filter(Q(login__icontains=text) | Q(name__icontains=text) | Q(kana__icontains=text))
    if office:
        found = found.filter(office__public_id=office)
    if role:
        held = RoleAssignment.objects.filter(staff=OuterRef("pk"), role__role__public_id=role, period__contains=today)
        found = found.filter(Exists(held))
    return found


def role_names(people: Iterable[Staff]) -> dict[int, list[str]]:
    """The names of the roles that each of the people holds today. One SQL statement."""
    rows = RoleAssignment.objects.filter(staff__in=[row.pk for row in people], period__contains=clock.today())
    found: dict[int, list[str]] = defaultdict(list)
    for staff_id, name in rows.order_by("role__name").values_list("staff_id", "role__name").distinct():
        found[staff_id].append(name)
    return found


def person(actor: Actor, public_id: UUID) -> Staff:
    """One member of staff whom the person may view. Raises NotFound."""
    found = people(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "no-staff", "この職員は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found


def assignments(staff: Staff) -> list[RoleAssignment]:
    """All assignments of a person, those in force first, then those to come, then those over."""
    rows = staff.assignments.select_related("role__role", "office", "stands_in_for", "granted_by")
    today = clock.today()
    found = list(rows.order_by("role__name", "office__code", "period"))
    return sorted(found, key=lambda row: _turn(row, today))


def _turn(row: RoleAssignment, today: object) -> int:
    first, end = row.period.lower, row.period.upper
    if end is not None and end <= today:
        return 2
    return 1 if first is not None and first > today else 0


def effective(staff: Staff) -> list[Effective]:
    """What a person may do today, on which offices, and from which roles. An id that may not be used has no effect."""
    today = clock.today()
    rows = RoleAssignment.objects.filter(staff=staff, period__contains=today).select_related("role", "office")
    permissions = rows.values_list("role__permissions__codename", "office__name", "role__name", "office__code")
    found: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for codename, office, role, code in permissions:
        if codename in _BY_CODENAME:
            found[codename].add((code, office, role))
    return [
        Effective(
            right,
            "、".join(dict.fromkeys(office for _, office, _ in sorted(found[right.codename]))),
            "、".join(sorted({role for _, _, role in found[right.codename]})),
        )
        for right in ALL_RIGHTS
        if right.codename in found
    ]


def held_on(staff: Staff, offices: Iterable[int]) -> dict[int, set[Right]]:
    """The rights that a person holds today or will hold on each of the offices, by the roles assigned."""
    rows = RoleAssignment.objects.filter(staff=staff, office_id__in=list(offices)).filter(
        Q(period__endswith__gt=clock.today()) | Q(period__upper_inf=True)
    )
    found: dict[int, set[Right]] = defaultdict(set)
    for office_id, codename in rows.values_list("office_id", "role__permissions__codename"):
        if codename in _BY_CODENAME:
            found[office_id].add(_BY_CODENAME[codename])
    return found


def beside(role: Role) -> dict[tuple[int, int], set[Right]]:
    """What each holder of a role holds on each office from other roles, by (staff, office). Two SQL statements."""
    pairs = set(holders(role).values_list("staff_id", "office_id"))
    rows = RoleAssignment.objects.filter(staff_id__in={staff for staff, _ in pairs}).exclude(role=role.group)
    rows = rows.filter(Q(period__endswith__gt=clock.today()) | Q(period__upper_inf=True))
    found: dict[tuple[int, int], set[Right]] = {pair: set() for pair in pairs}
    for staff_id, office_id, codename in rows.values_list("staff_id", "office_id", "role__permissions__codename"):
        if (staff_id, office_id) in found and codename in _BY_CODENAME:
            found[staff_id, office_id].add(_BY_CODENAME[codename])
    return found


def templates() -> QuerySet[SectionTemplate]:
    """What each section normally holds."""
    return SectionTemplate.objects.select_related("office").prefetch_related("roles__group")


def template_of(actor: Actor, public_id: UUID) -> SectionTemplate:
    """One section's template of the offices where the person may view staff data. Raises NotFound."""
    found = templates().filter(public_id=public_id, office_id__in=actor.offices(VIEW)).first()
    if found is None:
        raise NotFound("no-template", "この係の標準は見つかりません。", ways=("一覧から選び直してください。",))
    return found


def template_for(staff: Staff) -> SectionTemplate | None:
    """The template of a person's section: the section's own, or the office's general one."""
    rows = templates().filter(office_id=staff.office_id, section__in=[staff.section, ""])
    return rows.order_by("-section").first()


def exceeding(staff: Staff) -> list[str]:
    """The roles that a person holds today beyond the section's template; nothing where no template is laid down.

    Substitutions are left out: they end by themselves.
    """
    template = template_for(staff)
    if template is None:
        return []
    normal = {role.group_id for role in template.roles.all()}
    held = RoleAssignment.objects.filter(staff=staff, period__contains=clock.today()).exclude(
        kind=RoleAssignment.Kind.SUBSTITUTION
    )
    return sorted({row.role.name for row in held.select_related("role") if row.role_id not in normal})


def changes(role: Role) -> QuerySet[RoleChange]:
    """What became of a role, the newest first; its making is known by its name, as there was no role yet."""
    made = Q(role=None, kind=RoleChange.Kind.NEW, name=role.group.name)
    return RoleChange.objects.filter(Q(role=role) | made).select_related("entered_by").order_by("-entered_at")
