"""Why an id of somebody outside the personnel file may not be used (audit.usability): contract and pledge (E08, E15).

Regular staff cost no SQL statement: what ends their ids stands on the id itself.
"""

from audit.models import Staff
from audit.personnel import pledges
from audit.personnel.models import IdRequest
from kaigo.common import clock

NO_CONTRACT = "契約の終わりが登録されていないため、この利用者IDは使えません。"
NO_PLEDGE = "誓約書を受け取っていないため、この利用者IDは使えません。"
NOT_BEGUN = "利用の始まりの日が来ていないため、この利用者IDは使えません。"


def contract(staff: Staff) -> str | None:
    """A contract that has begun and has an end, and a pledge that covers today."""
    if staff.employment == Staff.Employment.REGULAR:
        return None
    if staff.pk is None or staff.valid_until is None:
        return NO_CONTRACT
    if not pledges.covered(staff, clock.today()):
        return NO_PLEDGE
    first = IdRequest.objects.filter(staff=staff, kind=IdRequest.Kind.NEW, state=IdRequest.State.GRANTED)
    begins = first.order_by("-granted_at").values_list("starts_on", flat=True).first()
    return NOT_BEGUN if begins and begins > clock.today() else None
