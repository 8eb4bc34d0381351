"""受付: the only way in which a notification changes the insured register: looked at, received, or taken back."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from audit.actor import Actor
from audit.history import recorded
from audit.models import Office
from audit.numbering import next_number
from audit.permissions import require
from audit.rights import Act, File
from eligibility import rules
from eligibility.acts import ActKind, Impact, Values, act_of, impacts_from
from eligibility.effects import Effects, take_back
from eligibility.facts import facts_of
from eligibility.insurance import derive
from eligibility.models import IndividualNumber, InsuredPeriod, Notification, Reception, Resident
from kaigo.common import clock, crypto
from kaigo.common.refusal import Conflict, Refusal
from kaigo.common.trace import ExplainedStep, explain

SERIES = "受付"
# What the database refuses, in words: the name of the constraint → code, sentence, way out.
CONSTRAINTS = {
    "mailing_address_one_at_a_time": (
        "mailing-overlap",
        "送付先の期間が、ほかの送付先と重なります。",
        "今の送付先を終了してから受け付けてください。",
    ),
    "bank_account_one_at_a_time": (
        "account-overlap",
        "同じ使いみちの口座の期間が重なります。",
        "今の口座を終了してから受け付けてください。",
    ),
    "placement_one_at_a_time": (
        "placement-overlap",
        "この期間は、別の施設に入所中です。",
        "先に、今の施設の退所の届出を受けるか、入所日を確かめてください。",
    ),
    "cover_one_at_a_time": (
        "cover-overlap",
        "この期間は、別の医療保険に加入中です。",
        "先に、今の医療保険の脱退の届出を受けるか、加入日を確かめてください。",
    ),
    "declaration_once": (
        "declared-twice",
        "同じ異動は、もう受け付けています。",
        "この人の届出の一覧を確かめてください。",
    ),
}


class VisitForm(Protocol):
    """The part of the counter's form that the comparison of the number needs."""

    cleaned_data: dict[str, Any]

    def matched(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Preview:
    """What a notification would change: the periods before and after, why, what depends on them, what to mind."""

    before: Sequence[rules.InsuredSpan]
    after: Sequence[rules.InsuredSpan]
    steps: Sequence[ExplainedStep]
    impacts: Sequence[Impact] = field(default_factory=tuple)
    warnings: Sequence[str] = field(default_factory=tuple)

    @property
    def changed(self) -> bool:
        return list(self.before) != list(self.after)


class _LookedAt(Exception):
    """Ends the transaction of a preview: nothing of it stays."""


def preview(actor: Actor, resident: Resident, kind: ActKind, values: Values) -> Preview:
    """Carry out a notification and undo it at once: what is shown is what would happen.

    Raises Refusal for what contradicts the register, in words and with the ways out; Forbidden without the right.
    """
    require(actor, File.ELIGIBILITY, Act.ENTER, resident.office_id, subjects=[resident.public_id])
    found: list[Preview] = []
    with suppress(_LookedAt), transaction.atomic(), recorded(actor, f"{kind.label}の確認"):
        before = held_periods(resident)
        _write(resident, kind, values, Effects(actor.staff_id))
        decision = rules.insured_periods(facts_of(resident), clock.today())
        impacts = _impacts(resident, before, decision.periods)
        warnings = _warnings(kind, before, decision.periods)
        found.append(Preview(before, decision.periods, explain(decision.steps, rules.STEPS), impacts, warnings))
        raise _LookedAt
    return found[0]


def check_number(resident: Resident, visit: VisitForm) -> None:
    """個人番号の確認 (E02): the number on the form against the one that is registered for the person, by keyed hash.

    Raises Refusal where none is registered, and where it is another one.
    """
    given = visit.cleaned_data["number"]
    if not given:
        return
    held = IndividualNumber.objects.filter(resident=resident).values_list("lookup", flat=True).first()
    if held is None:
        raise Refusal(
            "number-not-held",
            "この人の個人番号は登録がないため、照らし合わせられません。",
            field="number",
            ways=("「記載なし・職員が補った」を選び、理由を入れてください。",),
        )
    if bytes(held) != crypto.ring().lookup(given, "individual_number"):
        raise Refusal(
            "number-differs",
            "届出書の個人番号が、この人に登録された番号と違います。",
            field="number",
            ways=("番号の読み違いと、人の取り違えがないかを確かめてください。",),
        )
    visit.matched()


def open_reception(actor: Actor, resident: Resident, office: Office, visit: dict[str, Any]) -> Reception:
    """受付: write down once who came, by which way, and how the identity was checked (番号法16条)."""
    require(actor, File.ELIGIBILITY, Act.ENTER, resident.office_id, subjects=[resident.public_id])
    with transaction.atomic(), recorded(actor, "受付"):
        return Reception.objects.create(
            number=next_number(SERIES, visit["received_on"]),
            resident=resident,
            office=office,
            staff_id=actor.staff_id,
            created_at=clock.now(),
            **visit,
        )


def receive(
    actor: Actor, reception: Reception, resident: Resident, kind: ActKind, values: Values, *,
    content: Sequence[tuple[str, str]], version: object,
) -> Notification:  # fmt: skip
    """届出を受ける: write its facts, derive the insured periods, and keep what was entered and what it changed.

    `version` is the resident's row version that the form carried. Raises Conflict when somebody else has been there
    since, Refusal for contradictions; then nothing is written.
    """
    require(actor, File.ELIGIBILITY, Act.ENTER, resident.office_id, subjects=[resident.public_id])
    with transaction.atomic(), recorded(actor, kind.label):
        resident = _locked(resident, version)
        before, effects = held_periods(resident), Effects(actor.staff_id)
        _write(resident, kind, values, effects)
        _derive(resident)
        return Notification.objects.create(
            reception=reception,
            resident=resident,
            act=kind.key,
            event_on=values.get(kind.day),
            notified_on=reception.received_on,
            content=[list(line) for line in content],
            effects=effects.as_json(),
            before=_plain(before),
            after=_plain(held_periods(resident)),
            staff_id=actor.staff_id,
            created_at=clock.now(),
        )


def withdraw(actor: Actor, notification: Notification, reason: str) -> Notification:
    """届出の取消: take back what a notification wrote; the notification stays, marked, with the reason.

    Raises Refusal when it is withdrawn already or a later notification builds on it.
    """
    resident = notification.resident
    require(actor, File.ELIGIBILITY, Act.ENTER, resident.office_id, subjects=[resident.public_id])
    if not reason.strip():
        raise Refusal("no-reason", "取り消す理由を入れてください。", field="reason")
    with transaction.atomic(), recorded(actor, f"届出の取消：{reason}"):
        resident = _locked(resident, None)
        notification = Notification.objects.select_for_update().get(pk=notification.pk)
        if notification.withdrawn_at:
            raise Refusal("withdrawn", "この届出は、もう取り消されています。", ways=("画面を開き直してください。",))
        take_back(notification.effects)
        _derive(resident)
        notification.withdrawn_at = clock.now()
        notification.withdrawn_by_id = actor.staff_id
        notification.withdrawn_reason = reason.strip()
        notification.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    return notification


def held_periods(resident: Resident) -> list[rules.InsuredSpan]:
    """The insured periods that are held now, in order. One SQL statement."""
    rows = InsuredPeriod.objects.filter(insured__resident=resident).order_by("period")
    return [
        rules.InsuredSpan(row.period.lower, row.period.upper, row.acquisition_reason, row.loss_reason, row.category)
        for row in rows
    ]


def _locked(resident: Resident, version: object) -> Resident:
    """The resident, one notification at a time; the row version rises with each."""
    row = Resident.objects.select_for_update().get(pk=resident.pk)
    if version is not None and str(row.row_version) != str(version):
        raise Conflict(
            "row-moved",
            f"入力している間に、この人の情報が変わりました。{_who_was_there(row)}入力した内容はそのまま残してあります。",
            ways=("変わった内容を確かめてから、もう一度確認へ進んでください。",),
        )
    row.row_version += 1
    row.save(update_fields=["row_version"])
    return row


def _who_was_there(resident: Resident) -> str:
    last = resident.notifications.select_related("staff").order_by("-created_at").first()
    if last is None or last.staff is None:
        return "住民記録が更新されています。"
    kind = act_of(last.act)
    at = localtime(last.withdrawn_at or last.created_at).strftime("%H:%M")
    done = "取り消しました" if last.withdrawn_at else "受け付けました"
    return f"{last.staff.name}さんが{at}に「{kind.label if kind else last.act}」を{done}。"


def _write(resident: Resident, kind: ActKind, values: Values, effects: Effects) -> None:
    """The facts of the act, and the rules' own word on whether they can all be true."""
    try:
        with transaction.atomic():
            kind.write(effects, resident, values)
            rules.check(facts_of(resident))
    except IntegrityError as error:
        for name, (code, message, way) in CONSTRAINTS.items():
            if name in str(error):
                raise Refusal(code, message, field=kind.day, ways=(way,)) from error
        raise


def _derive(resident: Resident) -> None:
    found = derive(f"SELECT {int(resident.pk)}::bigint AS resident_id", as_of=clock.today())
    for issue in found.contradictions:
        raise Refusal(issue.code, issue.message, ways=(issue.remedy,))


def _impacts(
    resident: Resident, before: Sequence[rules.InsuredSpan], after: Sequence[rules.InsuredSpan]
) -> list[Impact]:
    """What depends on the first day on which the periods differ."""
    differing = set(before) ^ set(after)
    if not differing:
        return []
    days = [day for span in differing for day in (span.acquired_on, span.lost_on) if day]
    same = {day for span in set(before) & set(after) for day in (span.acquired_on, span.lost_on)}
    common = {span.acquired_on for span in before} & {span.acquired_on for span in after}
    moved = [day for day in days if day not in same and day not in common]
    return impacts_from(resident, min(moved or days))


def _warnings(kind: ActKind, before: Sequence[rules.InsuredSpan], after: Sequence[rules.InsuredSpan]) -> list[str]:
    if kind.changes_periods and list(before) == list(after):
        return ["この届出を受けても、資格の期間は変わりません。日付と施設を確かめてください。"]
    return []


def _plain(periods: Sequence[rules.InsuredSpan]) -> list[list[Any]]:
    return [
        [span.category, span.acquired_on.isoformat(), span.lost_on.isoformat() if span.lost_on else None,
         span.acquisition_reason, span.loss_reason]
        for span in periods
    ]  # fmt: skip


def spans_of(plain: Sequence[Sequence[Any]]) -> list[rules.InsuredSpan]:
    """Periods as a notification keeps them, back as the rules know them."""
    return [
        rules.InsuredSpan(
            date.fromisoformat(acquired), date.fromisoformat(lost) if lost else None, acquisition, loss, category
        )
        for category, acquired, lost, acquisition, loss in plain
    ]
