"""The media register (媒体管理簿): named officers, media, and what became of each copy (E04)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F

from audit import notices
from audit.actor import Actor
from audit.history import recorded
from audit.media import limits
from audit.media.models import Export, MediaOfficer, Medium, MediumUse
from audit.media.queries import medium_for, medium_of, officer_of, use_of
from audit.models import Office, Staff, Terminal
from audit.numbering import next_number
from audit.permissions import require, staff_id_of
from audit.rights import Act, File
from audit.screens import require_version
from audit.usability import usable
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal

SERIES = "媒体"


def appoint(actor: Actor, *, staff: Staff, office: Office, until: date | None, reason: str) -> MediaOfficer:
    """指名: name somebody for the media of an office from today (`until`: the last day).

    Raises Forbidden without media.decide on the office, Refusal for oneself or an id that cannot be used, Conflict
    for who is named already.
    """
    require(actor, File.MEDIA, Act.DECIDE, office.pk)
    today = clock.today()
    if staff.pk == actor.staff_id:
        raise Refusal("oneself", "自分を指名することはできません。別の管理者に依頼してください。", field="staff")
    if usable(staff):
        raise Refusal("unusable", "この職員の利用者IDは、今日は使えません。", field="staff")
    if until is not None and until < today:
        raise Refusal("past-day", "終わりの日は、今日以後の日にしてください。", field="until")
    if MediaOfficer.objects.filter(staff=staff, office=office, period__contains=today).exists():
        raise Conflict("appointed", "この職員は、すでに指名されています。", field="staff")
    with transaction.atomic(), recorded(actor, "媒体取扱担当者の指名"):
        row = MediaOfficer.objects.create(
            staff=staff, office=office, period=DateRange(today, _day_after(until)), reason=reason.strip(),
            appointed_by_id=staff_id_of(actor),
        )  # fmt: skip
        notices.tell(staff, f"{office.name}の媒体取扱担当者に指名されました。")
        return row


def dismiss(actor: Actor, public_id: UUID) -> None:
    """指名の終了: from tomorrow, or from now when the duty began today, the person handles no media."""
    row = officer_of(actor, public_id)
    require(actor, File.MEDIA, Act.DECIDE, row.office_id)
    today = clock.today()
    with transaction.atomic(), recorded(actor, "媒体取扱担当者の指名の終了"):
        row = MediaOfficer.objects.select_for_update().get(pk=row.pk)
        if row.period.upper is not None and row.period.upper <= today:
            raise Conflict("ended", "この指名は、すでに終わっています。")
        if row.period.lower == today:
            row.delete()
        else:
            MediaOfficer.objects.filter(pk=row.pk).update(period=DateRange(row.period.lower, today))


def register_medium(actor: Actor, *, number: str, kind: str, serial: str, office: Office, place: str) -> Medium:
    """媒体の登録. Raises Forbidden without media.enter on the office, Conflict for a number that is taken."""
    require(actor, File.MEDIA, Act.ENTER, office.pk)
    if Medium.objects.filter(number=number).exists():
        raise Conflict("number-taken", "この管理番号は、すでに使われています。", field="number")
    with transaction.atomic(), recorded(actor, "媒体の登録"):
        return Medium.objects.create(
            number=number, kind=kind, serial=serial, office=office, place=place, registered_on=clock.today(),
            registered_by_id=staff_id_of(actor),
        )  # fmt: skip


def move_medium(actor: Actor, public_id: UUID, *, place: str, version: object) -> Medium:
    """保管場所の変更, by a named officer. Raises Barred, Conflict for a row that moved or a medium that is gone."""
    row = medium_of(actor, public_id)
    limits.require_officer(actor, row.office_id)
    with transaction.atomic(), recorded(actor, "媒体の保管場所の変更"):
        row = _locked_medium(row, version)
        Medium.objects.filter(pk=row.pk).update(place=place.strip(), version=F("version") + 1)
        row.refresh_from_db()
        return row


def dispose(actor: Actor, public_id: UUID, *, how: str, day: date, version: object) -> Medium:
    """媒体の廃棄, by a named officer; what is still on it is recorded as erased in the same way.

    Raises Barred, Refusal while a copy is with somebody else or for a day that cannot be, Conflict.
    """
    row = medium_of(actor, public_id)
    limits.require_officer(actor, row.office_id)
    _check_past(day, row.registered_on, "day")
    with transaction.atomic(), recorded(actor, "媒体の廃棄"):
        row = _locked_medium(row, version)
        still = MediumUse.objects.filter(medium=row, erased_on=None, voided_at=None)
        if still.filter(handed_on__isnull=False, returned_on=None).exists():
            raise Refusal("still-out", "この媒体は渡したままです。戻ったことを記録してから廃棄してください。")
        still.update(erased_on=day, erased_how=how, erased_by_id=staff_id_of(actor), version=F("version") + 1)
        Medium.objects.filter(pk=row.pk).update(
            disposed_on=day, disposed_how=how, disposed_by_id=staff_id_of(actor), version=F("version") + 1
        )
        row.refresh_from_db()
        return row


def record_copy(
    actor: Actor, *, medium: UUID, content: str, count: int | None, purpose: str, recipient: str, due_on: date
) -> MediumUse:
    """媒体への書込みの記録: what the person has just copied, on this terminal, without an export of this system.

    Raises Barred for who is not named for media or sits at another terminal, Refusal for a day that has passed.
    """
    found = medium_for(medium)
    limits.require_officer(actor, found.office_id)
    terminal = limits.require_terminal(actor, limits.COPY)
    if due_on < clock.today():
        raise Refusal("past-day", "返却・消去の期限は、今日以後の日にしてください。", field="due_on")
    with transaction.atomic(), recorded(actor, "媒体への書込みの記録"):
        return _copied(
            actor, found, terminal, content=content, count=count, purpose=purpose, recipient=recipient, due_on=due_on
        )


def copied_export(actor: Actor, export: Export, terminal: Terminal) -> MediumUse:
    """The row for an export that its asker has collected for a medium. Call it in that transaction."""
    if export.medium is None:
        raise ValueError("the export goes to no medium")
    return _copied(
        actor, export.medium, terminal, export=export, content=f"{export.label}　{export.words}".strip()[:200],
        count=export.count, purpose=export.purpose, recipient=export.recipient, due_on=export.erase_by,
    )  # fmt: skip


def hand_over(actor: Actor, public_id: UUID, *, to: str, day: date, version: object) -> MediumUse:
    """渡した: the medium went to somebody. Raises Barred, Refusal, Conflict."""
    row = _of_officer(actor, public_id)
    _check_past(day, _day(row.copied_at), "day")
    with transaction.atomic(), recorded(actor, "媒体を渡した記録"):
        row = _open_use(row, version)
        if row.handed_on:
            raise Conflict("handed", "すでに渡した記録があります。")
        return _move(row, handed_on=day, handed_to=to.strip(), handed_by_id=staff_id_of(actor))


def take_back(actor: Actor, public_id: UUID, *, day: date, version: object) -> MediumUse:
    """戻った: the medium came back. Raises Barred, Refusal, Conflict when it was never handed over."""
    row = _of_officer(actor, public_id)
    with transaction.atomic(), recorded(actor, "媒体が戻った記録"):
        row = _open_use(row, version)
        if row.handed_on is None or row.returned_on:
            raise Conflict("not-out", "この媒体は渡していません。")
        _check_past(day, row.handed_on, "day")
        return _move(row, returned_on=day, returned_by_id=staff_id_of(actor))


def erase(actor: Actor, public_id: UUID, *, how: str, day: date, version: object) -> MediumUse:
    """消去した: what was copied is on the medium no longer. Raises Barred, Refusal while somebody else has it."""
    row = _of_officer(actor, public_id)
    with transaction.atomic(), recorded(actor, "媒体の内容を消去した記録"):
        row = _open_use(row, version)
        if row.handed_on and not row.returned_on and how != "recipient":
            raise Refusal(
                "still-out", "この媒体は渡したままです。", field="how",
                ways=("戻ったことを記録するか、渡し先で消去したときはその方法を選んでください。",),
            )  # fmt: skip
        _check_past(day, row.returned_on or row.handed_on or _day(row.copied_at), "day")
        return _move(row, erased_on=day, erased_how=how, erased_by_id=staff_id_of(actor))


def void(actor: Actor, public_id: UUID, *, reason: str, version: object) -> MediumUse:
    """取消し: nothing was copied after all, or the row is wrong; it stays, struck through, with the reason."""
    row = _of_officer(actor, public_id)
    if not reason.strip():
        raise Refusal("no-reason", "理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, "媒体管理簿の取消し"):
        row = MediumUse.objects.select_for_update().get(pk=row.pk)
        require_version(row, version)
        if row.voided_at:
            raise Conflict("voided", "この記録は、すでに取り消されています。")
        return _move(row, voided_at=clock.now(), voided_by_id=staff_id_of(actor), void_reason=reason.strip())


def _copied(actor: Actor, medium: Medium, terminal: Terminal, **fields: Any) -> MediumUse:
    return MediumUse.objects.create(
        number=next_number(SERIES, clock.today()), medium=medium, office_id=medium.office_id, terminal=terminal,
        copied_at=clock.now(), copied_by_id=staff_id_of(actor), **fields,
    )  # fmt: skip


def _of_officer(actor: Actor, public_id: UUID) -> MediumUse:
    row = use_of(actor, public_id)
    limits.require_officer(actor, row.office_id)
    return row


def _open_use(row: MediumUse, version: object) -> MediumUse:
    locked = MediumUse.objects.select_for_update().get(pk=row.pk)
    require_version(locked, version)
    if locked.voided_at or locked.erased_on:
        raise Conflict("over", "この記録は、消去済みか取り消されています。")
    return locked


def _locked_medium(row: Medium, version: object) -> Medium:
    locked = Medium.objects.select_for_update().get(pk=row.pk)
    require_version(locked, version)
    if locked.disposed_on:
        raise Conflict("disposed", "この媒体は、すでに廃棄されています。")
    return locked


def _check_past(day: date, earliest: date, field: str) -> None:
    if not earliest <= day <= clock.today():
        raise Refusal("bad-day", "日付は、その前の記録の日から今日までの日にしてください。", field=field)


def _move(row: MediumUse, **fields: Any) -> MediumUse:
    MediumUse.objects.filter(pk=row.pk).update(version=F("version") + 1, **fields)
    row.refresh_from_db()
    return row


def _day(moment: datetime) -> date:
    return moment.astimezone(clock.TOKYO).date()


def _day_after(day: date | None) -> date | None:
    return date.fromordinal(day.toordinal() + 1) if day else None
