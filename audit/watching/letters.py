"""Letters about long log-ons (長時間ログオンの照会, E12): issued to the section, answered, chased, closed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min, QuerySet
from django.urls import reverse

from audit import notices
from audit.actor import Actor
from audit.files import store_file
from audit.history import recorded
from audit.models import Office, Staff
from audit.numbering import next_number
from audit.permissions import require, staff_id_of
from audit.rights import Act, File, Right
from audit.screens import require_version
from audit.watching import documents, limits
from audit.watching.models import Finding, Letter, LetterItem, LetterPaper
from audit.watching.rules import Kind
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal

VIEW, ENTER = Right(File.FINDINGS, Act.VIEW), Right(File.FINDINGS, Act.ENTER)
RETENTION = "watching-letters"
SERIES = "点照"
State = Letter.State


@dataclass(frozen=True, slots=True)
class Group:
    """Long log-ons that one letter can ask about: of one office, under one manager."""

    office: Office
    addressee: Staff | None
    findings: tuple[Finding, ...]


def to_ask(actor: Actor) -> list[Group]:
    """The long log-ons that no letter has asked about yet, on the offices where the person may send one."""
    rows = _not_asked(actor).select_related("office", "staff__manager")
    return _grouped(rows.order_by("office__code", "staff__manager_id", "day", "pk"))


def count_to_ask(actor: Actor) -> int:
    """How many long log-ons no letter has asked about yet."""
    return _not_asked(actor).count()


def _not_asked(actor: Actor) -> QuerySet[Finding]:
    found = Finding.objects.filter(kind=Kind.LONG_LOGON, letter_item=None, office_id__in=actor.offices(ENTER))
    return found.exclude(staff=None).exclude(staff_id=actor.staff_id or 0)


def chosen(actor: Actor, public_ids: Collection[UUID]) -> Group:
    """The named log-ons as one letter. Raises Refusal when there are none, or they belong to different letters."""
    groups = _grouped(
        found for group in to_ask(actor) for found in group.findings if found.public_id in set(public_ids)
    )
    if not groups:
        raise Refusal("none-chosen", "照会するログオンを選んでください。", ways=("すでに照会したものは選べません。",))
    if len(groups) > 1:
        raise Refusal(
            "several-sections",
            "照会書は、所属と所属長ごとに分けて作ってください。",
            ways=("1つの所属だけを選んでください。",),
        )
    return groups[0]


def issue(actor: Actor, public_ids: Collection[UUID]) -> Letter:
    """照会書を発する: number it, make and keep its PDF, tell the section's manager.

    Raises Forbidden without findings.enter on the office, Refusal as `chosen` does.
    """
    group = chosen(actor, public_ids)
    require(actor, File.FINDINGS, Act.ENTER, group.office.pk)
    with transaction.atomic(), recorded(actor, "長時間ログオンの照会"):
        today = clock.today()
        letter = Letter.objects.create(
            number=next_number(SERIES, today),
            office=group.office,
            addressee=group.addressee,
            issued_on=today,
            issued_by_id=staff_id_of(actor),
            due_on=today + timedelta(days=limits.thresholds(today).letter_days),
        )
        LetterItem.objects.bulk_create(LetterItem(letter=letter, finding=finding) for finding in group.findings)
        _paper(actor, letter, 0)
        return letter


def reply(
    actor: Actor, public_id: UUID, *, purpose: str, reason: str, replied_on: date, replied_by: str, version: object
) -> Letter:
    """回答の記録: what the section reports about one log-on, 利用目的 above all; recording it again corrects it.

    Raises Forbidden without findings.enter on the office or for one's own log-on, Refusal for an empty purpose or a
    day outside, Conflict for a closed letter or a row that moved.
    """
    found = item(actor, public_id)
    require(actor, File.FINDINGS, Act.ENTER, found.letter.office_id)
    if found.finding.staff_id == actor.staff_id:
        raise Forbidden("own-logon", "自分のログオンについての回答は、ほかの職員が記録します。")
    _check_reply(found.letter, purpose, replied_on)
    with transaction.atomic(), recorded(actor, "長時間ログオンの照会への回答"):
        letter = Letter.objects.select_for_update().get(pk=found.letter_id)
        if letter.state == State.CLOSED:
            raise Conflict("closed", "この照会は完結しています。")
        row = LetterItem.objects.select_for_update().get(pk=found.pk)
        require_version(row, version)
        LetterItem.objects.filter(pk=row.pk).update(
            purpose=purpose.strip(), reason=reason.strip(), replied_on=replied_on, replied_by=replied_by.strip(),
            recorded_by_id=actor.staff_id, version=F("version") + 1,
        )  # fmt: skip
        if not letter.items.filter(replied_on=None).exists():
            _move(letter, state=State.ANSWERED)
        return letter


def remind(actor: Actor, public_id: UUID, *, version: object) -> Letter:
    """督促: send the letter again with a new day to answer by. Raises Refusal before the day has passed."""
    found = letter_of(actor, public_id)
    require(actor, File.FINDINGS, Act.ENTER, found.office_id)
    with transaction.atomic(), recorded(actor, "長時間ログオンの照会の督促"):
        letter = _locked(found, version)
        today = clock.today()
        if letter.state != State.SENT:
            raise Conflict("not-waiting", "この照会はもう回答を待っていません。")
        if letter.due_on >= today:
            raise Refusal("not-overdue", "回答期限を過ぎてから督促してください。")
        letter.due_on = today + timedelta(days=limits.thresholds(today).reminder_days)
        _paper(actor, letter, letter.papers.count())
        _move(letter, due_on=letter.due_on)
        return letter


def close(actor: Actor, public_id: UUID, *, version: object) -> Letter:
    """完結: every answer has been read and is sufficient. Raises Conflict while one is missing."""
    found = letter_of(actor, public_id)
    require(actor, File.FINDINGS, Act.DECIDE, found.office_id)
    if found.items.filter(finding__staff_id=staff_id_of(actor)).exists():
        raise Forbidden("own-logon", "自分のログオンを含む照会は、ほかの職員が完結します。")
    with transaction.atomic(), recorded(actor, "長時間ログオンの照会の完結"):
        letter = _locked(found, version)
        if letter.state != State.ANSWERED:
            raise Conflict("not-answered", "まだ回答のない事項があるか、すでに完結しています。")
        _move(letter, state=State.CLOSED, closed_on=clock.today(), closed_by_id=actor.staff_id)
        return letter


def visible(actor: Actor) -> QuerySet[Letter]:
    """The letters to offices whose findings the person may view."""
    return Letter.objects.filter(office_id__in=actor.offices(VIEW)).select_related(
        "office", "addressee", "issued_by", "closed_by"
    )


def overdue(actor: Actor) -> QuerySet[Letter]:
    """The letters to be chased by the person."""
    return Letter.objects.filter(office_id__in=actor.offices(ENTER), state=State.SENT, due_on__lt=clock.today())


def waiting_for_reply(actor: Actor) -> tuple[int, date | None]:
    """How many letters to the person as the section's manager wait for an answer, and the earliest day."""
    found = Letter.objects.filter(state=State.SENT, addressee_id=actor.staff_id)
    return found.count(), found.aggregate(due=Min("due_on"))["due"]


def letter_of(actor: Actor, public_id: UUID) -> Letter:
    """One letter that the person may see. Raises NotFound."""
    found = visible(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "no-letter", "この照会書は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found


def item(actor: Actor, public_id: UUID) -> LetterItem:
    """One item of a letter that the person may see. Raises NotFound."""
    rows = LetterItem.objects.filter(letter__office_id__in=actor.offices(VIEW)).select_related(
        "letter__office", "finding"
    )
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "no-item", "この照会事項は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found


def paper(actor: Actor, public_id: UUID) -> LetterPaper:
    """A PDF that went out, of a letter that the person may see. Raises NotFound."""
    rows = LetterPaper.objects.filter(letter__office_id__in=actor.offices(VIEW)).select_related("stored", "letter")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "no-paper", "この文書は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found


def _grouped(findings: Iterable[Finding]) -> list[Group]:
    def key(finding: Finding) -> tuple[int, int]:
        return finding.office_id, (finding.staff.manager_id or 0) if finding.staff else 0

    groups = []
    for _, rows in groupby(findings, key):
        found = tuple(rows)
        first = found[0]
        groups.append(Group(first.office, first.staff.manager if first.staff else None, found))
    return groups


def _check_reply(letter: Letter, purpose: str, replied_on: date) -> None:
    if not purpose.strip():
        raise Refusal("no-purpose", "利用目的を入れてください。", field="purpose")
    if not letter.issued_on <= replied_on <= clock.today():
        raise Refusal("reply-day", "回答日は、照会した日から今日までの日にしてください。", field="replied_on")


def _paper(actor: Actor, letter: Letter, reminder: int) -> None:
    """Make the PDF, keep it, and tell the manager whom it goes to."""
    row = LetterPaper(
        letter=letter, reminder=reminder, issued_on=clock.today(), due_on=letter.due_on, issued_by_id=staff_id_of(actor)
    )
    name = f"watching-letter-{letter.public_id}-{reminder}.pdf"
    row.stored = store_file(documents.letter(row), name, "application/pdf", RETENTION)
    row.save()
    if letter.addressee:
        words = "長時間ログオンの照会の回答期限が過ぎました。" if reminder else "長時間ログオンの照会が届きました。"
        path = reverse("watching-letter", args=[letter.public_id])
        notices.tell(letter.addressee, f"{words}利用目的と理由を回答してください。", path=path, urgent=bool(reminder))


def _locked(letter: Letter, version: object) -> Letter:
    row = Letter.objects.select_for_update().get(pk=letter.pk)
    require_version(row, version)
    return row


def _move(letter: Letter, **fields: object) -> None:
    Letter.objects.filter(pk=letter.pk).update(version=F("version") + 1, **fields)
    letter.refresh_from_db()
