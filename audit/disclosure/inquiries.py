"""公用照会: received on a legal ground, answered person by person with a second person, logged as a provision."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from audit import access
from audit.actor import Actor
from audit.decisions import queries as decision_queries
from audit.decisions import services as decisions
from audit.decisions.kinds import DecisionKind, Rows
from audit.decisions.models import Decision
from audit.disclosure import rules
from audit.disclosure.models import InquirySubject, OfficialInquiry
from audit.history import recorded
from audit.models import Office
from audit.numbering import next_number
from audit.permissions import require, staff_id_of
from audit.rights import Act, File, Right
from audit.screens import require_version
from audit.subjects import Subject, describe
from kaigo.common import clock
from kaigo.common.individual_numbers import contains_number, refuse_numbers
from kaigo.common.refusal import Conflict, Forbidden, Refusal

SERIES = "照会"
State, Answer = OfficialInquiry.State, InquirySubject.Answer


def receive(actor: Actor, office: Office, values: dict[str, Any]) -> OfficialInquiry:
    """受付. Raises Forbidden without disclosure.enter, Refusal for days that cannot be."""
    require(actor, File.DISCLOSURE, Act.ENTER, office.pk)
    _check(values)
    with transaction.atomic(), recorded(actor, "公用照会の受付"):
        return OfficialInquiry.objects.create(
            number=next_number(SERIES, clock.today()), office=office, entered_by_id=staff_id_of(actor),
            entered_at=clock.now(), **values,
        )  # fmt: skip


def answer(
    actor: Actor,
    row: OfficialInquiry,
    subject: Subject | None,
    *,
    named: str,
    answer: str,
    content: str,
    reason: str,
    version: object,
) -> InquirySubject:
    """Say what is answered about one person. Without a subject nobody was found.

    Raises Forbidden without the right to view the person, Refusal for content that carries an individual number
    without a ground that allows it, or a refusal without its reason.
    """
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    if subject is not None:
        require(actor, File.ELIGIBILITY, Act.VIEW, subject.office_id, subjects=[subject.public_id])
    made = Answer.NOT_FOUND if subject is None else Answer(answer)
    _check_answer(actor, row, made, content, reason)
    refuse_numbers({"named": named, "reason": reason})
    with transaction.atomic(), recorded(actor, "公用照会の回答の入力"):
        found = _locked(row, version, State.RECEIVED)
        made_row = InquirySubject.objects.create(
            inquiry=found, subject=subject.public_id if subject else None, named=named.strip(), answer=made,
            content=content.strip() if made == Answer.GIVEN else "", reason=reason.strip(),
            entered_by_id=staff_id_of(actor),
        )  # fmt: skip
        _moved(found)
        return made_row


def take_back(actor: Actor, line: InquirySubject) -> None:
    """Remove what was entered about a person, while nothing is proposed."""
    require(actor, File.DISCLOSURE, Act.ENTER, line.inquiry.office_id)
    with transaction.atomic(), recorded(actor, "公用照会の回答の取消し"):
        found = _locked(line.inquiry, line.inquiry.version, State.RECEIVED)
        line.delete()
        _moved(found)


def confirm_protected(actor: Actor, line: InquirySubject) -> InquirySubject:
    """支援措置の確認: for a protected person somebody else than who entered it looks again before it is proposed.

    Raises Forbidden for who received the inquiry or entered the line, Conflict once it is proposed.
    """
    require(actor, File.DISCLOSURE, Act.DECIDE, line.inquiry.office_id)
    if not may_confirm(actor, line):
        raise Forbidden("same-person", "入力した人とは別の職員が確認してください。")
    with transaction.atomic(), recorded(actor, "支援措置の対象者の確認"):
        _locked(line.inquiry, line.inquiry.version, State.RECEIVED)
        InquirySubject.objects.filter(pk=line.pk).update(
            protected_checked_by_id=staff_id_of(actor), version=F("version") + 1
        )
        line.refresh_from_db()
        return line


def propose(actor: Actor, row: OfficialInquiry, *, version: object) -> Decision:
    """回答の起案. Raises Refusal while nobody is named or a protected person was not looked at again."""
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    with transaction.atomic(), recorded(actor, "公用照会の回答の起案"):
        found = _locked(row, version, State.RECEIVED)
        lines = list(found.subjects.all())
        if not lines:
            raise Refusal("nobody", "対象者ごとの回答を入れてください。")
        if unchecked := [line.named for line in lines if is_protected(line) and not line.protected_checked_by_id]:
            raise Refusal(
                "protected", f"支援措置の対象者への確認が済んでいません（{len(unchecked)}人）。",
                ways=("決定の権限を持つ別の職員に、確認を依頼してください。",),
            )  # fmt: skip
        _take_back_returned(actor, found)
        _moved(found, state=State.PROPOSED)
        title = f"{found.number}の公用照会への回答"
        return decisions.propose(actor, KIND.name, about=found.public_id, office=found.office, title=title)


def withdraw(actor: Actor, row: OfficialInquiry, *, reason: str, version: object) -> OfficialInquiry:
    """取下げ: the authority no longer asks."""
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    with transaction.atomic(), recorded(actor, f"公用照会の取下げ：{reason}"):
        found = _locked(row, version, State.RECEIVED)
        _take_back_returned(actor, found)
        return _moved(found, state=State.WITHDRAWN, note=reason.strip())


def may_confirm(actor: Actor, line: InquirySubject) -> bool:
    """Whether the person is somebody else than who received the inquiry and who entered the line."""
    return actor.staff_id not in (line.inquiry.entered_by_id, line.entered_by_id)


def is_protected(line: InquirySubject) -> bool:
    """Whether data of a protected person (支援措置) would be given."""
    if line.subject is None or line.answer != Answer.GIVEN:
        return False
    found = describe([line.subject]).get(line.subject)
    return bool(found and found.is_protected)


def _take_back_returned(actor: Actor, row: OfficialInquiry) -> None:
    """A returned decision is over once the inquiry goes on without it: it must not be sent round again."""
    made = decision_queries.latest(row.public_id)
    if made is not None and made.state == Decision.State.RETURNED:
        decisions.end(actor, made, None, "照会の画面から修正したため")


def _check(values: dict[str, Any]) -> None:
    if values["received_on"] > clock.today():
        raise Refusal("received", "受付日は、今日以前の日にしてください。", field="received_on")
    if values["document_on"] > values["received_on"]:
        raise Refusal("document", "照会の日付は、受付日以前の日にしてください。", field="document_on")


def _check_answer(actor: Actor, row: OfficialInquiry, made: str, content: str, reason: str) -> None:
    if made == Answer.GIVEN and not content.strip():
        raise Refusal("no-content", "回答する内容を入れてください。", field="content")
    if made == Answer.REFUSED and not reason.strip():
        raise Refusal("no-reason", "提供しない理由を入れてください。", field="reason")
    if not contains_number(content):
        return
    if not rules.ground(row.ground).number_allowed:
        raise Refusal("number", "この根拠では、個人番号を回答できません。個人番号を消してください。", field="content")
    require(actor, File.INDIVIDUAL_NUMBER, Act.VIEW)


def _apply(actor: Actor, decision: Decision) -> None:
    """The answer goes out: each person whose data is given gets a row in the access log, with the ground."""
    row = OfficialInquiry.objects.select_for_update().get(public_id=decision.about)
    if row.state not in OfficialInquiry.OPEN:
        raise Conflict("inquiry-state", f"この照会は「{State(row.state).label}」です。", ways=("否決してください。",))
    ground = rules.ground(row.ground).name
    for line in row.subjects.filter(answer=Answer.GIVEN):
        access.write(
            actor, File.DISCLOSURE, Act.PRINT, subjects=[line.subject] if line.subject else [], items=(row.items[:60],),
            reason=f"{row.number} {row.inquirer} {ground}", number_shown=contains_number(line.content),
        )  # fmt: skip
    _moved(row, state=State.ANSWERED, answered_on=clock.today())


def _closed(actor: Actor, decision: Decision) -> None:
    row = OfficialInquiry.objects.select_for_update().get(public_id=decision.about)
    if row.state == State.PROPOSED:
        _moved(row, state=State.RECEIVED)


def _rows(about: UUID) -> Rows:
    row = OfficialInquiry.objects.get(public_id=about)
    rows = [
        ("番号", row.number), ("照会者", row.inquirer), ("根拠", rules.ground(row.ground).name),
        ("照会者の確認", row.authority_check), ("照会事項", row.items),
    ]  # fmt: skip
    lines = list(row.subjects.all())
    known = describe([line.subject for line in lines if line.subject])
    for line in lines:
        mark = "（支援措置）" if is_protected(line) else ""
        found = known.get(line.subject) if line.subject else None
        whose = f"住民の記録：{found.name}（{found.kana}）{found.number}\n" if found else ""
        rows.append((f"{line.named}{mark}", f"{whose}{line.get_answer_display()}　{line.content or line.reason}"))
    return rows


def _locked(row: OfficialInquiry, version: object, *states: str) -> OfficialInquiry:
    found = OfficialInquiry.objects.select_for_update().get(pk=row.pk)
    require_version(found, version)
    if found.state not in states:
        raise Conflict("inquiry-state", f"この照会は「{State(found.state).label}」です。")
    return found


def _moved(row: OfficialInquiry, **fields: object) -> OfficialInquiry:
    OfficialInquiry.objects.filter(pk=row.pk).update(version=F("version") + 1, **fields)
    row.refresh_from_db()
    return row


KIND = DecisionKind(
    name="disclosure.inquiry",
    label="公用照会への回答",
    file=File.DISCLOSURE,
    apply=_apply,
    rows=_rows,
    path=lambda about: reverse("official-inquiry", args=[about]),
    closed=_closed,
    anew=True,
    subjects=lambda about: [
        s for s in InquirySubject.objects.filter(inquiry__public_id=about).values_list("subject", flat=True) if s
    ],
)
RIGHT = Right(File.DISCLOSURE, Act.VIEW)
