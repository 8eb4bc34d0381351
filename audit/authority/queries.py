"""Readers of the exceptions: those that hold now, those waiting, and the lists."""

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from audit.actor import Actor
from audit.authority.models import CrossOfficeReading, EmergencyAccess, Substitution
from audit.exceptions import Exceptional
from audit.models import Staff
from audit.permissions import staff_id_of
from audit.rights import ALL_RIGHTS, Act, File, Right
from kaigo.common import clock

_BY_CODENAME = {right.codename: right for right in ALL_RIGHTS}
REVIEW = Right(File.FINDINGS, Act.VIEW)


def exceptions_of(staff: Staff) -> Exceptional:
    """What holds now for a member of staff. Two SQL statements, two more while an emergency access lasts."""
    now = clock.now()
    readings = CrossOfficeReading.objects.filter(staff=staff, ended_at=None, begins_at__lte=now, until__gt=now)
    emergency = (
        EmergencyAccess.objects.filter(staff=staff, ended_at=None, begins_at__lte=now, until__gt=now)
        .prefetch_related("offices")
        .first()
    )
    reasons = {row.subject: f"{row.get_category_display()}：{row.reason}" for row in readings}
    if emergency is None:
        return Exceptional(readings=reasons)
    offices = frozenset(office.pk for office in emergency.offices.all())
    return Exceptional(reasons, dict.fromkeys(emergency_rights(), offices), emergency.reason, emergency.until)


def emergency_rights() -> list[Right]:
    """The rights of the emergency role (緊急照会); none when the office has no such role. One SQL statement."""
    names = Permission.objects.filter(content_type__app_label="audit", group__name=settings.EMERGENCY_ROLE).values_list(
        "codename", flat=True
    )
    return sorted(_BY_CODENAME[name] for name in names if name in _BY_CODENAME)


def readings_for(actor: Actor) -> QuerySet[CrossOfficeReading]:
    """One's own readings, and those of the people whose findings one reviews."""
    reviewed = Q(staff__office_id__in=actor.offices(REVIEW))
    return CrossOfficeReading.objects.filter(Q(staff=actor.staff_id) | reviewed).select_related(
        "staff", "office", "approved_by"
    )


def emergencies_for(actor: Actor) -> QuerySet[EmergencyAccess]:
    """One's own emergency accesses, and those of the people whose findings one reviews."""
    reviewed = Q(staff__office_id__in=actor.offices(REVIEW))
    rows = EmergencyAccess.objects.filter(Q(staff=actor.staff_id) | reviewed)
    return rows.select_related("staff").prefetch_related("offices")


def waiting_for_approval(actor: Actor) -> QuerySet[CrossOfficeReading]:
    """Readings of protected persons that wait for this manager."""
    decides = actor.offices(Right(File.FINDINGS, Act.DECIDE))
    rows = CrossOfficeReading.objects.filter(needs_approval=True, approved_by=None, ended_at=None)
    return rows.filter(staff__office_id__in=decides).exclude(staff=actor.staff_id)


def substitutions_for(actor: Actor) -> QuerySet[Substitution]:
    """Substitutions that concern the person, or people of the offices whose staff ledger one may see."""
    mine = Q(absent_id=actor.staff_id) | Q(substitute_id=actor.staff_id) | Q(absent__manager_id=actor.staff_id)
    rows = Substitution.objects.filter(mine | Q(absent__office_id__in=actor.offices(Right(File.STAFF, Act.VIEW))))
    return rows.select_related("absent", "substitute", "granted_by").distinct()


def responsible_for(actor: Actor) -> QuerySet[Staff]:
    """The people whose substitutes this person names and ends: their own staff, or those whose ids they administer."""
    administered = Q(office_id__in=actor.offices(Right(File.STAFF, Act.ENTER)))
    return Staff.objects.filter(Q(manager_id=actor.staff_id) | administered, is_active=True).select_related("office")


def replaceable(actor: Actor) -> QuerySet[Staff]:
    """Those of them for whom a substitute may be named: a contractor's rights are tied to their permission (E16)."""
    return responsible_for(actor).exclude(employment=Staff.Employment.CONTRACTOR)


def colleagues(actor: Actor) -> QuerySet[Staff]:
    """Who may be named a substitute: the other people of the own office, and of those whose ids one administers.

    Never a contractor's operator, who works attended and within a permission only (E16).
    """
    administered = Q(office_id__in=actor.offices(Right(File.STAFF, Act.ENTER)))
    own = Q(office__staff=actor.staff_id) | Q(office__staff__manager_id=actor.staff_id)
    found = Staff.objects.filter(own | administered, is_active=True).exclude(pk=staff_id_of(actor))
    return found.exclude(employment=Staff.Employment.CONTRACTOR).distinct()
