"""Making the file of an export: log first, then rows, looked through, packed, kept, with its password sealed."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files import File as DjangoFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F

from audit import access
from audit.actor import Actor
from audit.media import packing
from audit.media.kinds import Asked, ExportKind, kind_of
from audit.media.models import Export, ExportSecret, ExportStep
from audit.media.refusals import Barred
from audit.media.scan import Found, Lines
from audit.models import Staff
from audit.rights import Act, File, Right
from kaigo.common import clock, crypto
from kaigo.common.refusal import Refusal

NUMBER = Right(File.INDIVIDUAL_NUMBER, Act.EXPORT)
SERIES = "出力"
State, Event = Export.State, ExportStep.Kind


def make(actor: Actor, export: Export, *, scope: frozenset[int]) -> None:
    """Make the file and leave it ready to be collected. Call it in the transaction of the act.

    `scope` are the offices on which the asker holds the right now: no more leaves than that. Raises Barred when an
    individual number is in it, Refusal when the right is gone or there are more persons than were approved.
    """
    kind = kind_of(export.kind)
    asked = Asked(scope & frozenset(export.offices), export.parameters)
    if kind is None or not asked.offices:
        raise Refusal("right-gone", "申請者の出力の権限がなくなったため、作成できません。")
    _log(actor, kind, export, asked)
    password = packing.new_password()
    with tempfile.TemporaryFile() as target:
        packed = packing.pack(
            f"{file_name(export)}.csv", _examined(actor, kind, asked), target, password=password, at=clock.now()
        )
        target.seek(0)
        location = default_storage.save(f"exports/{clock.today():%Y/%m}/{export.public_id}.zip", DjangoFile(target))
    try:
        _keep(export, password, location=location, size=packed.size, sha256=packed.sha256)
        note(actor, export, Event.MADE, f"{export.count:,}{kind.unit}　{packed.size:,}バイト")
    except BaseException:  # a file without its row would never be erased
        default_storage.delete(location)
        raise


def note(actor: Actor, export: Export, kind: str, words: str = "") -> None:
    """One line of the export ledger."""
    ExportStep.objects.create(
        export=export, kind=kind, at=clock.now(), staff_id=actor.staff_id, staff_name=actor.name,
        terminal=actor.terminal, address=actor.address, note=words[:300],
    )  # fmt: skip


def move(export: Export, **fields: Any) -> None:
    """Change the row and its version."""
    Export.objects.filter(pk=export.pk).update(version=F("version") + 1, **fields)
    export.refresh_from_db()


def erase(export: Export, state: str = State.ERASED) -> None:
    """Delete the file and its password; the file itself once the transaction has committed."""
    location = export.location
    ExportSecret.objects.filter(export=export).delete()
    move(export, state=state, location="")
    if location:
        transaction.on_commit(lambda: default_storage.delete(location))


def opened(secret: ExportSecret) -> str:
    """The password in plain."""
    return crypto.ring().unwrap(bytes(secret.sealed), _context(secret.export)).decode()


def file_name(export: Export) -> str:
    """The name of the file without its ending: the kind and the number, no personal data."""
    return f"{export.kind}-{export.number.removeprefix(SERIES)}"


def scope_of(export: Export) -> frozenset[int]:
    """The offices on which the asker holds the right at this moment."""
    kind = kind_of(export.kind)
    staff = Staff.objects.select_related("office").get(pk=export.requested_by_id)
    return Actor.of(staff).offices(kind.right) if kind else frozenset()


def _log(actor: Actor, kind: ExportKind, export: Export, asked: Asked) -> None:
    """Name everyone in the access log before a line is read."""
    reason = f"{export.number} {export.purpose}"
    if kind.people is None:
        found = kind.count(asked)
        access.write(actor, kind.file, Act.EXPORT, items=kind.items, count=found, reason=reason)
    else:
        found = access.write_many(actor, kind.file, Act.EXPORT, kind.people(asked), items=kind.items, reason=reason)
    if found > export.count:
        raise Refusal(
            "more-persons",
            f"申請の後に対象が増えたため（{export.count:,}{kind.unit}から{found:,}{kind.unit}）、作成できません。",
            ways=("もう一度申請してください。",),
        )


def _examined(actor: Actor, kind: ExportKind, asked: Asked) -> Iterator[bytes]:
    """The text as bytes; the first individual number in it stops everything (E13)."""
    lines = Lines()
    for piece in kind.text(asked):
        _stop(actor, lines.feed(piece))
        yield piece.encode()
    _stop(actor, lines.end())


def _stop(actor: Actor, found: list[Found]) -> None:
    if found:
        raise Barred(
            actor,
            NUMBER,
            "individual-number",
            f"個人番号とみられる12桁の数字があるため、出力できません（{found[0].place}）。",
            ways=("もとの記録から番号を消してから、もう一度申請してください。",),
        )


def _keep(export: Export, password: str, **file: Any) -> None:
    now = clock.now()
    expires = clock.today() + timedelta(days=settings.EXPORT_KEEP_DAYS)
    ExportSecret.objects.create(export=export, sealed=crypto.ring().wrap(password.encode(), _context(export)))
    move(export, state=State.READY, made_at=now, expires_on=expires, **file)


def _context(export: Export) -> str:
    return f"export:{export.public_id}"
