"""Reading the registers within the offices of the reader."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from audit.actor import Actor
from audit.models import Office, Staff
from audit.registers import rules
from audit.registers.catalogue import Part, Register
from audit.registers.models import Attachment, CheckAnswer, InternalAudit, SelfCheck, SubContract, Training
from audit.rights import Act, File, Right
from kaigo.common import clock
from kaigo.common.refusal import NotFound

VIEW, ENTER, DECIDE = (Right(File.REGISTERS, act) for act in (Act.VIEW, Act.ENTER, Act.DECIDE))
PRINT, EXPORT = Right(File.REGISTERS, Act.PRINT), Right(File.REGISTERS, Act.EXPORT)


def entries(actor: Actor, register: Register, *, state: str = "", text: str = "", office: UUID | None = None) -> Any:
    """The entries of a register that the person may see, filtered."""
    rows: QuerySet[Any] = register.model._default_manager.filter(office_id__in=actor.offices(VIEW))
    rows = rows.select_related("office", "entered_by").prefetch_related(*(part.related for part in register.parts))
    if state == "open":
        rows = rows.filter(closed_on=None)
    elif state == "closed":
        rows = rows.filter(closed_on__isnull=False)
    if office:
        rows = rows.filter(office__public_id=office)
    return rows.filter(Q(number__icontains=text) | Q(title__icontains=text)) if text else rows


def entry(actor: Actor, register: Register, public_id: UUID) -> Any:
    """One entry. Raises NotFound."""
    found = entries(actor, register).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "no-entry", "この記録は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found


def line(actor: Actor, part: Part, public_id: UUID) -> Any:
    """One line of an entry that the person may see. Raises NotFound."""
    rows = part.model._default_manager.filter(entry__office_id__in=actor.offices(VIEW))
    found = rows.filter(public_id=public_id).select_related("entry__office").first()
    if found is None:
        raise NotFound(
            "no-line", "この記録は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found


def sub_contract(actor: Actor, public_id: UUID) -> SubContract:
    """One sub-contract that the person may see. Raises NotFound."""
    rows = SubContract.objects.filter(entry__office_id__in=actor.offices(VIEW)).select_related("entry__office")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "no-line", "この再委託は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found


def attachments(row: Any) -> QuerySet[Attachment]:
    """The files kept with an entry."""
    return Attachment.objects.filter(entry=row.public_id).select_related("stored", "added_by")


def attachment(actor: Actor, registers: tuple[Register, ...], public_id: UUID) -> Attachment:
    """One file of an entry that the person may see. Raises NotFound."""
    found = Attachment.objects.filter(public_id=public_id).select_related("stored").first()
    if found is None or not any(entries(actor, r).filter(public_id=found.entry).exists() for r in registers):
        raise NotFound(
            "no-file", "この添付は見つからないか、見る権限がありません。", ways=("記録を開き直してください。",)
        )
    return found


def people(actor: Actor, offices: frozenset[int] | None = None) -> QuerySet[Staff]:
    """Members of staff that registers name: those of the offices for which the person may enter."""
    wanted = actor.offices(ENTER) if offices is None else offices
    return Staff.objects.filter(office_id__in=wanted, is_active=True).select_related("office").order_by("login")


def absent(entry: Training) -> QuerySet[Staff]:
    """Who of the office has not attended a training."""
    rows = Staff.objects.filter(office=entry.office, is_active=True)
    return rows.exclude(trainings__entry=entry).order_by("login")


def untrained(actor: Actor, year: int) -> list[Staff]:
    """Who of the person's offices has attended no training since the fiscal year began."""
    first = date(year, 4, 1)
    rows = people(actor, actor.offices(VIEW))
    return list(rows.exclude(trainings__attended_on__gte=first))


def beginners(actor: Actor) -> list[Staff]:
    """Who of the person's offices has never attended a first-timers' training (初任者研修, E27)."""
    trained = Staff.objects.filter(trainings__entry__kind=Training.Kind.FIRST)
    return list(people(actor, actor.offices(VIEW)).exclude(pk__in=trained.values("pk")))


def comparison(entry: SelfCheck) -> dict[str, str]:
    """The answers of the office's check of the year before, by item."""
    before = CheckAnswer.objects.filter(entry__office=entry.office, entry__fiscal_year=entry.fiscal_year - 1)
    return {row.item: row.get_answer_display() for row in before}


def audits_due(actor: Actor) -> list[tuple[Office, date | None, date]]:
    """The person's offices with the day of the last audit and the day by which the next is due, the earliest first."""
    held = InternalAudit.objects.exclude(held_on=None).values("office").annotate(last=Max("held_on"))
    last = {row["office"]: row["last"] for row in held}
    offices = Office.objects.filter(pk__in=actor.offices(VIEW))
    today = clock.today()
    rows = [(office, last.get(office.pk), rules.next_audit(last.get(office.pk), today)) for office in offices]
    return sorted(rows, key=lambda row: row[2])
