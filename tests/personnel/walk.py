"""The rows of this part's routes, for the walk of every route by every role (tests.walk)."""

from datetime import date, time, timedelta
from typing import Any

from audit.decisions.models import Decision
from audit.decisions.services import propose
from audit.files import store_file
from audit.models import JobRun, Staff
from audit.personnel import granting, reviewing
from audit.personnel.models import Attendance, IdRequest, PersonnelOrder, Pledge, ReviewCampaign, WorkPermission
from kaigo.common import clock
from tests import factories
from tests.walk.rows import MARK, READING, Estate, actor_of, row

END = date(2099, 3, 31)


def _outsider(estate: Estate) -> Staff:
    """Somebody of the office on a contract, with a manager."""
    made = estate.made.get("personnel-outsider")
    if made is None:
        made = factories.staff(at=estate.office, name=MARK)
        made.employment, made.manager, made.valid_until, made.kana = "contractor", estate.clerk, END, READING
        made.save()
        estate.made["personnel-outsider"] = made
    return made


def _job(estate: Estate) -> JobRun:
    made = estate.made.get("personnel-job")
    if made is None:
        made = factories.job(
            "personnel-import", office=estate.office, state=JobRun.State.FAILED, parameters={"full": False}
        )
        made.files.create(
            direction="in", layout="JINJI", name=MARK, sha256="0" * 64, size=1, created_on=clock.today(), serial=1
        )
        estate.made["personnel-job"] = made
    return made


def _order(estate: Estate) -> PersonnelOrder:
    made = estate.made.get("personnel-order")
    if made is None:
        made = PersonnelOrder.objects.create(
            job=_job(estate), line=3, personnel_number="1", name=MARK, kana=READING, kind="retire",
            effective_on=END, state=PersonnelOrder.State.WAITING,
        )  # fmt: skip
        estate.made["personnel-order"] = made
    return made


@row("personnel-import")
def _import(estate: Estate) -> Any:
    _order(estate)
    return _job(estate)


@row("personnel-import-act")
def _import_act(estate: Estate) -> Any:
    return {"public_id": _job(estate).public_id, "act": "retry"}


@row("personnel-order-act")
def _order_act(estate: Estate) -> Any:
    return {"public_id": _order(estate).public_id, "act": "drop"}


@row("personnel-request", "personnel-request-amend", "personnel-pledge-paper")
def _request(estate: Estate) -> Any:
    asked = IdRequest.objects.create(
        number=f"試申{estate.office.pk}", kind="new", name=MARK, kana=READING, employment="non_regular",
        office=estate.office, manager=estate.clerk, reason=MARK, starts_on=clock.today(), contract_until=END,
        requested_by=estate.clerk, requested_at=clock.now(),
    )  # fmt: skip
    propose(actor_of(estate.clerk), granting.KIND, about=asked.public_id, office=estate.office, title=MARK)
    Decision.objects.filter(about=asked.public_id).update(state=Decision.State.RETURNED, current=None)
    return asked


@row("personnel-pledge-scan", "personnel-pledge-void")
def _pledge(estate: Estate) -> Any:
    stored = store_file(f"%PDF- {estate.office.pk}".encode(), "誓約書", "application/pdf", "pledges")
    return Pledge.objects.create(
        staff=_outsider(estate), text_version="令和8年度版", received_on=clock.today(), covers_until=END, scan=stored,
        recorded_by=estate.clerk, recorded_at=clock.now(),
    )  # fmt: skip


@row("personnel-staff", "personnel-extend", "personnel-end", "personnel-reopen", "personnel-pledge-new")
def _staff(estate: Estate) -> Any:
    return _outsider(estate)


def _permission(estate: Estate) -> WorkPermission:
    made = estate.made.get("personnel-permission")
    if made is None:
        made = WorkPermission.objects.create(
            number=f"試許{estate.office.pk}", staff=_outsider(estate), contract=MARK, purpose=MARK, systems=MARK,
            first_day=clock.today(), last_day=clock.today() + timedelta(days=1), from_time=time(0), to_time=time(23, 59),
            attendant=estate.clerk, state=WorkPermission.State.ALLOWED, asked_by=estate.clerk, asked_at=clock.now(),
            allowed_by=estate.clerk, allowed_at=clock.now(),
        )  # fmt: skip
        estate.made["personnel-permission"] = made
    return made


@row("personnel-permission", "personnel-permission-revoke", "personnel-attendance-begin")
def _allowed(estate: Estate) -> Any:
    return _permission(estate)


@row("personnel-attendance-finish")
def _attendance(estate: Estate) -> Any:
    return Attendance.objects.create(permission=_permission(estate), attendant=estate.clerk, began_at=clock.now())


def _campaign(estate: Estate) -> ReviewCampaign:
    made = estate.made.get("personnel-review")
    if made is None:
        keeper = factories.staff("staff.enter", at=estate.office, name=MARK)
        made = reviewing.start(actor_of(keeper), estate.office, due_on=END)
        estate.made["personnel-review"] = made
    return made


@row("personnel-review", "personnel-review-hand-in", "personnel-review-paper")
def _review(estate: Estate) -> Any:
    return _campaign(estate)


@row("personnel-review-act")
def _review_act(estate: Estate) -> Any:
    return {"public_id": _campaign(estate).public_id, "act": "unmarked"}
