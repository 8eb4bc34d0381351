"""The registers: what each asks, what stands in the way of closing an entry, by when something is due."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models

from audit.actor import Actor
from audit.models import Staff
from audit.registers import rules
from audit.registers.models import (
    Accident,
    AccidentMeasure,
    AccidentReport,
    Attendance,
    AuditFinding,
    CheckAnswer,
    Contract,
    ContractorId,
    Entry,
    Inquiry,
    Inspection,
    InternalAudit,
    SecurityReport,
    SelfCheck,
    SubContract,
    Training,
)
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal
from kaigo.common.wareki import fiscal_year_of, format_wareki

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Part:
    """Lines under an entry: the fields of their form and the columns of their table."""

    key: str
    label: str
    model: Any  # a Line with its `entry`
    fields: tuple[str, ...]
    columns: tuple[str, ...]
    related: str
    help: str = ""
    by_page: bool = False  # entered on a page of its own, not line by line
    check: Callable[[dict[str, Any]], None] = lambda values: None


@dataclass(frozen=True, slots=True)
class Register:
    """A register (台帳)."""

    key: str
    label: str
    help: str
    model: type[Entry]
    fields: tuple[str, ...]
    columns: Mapping[str, str | None]
    obstacles: Callable[[Any], list[str]]
    due: Callable[[Any], date | None]
    parts: tuple[Part, ...] = ()
    facts: Callable[[Any], Facts] = lambda row: []
    check: Callable[[dict[str, Any]], None] = lambda values: None
    saved: Callable[[Actor, Any], None] = lambda actor, row: None
    paper: str = "記録"

    def part(self, key: str) -> Part:
        """The part called `key`. Raises NotFound."""
        found = next((part for part in self.parts if part.key == key), None)
        if found is None:
            raise NotFound("no-part", "この項目はありません。", ways=("台帳の画面から選び直してください。",))
        return found


# ---- accidents


def accident_duty(row: Accident) -> rules.Duty:
    """Whether and by when an accident is reported, by the rule of the day it became known."""
    what = rules.Happening(
        row.known_on, row.persons, row.number_involved, row.is_sensitive, row.is_property, row.is_improper,
        row.is_public, row.from_system, row.is_encrypted,
    )  # fmt: skip
    return rules.duty(what, rules.reporting(row.known_on))


def accident_missing(row: Accident) -> list[tuple[str, date]]:
    """The reports that are still owed, with their last days."""
    duty = accident_duty(row)
    made = {report.kind for report in row.reports.all()}
    owed = [("速報", "preliminary", duty.preliminary_due), ("確報", "final", duty.final_due)]
    return [(label, due) for label, kind, due in owed if duty.applies and kind not in made]


def _accident_facts(row: Accident) -> Facts:
    duty, values = accident_duty(row), rules.reporting(row.known_on)
    if not duty.applies:
        return [("委員会への報告", "報告を要する事由に当たりません"), ("根拠", values.source)]
    return [
        ("委員会への報告", f"必要（{'、'.join(duty.grounds)}）"),
        ("速報の期限", format_wareki(duty.preliminary_due)),
        ("確報の期限", format_wareki(duty.final_due)),
        ("根拠", values.source),
    ]


def _accident_obstacles(row: Accident) -> list[str]:
    found = [f"{label}の報告がまだです。" for label, _ in accident_missing(row)]
    found += ["実施していない再発防止策があります。"] if row.measures.filter(done_on=None).exists() else []
    found += [] if row.notified_on or row.not_notified else ["本人への通知の日か、通知しない理由がありません。"]
    return found + ([] if row.cause else ["原因が記録されていません。"])


def _accident_due(row: Accident) -> date | None:
    dues = [due for _, due in accident_missing(row)]
    return min([*dues, *(m.due_on for m in row.measures.all() if m.done_on is None)], default=None)


def _check_accident(values: dict[str, Any]) -> None:
    if values["known_on"] > clock.today():
        raise Refusal("known", "知った日は、今日以前の日にしてください。", field="known_on")
    if values["known_on"] < rules.first_rule():
        words = f"知った日は、報告の定めのある{format_wareki(rules.first_rule())}以後の日にしてください。"
        raise Refusal("known", words, field="known_on")
    if values["occurred_on"] and values["occurred_on"] > values["known_on"]:
        raise Refusal("occurred", "発生日は、知った日以前の日にしてください。", field="occurred_on")


# ---- contracts


def contract_warnings(row: Contract) -> list[str]:
    """What of a contractor's assurances has ended or is about to, and what closing the contract does."""
    if row.closed_on:
        return []
    soon = clock.today() + timedelta(days=int(rules.checklists()["warn_days"]))
    names = {"iso_until": "ISO/IEC 27001", "pmark_until": "プライバシーマーク"}
    until = [(name, getattr(row, field)) for field, name in names.items() if getattr(row, field)]
    found = [f"{name}の有効期限は{format_wareki(day)}です。" for name, day in until if day <= soon]
    if row.last_day < clock.today() and not row.end_reported_on:
        found.append("契約が終わりましたが、返還・破棄・消去の報告書がまだです。")
    if ids := row.ids.count():
        found.append(f"完結すると、結び付けた利用者ID（{ids}件）は、その日から使えません。")
    return found


def _contract_obstacles(row: Contract) -> list[str]:
    found = []
    if not (row.end_method and row.end_done_on and row.end_reported_on and row.end_note):
        found.append("返還・破棄・消去の方法、日、報告書の記録がそろっていません。")
    if row.inspections.filter(due_on__isnull=False, done_on=None).exists():
        found.append("改善を確かめていない検査の指摘があります。")
    if row.security_reports.filter(received_on=None, due_on__lte=clock.today()).exists():
        found.append("受領していない定期報告があります。")
    if row.sub_contracts.filter(state__in=[SubContract.State.ENTERED, SubContract.State.PROPOSED]).exists():
        found.append("決まっていない再委託があります。")
    return found


def _contract_due(row: Contract) -> date | None:
    dues = [report.due_on for report in row.security_reports.all() if report.received_on is None]
    dues += [found.due_on for found in row.inspections.all() if found.due_on and found.done_on is None]
    if row.last_day < clock.today() and not row.end_reported_on:
        dues.append(row.last_day)
    return min([*dues, *_ending(row)], default=None)


def _ending(row: Contract) -> list[date]:
    """The days on which a contractor's assurances end, once they are near."""
    soon = clock.today() + timedelta(days=int(rules.checklists()["warn_days"]))
    return [day for day in (row.iso_until, row.pmark_until) if day and day <= soon]


def _check_id(values: dict[str, Any]) -> None:
    if values["staff"].employment != Staff.Employment.CONTRACTOR:
        raise Refusal("not-contractor", "委託先の従業者ではない職員の利用者IDは、結び付けられません。", field="staff")


def end_ids(actor: Actor, row: Contract) -> None:
    """The operators' ids end with the contract: after its last day, and at once when it is closed."""
    last = min(row.last_day, row.closed_on - timedelta(days=1)) if row.closed_on else row.last_day
    for staff in Staff.objects.filter(contracts__entry=row, employment=Staff.Employment.CONTRACTOR):
        if staff.valid_until is None or staff.valid_until > last:
            Staff.objects.filter(pk=staff.pk).update(valid_until=last)


def _check_contract(values: dict[str, Any]) -> None:
    if values["last_day"] < values["first_day"]:
        raise Refusal("days", "契約終了日は、契約開始日以後の日にしてください。", field="last_day")
    if values["end_done_on"] and values["end_done_on"] > clock.today():
        raise Refusal("done", "返還・破棄・消去した日は、今日以前の日にしてください。", field="end_done_on")


# ---- training, self-check, audit, inquiries


def _training_obstacles(row: Training) -> list[str]:
    return [] if row.attendances.exists() else ["受講者の記録がありません。"]


def _training_due(row: Training) -> date | None:
    return None if row.attendances.all() else row.held_on


def _self_check_obstacles(row: SelfCheck) -> list[str]:
    left = rules.unanswered("self_check", row.answers.values_list("item", flat=True))
    found = [f"回答していない項目が{len(left)}件あります。"] if left else []
    open_ones = row.answers.filter(answer=CheckAnswer.Answer.NO, remedy="")
    found += ["「できていない」の項目に、改善することがありません。"] if open_ones.exists() else []
    late = row.answers.filter(due_on__isnull=False, done_on=None)
    return found + (["改善が済んでいない項目があります。"] if late.exists() else [])


def _check_self_check(values: dict[str, Any]) -> None:
    this = fiscal_year_of(clock.today())
    if not this - 10 <= values["fiscal_year"] <= this + 1:
        raise Refusal("year", f"年度は、西暦で{this - 10}から{this + 1}までにしてください。", field="fiscal_year")


def _self_check_due(row: SelfCheck) -> date | None:
    dues = [found.due_on for found in row.answers.all() if found.due_on and found.done_on is None]
    return min(dues, default=date(row.fiscal_year + 1, 3, 31))


def _audit_obstacles(row: InternalAudit) -> list[str]:
    found = [] if row.held_on else ["実施日がありません。"]
    if row.findings.filter(done_on=None).exists():
        found.append("改善を確かめていない指摘があります。")
    return found + ([] if row.conclusion else ["総評がありません。"])


def _audit_due(row: InternalAudit) -> date | None:
    if not row.held_on:
        return row.planned_on
    return min((found.due_on for found in row.findings.all() if found.done_on is None), default=None)


def _check_audit(values: dict[str, Any]) -> None:
    inside = [person.name for person in values["auditors"] if person.office_id == values["office"].pk]
    if inside:
        raise Refusal(
            "not-independent",
            f"監査する職員は、監査を受ける所属以外から選んでください（{'、'.join(inside)}）。",
            field="auditors",
        )
    if values["held_on"] and values["held_on"] > clock.today():
        raise Refusal("held", "実施日は、今日以前の日にしてください。", field="held_on")


def _inquiry_obstacles(row: Inquiry) -> list[str]:
    return [] if row.answer and row.answered_on else ["回答と回答日がありません。"]


def _check_inquiry(values: dict[str, Any]) -> None:
    if values["received_on"] > clock.today():
        raise Refusal("received", "受付日は、今日以前の日にしてください。", field="received_on")
    if values["answered_on"] and not values["received_on"] <= values["answered_on"] <= clock.today():
        raise Refusal("answered", "回答日は、受付日から今日までの日にしてください。", field="answered_on")


REGISTERS: tuple[Register, ...] = (
    Register(
        "accidents", "漏えい等事案", "事案の経過、委員会への報告の要否と期限、本人への通知、再発防止策", Accident,
        (
            "office", "title", "category", "occurred_on", "known_on", "facts", "persons", "information",
            "number_involved", "from_system", "is_encrypted", "is_sensitive", "is_property", "is_improper", "is_public",
            "cause", "containment", "notified_on", "not_notified", "published_on",
        ),
        {"番号": "number", "件名": "title", "区分": "category", "所属": "office__code", "知った日": "known_on"},
        _accident_obstacles, _accident_due,
        (
            Part("reports", "委員会への報告", AccidentReport, ("kind", "reported_on", "reference", "content"),
                 ("kind", "reported_on", "reference"), "reports"),
            Part("measures", "再発防止策", AccidentMeasure, ("content", "owner", "due_on", "done_on"),
                 ("content", "owner", "due_on", "done_on"), "measures"),
        ),
        _accident_facts, _check_accident, paper="報告書",
    ),
    Register(
        "contracts", "委託先", "契約、管理責任者、認証の期限、定期報告、検査、再委託承諾、終了時の返還・消去", Contract,
        (
            "office", "title", "contractor", "first_day", "last_day", "scope", "systems", "responsible", "iso_number",
            "iso_until", "pmark_number", "pmark_until", "end_method", "end_done_on", "end_reported_on", "end_note",
        ),
        {"番号": "number", "件名": "title", "委託先": "contractor", "所属": "office__code", "契約終了日": "last_day"},
        _contract_obstacles, _contract_due,
        (
            Part("security-reports", "定期報告", SecurityReport, ("due_on", "received_on", "content"),
                 ("due_on", "received_on", "content"), "security_reports"),
            Part("inspections", "検査", Inspection,
                 ("kind", "inspected_on", "inspector", "findings", "due_on", "done_on"),
                 ("kind", "inspected_on", "inspector", "findings", "due_on", "done_on"), "inspections"),
            Part("sub-contracts", "再委託", SubContract, ("party", "reason", "content", "information", "supervision"),
                 ("party", "content", "state", "decided_on"), "sub_contracts",
                 help="入力の後、外部委託時のチェックリストに答え、承諾を起案します"),
            Part("ids", "従業者の利用者ID", ContractorId, ("staff",), ("staff",), "ids",
                 help="委託先の従業者のものだけ。契約の終わる日、又は完結した日に使えなくなります", check=_check_id),
        ),
        lambda row: [("注意", words) for words in contract_warnings(row)], _check_contract, end_ids,
    ),
    Register(
        "self-checks", "自己点検", "所属ごとに毎年、評価書の措置を守れているかを確かめる", SelfCheck,
        ("office", "title", "fiscal_year"),
        {"番号": "number", "件名": "title", "所属": "office__code", "年度": "fiscal_year"},
        _self_check_obstacles, _self_check_due,
        (Part("answers", "回答", CheckAnswer, ("answer", "evidence", "remedy", "due_on", "done_on"),
              ("item", "answer", "evidence", "remedy", "due_on", "done_on"), "answers", by_page=True),),
        check=_check_self_check,
    ),
    Register(
        "audits", "監査", "所属ごとに少なくとも5年に一度。指摘を最後まで追う", InternalAudit,
        ("office", "title", "planned_on", "held_on", "auditors", "scope", "conclusion"),
        {"番号": "number", "件名": "title", "所属": "office__code", "予定日": "planned_on", "実施日": "held_on"},
        _audit_obstacles, _audit_due,
        (Part("findings", "指摘", AuditFinding, ("severity", "content", "reply", "measure", "due_on", "done_on"),
              ("severity", "content", "reply", "measure", "due_on", "done_on"), "findings"),),
        check=_check_audit, paper="報告書",
    ),
    Register(
        "trainings", "研修", "初任者研修と定期研修の実施、受講者、まだ受けていない職員", Training,
        ("office", "title", "kind", "held_on", "content", "audience", "passing"),
        {"番号": "number", "件名": "title", "種類": "kind", "所属": "office__code", "実施日": "held_on"},
        _training_obstacles, _training_due,
        (Part("attendances", "受講", Attendance, ("staff", "attended_on", "score"),
              ("staff", "attended_on", "score"), "attendances", by_page=True),),
        paper="受講者名簿",
    ),
    Register(
        "inquiries", "問合せ・苦情", "個人情報の取扱いについての問合せと苦情の受付票", Inquiry,
        (
            "office", "title", "received_on", "channel", "from_whom", "content", "due_on", "answer", "answered_on",
            "related",
        ),
        {"番号": "number", "件名": "title", "所属": "office__code", "受付日": "received_on", "回答期限": "due_on"},
        _inquiry_obstacles, lambda row: None if row.answered_on else row.due_on,
        check=_check_inquiry, paper="受付票",
    ),
)  # fmt: skip


def register_of(key: str) -> Register:
    """The register called `key`. Raises NotFound."""
    found = next((register for register in REGISTERS if register.key == key), None)
    if found is None:
        raise NotFound("no-register", "この台帳はありません。", ways=("台帳の一覧から選び直してください。",))
    return found


def shown(row: models.Model, name: str) -> str:
    """A field's value as the screen and the paper show it."""
    display = getattr(row, f"get_{name}_display", None)
    if display:
        return str(display())
    value = getattr(row, name)
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, date):
        return format_wareki(value)
    if hasattr(value, "all"):
        return "、".join(str(item) for item in value.all())
    return "" if value is None else str(getattr(value, "name", value))


def label_of(model: type[models.Model], name: str) -> str:
    """A field's name in Japanese."""
    return str(getattr(model._meta.get_field(name), "verbose_name", name))
