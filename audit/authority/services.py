"""Writers of the exceptions: every one has a reason, an end, and somebody who is told (E06)."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from audit import notices
from audit.actor import Actor
from audit.authority.models import CrossOfficeReading, EmergencyAccess, Substitution
from audit.authority.queries import emergency_rights, responsible_for
from audit.history import recorded
from audit.models import Office, RoleAssignment, Staff
from audit.permissions import require
from audit.rights import Act, File, Right
from audit.services import synchronise
from audit.subjects import Subject
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal

SHORTEST = 5  # characters of a reason that can be reviewed
VIEW = Right(File.ELIGIBILITY, Act.VIEW)


def ask_to_read(actor: Actor, subject: Subject, category: str, reason: str) -> CrossOfficeReading:
    """Let the person read one resident of another office for `CROSS_OFFICE_MINUTES`.

    A protected person (支援措置) is read only after a manager's approval. Asking again while it lasts answers with the
    first. Raises Forbidden without the right to view on the own office, Refusal for a reason that says nothing or a
    resident of the own office.
    """
    require(actor, File.ELIGIBILITY, Act.VIEW)
    require_reason(reason)
    if actor.may(VIEW, subject.office_id):
        raise Refusal("own-office", "この人は担当する区の住民です。通常の検索で開けます。", field="number")
    now = clock.now()
    with transaction.atomic(), recorded(actor, "他所属の照会"):
        open_one = CrossOfficeReading.objects.filter(staff_id=_staff(actor), subject=subject.public_id, ended_at=None)
        lasting = open_one.filter(until__gt=now).first() or open_one.filter(begins_at=None).first()
        if lasting:
            return lasting
        reading = CrossOfficeReading.objects.create(
            staff_id=_staff(actor),
            subject=subject.public_id,
            office_id=subject.office_id,
            category=category,
            reason=reason.strip()[:200],
            needs_approval=subject.is_protected,
            asked_at=now,
            begins_at=None if subject.is_protected else now,
            until=None if subject.is_protected else now + timedelta(minutes=settings.CROSS_OFFICE_MINUTES),
        )
        if subject.is_protected:
            _tell_managers(reading.staff, "支援措置の対象者の、他所属の照会の承認を依頼しました。", "/cross-office/")
    return reading


def approve_reading(actor: Actor, reading: CrossOfficeReading) -> CrossOfficeReading:
    """Let somebody read a protected person of another office; a manager of the asker's office, not the asker.

    Raises Forbidden without findings.decide on the asker's office, Refusal for oneself, Conflict when it is settled.
    """
    require(actor, File.FINDINGS, Act.DECIDE, reading.staff.office_id)
    if reading.staff_id == actor.staff_id:
        raise Refusal("same-person", "自分の照会を自分で承認することはできません。")
    with transaction.atomic(), recorded(actor, "他所属の照会の承認"):
        row = CrossOfficeReading.objects.select_for_update().get(pk=reading.pk)
        if row.ended_at or row.approved_by_id:
            raise Conflict("settled", "この依頼は、すでに承認されたか、取りやめになっています。")
        now = clock.now()
        row.approved_by_id, row.begins_at = actor.staff_id, now
        row.until = now + timedelta(minutes=settings.CROSS_OFFICE_MINUTES)
        row.save()
        notices.tell(row.staff, "他所属の照会が承認されました。", path=f"/persons/{row.subject}/")
    return row


def end_reading(actor: Actor, reading: CrossOfficeReading) -> None:
    """End one's own reading, or refuse or end that of somebody whose findings one decides on. Ended stays ended."""
    if reading.staff_id != actor.staff_id:
        require(actor, File.FINDINGS, Act.DECIDE, reading.staff.office_id)
    with transaction.atomic(), recorded(actor, "他所属の照会の終了"):
        CrossOfficeReading.objects.filter(pk=reading.pk, ended_at=None).update(ended_at=clock.now())


def begin_emergency(actor: Actor, offices: Iterable[Office], reason: str) -> EmergencyAccess:
    """Give the person the emergency role's rights on more offices for `EMERGENCY_MINUTES`, and tell the manager.

    Raises Forbidden without the right to view on the own office, Refusal when the installation has switched it off,
    for a reason that says nothing or no office, Conflict while one lasts.
    """
    require(actor, File.ELIGIBILITY, Act.VIEW)
    chosen = list(offices)
    if not settings.EMERGENCY_MINUTES or not emergency_rights():
        raise Refusal("emergency-off", "この市では、緊急アクセスを使わないことにしています。")
    require_reason(reason)
    if not chosen:
        raise Refusal("no-office", "対象の事務所を選んでください。", field="offices")
    now = clock.now()
    with transaction.atomic(), recorded(actor, "緊急アクセス"):
        staff = Staff.objects.select_for_update(of=("self",)).get(pk=_staff(actor))
        if EmergencyAccess.objects.filter(staff=staff, ended_at=None, until__gt=now).exists():
            raise Conflict(
                "lasting", "緊急アクセスはすでに始まっています。", ways=("終わってからやり直してください。",)
            )
        access = EmergencyAccess.objects.create(
            staff=staff,
            reason=reason.strip()[:200],
            begins_at=now,
            until=now + timedelta(minutes=settings.EMERGENCY_MINUTES),
        )
        access.offices.set(chosen)
        access.told.set(
            _tell_managers(
                staff, f"{staff.name}さんが緊急アクセスを始めました。理由を確かめてください。", "/emergency/"
            )
        )
    return access


def end_emergency(actor: Actor, access: EmergencyAccess) -> None:
    """End one's own emergency access early, or that of somebody whose findings one decides on."""
    if access.staff_id != actor.staff_id:
        require(actor, File.FINDINGS, Act.DECIDE, access.staff.office_id)
    with transaction.atomic(), recorded(actor, "緊急アクセスの終了"):
        EmergencyAccess.objects.filter(pk=access.pk, ended_at=None).update(ended_at=clock.now())


def name_substitute(
    actor: Actor, absent: Staff, substitute: Staff, first: date, last: date, reason: str
) -> Substitution:
    """Let somebody hold another person's roles from the first to the last day.

    The manager or the administrator of the absent person names the substitute, never one for their own gain: nobody
    names themselves. Roles that the absent person holds as a substitute are not passed on, and a contractor's operator
    neither stands in nor is stood in for (E16). Raises Forbidden, Refusal for days or people that do not fit, Conflict
    when it overlaps.
    """
    if not responsible_for(actor).filter(pk=absent.pk).exists():
        require(actor, File.STAFF, Act.ENTER, absent.office_id)
    _check_substitute(actor, absent, substitute, first, last)
    require_reason(reason)
    period = DateRange(first, last + timedelta(days=1))
    try:
        with transaction.atomic(), recorded(actor, "代理の指定"):
            row = Substitution.objects.create(
                absent=absent, substitute=substitute, period=period, reason=reason.strip()[:200],
                granted_by_id=_staff(actor), granted_at=clock.now(),
            )  # fmt: skip
            row.assignments.set(_hand_over(row))
            synchronise(substitute)
            text = f"{absent.name}さんの代理に指定されました。期間中は、その役割の権限を使えます。"
            notices.tell(substitute, text, path="/substitutions/")
            notices.tell(absent, f"{substitute.name}さんが代理に指定されました。", path="/substitutions/")
    except IntegrityError as error:
        raise Conflict("overlap", "この期間の代理は、すでに指定されています。", field="first") from error
    return row


def end_substitution(actor: Actor, row: Substitution) -> None:
    """End a substitution today: the next request of the substitute no longer has its rights."""
    if not responsible_for(actor).filter(pk=row.absent_id).exists():
        require(actor, File.STAFF, Act.ENTER, row.absent.office_id)
    today = clock.today()
    with transaction.atomic(), recorded(actor, "代理の終了"):
        locked = Substitution.objects.select_for_update().get(pk=row.pk)
        if locked.ended_at:
            return
        for assignment in locked.assignments.all():
            if assignment.period.lower < today:
                assignment.period = DateRange(assignment.period.lower, min(today, assignment.period.upper))
                assignment.save(update_fields=["period"])
            else:
                locked.assignments.remove(assignment)
                assignment.delete()
        locked.ended_at = clock.now()
        locked.save(update_fields=["ended_at"])
        synchronise(locked.substitute)


def _hand_over(row: Substitution) -> list[RoleAssignment]:
    """The absent person's own roles for those days, where the substitute does not hold them already."""
    own = RoleAssignment.objects.filter(staff=row.absent, period__overlap=row.period).exclude(
        kind=RoleAssignment.Kind.SUBSTITUTION
    )
    made = []
    for held in own:
        lower = max(held.period.lower, row.period.lower)
        upper = min(held.period.upper or row.period.upper, row.period.upper)
        period = DateRange(lower, upper)
        same = RoleAssignment.objects.filter(staff=row.substitute, role=held.role, office=held.office)
        if same.filter(period__overlap=period).exists():
            continue
        made.append(
            RoleAssignment.objects.create(
                staff=row.substitute,
                role=held.role,
                office=held.office,
                period=period,
                reason=row.reason,
                kind=RoleAssignment.Kind.SUBSTITUTION,
                stands_in_for=row.absent,
                granted_by=row.granted_by,
            )
        )
    return made


def _check_substitute(actor: Actor, absent: Staff, substitute: Staff, first: date, last: date) -> None:
    if substitute.pk == actor.staff_id:
        raise Forbidden(
            "own-gain", "自分を代理に指定することはできません。", ways=("別の職員に指定を依頼してください。",)
        )
    if substitute.pk == absent.pk:
        raise Refusal("same-person", "本人を代理に指定することはできません。", field="substitute")
    for person, field in ((absent, "absent"), (substitute, "substitute")):
        if person.employment == Staff.Employment.CONTRACTOR:
            raise Refusal(
                "contractor", "委託先の従業者は、代理の対象にできません。", field=field,
                ways=("市の職員を選んでください。",),
            )  # fmt: skip
    if not substitute.is_active:
        raise Refusal("inactive", "この職員の利用者IDは無効です。", field="substitute")
    if last < first or last < clock.today():
        raise Refusal("period", "終了日は、開始日と今日のどちらよりも前にはできません。", field="last")


def _staff(actor: Actor) -> int:
    if actor.staff_id is None:
        raise ValueError("an exception is given to a person")
    return actor.staff_id


def require_reason(reason: str) -> None:
    if len(reason.strip()) < SHORTEST:
        raise Refusal(
            "reason", f"理由を{SHORTEST}文字以上で具体的に入れてください。後で所属長が確かめます。", field="reason"
        )


def _tell_managers(staff: Staff, text: str, path: str) -> list[Staff]:
    """Tell the person's manager; without one, everybody who decides on findings of the person's office."""
    right = Right(File.FINDINGS, Act.DECIDE)
    told = [staff.manager] if staff.manager and staff.manager.is_active else []
    told = told or list(
        Staff.objects.filter(
            is_active=True,
            assignments__office=staff.office_id,
            assignments__period__contains=clock.today(),
            assignments__role__permissions__codename=right.codename,
        )
        .exclude(pk=staff.pk)
        .distinct()
    )
    for manager in told:
        notices.tell(manager, text, path=path, urgent=True)
    return told
