"""開示・訂正・利用停止の請求: receiving, extending, what is left out, deciding with a second person, handing over."""

from collections.abc import Mapping
from datetime import date
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
from audit.disclosure import holdings, rules
from audit.disclosure.models import Redaction, Request
from audit.files import store_file
from audit.history import recorded
from audit.models import Office, StoredFile
from audit.numbering import next_number
from audit.permissions import require, staff_id_of
from audit.rights import Act, File
from audit.screens import require_version
from audit.subjects import Subject, describe
from kaigo.common import clock
from kaigo.common.individual_numbers import refuse_numbers
from kaigo.common.refusal import Conflict, Refusal
from kaigo.common.wareki import format_wareki

SERIES = {Request.Kind.DISCLOSURE: "開示", Request.Kind.CORRECTION: "訂正", Request.Kind.SUSPENSION: "利停"}
RETENTION = "disclosure"
OTHER_DOCUMENT = "9"
State, Made = Request.State, Request.Decision
DECISIONS = {
    Request.Kind.DISCLOSURE: (Made.WHOLE, Made.PART, Made.NONE, Made.NOT_HELD, Made.SILENT),
    Request.Kind.CORRECTION: (Made.GRANTED, Made.PARTLY, Made.REFUSED),
    Request.Kind.SUSPENSION: (Made.GRANTED, Made.PARTLY, Made.REFUSED),
}
SHOWING = (Made.WHOLE, Made.PART)
UNREASONED = (Made.WHOLE, Made.GRANTED)


def receive(actor: Actor, subject: Subject, office: Office, values: dict[str, Any]) -> Request:
    """受付: number it and count the days. The receiver has checked who asks (E01).

    Raises Forbidden without disclosure.enter on the office or without the right to view the person, Refusal for a day
    that cannot be or an agent whose relation was not checked.
    """
    require(actor, File.DISCLOSURE, Act.ENTER, office.pk)
    require(actor, File.ELIGIBILITY, Act.VIEW, subject.office_id, subjects=[subject.public_id])
    _check(values)
    with transaction.atomic(), recorded(actor, "開示等請求の受付"):
        row = Request(
            number=next_number(SERIES[Request.Kind(values["kind"])], clock.today()), office=office,
            subject=subject.public_id,
            checked_by_id=staff_id_of(actor), entered_by_id=staff_id_of(actor), entered_at=clock.now(), **values,
        )  # fmt: skip
        row.due_on = _due(row)
        row.save()
        return row


def suspend(actor: Actor, row: Request, *, days: int, version: object) -> Request:
    """補正: the days that the requester needed to complete the request do not count."""
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    with transaction.atomic(), recorded(actor, "補正に要した日数"):
        found = _locked(row, version, State.RECEIVED)
        found.suspended_days = days
        return _moved(found, suspended_days=days, due_on=_due(found))


def extend(actor: Actor, row: Request, *, reason: str, version: object) -> Request:
    """延長: once, before the day has passed, with the reason that the notice states."""
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    if not reason.strip():
        raise Refusal("no-reason", "延長の理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, "決定期限の延長"):
        found = _locked(row, version, State.RECEIVED)
        if found.extended_on:
            raise Conflict("extended", "決定の期限は、すでに延長しています。")
        if found.due_on < clock.today():
            raise Conflict("too-late", "決定の期限を過ぎているため、延長できません。")
        found.extended_on = clock.today()
        return _moved(found, extended_on=found.extended_on, extension_reason=reason.strip(), due_on=_due(found))


def leave_out(actor: Actor, row: Request, chosen: Mapping[str, str], *, version: object) -> int:
    """開示しない項目: which lines of the package are left out, each with its reason; says how many.

    `chosen` maps the key of a line to the reason. Raises Refusal for one without a reason.
    """
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    known = {item.key: item for _, lines in holdings.items(row.subject) for item in lines}
    if any(key in known and not reason.strip() for key, reason in chosen.items()):
        raise Refusal("no-reason", "開示しない項目には、それぞれ理由を入れてください。")
    with transaction.atomic(), recorded(actor, "開示しない項目"):
        found = _locked(row, version, State.RECEIVED)
        found.redactions.all().delete()
        for key, reason in chosen.items():
            if key in known:
                item = known[key]
                Redaction.objects.create(
                    request=found, key=key, title=item.holding.title[:60], label=item.label[:60], reason=reason.strip()
                )
        _moved(found, items_digest=holdings.digest(found.subject), package=None)
        return found.redactions.count()


def propose(actor: Actor, row: Request, *, decision: str, grounds: str, version: object) -> Decision:
    """決定の起案: what is to be handed over is made now, and kept: nothing that arrives later goes out with it.

    One that was returned (差戻し) is proposed anew. Raises Refusal for a decision that the kind does not have, or one
    without the reason it needs, and where the lines were not looked at as they are now.
    """
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    made = Made(decision)
    if made not in DECISIONS[Request.Kind(row.kind)]:
        raise Refusal("decision", "この請求では選べない決定です。", field="decision")
    refuse_numbers({"grounds": grounds})
    if made not in UNREASONED and not grounds.strip():
        raise Refusal("no-grounds", "開示しない部分とその理由、または行わない理由を入れてください。", field="grounds")
    with transaction.atomic(), recorded(actor, "開示等の決定の起案"):
        found = _locked(row, version, State.RECEIVED)
        left_out = found.redactions.exists()
        if left_out and made == Made.WHOLE:
            raise Refusal("redacted", "開示しない項目があるため、「全部開示」にはできません。", field="decision")
        if made == Made.PART and not left_out:
            raise Refusal(
                "not-redacted", "「部分開示」にするときは、開示しない項目を選んでください。", field="decision"
            )
        _take_back_returned(actor, found)
        _moved(found, decision=made, grounds=grounds.strip(), state=State.PROPOSED, package=None)
        if made in SHOWING:
            _moved(found, package=_kept_package(found))
        title = f"{found.number}の{Request.Kind(found.kind).label}に対する決定"
        return decisions.propose(actor, KIND.name, about=found.public_id, office=found.office, title=title)


def deliver(actor: Actor, row: Request, *, delivered_on: date, how: str, pages: int | None, version: object) -> Request:
    """実施: handed over or looked at; the copies' fee follows from their sides."""
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    with transaction.atomic(), recorded(actor, "開示等の実施"):
        found = _locked(row, version, State.DECIDED)
        if not (found.decided_on and found.decided_on <= delivered_on <= clock.today()):
            raise Refusal("day", "実施日は、決定日から今日までの日にしてください。", field="delivered_on")
        fee = None if pages is None else rules.fee(pages, rules.periods(found.received_on))
        return _moved(
            found, delivered_on=delivered_on, delivered_how=how.strip(), pages=pages, fee=fee, state=State.DONE
        )


def withdraw(actor: Actor, row: Request, *, reason: str, version: object) -> Request:
    """取下げ: the requester no longer wants it."""
    require(actor, File.DISCLOSURE, Act.ENTER, row.office_id)
    with transaction.atomic(), recorded(actor, f"請求の取下げ：{reason}"):
        found = _locked(row, version, State.RECEIVED)
        _take_back_returned(actor, found)
        return _moved(found, state=State.WITHDRAWN, grounds=reason.strip())


def shown(row: Request) -> list[tuple[holdings.Holding, list[tuple[holdings.Item, str]]]]:
    """The package with the reason beside each line that is left out; nothing for a decision that shows nothing."""
    reasons = dict(row.redactions.values_list("key", "reason"))
    return [
        (holding, [(item, reasons.get(item.key, "")) for item in lines])
        for holding, lines in holdings.items(row.subject)
    ]


def log(actor: Actor, row: Request, act: Act) -> None:
    """Log the package in the access log of each file that it has something of."""
    for file in dict.fromkeys(holding.file for holding in holdings.held_on(row.subject)):
        access.write(
            actor, file, act, subjects=[row.subject], items=("保有個人情報の全部",), reason=f"{row.number}の開示"
        )


def _check(values: dict[str, Any]) -> None:
    refuse_numbers(values)
    if values["received_on"] > clock.today():
        raise Refusal("received", "請求のあった日は、今日以前の日にしてください。", field="received_on")
    if values["by"] != Request.By.SELF and not values["relation"].strip():
        raise Refusal(
            "relation", "代理人のときは、本人との関係と、資格を確かめた書類を入れてください。", field="relation"
        )
    if values["kind"] == Request.Kind.DISCLOSURE and not values["method"]:
        raise Refusal("method", "開示の方法を選んでください。", field="method")
    if not values["documents"] or set(values["documents"]) - {d["code"] for d in rules.table()["identity_documents"]}:
        raise Refusal("documents", "確かめた本人確認書類を選んでください。", field="documents")
    if OTHER_DOCUMENT in values["documents"] and not values["relation"].strip():
        raise Refusal("relation", "その他の本人確認書類の名を入れてください。", field="relation")


def _take_back_returned(actor: Actor, row: Request) -> None:
    """A returned decision is over once the request goes on without it: it must not be sent round again."""
    made = decision_queries.latest(row.public_id)
    if made is not None and made.state == Decision.State.RETURNED:
        decisions.end(actor, made, None, "請求の画面から修正したため")


def _kept_package(row: Request) -> StoredFile:
    """開示資料 as it will be handed over. Raises Refusal where the lines were not looked at as they are now."""
    from audit.disclosure import documents

    if row.items_digest != holdings.digest(row.subject):
        words = "その後に内容が変わったため、" if row.items_digest else ""
        raise Refusal(
            "unchecked",
            f"{words}開示する項目の確認が済んでいません。",
            ways=(
                "「開示する項目を確かめる」を開き、開示しない項目を選んで保存してください。なければそのまま保存します。",
            ),
        )
    content = documents.package(row, redacted=True)
    return store_file(content, f"package-{row.public_id}.pdf", "application/pdf", RETENTION)


def _due(row: Request) -> date:
    values = rules.periods(row.received_on)
    return rules.due(row.received_on, values, suspended_days=row.suspended_days, extended=bool(row.extended_on))


def _apply(actor: Actor, decision: Decision) -> None:
    row = Request.objects.select_for_update().get(public_id=decision.about)
    if row.state not in Request.OPEN:
        raise Conflict("request-state", f"この請求は「{State(row.state).label}」です。", ways=("否決してください。",))
    if row.decision in SHOWING and row.package is None:
        raise Conflict(
            "no-package", "開示資料が作られていません。", ways=("差し戻し、請求の画面から起案し直してください。",)
        )
    _moved(row, state=State.DECIDED, decided_on=clock.today())


def _closed(actor: Actor, decision: Decision) -> None:
    row = Request.objects.select_for_update().get(public_id=decision.about)
    if row.state == State.PROPOSED:
        _moved(row, state=State.RECEIVED)


def _rows(about: UUID) -> Rows:
    row = Request.objects.get(public_id=about)
    left = [f"{r.title}の{r.label}：{r.reason}" for r in row.redactions.order_by("id")]
    rows = [
        ("番号", row.number), ("請求の種類", row.get_kind_display()), ("請求の内容", row.asked),
        ("決定の期限", format_wareki(row.due_on)), ("決定", row.get_decision_display()), ("理由", row.grounds),
        ("開示しない項目", "\n".join(left)), ("支援措置", _protection(row)),
        ("開示資料の要約値", row.package.sha256 if row.package else ""),
    ]  # fmt: skip
    return [(label, value) for label, value in rows if value]


def _protection(row: Request) -> str:
    found = describe([row.subject]).get(row.subject)
    return "対象者。請求者、送付先、住所の開示の可否を確かめること" if found and found.is_protected else ""


def _locked(row: Request, version: object, *states: str) -> Request:
    found = Request.objects.select_for_update().get(pk=row.pk)
    require_version(found, version)
    if found.state not in states:
        raise Conflict("request-state", f"この請求は「{State(found.state).label}」です。")
    return found


def _moved(row: Request, **fields: object) -> Request:
    Request.objects.filter(pk=row.pk).update(version=F("version") + 1, **fields)
    row.refresh_from_db()
    return row


KIND = DecisionKind(
    name="disclosure.request",
    label="開示等の決定",
    file=File.DISCLOSURE,
    apply=_apply,
    rows=_rows,
    path=lambda about: reverse("request", args=[about]),
    closed=_closed,
    anew=True,
    subjects=lambda about: [Request.objects.get(public_id=about).subject],
)
