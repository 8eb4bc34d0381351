"""Writers of the registers: entering, correcting, closing, reopening, lines, attachments."""

from collections.abc import Mapping
from typing import Any, BinaryIO, TypeVar, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F, ManyToManyField

from audit.actor import Actor
from audit.files import store_file
from audit.formfields import checked
from audit.history import recorded
from audit.numbering import next_number
from audit.permissions import require, staff_id_of
from audit.registers.catalogue import Part, Register
from audit.registers.models import Attachment, CheckAnswer, Entry, Line, SelfCheck, Training
from audit.registers.models.duties import Attendance
from audit.rights import Act, File
from audit.screens import require_version
from kaigo.common import clock
from kaigo.common.individual_numbers import refuse_numbers
from kaigo.common.refusal import Conflict, Forbidden, Refusal

RETENTION = "registers"
Row = TypeVar("Row", Entry, Line)


def enter(actor: Actor, register: Register, values: dict[str, Any]) -> Entry:
    """Enter an entry. Raises Forbidden without registers.enter on its office, Refusal for what cannot be."""
    require(actor, File.REGISTERS, Act.ENTER, values["office"].pk)
    register.check(values)
    with transaction.atomic(), recorded(actor, f"{register.label}の登録"):
        row = register.model(
            number=next_number(register.model.SERIES, clock.today()), entered_by_id=staff_id_of(actor),
            entered_at=clock.now(),
        )  # fmt: skip
        return _save(actor, register, row, values)


def correct(actor: Actor, register: Register, row: Entry, values: dict[str, Any], *, version: object) -> Entry:
    """Correct an open entry. Raises Conflict when it is closed or moved meanwhile."""
    require(actor, File.REGISTERS, Act.ENTER, row.office_id)
    require(actor, File.REGISTERS, Act.ENTER, values["office"].pk)
    register.check(values)
    with transaction.atomic(), recorded(actor, f"{register.label}の訂正"):
        found = _open(register, row, version)
        return _save(actor, register, found, values)


def close(actor: Actor, register: Register, row: Entry, *, reason: str, version: object) -> Entry:
    """完結: by somebody with registers.decide who did not enter it; nothing may be left open.

    Raises Refusal naming what is left, Forbidden for who entered it.
    """
    require(actor, File.REGISTERS, Act.DECIDE, row.office_id)
    if row.entered_by_id == actor.staff_id:
        raise Forbidden("own-entry", "自分が入力した記録は、別の職員が完結します。")
    refuse_numbers({"reason": reason})
    if not reason.strip():
        raise Refusal("no-reason", "完結の所見を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, f"{register.label}の完結"):
        found = _open(register, row, version)
        if left := register.obstacles(found):
            raise Refusal("not-done", "".join(left), ways=("残っていることを記録してから完結してください。",))
        _move(found, closed_on=clock.today(), closed_by_id=actor.staff_id, closing=reason.strip())
        register.saved(actor, found)
        return found


def reopen(actor: Actor, register: Register, row: Entry, *, reason: str, version: object) -> Entry:
    """再開: a closed entry goes on, with the reason."""
    require(actor, File.REGISTERS, Act.DECIDE, row.office_id)
    if not reason.strip():
        raise Refusal("no-reason", "再開する理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, f"{register.label}の再開"):
        found = register.model._default_manager.select_for_update().get(pk=row.pk)
        require_version(found, version)
        if found.closed_on is None:
            raise Conflict("open", "この記録は完結していません。")
        _move(found, closed_on=None, closed_by_id=None, closing=reason.strip())
        return found


def add_line(actor: Actor, register: Register, part: Part, entry: Entry, values: dict[str, Any]) -> Line:
    """Add a line under an open entry."""
    require(actor, File.REGISTERS, Act.ENTER, entry.office_id)
    part.check(values)
    with transaction.atomic(), recorded(actor, f"{part.label}の記録"):
        found = _open(register, entry, None)
        line: Line = part.model(entry=found, entered_by_id=staff_id_of(actor), entered_at=clock.now())
        _assign(line, values)
        register.saved(actor, found)
        return line


def change_line(
    actor: Actor, register: Register, part: Part, line: Any, values: dict[str, Any], *, version: object
) -> Line:
    """Correct a line of an open entry."""
    require(actor, File.REGISTERS, Act.ENTER, line.entry.office_id)
    part.check(values)
    with transaction.atomic(), recorded(actor, f"{part.label}の訂正"):
        found = _open(register, line.entry, None)
        row: Line = part.model._default_manager.select_for_update().get(pk=line.pk)
        require_version(row, version)
        if row.is_fixed:
            raise Conflict(
                "fixed", "決裁に回したか、決裁された記録は訂正できません。差戻しか取下げの後に訂正してください。"
            )
        row.version += 1
        _assign(row, values)
        register.saved(actor, found)
        return row


def answer(actor: Actor, register: Register, entry: SelfCheck, answers: Mapping[str, dict[str, Any]]) -> int:
    """自己点検の回答: what was answered of the items, all at once; items without an answer stay open."""
    require(actor, File.REGISTERS, Act.ENTER, entry.office_id)
    with transaction.atomic(), recorded(actor, "自己点検の回答"):
        found = _open(register, entry, None)
        for item, values in answers.items():
            refuse_numbers({name: values[name] for name in ("evidence", "remedy") if name in values})
            if values["answer"] == CheckAnswer.Answer.NOT_APPLICABLE and not values["evidence"].strip():
                raise Refusal("no-reason", f"{item}：該当しない理由を入れてください。")
            stamp = {"entered_by_id": staff_id_of(actor), "entered_at": clock.now()}
            CheckAnswer.objects.update_or_create(entry=found, item=item, defaults=values | stamp)
        return len(answers)


def attend(actor: Actor, register: Register, entry: Training, rows: list[dict[str, Any]]) -> int:
    """受講の記録: who attended, several at once; those recorded already are corrected."""
    require(actor, File.REGISTERS, Act.ENTER, entry.office_id)
    with transaction.atomic(), recorded(actor, "受講の記録"):
        found = _open(register, entry, None)
        for row in rows:
            if row["attended_on"] > clock.today():
                raise Refusal("attended", "受講日は、今日以前の日にしてください。")
            stamp = {"entered_by_id": staff_id_of(actor), "entered_at": clock.now()}
            values = {"attended_on": row["attended_on"], "score": row["score"]} | stamp
            Attendance.objects.update_or_create(entry=found, staff=row["staff"], defaults=values)
        return len(rows)


def attach(actor: Actor, register: Register, entry: Entry, *, upload: UploadedFile, title: str) -> Attachment:
    """Keep a file with an entry, under the type that it was found to be, whatever the browser called it.

    `upload` comes from an `UploadField`. Raises Forbidden without registers.enter on the entry's office.
    """
    require(actor, File.REGISTERS, Act.ENTER, entry.office_id)
    with transaction.atomic(), recorded(actor, f"{register.label}の添付"):
        stored = store_file(cast(BinaryIO, upload.file), f"{entry.public_id}", checked(upload).content_type, RETENTION)
        return Attachment.objects.create(
            entry=entry.public_id, stored=stored, title=title.strip(), added_by_id=staff_id_of(actor),
            added_at=clock.now(),
        )  # fmt: skip


def _save(actor: Actor, register: Register, row: Entry, values: dict[str, Any]) -> Entry:
    if row.pk:
        row.version += 1
    _assign(row, values)
    register.saved(actor, row)
    return row


def _assign(row: Row, values: dict[str, Any]) -> None:
    """Set the fields, save, then the many-to-many ones.

    Raises Refusal for an individual number, Conflict for what the database refuses by name.
    """
    refuse_numbers(values)
    many = {f.name for f in row._meta.get_fields() if isinstance(f, ManyToManyField)}
    for name, value in values.items():
        if name not in many:
            setattr(row, name, value.strip() if isinstance(value, str) else value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict("refused", _words(row, str(error))) from error
    for name in many & values.keys():
        getattr(row, name).set(values[name])


def _words(row: Row, text: str) -> str:
    named = (c for c in row._meta.constraints if c.name in text)
    found = next(named, None)
    return str(getattr(found, "violation_error_message", "") or "同じ内容がすでに登録されています。")


def _open(register: Register, row: Entry, version: object) -> Any:
    found = register.model._default_manager.select_for_update().get(pk=row.pk)
    if version is not None:
        require_version(found, version)
    if found.closed_on is not None:
        raise Conflict("closed", "この記録は完結しています。", ways=("直すときは、先に再開してください。",))
    return found


def _move(row: Entry, **fields: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(version=F("version") + 1, **fields)
    row.refresh_from_db()
