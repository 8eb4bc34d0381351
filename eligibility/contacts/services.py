"""The writers beside the notifications: the second look at a mailing address, holds, remarks, notes and talks."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from audit.actor import Actor
from audit.history import recorded
from audit.notices import tell
from audit.permissions import require
from audit.rights import Act, File
from eligibility.models import Hold, MailingAddress, Remark, Resident, StickyNote, Talk
from eligibility.models.contacts import DatedFact
from eligibility.practice import number
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal


def confirm_mailing(actor: Actor, row: MailingAddress, *, version: object) -> MailingAddress:
    """送付先の確認 (F2): a second person says that letters may go there.

    Raises Refusal for whoever entered it and for one that is confirmed already, Conflict when it has moved.
    """
    _require_enter(actor, row.resident)
    with transaction.atomic(), recorded(actor, "送付先の確認"):
        row = MailingAddress.objects.select_for_update().get(pk=row.pk)
        _require_version(row, version)
        if row.staff_id == actor.staff_id:
            raise Refusal(
                "same-person", "自分が入力した送付先は、自分では確認できません。",
                ways=("別の職員に、届出書と見比べて確認してもらってください。",),
            )  # fmt: skip
        if row.withdrawn or row.confirmed_at:
            raise Refusal(
                "not-waiting", "この送付先は、もう確認を待っていません。", ways=("画面を開き直してください。",)
            )
        row.confirmed_by_id, row.confirmed_at = actor.staff_id, clock.now()
        row.save(update_fields=["confirmed_by", "confirmed_at"])
    return row


def hold(actor: Actor, resident: Resident, values: dict[str, Any]) -> Hold:
    """抑止: from now on something is not issued to somebody."""
    return _enter(actor, resident, Hold, "抑止", values)


def release(actor: Actor, row: Hold, reason: str, *, version: object) -> Hold:
    """抑止の解除, from today on, with its reason. Raises Refusal without one or when it is released already."""
    _require_enter(actor, row.resident)
    if not reason.strip():
        raise Refusal("no-reason", "解除する理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, f"抑止の解除：{reason}"):
        row = Hold.objects.select_for_update().get(pk=row.pk)
        _require_version(row, version)
        today = clock.today()
        if row.ended_on and row.ended_on < today:
            raise Refusal("released", "この抑止は、もう終わっています。", ways=("画面を開き直してください。",))
        row.ended_on, row.ended_by_id, row.end_reason = today - timedelta(days=1), actor.staff_id, reason.strip()
        row.withdrawn = row.begun_on > row.ended_on  # put on and released on the same day: it never held
        row.row_version += 1
        row.save()
    return row


def remark(actor: Actor, resident: Resident, line: int, text: str) -> Remark | None:
    """備考: write a line anew; an empty text clears it. The line before stays in the history."""
    _require_enter(actor, resident)
    with transaction.atomic(), recorded(actor, "備考"):
        rows = Remark.objects.select_for_update().filter(resident=resident, line=line, ended_on=None, withdrawn=False)
        for row in rows:
            if row.text == text:
                return row
            row.ended_on = clock.today()
            row.row_version += 1
            row.save(update_fields=["ended_on", "row_version"])
        if not text:
            return None
        return Remark.objects.create(line=line, text=text, **_made(actor, resident))


def stick(actor: Actor, resident: Resident, values: dict[str, Any]) -> StickyNote:
    """付箋: a warning on every page of somebody, until a day (the house's usual number of days when none is given)."""
    days = number("note_days", clock.today())
    until = values["ended_on"] or clock.today() + timedelta(days=days)
    return _enter(actor, resident, StickyNote, "付箋", values | {"ended_on": until})


def peel(actor: Actor, row: StickyNote) -> None:
    """付箋を外す before its day."""
    _require_enter(actor, row.resident)
    with transaction.atomic(), recorded(actor, "付箋を外す"):
        row = StickyNote.objects.select_for_update().get(pk=row.pk)
        row.ended_on = clock.today() - timedelta(days=1)
        row.withdrawn = row.begun_on > row.ended_on
        row.row_version += 1
        row.save()


def talk(actor: Actor, resident: Resident, values: dict[str, Any]) -> Talk:
    """応対記録: what was said; with a next date or a hand-over it stays open. Whoever takes it on is told."""
    _require_enter(actor, resident)
    with transaction.atomic(), recorded(actor, "応対記録"):
        row = Talk.objects.create(resident=resident, staff_id=actor.staff_id, created_at=clock.now(), **values)
        _tell(row)
    return row


def amend(actor: Actor, row: Talk, values: dict[str, Any], *, version: object) -> Talk:
    """Correct a talk, set a next date or hand it over; the text before stays in the history. Raises Conflict."""
    _require_enter(actor, row.resident)
    with transaction.atomic(), recorded(actor, "応対記録の訂正"):
        row = Talk.objects.select_for_update().get(pk=row.pk)
        _require_version(row, version)
        before = row.handed_to_id
        for name, value in values.items():
            setattr(row, name, value)
        row.row_version += 1
        row.save()
        if row.handed_to_id != before:
            _tell(row)
    return row


def close(actor: Actor, row: Talk, *, version: object) -> Talk:
    """応対の完了. Raises Conflict when it has moved, Refusal when it is closed already."""
    _require_enter(actor, row.resident)
    with transaction.atomic(), recorded(actor, "応対の完了"):
        row = Talk.objects.select_for_update().get(pk=row.pk)
        _require_version(row, version)
        if row.closed_at:
            raise Refusal("closed", "この応対は、もう完了しています。", ways=("画面を開き直してください。",))
        row.closed_at, row.closed_by_id = clock.now(), actor.staff_id
        row.row_version += 1
        row.save()
    return row


def _tell(row: Talk) -> None:
    if row.handed_to and row.handed_to_id != row.staff_id:
        when = f"（{row.next_on:%-m月%-d日}まで）" if row.next_on else ""
        tell(row.handed_to, f"応対が引き継がれました{when}。", path="/talks/?whose=mine")


def _enter(actor: Actor, resident: Resident, model: type[Any], what: str, values: dict[str, Any]) -> Any:
    _require_enter(actor, resident)
    with transaction.atomic(), recorded(actor, what):
        return model._default_manager.create(**_made(actor, resident) | values)


def _made(actor: Actor, resident: Resident) -> dict[str, Any]:
    return {
        "resident": resident, "begun_on": clock.today(), "staff_id": actor.staff_id, "created_at": clock.now(),
    }  # fmt: skip


def _require_enter(actor: Actor, resident: Resident) -> None:
    require(actor, File.ELIGIBILITY, Act.ENTER, resident.office_id, subjects=[resident.public_id])


def _require_version(row: DatedFact | Talk, version: object) -> None:
    if str(row.row_version) != str(version):
        raise Conflict(
            "row-moved",
            "この画面を開いた後に、別の職員がこの記録を変更しました。入力した内容はまだ保存していません。",
            ways=("画面を開き直して今の内容を確かめてください。",),
        )
