"""連絡票の受領: keeping a slip as another municipality wrote it, linked at once where only one person can be meant."""

from typing import Any

from django.db import transaction

from audit.actor import Actor
from audit.history import recorded
from audit.models import Office
from audit.permissions import require
from audit.rights import Act, File
from eligibility.matching.checks import candidates
from eligibility.models import ContactSlip
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal


def receive(actor: Actor, office: Office, values: dict[str, Any]) -> ContactSlip:
    """Keep a received slip (cleaned values of SlipForm). Raises Refusal for the same slip twice, Forbidden."""
    require(actor, File.ELIGIBILITY, Act.ENTER, office.pk)
    same = {name: values[name] for name in ("event", "insurer_number", "day", "birth_date", "name")}
    received = ContactSlip.Direction.RECEIVED
    if ContactSlip.objects.filter(direction=received, withdrawn=False, **same).exists():
        raise Refusal("slip-twice", "同じ連絡票を、もう登録しています。", ways=("連絡票の一覧で確かめてください。",))
    row = ContactSlip(direction=received, office=office, staff_id=actor.staff_id, created_at=clock.now(), **values)
    found = candidates(row)
    if len(found) == 1 and found[0].sex == row.sex:
        row.resident, row.office = found[0], found[0].office
    with transaction.atomic(), recorded(actor, "連絡票の受領"):
        row.save()
    return row


def withdraw(actor: Actor, row: ContactSlip, reason: str) -> ContactSlip:
    """取消, with the reason. Raises Conflict when it is withdrawn already."""
    require(actor, File.ELIGIBILITY, Act.ENTER, row.office_id)
    with transaction.atomic(), recorded(actor, f"連絡票の取消：{reason}"):
        row = ContactSlip.objects.select_for_update().get(pk=row.pk)
        if row.withdrawn:
            raise Conflict("withdrawn", "この連絡票は、もう取り消されています。", ways=("一覧を開き直してください。",))
        row.withdrawn, row.row_version = True, row.row_version + 1
        row.save(update_fields=["withdrawn", "row_version"])
    return row
