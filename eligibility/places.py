"""施設と施設入所: the facility register, and confirming that somebody still lives where the register says (D23)."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from audit.actor import Actor
from audit.history import recorded
from audit.permissions import require, visible
from audit.rights import Act, File, Right
from audit.worklist import Waiting
from eligibility.models import Confirmation, Facility, Placement
from kaigo.common import clock
from kaigo.common.refusal import Conflict, NotFound, Refusal

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
FIELDS = (
    "number", "kind", "name", "kana", "insurer_number", "municipality", "postal_code", "address", "phone", "open_from",
    "open_until",
)  # fmt: skip


def save_facility(actor: Actor, row: Facility | None, values: dict[str, Any], *, version: object = None) -> Facility:
    """Enter a facility, or correct it. Raises Refusal for a number that is taken, Conflict when it has moved."""
    require(actor, File.ELIGIBILITY, Act.ENTER)
    same = Facility.objects.filter(number=values["number"])
    if (same.exclude(pk=row.pk) if row else same).exists():
        raise Refusal(
            "number-taken", "この施設番号は、別の施設に使われています。", field="number",
            ways=("施設の一覧で番号を探し、同じ施設ならそちらを直してください。",),
        )  # fmt: skip
    with transaction.atomic(), recorded(actor, "施設の登録"):
        if row is None:
            return Facility.objects.create(**values)
        row = Facility.objects.select_for_update().get(pk=row.pk)
        if str(row.row_version) != str(version):
            raise Conflict(
                "row-moved",
                "この画面を開いた後に、別の職員がこの施設を変更しました。入力した内容はまだ保存していません。",
                ways=("画面を開き直して今の内容を確かめてください。",),
            )
        for name in FIELDS:
            setattr(row, name, values[name])
        row.row_version += 1
        row.save()
    return row


def facility_of(public_id: Any) -> Facility:
    """The facility with this public id. Raises NotFound."""
    found = Facility.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-facility", "この施設は見つかりません。", ways=("施設の一覧から選び直してください。",))
    return found


def placements(actor: Actor, right: Right = VIEW) -> QuerySet[Placement]:
    """The stays in facilities, in force, of residents of the offices on which the actor holds the right."""
    rows = Placement.objects.filter(withdrawn=False).select_related("resident", "resident__office", "facility")
    return visible(rows, actor, right, office="resident__office_id", subject="resident__public_id")


def due(actor: Actor, day: date) -> QuerySet[Placement]:
    """Who is to be confirmed by a day: still in the facility, the date of the next confirmation come."""
    return placements(actor).filter(ended_on=None, confirm_by__lte=day)


def placement_of(actor: Actor, act: Act, public_id: Any) -> Placement:
    """The stay with this public id, for who holds the right. Raises NotFound, also for another office's."""
    found = placements(actor, Right(File.ELIGIBILITY, act)).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-placement", "この施設入所の記録は見つかりません。", ways=("一覧から選び直してください。",))
    require(actor, File.ELIGIBILITY, act, found.resident.office_id, subjects=[found.resident.public_id])
    return found


def confirm(actor: Actor, row: Placement, values: dict[str, Any], *, version: object) -> Confirmation:
    """現況の確認: what was found, how, and when to look again. Raises Conflict when the stay has changed since."""
    resident = row.resident
    require(actor, File.ELIGIBILITY, Act.ENTER, resident.office_id, subjects=[resident.public_id])
    with transaction.atomic(), recorded(actor, "施設入所の現況確認"):
        row = Placement.objects.select_for_update().get(pk=row.pk)
        if str(row.row_version) != str(version):
            raise Conflict(
                "row-moved",
                "この画面を開いた後に、この施設入所の記録が変わりました。入力した内容はまだ保存していません。",
                ways=("画面を開き直して今の内容を確かめてください。",),
            )
        if row.withdrawn or row.ended_on:
            raise Refusal("ended", "この施設入所は、もう終わっています。", ways=("一覧から選び直してください。",))
        continues = values["result"] == Confirmation.Result.CONTINUES
        row.confirm_by = values["next_on"] if continues else clock.today()
        row.row_version += 1
        row.save(update_fields=["confirm_by", "row_version"])
        return Confirmation.objects.create(
            placement=row, staff_id=actor.staff_id, created_at=clock.now(), **values | {"next_on": row.confirm_by}
        )


def waiting(actor: Actor) -> list[Waiting]:
    """今日の仕事: stays in facilities whose confirmation is due, for who may enter it."""
    if not actor.may(Right(File.ELIGIBILITY, Act.ENTER)):
        return []
    rows = due(actor, clock.today()).order_by("confirm_by").values_list("confirm_by", flat=True)
    days = list(rows[:1])
    return [Waiting("適用除外・住所地特例の現況の確認", "/placements/due/", rows.count(), days[0] if days else None)]
