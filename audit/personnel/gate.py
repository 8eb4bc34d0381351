"""Whether a contractor's operator may work now (E16): with a permission for this hour, and attended.

Asked by audit.usability at every sign-in and every request; others are let through without a SQL statement.
"""

from datetime import datetime

from django.utils import timezone

from audit.models import Staff
from audit.personnel import hours
from audit.personnel.hours import Window
from audit.personnel.models import Attendance, WorkPermission
from kaigo.common import clock

NO_PERMISSION = "作業許可の時間内ではないため、この利用者IDは使えません。"
NOT_ATTENDED = "立会いが始まっていないため、この利用者IDは使えません。"


def may_work(staff: Staff, at: datetime | None = None) -> str | None:
    """Why the operator may not work at the moment (now, unless named), as a Japanese sentence; None when they may.

    The attendance must have begun within the same span of hours: one that was left open yesterday does not count.
    """
    if staff.employment != Staff.Employment.CONTRACTOR:
        return None
    moment = timezone.localtime(at or clock.now())
    spans = [(row, span) for row in _allowed(staff, moment) if (span := window_of(row, moment))]
    if not spans:
        return NO_PERMISSION
    open_now = Attendance.objects.filter(permission__in=[row.pk for row, _ in spans], ended_at=None)
    begun = {row.permission_id: row.began_at for row in open_now}
    attended = any(row.pk in begun and span.begins <= begun[row.pk] <= moment for row, span in spans)
    return None if attended else NOT_ATTENDED


def window_of(permission: WorkPermission, moment: datetime) -> Window | None:
    """The span of the permission's hours that the moment lies in."""
    row = permission
    return hours.window(row.first_day, row.last_day, row.from_time, row.to_time, timezone.localtime(moment))


def _allowed(staff: Staff, moment: datetime) -> list[WorkPermission]:
    """Permissions whose days can still matter: hours may run into the day after the last one."""
    day = moment.date()
    rows = WorkPermission.objects.filter(staff=staff, state=WorkPermission.State.ALLOWED, first_day__lte=day)
    return [row for row in rows if (day - row.last_day).days <= 1]
