"""名寄せ: the same person under two entries of the register becomes one, and two again when it was a mistake.

What the counter knows of the dropped entry moves to the kept one. What the register says stays with its entry and
counts for the kept one (eligibility.facts), so that later versions of either find their place. Both insured numbers
remain; the dropped entry's is without periods, or moves where the kept entry has none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction

from audit.actor import Actor
from audit.history import recorded
from audit.permissions import require
from audit.rights import Act, File
from eligibility import rules
from eligibility.acts import Impact, impacts_from
from eligibility.contacts.acts import SEALED
from eligibility.insurance import derive
from eligibility.models import (
    Agent,
    BankAccount,
    ContactPoint,
    ContactSlip,
    Declaration,
    Hold,
    Insured,
    MailingAddress,
    MedicalCover,
    Merge,
    Notification,
    Placement,
    Reception,
    Remark,
    Resident,
    StickyNote,
    Talk,
)
from eligibility.receiving import CONSTRAINTS, held_periods
from eligibility.sealing import seal, unseal
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal

MOVING: tuple[type[models.Model], ...] = (
    Agent, BankAccount, ContactPoint, ContactSlip, Declaration, Hold, MailingAddress, MedicalCover, Notification,
    Placement, Reception, Remark, StickyNote, Talk,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What merging would do: the periods of each before, of the kept one after, what moves, what depends on it."""

    before_kept: Sequence[rules.InsuredSpan]
    before_dropped: Sequence[rules.InsuredSpan]
    after: Sequence[rules.InsuredSpan]
    moving: Sequence[tuple[str, int]]
    number: str
    impacts: Sequence[Impact]


class _LookedAt(Exception):
    """Ends the transaction of a preview: nothing of it stays."""


def preview(actor: Actor, kept: Resident, dropped: Resident) -> MergePreview:
    """Carry out a merge and undo it at once. Raises as `merge` does."""
    found: list[MergePreview] = []
    before_kept, before_dropped = held_periods(kept), held_periods(dropped)
    try:
        with transaction.atomic():
            made = merge(actor, kept, dropped, "確認")
            tables: tuple[type[models.Model], ...] = (*MOVING, Insured)
            names = {model._meta.label_lower: str(model._meta.verbose_name) for model in tables}
            counts = [(name, sum(table == label for table, _ in made.moved)) for label, name in names.items()]
            after = held_periods(kept)
            number = Insured.objects.filter(resident=kept).values_list("insured_number", flat=True).first() or ""
            found.append(
                MergePreview(
                    before_kept, before_dropped, after, [one for one in counts if one[1]], number,
                    _impacts(dropped, before_dropped),
                )
            )  # fmt: skip
            raise _LookedAt
    except _LookedAt:
        return found[0]


def _impacts(dropped: Resident, before: Sequence[rules.InsuredSpan]) -> list[Impact]:
    return impacts_from(dropped, before[0].acquired_on) if before else []


def merge(actor: Actor, kept: Resident, dropped: Resident, reason: str) -> Merge:
    """Make two entries one person, and derive both again. One transaction.

    Raises Refusal where one of them is merged already, where the same person's facts contradict each other, and without
    a reason; Forbidden without the right to enter for the offices of both.
    """
    for one in (kept, dropped):
        require(actor, File.ELIGIBILITY, Act.ENTER, one.office_id, subjects=[one.public_id])
    if not reason.strip():
        raise Refusal("no-reason", "統合する理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, f"名寄せ：{reason.strip()}"):
        _lock(kept, dropped)
        _require_separate(kept, dropped)
        made = Merge.objects.create(
            kept=kept, dropped=dropped, reason=reason.strip(), staff_id=actor.staff_id, created_at=clock.now()
        )
        made.moved = [[label, key] for label, key in _move(dropped, kept)]
        made.save(update_fields=["moved"])
        _derive(kept, dropped)
    return made


def undo(actor: Actor, made: Merge, reason: str) -> Merge:
    """元に戻す: what was moved goes back to the dropped entry, what came since stays with the kept one.

    Raises Refusal without a reason, Conflict when it is undone already.
    """
    for one in (made.kept, made.dropped):
        require(actor, File.ELIGIBILITY, Act.ENTER, one.office_id, subjects=[one.public_id])
    if not reason.strip():
        raise Refusal("no-reason", "元に戻す理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, f"名寄せの取消：{reason.strip()}"):
        _lock(made.kept, made.dropped)
        made = Merge.objects.select_for_update().get(pk=made.pk)
        if made.undone_at:
            raise Conflict("undone", "この名寄せは、もう元に戻されています。", ways=("画面を開き直してください。",))
        for label, key in made.moved:
            row = apps.get_model(label)._default_manager.filter(pk=key, resident=made.kept).first()
            if row is not None:
                _put(row, made.dropped)
        made.undone_at, made.undone_by_id, made.undone_reason = clock.now(), actor.staff_id, reason.strip()
        made.save(update_fields=["undone_at", "undone_by", "undone_reason"])
        _derive(made.kept, made.dropped)
    return made


def _lock(*people: Resident) -> None:
    """Both at once, always in the same order; their forms that are open elsewhere learn of it by the version."""
    for row in Resident.objects.select_for_update().filter(pk__in=[one.pk for one in people]).order_by("pk"):
        row.row_version += 1
        row.save(update_fields=["row_version"])


def _require_separate(kept: Resident, dropped: Resident) -> None:
    ways = ("名寄せの一覧で確かめてください。",)
    if kept.pk == dropped.pk:
        raise Refusal("same-entry", "同じ宛名番号の人です。", ways=("もう一人の番号を確かめてください。",))
    merged = Merge.objects.filter(undone_at=None)
    if merged.filter(dropped=dropped).exists() or merged.filter(kept=dropped).exists():
        raise Refusal("merged-already", "統合する側の人は、もう別の名寄せに入っています。", ways=ways)
    if merged.filter(dropped=kept).exists():
        raise Refusal("merged-already", "残す側の人は、もう別の人に統合されています。", ways=ways)


def _move(source: Resident, target: Resident) -> Iterator[tuple[str, int]]:
    """Put the rows of the counter to the other entry, each with its history."""
    try:
        with transaction.atomic():
            for model in MOVING:
                for row in model._default_manager.filter(resident=source).order_by("pk"):
                    _put(row, target)
                    yield model._meta.label_lower, row.pk
    except IntegrityError as error:
        for name, (code, message, _way) in CONSTRAINTS.items():
            if name in str(error):
                raise Refusal(
                    code, f"二人の記録を一人にすると、{message}",
                    ways=("重なる記録のどちらかを、先に終了するか取り消してください。",),
                ) from error  # fmt: skip
        raise
    if not Insured.objects.filter(resident=target).exists():
        for insured in Insured.objects.filter(resident=source):
            _put(insured, target)
            yield Insured._meta.label_lower, insured.pk


def _put(row: Any, target: Resident) -> None:
    """One row to the other entry; what is sealed under the person's key is sealed anew under the other's."""
    changed = ["resident"]
    if isinstance(row, BankAccount):
        row.sealed = seal(target, unseal(row.resident, bytes(row.sealed), SEALED), SEALED)
        changed.append("sealed")
    row.resident = target
    row.save(update_fields=changed)


def _derive(*people: Resident) -> None:
    query = " UNION ".join(f"SELECT {int(one.pk)}::bigint AS resident_id" for one in people)
    for issue in derive(query, as_of=clock.today()).contradictions:
        raise Refusal(issue.code, issue.message, ways=(issue.remedy,))
