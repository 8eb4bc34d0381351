"""利用者ID申請: asking for an id, for more time, ending an id and reopening one (E08, E15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from audit.actor import Actor
from audit.decisions.models import Decision
from audit.decisions.queries import latest
from audit.decisions.services import propose
from audit.history import recorded
from audit.models import Office, Staff
from audit.numbering import next_number
from audit.permissions import require, staff_id_of
from audit.personnel import granting, ids, standing
from audit.personnel.models import IdEvent, IdRequest, IdRequestRole
from audit.personnel.rules import Status
from audit.rights import Act, File
from audit.screens import require_version
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal
from kaigo.common.wareki import format_wareki

SERIES = "ID申"
Kind, State = IdRequest.Kind, IdRequest.State


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request for a new id says."""

    name: str
    kana: str
    employment: str
    office: Office
    section: str
    position: str
    manager: Staff
    reason: str
    starts_on: date
    contract_until: date | None
    roles: Sequence[Group]
    offices: Sequence[Office]


def ask(actor: Actor, asked: Asked) -> IdRequest:
    """利用者IDの新規申請: goes round for approval at once.

    Raises Forbidden without staff.enter on the person's office and on each office of the roles, Refusal for days that
    cannot be, no role, or somebody who has an id or an open request already.
    """
    _check(actor, asked)
    with transaction.atomic(), recorded(actor, "利用者IDの新規申請"):
        row = _create(actor, Kind.NEW, asked)
        _set_roles(row, asked)
        _propose(actor, row)
        return row


def amend(actor: Actor, row: IdRequest, asked: Asked, *, version: object) -> IdRequest:
    """差し戻された申請を直す: the proposer then sends the same 伺書 round again.

    Raises as `ask`; Conflict unless the request was returned, or when somebody was quicker.
    """
    require(actor, File.STAFF, Act.ENTER, row.office_id)
    _check(actor, asked, besides=row)
    with transaction.atomic(), recorded(actor, "利用者ID申請の訂正"):
        row = IdRequest.objects.select_for_update().get(pk=row.pk)
        require_version(row, version)
        if not may_amend(row):
            raise Conflict("not-returned", "差し戻された申請だけを直せます。")
        for name in ("name", "kana", "employment", "office", "section", "position", "manager", "reason", "starts_on",
                     "contract_until"):  # fmt: skip
            setattr(row, name, getattr(asked, name))
        row.version += 1
        row.save()
        _set_roles(row, asked)
        return row


def may_amend(row: IdRequest) -> bool:
    """Whether the request was returned to its proposer."""
    decision = latest(row.public_id)
    return row.kind == Kind.NEW and decision is not None and decision.state == Decision.State.RETURNED


def ask_extension(actor: Actor, staff: Staff, *, contract_until: date, reason: str) -> IdRequest:
    """契約期間の延長の申請: roles go on with the contract; a new pledge is needed for the time beyond the old end.

    Raises Forbidden without staff.enter on the person's office, Refusal for regular staff, a closed id, a day that is
    not later than the contract's or too far away, Conflict for a second open request.
    """
    require(actor, File.STAFF, Act.ENTER, staff.office_id)
    _check_other(actor, staff)
    if not staff.is_active or staff.valid_until is None:
        raise Refusal("closed", "停止した利用者IDの期間は延ばせません。", ways=("新規の申請をしてください。",))
    if contract_until <= staff.valid_until:
        raise Refusal("order", "今の契約の終わりより後の日にしてください。", field="contract_until")
    _check_end(max(clock.today(), staff.valid_until), contract_until)
    _check_reason(reason)
    with transaction.atomic(), recorded(actor, "契約期間の延長の申請"):
        row = _create(actor, Kind.EXTEND, _of_staff(staff, contract_until, reason), staff)
        for held in granting.standing(staff, staff.valid_until):
            IdRequestRole.objects.create(request=row, role=held.role, office=held.office)
        _propose(actor, row)
        return row


def end(actor: Actor, staff: Staff, *, last_day: date, reason: str) -> IdRequest:
    """利用の終了: taking rights away needs no second person; it takes effect with the last day, today's at once.

    Raises Forbidden without staff.enter on the person's office, Refusal for regular staff (the personnel file ends
    theirs), oneself, or a last day after the contract's.
    """
    require(actor, File.STAFF, Act.ENTER, staff.office_id)
    _check_other(actor, staff)
    if staff.valid_until and last_day > staff.valid_until:
        raise Refusal(
            "order",
            "契約の終わりより後の日です。",
            field="last_day",
            ways=("延ばすときは、延長の申請をしてください。",),
        )
    _check_reason(reason)
    with transaction.atomic(), recorded(actor, "利用者IDの利用の終了"):
        row = _create(actor, Kind.END, _of_staff(staff, last_day, reason), staff)
        granting.move(row, state=State.GRANTED, granted_at=clock.now())
        ended = ids.close_after(staff, last_day)
        words = f"{format_wareki(last_day)}で利用を終了（{row.number}）"
        ids.note(actor, staff, IdEvent.Kind.REQUEST, f"{words}{'：' + '、'.join(ended) if ended else ''}")
        return row


def ask_reopening(actor: Actor, staff: Staff, *, reason: str) -> IdRequest:
    """利用の再開の申請: the id of regular staff that was closed by mistake; roles are assigned anew.

    Raises Forbidden without staff.enter on the person's office, Refusal for an id that is not closed, somebody who has
    retired (the personnel file hires again), somebody outside the personnel file (a new request), or oneself.
    """
    require(actor, File.STAFF, Act.ENTER, staff.office_id)
    if staff.employment != Staff.Employment.REGULAR:
        raise Refusal("not-regular", "契約のある人の利用者IDは、新規の申請で発行します。")
    if staff.is_active:
        raise Refusal("not-closed", "この利用者IDは停止していません。")
    number = staff.personnel_number or ""
    person = standing.persons([number]).get(number)
    if person and person.status == Status.RETIRED:
        raise Refusal("retired", "退職した職員です。", ways=("採用の発令を取り込んでください。",))
    _check_reason(reason)
    with transaction.atomic(), recorded(actor, "利用の再開の申請"):
        row = _create(actor, Kind.REOPEN, _of_staff(staff, None, reason), staff)
        _propose(actor, row)
        return row


def close_expired() -> int:
    """Nightly: ids whose contract has ended are closed. They did not work any more already (audit.usability)."""
    rows = Staff.objects.filter(is_active=True, valid_until__lt=clock.today())
    for staff in rows:
        with transaction.atomic():
            ids.close_after(staff, staff.valid_until or clock.today())
            ids.note(Actor.of_calendar(), staff, IdEvent.Kind.CLOSE, "契約の終わりが過ぎたため停止")
    return len(rows)


def _check(actor: Actor, asked: Asked, besides: IdRequest | None = None) -> None:
    for office in {asked.office, *asked.offices}:
        require(actor, File.STAFF, Act.ENTER, office.pk)
    if not asked.roles or not asked.offices:
        raise Refusal("no-role", "役割と対象事務所を、少なくとも1つ選んでください。", field="roles")
    if broken := ids.not_separated(asked.roles):
        ways = ("役割を減らすか、利用者IDができてから、職員の役割の画面で理由を入れて申請してください。",)
        raise Refusal(
            "separation", f"職務分離によらない役割の組合せです（{'、'.join(broken)}）。", field="roles", ways=ways
        )
    if asked.contract_until is None:
        raise Refusal("no-end", "契約の終わりを入れてください。", field="contract_until")
    if asked.contract_until < asked.starts_on:
        raise Refusal("order", "契約の終わりは、利用の始まり以後の日にしてください。", field="contract_until")
    if asked.contract_until < clock.today():
        raise Refusal("contract-over", "契約の終わりが過ぎています。", field="contract_until")
    _check_end(max(asked.starts_on, clock.today()), asked.contract_until)
    _check_reason(asked.reason)
    _check_person(asked, besides)


def _check_person(asked: Asked, besides: IdRequest | None) -> None:
    """One person, one id (E07): the same kana at the same office is the same person until somebody says otherwise."""
    same = Staff.objects.filter(kana=asked.kana, name=asked.name, office=asked.office, is_active=True)
    if same.exists():
        raise Refusal(
            "has-id", "同じ所属に、同じ氏名とカナの職員が利用者IDを持っています。1人に1つの利用者IDを使います。",
            field="name", ways=("期間を延ばすときは、職員の画面から延長の申請をしてください。",),
        )  # fmt: skip
    others = IdRequest.objects.filter(kind=Kind.NEW, state=State.OPEN, kana=asked.kana, name=asked.name)
    if others.filter(office=asked.office).exclude(pk=besides.pk if besides else 0).exists():
        raise Conflict("asked-already", "この人の申請が、すでに出ています。", ways=("申請の一覧で確かめてください。",))


def _check_end(first: date, last: date) -> None:
    longest = settings.ID_REQUEST_LONGEST_DAYS
    if (last - first).days > longest:
        raise Refusal(
            "too-long", f"1度に申請できるのは{longest}日までです。", field="contract_until",
            ways=("契約が続くときは、期間の終わる前に延長を申請してください。",),
        )  # fmt: skip


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("no-reason", "業務上の理由を入れてください。", field="reason")


def _check_other(actor: Actor, staff: Staff) -> None:
    if staff.employment == Staff.Employment.REGULAR:
        raise Refusal("regular", "正規職員の利用者IDは、人事情報の取込みで改めます。")
    if staff.pk == actor.staff_id:
        raise Refusal("own-id", "自分の利用者IDの申請は、ほかの職員がします。")


def _of_staff(staff: Staff, until: date | None, reason: str) -> Asked:
    manager = staff.manager
    if manager is None:
        raise Refusal("no-manager", "所属長が登録されていません。", ways=("先に所属長を登録してください。",))
    return Asked(
        staff.name, staff.kana, staff.employment, staff.office, staff.section, staff.position, manager, reason.strip(),
        min(clock.today(), until or clock.today()), until, (), (),
    )  # fmt: skip


def _create(actor: Actor, kind: str, asked: Asked, staff: Staff | None = None) -> IdRequest:
    if staff and IdRequest.objects.filter(staff=staff, kind=kind, state=State.OPEN).exists():
        raise Conflict("asked-already", "この職員の同じ申請が、すでに出ています。")
    return IdRequest.objects.create(
        number=next_number(SERIES, clock.today()), kind=kind, staff=staff, name=asked.name, kana=asked.kana,
        employment=asked.employment, office=asked.office, section=asked.section, position=asked.position,
        manager=asked.manager, reason=asked.reason.strip(), starts_on=asked.starts_on,
        contract_until=asked.contract_until, requested_by_id=staff_id_of(actor), requested_at=clock.now(),
    )  # fmt: skip


def _set_roles(row: IdRequest, asked: Asked) -> None:
    row.roles.all().delete()
    IdRequestRole.objects.bulk_create(
        IdRequestRole(request=row, role=role, office=office) for role in asked.roles for office in asked.offices
    )


def _propose(actor: Actor, row: IdRequest) -> None:
    title = f"利用者ID申請（{row.get_kind_display()}）{row.number}　{row.name}"
    propose(actor, granting.KIND, about=row.public_id, office=row.office, title=title)
