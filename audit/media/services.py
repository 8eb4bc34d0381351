"""Exports (外部出力): asking, the second person's approval, the password, collecting, taking back, expiring.

Each is one act in one transaction. Data leaves only through here: by the right to export, at a terminal marked for
it, for a named medium only by a person named for media, and many persons' data only with a second person's decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from audit import access, notices
from audit.actor import Actor
from audit.decisions import queries as decided
from audit.decisions import services as decisions
from audit.decisions.models import Decision
from audit.history import recorded
from audit.jobs import request_job
from audit.media import limits, making, register
from audit.media.kinds import Asked, ExportKind, kind_of
from audit.media.making import SERIES, move, note
from audit.media.models import Export, ExportSecret, ExportStep, Medium
from audit.media.queries import exports, medium_for
from audit.models import Staff
from audit.numbering import next_number
from audit.permissions import require, staff_id_of
from audit.rights import Act, Right
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal

DECISION = "media.export"
JOB = "media-export"
State, Event = Export.State, ExportStep.Kind


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom an export is for, what for, how it is carried and by when it must be erased there.

    `medium` is the public id of a registered medium; without one the file stays on terminals of the office.
    """

    purpose: str
    recipient: str
    erase_by: date
    medium: UUID | None = None


def preview(actor: Actor, kind_name: str, parameters: Mapping[str, Any]) -> int:
    """How many persons (or rows) an export would hold. Raises Forbidden, NotFound, Refusal when there is nothing."""
    kind = _kind(actor, kind_name)
    found = kind.count(Asked(actor.offices(kind.right), parameters))
    if not found:
        raise Refusal("nothing", "この条件に当てはまるものはありません。", ways=("条件を見直してください。",))
    return found


def is_bulk(count: int) -> bool:
    """Whether so many persons need a second person's decision (KAIGO_EXPORT_BULK_PERSONS)."""
    return count >= settings.EXPORT_BULK_PERSONS


def export(actor: Actor, kind_name: str, parameters: Mapping[str, Any], destination: Destination) -> Export:
    """出力の申請: make the file at once, or send a large one round for decision first.

    Raises Forbidden without the right, Barred at a terminal that is not marked for it, for a medium by who is not
    named for media, or when an individual number is in it; Refusal for a day that has passed or nothing to export.
    """
    kind = _kind(actor, kind_name)
    terminal = limits.require_terminal(actor, kind.right)
    medium = _medium(actor, destination)
    _check_day(destination.erase_by)
    count, offices = preview(actor, kind_name, parameters), actor.offices(kind.right)
    staff = Staff.objects.select_related("office").get(pk=staff_id_of(actor))
    with transaction.atomic(), recorded(actor, f"外部出力の申請：{kind.label}"):
        row = Export.objects.create(
            number=next_number(SERIES, clock.today()), kind=kind.name, label=kind.label, file=kind.file.value,
            items=list(kind.items), parameters=dict(parameters), words=kind.described(parameters)[:200],
            offices=sorted(offices), office=staff.office, purpose=destination.purpose, recipient=destination.recipient,
            carrier=Export.Carrier.MEDIUM if medium else Export.Carrier.TERMINAL, medium=medium,
            erase_by=destination.erase_by, count=count, is_bulk=is_bulk(count), terminal=terminal,
            state=State.PROPOSED if is_bulk(count) else State.MAKING, requested_by=staff, requested_at=clock.now(),
        )  # fmt: skip
        note(actor, row, Event.REQUESTED, destination.purpose)
        if row.is_bulk:
            title = f"{row.number}　{kind.label}の外部出力"
            decisions.propose(
                actor, DECISION, about=row.public_id, office=staff.office, title=title, reason=row.purpose
            )
        else:
            making.make(actor, row, scope=offices)
        return row


def approved(actor: Actor, decision: Decision) -> None:
    """決裁: the file of a large export is made, by the worker, with the asker's rights of that moment."""
    row = _locked(decision.about)
    if row.state != State.PROPOSED:
        raise Conflict("export-moved", "この出力の申請は、もう承認を待っていません。")
    note(actor, row, Event.APPROVED, decision.number)
    asker = Actor(staff_id=row.requested_by_id, name=row.requested_by.name)
    job = request_job(
        asker, JOB, office=row.office, parameters={"export": str(row.public_id)}, by_schedule=True,
        idempotency_key=f"{JOB}:{row.public_id}",
    )  # fmt: skip
    move(row, state=State.MAKING, job=job)


def closed(actor: Actor, decision: Decision) -> None:
    """否決・取下げ: there will be no file. A returned one (差戻し) may be sent round again."""
    row = _locked(decision.about)
    if decision.state == Decision.State.RETURNED or row.state != State.PROPOSED:
        return
    move(row, state=State.REJECTED)
    note(actor, row, Event.REJECTED, decision.get_state_display())


def show_password(actor: Actor, public_id: UUID) -> str:
    """パスワードの表示: once, to the asker, at a terminal marked for exports; from then on nobody here has it.

    Raises Conflict the second time.
    """
    row = _own(actor, public_id)
    with transaction.atomic(), recorded(actor, "出力のパスワードの表示"):
        row = _locked(row.public_id)
        secret = ExportSecret.objects.select_for_update().filter(export=row).first()
        if row.state != State.READY or secret is None:
            raise Conflict(
                "shown", "パスワードは1度だけ表示します。この出力のパスワードは、もう表示できません。",
                ways=("控えていないときは、この出力を取り消して、もう一度申請してください。",),
            )  # fmt: skip
        password = making.opened(secret)
        secret.delete()
        note(actor, row, Event.PASSWORD)
        return password


def collect(actor: Actor, public_id: UUID) -> "tuple[Export, File[bytes]]":
    """受取り: the encrypted file, for the asker only, at a terminal marked for exports, a few times, until it expires.

    The first time, a file for a medium goes into the media register. Raises Conflict when it cannot be collected.
    """
    row = _own(actor, public_id)
    terminal = limits.require_terminal(actor, _right(row))
    if row.medium:
        limits.require_officer(actor, row.medium.office_id, _right(row))
    with transaction.atomic(), recorded(actor, "外部出力の受取り"):
        row = _locked(row.public_id)
        _check_collectable(row)
        try:
            content = default_storage.open(row.location)
        except OSError as error:
            raise Conflict("no-file", "保管したファイルが見つかりません。もう一度申請してください。") from error
        if row.medium and not row.collected:
            register.copied_export(actor, row, terminal)
        move(row, collected=F("collected") + 1)
        note(actor, row, Event.COLLECTED, f"{row.collected}回目")
        access.write(
            actor, _right(row).file, Act.EXPORT, items=row.items, count=row.count, reason=f"{row.number} 受取り"
        )
        return row, content


def cancel(actor: Actor, public_id: UUID, *, version: object, reason: str) -> Export:
    """取消し: the asker, or whoever keeps the media ledger, takes an export back; its file is erased at once.

    Raises Refusal without a reason, Conflict when there is nothing left to take back.
    """
    row = find(actor, public_id)
    if row.requested_by_id != actor.staff_id:
        require(actor, limits.COPY.file, limits.COPY.act, row.office_id)
    if not reason.strip():
        raise Refusal("no-reason", "理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, "外部出力の取消し"):
        row = _locked(row.public_id)
        if str(row.version) != str(version) or row.state not in Export.LIVE or row.state == State.MAKING:
            raise Conflict("export-moved", "この出力は、状態が変わっています。", ways=("画面を開き直してください。",))
        if row.state == State.PROPOSED:
            _withdraw(actor, row, reason)
        else:
            making.erase(row)
        note(actor, row, Event.CANCELLED, reason.strip())
        row.refresh_from_db()
        return row


def expire() -> int:
    """Nightly: erase every file whose last day has passed; says how many."""
    actor, count = Actor.of_calendar(), 0
    for row in Export.objects.filter(state=State.READY, expires_on__lt=clock.today()):
        with transaction.atomic():
            row = _locked(row.public_id)
            making.erase(row)
            note(actor, row, Event.EXPIRED)
            if not row.collected:
                path = reverse("media-export", args=[row.public_id])
                notices.tell(row.requested_by, f"{row.number}は、受取りの期限を過ぎたため消去しました。", path=path)
            count += 1
    return count


def find(actor: Actor, public_id: UUID) -> Export:
    """One export that the person asked for, or whose office's ledger they may view. Raises NotFound."""
    row = exports(actor).filter(public_id=public_id).first()
    if row is None:
        raise NotFound(
            "no-export", "この出力は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return row


def _kind(actor: Actor, name: str) -> ExportKind:
    kind = kind_of(name)
    if kind is None:
        raise NotFound("no-kind", "この種類の出力はありません。", ways=("一覧から選び直してください。",))
    require(actor, kind.file, Act.EXPORT)
    return kind


def _right(row: Export) -> Right:
    kind = kind_of(row.kind)
    if kind is None:
        raise NotFound("no-kind", "この種類の出力は、いまは使えません。")
    return kind.right


def _medium(actor: Actor, destination: Destination) -> Medium | None:
    if destination.medium is None:
        return None
    medium = medium_for(destination.medium)
    limits.require_officer(actor, medium.office_id)
    return medium


def _check_day(erase_by: date) -> None:
    if erase_by < clock.today():
        raise Refusal("past-day", "消去の期限は、今日以後の日にしてください。", field="erase_by")


def _own(actor: Actor, public_id: UUID) -> Export:
    """The export for its asker, who still holds the right and sits at a terminal marked for exports."""
    row = find(actor, public_id)
    if row.requested_by_id != actor.staff_id:
        raise Forbidden("not-yours", "出力を受け取れるのは、申請した本人だけです。")
    right = _right(row)
    require(actor, right.file, right.act)
    limits.require_terminal(actor, right)
    return row


def _check_collectable(row: Export) -> None:
    if row.state != State.READY or row.expires_on is None or row.expires_on < clock.today():
        raise Conflict("not-ready", "この出力は、もう受け取れません。", ways=("もう一度申請してください。",))
    if row.collected >= settings.EXPORT_DOWNLOADS:
        raise Conflict(
            "too-often",
            f"受取りは{settings.EXPORT_DOWNLOADS}回までです。",
            ways=("この出力を取り消して、もう一度申請してください。",),
        )


def _withdraw(actor: Actor, row: Export, reason: str) -> None:
    """Take the decision back with the export; by somebody else than its proposer when they keep the ledger."""
    decision = decided.latest(row.public_id)
    if decision is not None and decision.is_open:
        decisions.end(actor, decision, None, reason)


def _locked(public_id: UUID) -> Export:
    return (
        Export.objects.select_for_update(of=("self",))
        .select_related("office", "requested_by", "medium")
        .get(public_id=public_id)
    )
