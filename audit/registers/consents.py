"""再委託承諾: the checklist is answered, a second person consents (E16)."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from audit.actor import Actor
from audit.decisions import queries as decision_queries
from audit.decisions import services as decisions
from audit.decisions.kinds import DecisionKind, Rows
from audit.decisions.models import Decision
from audit.history import recorded
from audit.permissions import require
from audit.registers import rules
from audit.registers.models import SubContract
from audit.rights import Act, File
from audit.screens import require_version
from kaigo.common import clock
from kaigo.common.individual_numbers import refuse_numbers
from kaigo.common.refusal import Conflict, Refusal

State = SubContract.State
ANSWERS = {"yes": "はい", "no": "いいえ", "na": "該当しない"}


def answer(actor: Actor, row: SubContract, answers: dict[str, str], *, version: object) -> SubContract:
    """Answer the checklist (外部委託時のチェックリスト)."""
    require(actor, File.REGISTERS, Act.ENTER, row.entry.office_id)
    known = {item.id for item in rules.items("sub_contract")}
    kept = {item: value for item, value in answers.items() if item in known and value in ANSWERS}
    with transaction.atomic(), recorded(actor, "外部委託時のチェックリスト"):
        found = _locked(row, version)
        _move(found, answers=kept)
        return found


def end(actor: Actor, row: SubContract, *, how: str, ending: str, version: object) -> SubContract:
    """不承諾・取下げ: a sub-contract that is not consented to ends with its reason; nothing goes on without consent.

    Raises Refusal without a reason, Conflict once it is proposed or decided.
    """
    require(actor, File.REGISTERS, Act.ENTER, row.entry.office_id)
    refuse_numbers({"ending": ending})
    if not ending.strip():
        raise Refusal("no-reason", "理由を入れてください。", field="ending")
    state = State.WITHDRAWN if how == State.WITHDRAWN else State.REFUSED
    with transaction.atomic(), recorded(actor, f"再委託の{state.label}：{ending.strip()}"[:200]):
        found = _locked(row, version)
        _take_back_returned(actor, found)
        _move(found, state=state, ending=ending.strip(), decided_on=clock.today())
        return found


def propose(actor: Actor, row: SubContract, *, version: object) -> Decision:
    """Send the consent round. Raises Refusal while a question is unanswered, or answered no."""
    require(actor, File.REGISTERS, Act.ENTER, row.entry.office_id)
    with transaction.atomic(), recorded(actor, "再委託承諾の起案"):
        found = _locked(row, version)
        _check_answers(found)
        _take_back_returned(actor, found)
        _move(found, state=State.PROPOSED)
        entry = found.entry
        return decisions.propose(
            actor, KIND.name, about=found.public_id, office=entry.office, title=f"{entry.number}の再委託の承諾",
            reason=found.reason,
        )  # fmt: skip


def _apply(actor: Actor, decision: Decision) -> None:
    row = SubContract.objects.select_for_update().get(public_id=decision.about)
    if row.state not in (State.ENTERED, State.PROPOSED):
        raise Conflict("sub-contract", f"この再委託は「{State(row.state).label}」です。", ways=("否決してください。",))
    _check_answers(row)
    _move(row, state=State.CONSENTED, decided_on=clock.today())


def _closed(actor: Actor, decision: Decision) -> None:
    row = SubContract.objects.get(public_id=decision.about)
    if row.state not in (State.ENTERED, State.PROPOSED):
        return  # it ended without consent meanwhile, and stays so
    rejected = decision.state == Decision.State.REJECTED
    _move(row, state=State.REFUSED if rejected else State.ENTERED, decided_on=clock.today() if rejected else None)


def _check_answers(row: SubContract) -> None:
    if left := rules.unanswered("sub_contract", row.answers):
        raise Refusal("unanswered", f"チェックリストに答えていない項目があります（{'、'.join(i.id for i in left)}）。")
    if failing := [item for item, value in row.answers.items() if value == "no"]:
        raise Refusal(
            "not-met", f"「いいえ」の項目があるため、承諾を起案できません（{'、'.join(sorted(failing))}）。",
            ways=("委託先に改善を求め、確かめてから答えを直すか、不承諾にしてください。",),
        )  # fmt: skip


def _take_back_returned(actor: Actor, row: SubContract) -> None:
    """A returned decision is over once the consent goes on without it: it must not be sent round again."""
    made = decision_queries.latest(row.public_id)
    if made is not None and made.state == Decision.State.RETURNED:
        decisions.end(actor, made, None, "再委託の画面から修正したため")


def _rows(about: UUID) -> Rows:
    row = SubContract.objects.select_related("entry").get(public_id=about)
    rows = [
        ("委託", f"{row.entry.number}　{row.entry.title}（{row.entry.contractor}）"), ("再委託先", row.party),
        ("理由", row.reason), ("再委託する業務", row.content), ("扱う情報", row.information),
        ("監督の方法", row.supervision),
    ]  # fmt: skip
    asked = rules.items("sub_contract")
    return rows + [(item.question, ANSWERS.get(row.answers.get(item.id, ""), "")) for item in asked]


def _locked(row: SubContract, version: object) -> SubContract:
    found = SubContract.objects.select_for_update().select_related("entry__office").get(pk=row.pk)
    require_version(found, version)
    if found.state != State.ENTERED:
        raise Conflict("sub-contract", f"この再委託は「{State(found.state).label}」です。")
    return found


def _move(row: SubContract, **fields: object) -> None:
    SubContract.objects.filter(pk=row.pk).update(version=F("version") + 1, **fields)
    row.refresh_from_db()


KIND = DecisionKind(
    name="registers.sub-contract",
    label="再委託の承諾",
    file=File.REGISTERS,
    apply=_apply,
    rows=_rows,
    path=lambda about: reverse("sub-contract", args=[about]),
    closed=_closed,
    anew=True,
)
