"""誓約書: the dated text, the form to sign, receiving it, and voiding what was recorded wrongly (E15)."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from audit.actor import Actor
from audit.files import store_file
from audit.history import recorded
from audit.models import Staff
from audit.permissions import require, staff_id_of
from audit.personnel import ids
from audit.personnel.models import IdEvent, Pledge
from audit.rights import Act, File
from kaigo.common import clock, yamlfile
from kaigo.common.refusal import Conflict, Refusal
from kaigo.common.wareki import format_wareki

RETENTION = "pledges"
LARGEST = 10 << 20  # bytes
SHIPPED = Path(__file__).parent / "data" / "pledges.yaml"
# What a scanner makes, by how such a file begins; the name and the type that the browser says count for nothing.
BEGINNINGS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Text:
    """One version of the pledge."""

    version: str
    since: date
    lead: str
    items: tuple[str, ...]
    basis: str


@cache
def _texts(path: Path) -> tuple[Text, ...]:
    rows = yamlfile.read(path)
    found = [Text(row["version"], row["from"], row["lead"], tuple(row["items"]), row["basis"]) for row in rows]
    return tuple(sorted(found, key=lambda text: text.since))


def texts() -> tuple[Text, ...]:
    """All versions, the oldest first: the office's own, else the shipped example."""
    return _texts(Path(settings.PLEDGE_TEXTS) if settings.PLEDGE_TEXTS else SHIPPED)


def current_text() -> Text:
    """The version in force today; before the first one, the first."""
    in_force = [text for text in texts() if text.since <= clock.today()]
    return in_force[-1] if in_force else texts()[0]


def receive(actor: Actor, staff: Staff, *, received_on: date, version: str, scan: bytes) -> Pledge:
    """誓約書を受け取る: with its scan; from now on the id works, to the end of the contract.

    Raises Forbidden without staff.enter on the person's office, Refusal for regular staff and for oneself, a day that
    cannot be, an unknown version, or a file that is no scan.
    """
    require(actor, File.STAFF, Act.ENTER, staff.office_id)
    until = _check(actor, staff, received_on, version)
    kind = _kind_of(scan)
    with transaction.atomic(), recorded(actor, "誓約書の受領"):
        stored = store_file(scan, f"誓約書_{staff.public_id}", kind, RETENTION)
        pledge = Pledge.objects.create(
            staff=staff, text_version=version, received_on=received_on, covers_until=until, scan=stored,
            recorded_by_id=staff_id_of(actor), recorded_at=clock.now(),
        )  # fmt: skip
        ids.note(actor, staff, IdEvent.Kind.PLEDGE, f"誓約書（{version}）を{format_wareki(received_on)}に受領")
        return pledge


def void(actor: Actor, pledge: Pledge, *, reason: str) -> None:
    """誓約書の記録を取り消す: recorded wrongly; the id does not work until the right one is there.

    Raises Forbidden without staff.enter on the person's office, Refusal without a reason, Conflict when done before.
    """
    require(actor, File.STAFF, Act.ENTER, pledge.staff.office_id)
    if not reason.strip():
        raise Refusal("no-reason", "取り消す理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, "誓約書の記録の取消し"):
        row = Pledge.objects.select_for_update().get(pk=pledge.pk)
        if row.voided_at:
            raise Conflict("voided", "この誓約書の記録は、すでに取り消されています。")
        row.voided_at, row.voided_by_id, row.void_reason = clock.now(), staff_id_of(actor), reason.strip()[:200]
        row.save(update_fields=["voided_at", "voided_by", "void_reason"])
        ids.note(actor, row.staff, IdEvent.Kind.PLEDGE, f"誓約書の記録の取消し（{reason.strip()}）")


def covered(staff: Staff, day: date) -> bool:
    """Whether a pledge that was received covers the day."""
    rows = Pledge.objects.filter(staff=staff, voided_at=None, received_on__lte=day, covers_until__gte=day)
    return rows.exists()


def _check(actor: Actor, staff: Staff, received_on: date, version: str) -> date:
    """The end of the contract that the pledge is for."""
    if staff.employment == Staff.Employment.REGULAR or staff.valid_until is None:
        raise Refusal("no-contract", "契約の終わりが登録された、正規職員でない職員だけが対象です。")
    if staff.pk == actor.staff_id:
        raise Refusal("own-pledge", "自分の誓約書は、ほかの職員が記録します。")
    if received_on > clock.today():
        raise Refusal("pledge-day", "受領日は、今日までの日にしてください。", field="received_on")
    if version not in {text.version for text in texts()}:
        raise Refusal("pledge-version", "誓約文の版を選んでください。", field="version")
    return staff.valid_until


def _kind_of(scan: bytes) -> str:
    """The type of a scan by its content. Raises Refusal for anything else: a script, a page, an archive."""
    if len(scan) > LARGEST:
        raise Refusal("scan-large", "写しが10MiBを超えています。", field="scan", ways=("解像度を下げてください。",))
    kind = next((kind for beginning, kind in BEGINNINGS.items() if scan.startswith(beginning)), None)
    if kind is None:
        raise Refusal(
            "scan-type", "写しは、PDF、PNG、JPEGのどれかにしてください。", field="scan",
            ways=("署名した誓約書を読み取り直してください。",),
        )  # fmt: skip
    return kind
