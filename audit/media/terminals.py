"""The register of terminals (端末台帳): which workstations there are, and from which data may leave (E14).

Registering and allowing exports are different rights: nobody makes an exporting terminal alone.
"""

from uuid import UUID

from django.db import transaction

from audit.actor import Actor
from audit.history import recorded
from audit.media.models import TerminalChange
from audit.media.queries import terminal_row
from audit.models import Office, Terminal
from audit.permissions import require, staff_id_of
from audit.rights import Act, File, Right
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal

Kind = TerminalChange.Kind


def enter(actor: Actor, *, name: str, address: str, office: Office) -> Terminal:
    """端末の登録. Raises Forbidden without media.enter on the office, Conflict for a name or address that is taken."""
    require(actor, File.MEDIA, Act.ENTER, office.pk)
    with transaction.atomic(), recorded(actor, "端末の登録"):
        _check_free(name, address)
        terminal = Terminal.objects.create(name=name, address=address, office=office)
        _note(actor, terminal, Kind.REGISTERED, f"{name}　{address}　{office.name}")
        return terminal


def change(
    actor: Actor, public_id: UUID, *, name: str, address: str, office: Office, reason: str, version: object
) -> Terminal:
    """端末の変更: another name, address or place. A terminal that moves may no longer export until it is allowed again.

    Raises Forbidden without media.enter on both offices, Refusal without a reason, Conflict.
    """
    found = terminal_row(actor, public_id)
    for office_id in {found.office_id, office.pk}:
        require(actor, File.MEDIA, Act.ENTER, office_id)
    _check_reason(reason)
    with transaction.atomic(), recorded(actor, "端末の変更"):
        row = _locked(found, version)
        _check_free(name, address, other_than=row)
        moved = str(row.address) != address or row.office_id != office.pk
        before = f"{row.name}　{row.address}　{row.office.name}"
        row.name, row.address, row.office = name, address, office
        row.may_export = row.may_export and not moved
        row.save(update_fields=["name", "address", "office", "may_export"])
        _note(actor, row, Kind.CHANGED, f"{before}から{name}　{address}　{office.name}へ。{reason.strip()}")
        return row


def act_on(actor: Actor, public_id: UUID, act: str, *, reason: str, version: object) -> Terminal:
    """出力の許可・許可の取消し・使用の終了・再開 (`allow`, `withdraw`, `retire`, `restore`).

    Allowing needs media.decide, and another person than who registered or last changed the terminal; the rest needs
    media.enter or media.decide. Raises Forbidden, Refusal, Conflict when it is so already.
    """
    found = terminal_row(actor, public_id)
    decide = act == "allow" or not actor.may(Right(File.MEDIA, Act.ENTER), found.office_id)
    require(actor, File.MEDIA, Act.DECIDE if decide else Act.ENTER, found.office_id)
    _check_reason(reason)
    with transaction.atomic(), recorded(actor, "端末の取扱いの変更"):
        row = _locked(found, version)
        if act == "allow":
            _check_other_person(actor, row)
        _apply(row, act)
        _note(actor, row, KINDS[act], reason.strip())
        return row


KINDS = {"allow": Kind.ALLOWED, "withdraw": Kind.WITHDRAWN, "retire": Kind.RETIRED, "restore": Kind.RESTORED}


def _apply(row: Terminal, act: str) -> None:
    now = (row.may_export, row.is_active)
    wanted = {
        "allow": (True, True), "withdraw": (False, row.is_active), "retire": (False, False), "restore": (False, True)
    }[act]  # fmt: skip
    if now == wanted or (act == "allow" and not row.is_active):
        raise Conflict("so-already", "この端末は、すでにその状態か、使用を終えています。")
    row.may_export, row.is_active = wanted
    row.save(update_fields=["may_export", "is_active"])


def _check_other_person(actor: Actor, row: Terminal) -> None:
    last = row.changes.filter(kind__in=[Kind.REGISTERED, Kind.CHANGED]).order_by("-at", "-pk").first()
    if last is not None and last.staff_id == actor.staff_id:
        raise Refusal(
            "same-person", "登録や変更をした人は、その端末からの出力を許可できません。",
            ways=("決定の権限を持つ別の職員に依頼してください。",),
        )  # fmt: skip


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("no-reason", "理由を入れてください。", field="reason")


def _check_free(name: str, address: str, *, other_than: Terminal | None = None) -> None:
    others = Terminal.objects.exclude(pk=other_than.pk) if other_than else Terminal.objects.all()
    if others.filter(name=name).exists():
        raise Conflict("name-taken", "この端末名は、すでに登録されています。", field="name")
    if others.filter(address=address).exists():
        raise Conflict("address-taken", "この端末アドレスは、すでに登録されています。", field="address")


def version_of(terminal: Terminal) -> int:
    """How often the terminal was changed: what its form carries."""
    return TerminalChange.objects.filter(terminal=terminal).count()


def _locked(found: Terminal, version: object) -> Terminal:
    row = Terminal.objects.select_for_update(of=("self",)).select_related("office").get(pk=found.pk)
    if str(version_of(row)) != str(version):
        raise Conflict(
            "row-moved", "この画面を開いた後に、別の職員が内容を変更しました。入力した内容はまだ保存していません。",
            ways=("画面を開き直して今の内容を確かめてください。",),
        )  # fmt: skip
    return row


def _note(actor: Actor, terminal: Terminal, kind: str, words: str) -> None:
    TerminalChange.objects.create(
        terminal=terminal, kind=kind, at=clock.now(), staff_id=staff_id_of(actor), note=words[:300]
    )
