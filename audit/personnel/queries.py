"""What a person may see of personnel data: imports and their orders, staff, requests, pledges, reviews."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from audit.actor import Actor
from audit.models import AccessLog, JobRun, Office, RoleAssignment, Staff
from audit.permissions import visible
from audit.personnel import ids
from audit.personnel.intake import KIND
from audit.personnel.models import (
    Attendance,
    IdRequest,
    PersonnelOrder,
    Pledge,
    ReviewCampaign,
    ReviewItem,
    WorkPermission,
)
from audit.personnel.rules import Kind
from audit.rights import Act, File, Right
from kaigo.common import clock, kana
from kaigo.common.refusal import NotFound
from kaigo.common.wareki import fiscal_year_of

VIEW = Right(File.STAFF, Act.VIEW)
ENTER = Right(File.STAFF, Act.ENTER)
DECIDE = Right(File.STAFF, Act.DECIDE)
RUN = Right(File.STAFF, Act.RUN)
PRINT = Right(File.STAFF, Act.PRINT)
EXPORT = Right(File.STAFF, Act.EXPORT)
SOON = timedelta(days=30)


def imports(actor: Actor) -> QuerySet[JobRun]:
    """The take-ins of personnel files, on the offices where the person may view, run or decide."""
    offices = actor.offices(VIEW) | actor.offices(RUN) | actor.offices(DECIDE)
    rows = JobRun.objects.filter(kind=KIND, office_id__in=offices).select_related("requested_by", "approved_by")
    refused = Count("issues__line", filter=Q(issues__refused=True), distinct=True)
    return rows.annotate(refused=refused).prefetch_related("files")


def open_import(actor: Actor) -> JobRun | None:
    """The take-in that the next file must wait for: one at a time (intake.request_import)."""
    return imports(actor).exclude(state__in=(JobRun.State.DONE, JobRun.State.CANCELLED)).first()


def import_of(actor: Actor, public_id: UUID) -> JobRun:
    """One take-in. Raises NotFound."""
    return found(imports(actor).filter(public_id=public_id).first(), "この人事情報の取込み")


def orders(job: JobRun, asked: dict[str, Any]) -> QuerySet[PersonnelOrder]:
    """The orders of a take-in that the filter asks for."""
    name = Office.objects.filter(code=OuterRef("office_code")).values("name")
    rows = PersonnelOrder.objects.filter(job=job).annotate(office_name=Subquery(name))
    wanted = {name: asked[name] for name in ("state", "kind") if asked.get(name)}
    return rows.filter(**wanted)


def order_of(actor: Actor, public_id: UUID) -> PersonnelOrder:
    """One order of a take-in that the person may see. Raises NotFound."""
    rows = PersonnelOrder.objects.filter(public_id=public_id, job__in=imports(actor).order_by().values("pk"))
    return found(rows.select_related("job", "staff").first(), "この発令")


def failed_orders(actor: Actor) -> QuerySet[PersonnelOrder]:
    """Orders whose day came and that could not take effect."""
    return PersonnelOrder.objects.filter(
        state=PersonnelOrder.State.FAILED, job__in=imports(actor).order_by().values("pk")
    )


def found(row: Any, what: str) -> Any:
    """The row, or NotFound: of another office or not there at all is the same to who asks."""
    if row is None:
        raise NotFound(
            "not-found", f"{what}は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return row


def staff(actor: Actor) -> QuerySet[Staff]:
    """The members of staff of the offices where the person may view the register."""
    return visible(Staff.objects.select_related("office", "manager"), actor, VIEW)


def staff_of(actor: Actor, public_id: UUID) -> Staff:
    """One member of staff. Raises NotFound."""
    return found(staff(actor).filter(public_id=public_id).first(), "この職員")


def listed(actor: Actor, asked: dict[str, Any]) -> QuerySet[Staff]:
    """職員の一覧: the members of staff that the filter asks for."""
    rows = staff(actor)
    if asked.get("office"):
        rows = rows.filter(office=asked["office"])
    if asked.get("employment"):
        rows = rows.filter(employment=asked["employment"])
    for word in asked.get("words", "").split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(kana__icontains=kana.normalise(word)) | Q(login__icontains=word)
            | Q(personnel_number__startswith=word)
        )  # fmt: skip
    return rows.filter(_state(asked.get("state", "")))


def _state(state: str) -> Q:
    today = clock.today()
    expired, absent = Q(valid_until__lt=today), Q(absence__contains=today)
    covered = Pledge.objects.filter(
        staff=OuterRef("pk"), voided_at=None, received_on__lte=today, covers_until__gte=today
    )
    no_pledge = ~Q(employment=Staff.Employment.REGULAR) & Q(~Exists(covered))
    states: dict[str, Q] = {
        "usable": Q(is_active=True) & ~expired & (Q(absence=None) | ~absent) & ~no_pledge,
        "closed": Q(is_active=False),
        "expired": Q(is_active=True) & expired,
        "absent": Q(is_active=True) & absent,
        "no_pledge": Q(is_active=True) & ~expired & no_pledge,
        "ending": Q(is_active=True, valid_until__gte=today, valid_until__lte=today + SOON),
        "no_manager": Q(is_active=True, manager=None),
    }
    return states.get(state, Q())


def requests(actor: Actor, asked: dict[str, Any] | None = None) -> QuerySet[IdRequest]:
    """利用者ID申請 of the offices where the person may view or enter."""
    offices = actor.offices(VIEW) | actor.offices(ENTER)
    rows = IdRequest.objects.filter(office_id__in=offices).select_related("office", "staff", "requested_by", "manager")
    wanted = {name: value for name, value in (asked or {}).items() if value}
    return rows.filter(**wanted)


def request_of(actor: Actor, public_id: UUID) -> IdRequest:
    """One request for an id. Raises NotFound."""
    return found(requests(actor).filter(public_id=public_id).first(), "この利用者ID申請")


def pledge_of(actor: Actor, public_id: UUID) -> Pledge:
    """One pledge. Raises NotFound."""
    rows = Pledge.objects.filter(public_id=public_id, staff__in=staff(actor).order_by().values("pk"))
    return found(rows.select_related("staff__office", "scan").first(), "この誓約書")


def last_sign_in(people: Collection[int]) -> dict[int, datetime]:
    """When each of the people last signed in, by the access log. One SQL statement."""
    rows = AccessLog.objects.filter(staff_id__in=people, act="login", outcome=AccessLog.Outcome.ALLOWED)
    return dict(rows.order_by().values_list("staff_id").annotate(Max("at")))


def last_issue(people: Collection[int]) -> dict[int, datetime]:
    """When each of the people last got their id: hired, granted on request, or reopened. Two SQL statements."""
    kinds = (IdRequest.Kind.NEW, IdRequest.Kind.REOPEN)
    hired = PersonnelOrder.objects.filter(staff_id__in=people, kind=Kind.HIRE, state=PersonnelOrder.State.DONE)
    granted = IdRequest.objects.filter(staff_id__in=people, kind__in=kinds, state=IdRequest.State.GRANTED)
    found: dict[int, datetime] = {}
    for rows, moment in ((hired, "applied_at"), (granted, "granted_at")):
        for staff_id, at in rows.order_by().values_list("staff_id").annotate(Max(moment)):
            found[staff_id] = max(at, found.get(staff_id, at))
    return found


def roles_of(people: Collection[int]) -> dict[int, list[str]]:
    """The roles that each of the people holds today, in words. One SQL statement."""
    rows = RoleAssignment.objects.filter(staff_id__in=people, period__contains=clock.today())
    found: dict[int, list[RoleAssignment]] = defaultdict(list)
    for row in rows.select_related("role", "office"):
        found[row.staff_id].append(row)
    return {key: ids.words_of(held, longest=2) for key, held in found.items()}


def assignments(person: Staff) -> QuerySet[RoleAssignment]:
    """The roles that somebody holds, will hold and has held; the newest first."""
    rows = RoleAssignment.objects.filter(staff=person).select_related("role", "office", "granted_by", "stands_in_for")
    return rows.order_by(F("period").desc(), "role__name", "office__code")


def reviews(actor: Actor) -> QuerySet[ReviewCampaign]:
    """棚卸し of the offices where the person may view, enter or decide, with their progress."""
    offices = actor.offices(VIEW) | actor.offices(ENTER) | actor.offices(DECIDE)
    rows = ReviewCampaign.objects.filter(office_id__in=offices).select_related("office", "started_by", "stored")
    done = Count("items", filter=~Q(items__verdict=""))
    return rows.annotate(total=Count("items"), done=done, left=F("total") - F("done"))


def review_of(actor: Actor, public_id: UUID) -> ReviewCampaign:
    """One review. Raises NotFound."""
    return found(reviews(actor).filter(public_id=public_id).first(), "この棚卸し")


def review_items(campaign: ReviewCampaign, asked: dict[str, Any]) -> QuerySet[ReviewItem]:
    """The rows of a review that the filter asks for."""
    rows = campaign.items.select_related("staff", "role", "decided_by")
    shown = {"left": Q(verdict=""), "marked": ~Q(marks=[]), "removed": Q(verdict=ReviewItem.Verdict.REMOVE)}
    rows = rows.filter(shown.get(asked.get("show", ""), Q()))
    return rows.filter(marks__contains=[asked["mark"]]) if asked.get("mark") else rows


def not_reviewed(actor: Actor) -> QuerySet[Office]:
    """The offices of the person whose ids nobody has begun to review in this fiscal year."""
    begun = ReviewCampaign.objects.filter(year=fiscal_year_of(clock.today())).values("office")
    return Office.objects.filter(pk__in=actor.offices(ENTER)).exclude(pk__in=begun)


def permissions(actor: Actor, asked: dict[str, Any] | None = None) -> QuerySet[WorkPermission]:
    """作業許可 of operators of the person's offices, and those that the person attends."""
    offices = actor.offices(VIEW) | actor.offices(ENTER) | actor.offices(DECIDE)
    rows = WorkPermission.objects.filter(Q(staff__office_id__in=offices) | Q(attendant_id=actor.staff_id or 0))
    rows = rows.select_related("staff__office", "attendant__office", "asked_by", "allowed_by")
    return rows.filter(**{name: value for name, value in (asked or {}).items() if value})


def permission_of(actor: Actor, public_id: UUID) -> WorkPermission:
    """One permission. Raises NotFound."""
    return found(permissions(actor).filter(public_id=public_id).first(), "この作業許可")


def attendance_of(actor: Actor, public_id: UUID) -> Attendance:
    """One attendance. Raises NotFound."""
    rows = Attendance.objects.filter(public_id=public_id, permission__in=permissions(actor).order_by().values("pk"))
    return found(rows.select_related("permission__staff", "attendant").first(), "この立会い")


def to_attend(actor: Actor) -> QuerySet[WorkPermission]:
    """The permissions that the person attends and that are not over (hours may run into the next day)."""
    rows = WorkPermission.objects.filter(attendant_id=actor.staff_id or 0, state=WorkPermission.State.ALLOWED)
    rows = rows.filter(last_day__gte=clock.today() - timedelta(days=1))
    return rows.select_related("staff").prefetch_related("attendances").order_by("first_day", "from_time")
