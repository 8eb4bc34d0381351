"""Why an id of somebody outside the personnel file may not be used (audit.usability): contract and pledge (E08, E15).

Regular staff cost no SQL statement: what ends their ids stands on the id itself.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import Max

from audit import usability
from audit.models import Staff
from audit.personnel import pledges
from audit.personnel.models import IdRequest, Pledge
from kaigo.common import clock

NO_CONTRACT = "契約の終わりが登録されていないため、この利用者IDは使えません。"
NO_PLEDGE = "誓約書を受け取っていないため、この利用者IDは使えません。"
NOT_BEGUN = "利用の始まりの日が来ていないため、この利用者IDは使えません。"
ATTENDED_ONLY = "許可された時間に、立会いの間だけ使えます。"


def contract(staff: Staff) -> str | None:
    """A contract that has begun and has an end, and a pledge that covers today."""
    if staff.employment == Staff.Employment.REGULAR:
        return None
    if staff.pk is None or staff.valid_until is None:
        return NO_CONTRACT
    return _judged(pledges.covered(staff, clock.today()), _begins([staff.pk]).get(staff.pk))


def states(people: Sequence[Staff]) -> list[tuple[Staff, str | None]]:
    """Each person with why the id cannot be used today, for lists: two SQL statements however many there are.

    Of contractors whose papers are in order, only that they need attendance: whether it is so now, their page says.
    """
    others = [row.pk for row in people if row.employment != Staff.Employment.REGULAR]
    day = clock.today()
    rows = Pledge.objects.filter(staff__in=others, voided_at=None, received_on__lte=day, covers_until__gte=day)
    covered = set(rows.values_list("staff_id", flat=True)) if others else set()
    begins = _begins(others) if others else {}
    return [(row, _state(row, row.pk in covered, begins.get(row.pk))) for row in people]


def _state(staff: Staff, covered: bool, begins: date | None) -> str | None:
    day = clock.today()
    if not staff.is_active:
        return usability.CLOSED
    if staff.valid_until and staff.valid_until < day:
        return usability.EXPIRED
    if staff.absence and day in staff.absence:
        return usability.ABSENT
    if staff.employment == Staff.Employment.REGULAR:
        return None
    reason = NO_CONTRACT if staff.valid_until is None else _judged(covered, begins)
    return reason or (ATTENDED_ONLY if staff.employment == Staff.Employment.CONTRACTOR else None)


def _judged(covered: bool, begins: date | None) -> str | None:
    if not covered:
        return NO_PLEDGE
    return NOT_BEGUN if begins and begins > clock.today() else None


def _begins(keys: Sequence[int]) -> dict[int, date]:
    """The first day of use by the newest granted request, by person."""
    rows = IdRequest.objects.filter(staff_id__in=keys, kind=IdRequest.Kind.NEW, state=IdRequest.State.GRANTED)
    return dict(rows.order_by().values_list("staff_id").annotate(Max("starts_on")))
