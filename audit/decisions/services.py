"""Proposing, consenting, deciding, returning, rejecting, withdrawing and sending again. Each is one act in one
transaction; what is decided takes effect in the transaction of the last approval.
"""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from audit import notices
from audit.actor import Actor
from audit.decisions import candidates, routes
from audit.decisions.kinds import DecisionKind, kind_of
from audit.decisions.models import Action, Decision, DecisionAct, DecisionStep, Who
from audit.history import recorded
from audit.models import Office, Staff
from audit.numbering import next_number
from audit.permissions import require, staff_id_of
from audit.rights import Act
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal

SERIES = "決裁"
State, Kind, Mark = Decision.State, DecisionAct.Kind, DecisionAct.Mark


def propose(
    actor: Actor,
    kind_name: str,
    *,
    about: UUID,
    office: Office,
    title: str,
    amount: int | None = None,
    reason: str = "",
) -> Decision:
    """起案: send something round for decision by the route in force (default: one other person with the right).

    `about` is the public id of what is decided on, `amount` in yen for kinds with limits; the caller has checked the
    right to propose. Raises Conflict when it is being decided on already.
    """
    kind = kind_of(kind_name)
    with transaction.atomic(), recorded(actor, f"起案：{kind.label}"):
        if Decision.objects.filter(kind=kind.name, about=about, state__in=Decision.OPEN).exists():
            raise Conflict(
                "proposed", "この件の伺書は、すでに回付しています。", ways=("決裁の一覧で確かめてください。",)
            )
        now = clock.now()
        rows, digest = kind.content(about)
        decision = Decision.objects.create(
            number=next_number(SERIES, clock.today()), kind=kind.name, title=title, office=office, about=about,
            amount=amount, reason=reason, rows=rows, fingerprint=digest, proposed_by_id=actor.staff_id, proposed_at=now,
        )  # fmt: skip
        _note(actor, decision, Kind.PROPOSE, comment=reason)
        _send_round(decision)
        return decision


def approve(actor: Actor, decision: Decision, *, version: object, comment: str = "") -> Decision:
    """合議・決裁: the person consents or decides at the current step; the last decision takes effect at once.

    Doing it twice answers with the first. Raises Forbidden for who may not act here, Refusal for the proposer and
    for a deputy without a reason, Conflict when it moved or its content changed since the proposal.
    """
    kind = kind_of(decision.kind)
    _check_right(actor, decision, kind)
    with transaction.atomic(), recorded(actor, f"決裁：{kind.label}"):
        row = _locked(decision)
        if row.state == State.APPROVED and _last(row).staff_id == actor.staff_id:
            return row
        _check_unmoved(row, version)
        mark = _mark(actor, row, kind)
        if mark == Mark.DEPUTY and not comment.strip():
            raise Refusal("no-reason", "代決する理由（決裁者の不在など）を入れてください。", field="comment")
        _check_content(row, kind)
        step = row.current
        if step is not None and step.action == Action.CONSULT:
            _note(actor, row, Kind.AGREE, step=step, mark=mark, comment=comment)
            _move(row, current=row.steps.filter(round=row.round, order__gt=step.order).first())
            _tell_current(row)
            return row
        _note(actor, row, Kind.DECIDE, step=step, mark=mark, comment=comment)
        _move(row, state=State.APPROVED, current=None, closed_at=clock.now())
        kind.apply(actor, row)
        _tell_proposer(row, "決裁されました。")
        return row


def return_(actor: Actor, decision: Decision, *, version: object, reason: str) -> Decision:
    """差戻し: back to the proposer with the reason; the proposer corrects and sends it round again, or withdraws."""
    return _stop(actor, decision, version, reason, Kind.RETURN, State.RETURNED, "差し戻されました。")


def reject(actor: Actor, decision: Decision, *, version: object, reason: str) -> Decision:
    """否決: it will not take effect, and this decision is over. Only where it is decided: who consents returns it.

    Raises Forbidden for who may not act here, Refusal without a reason or at a consulting step (合議), Conflict when it
    moved.
    """
    return _stop(actor, decision, version, reason, Kind.REJECT, State.REJECTED, "否決されました。")


def withdraw(actor: Actor, decision: Decision, *, version: object | None = None, reason: str = "") -> Decision:
    """取下げ: the proposer takes it back before it is decided."""
    return end(actor, decision, _own, reason, version=version)


def end(
    actor: Actor,
    decision: Decision,
    check: Callable[[Actor, Decision], None] | None,
    reason: str,
    *,
    version: object | None = None,
) -> Decision:
    """Take a decision back; `check` says who may. Without one, the caller has checked (a job that was cancelled)."""
    if check:
        check(actor, decision)
    with transaction.atomic(), recorded(actor, "取下げ"):
        row = _locked(decision)
        if row.state == State.WITHDRAWN:
            return row
        _check_unmoved(row, row.version if version is None else version, *Decision.OPEN)
        _note(actor, row, Kind.WITHDRAW, comment=reason)
        _move(row, state=State.WITHDRAWN, current=None, closed_at=clock.now())
        _closed(actor, row)
        return row


def resend(actor: Actor, decision: Decision, *, version: object, comment: str) -> Decision:
    """再回付: after a return the proposer sends it round again, with its content of now; earlier rounds stay.

    Raises Conflict for a kind that is proposed anew from its own page.
    """
    _own(actor, decision)
    kind = kind_of(decision.kind)
    if kind.anew:
        raise Conflict(
            "anew",
            "この件は、対象の画面で直して起案し直してください。",
            ways=("「対象の画面を開く」から進んでください。",),
        )
    with transaction.atomic(), recorded(actor, "再回付"):
        row = _locked(decision)
        _check_unmoved(row, version, State.RETURNED)
        rows, digest = kind.content(row.about)
        _move(row, state=State.CIRCULATING, round=row.round + 1, rows=rows, fingerprint=digest)
        _note(actor, row, Kind.RESEND, comment=comment)
        _send_round(row)
        return row


def review(actor: Actor, decision: Decision, *, comment: str = "") -> None:
    """後閲: whom a deputy stood in for has seen what was decided. Raises Forbidden for anybody else."""
    waiting = candidates.to_review(actor).filter(pk=decision.pk)
    if not waiting.exists():
        raise Forbidden("not-yours", "あなたの後閲を待っている決裁ではありません。")
    with transaction.atomic(), recorded(actor, "後閲"):
        _note(actor, _locked(decision), Kind.REVIEW, comment=comment)


def _stop(actor: Actor, decision: Decision, version: object, reason: str, act: str, state: str, words: str) -> Decision:
    kind = kind_of(decision.kind)
    _check_right(actor, decision, kind)
    if not reason.strip():
        raise Refusal("no-reason", "理由を入れてください。", field="comment")
    with transaction.atomic(), recorded(actor, Kind(act).label):
        row = _locked(decision)
        _check_unmoved(row, version)
        mark = _mark(actor, row, kind)
        if act == Kind.REJECT and row.current is not None and row.current.action == Action.CONSULT:
            raise Refusal(
                "consulting", "合議の段階では否決できません。否決は、決裁する段階の人が行います。",
                ways=("同意できないときは、理由を付けて起案者に差し戻してください。",),
            )  # fmt: skip
        _note(actor, row, act, step=row.current, mark=mark, comment=reason)
        over = state != State.RETURNED
        _move(row, state=state, current=None, **({"closed_at": clock.now()} if over else {}))
        _closed(actor, row)
        _tell_proposer(row, words)
        return row


def _check_right(actor: Actor, decision: Decision, kind: DecisionKind) -> None:
    """Refuse and log whoever neither holds the kind's right nor is named for a consent."""
    step = decision.current
    if step is not None and step.action == Action.CONSULT and step.who != Who.RIGHT:
        return
    require(actor, kind.file, Act.DECIDE, decision.office_id)


def _mark(actor: Actor, row: Decision, kind: DecisionKind) -> str:
    """The mark of the act. Raises Refusal or Forbidden for who may not act on this decision now."""
    if row.proposed_by_id == actor.staff_id or candidates.stands_in_for_proposer(actor, row):
        raise Refusal(
            "same-person",
            "起案した人は自分の件を決裁できません。起案した人の代理としても決裁できません。",
            ways=("決定の権限を持つ別の職員に決裁を依頼してください。",),
        )
    if kind.barred and actor.staff_id in kind.barred(row.about):
        raise Refusal(
            "barred",
            "この件はあなた自身に関わるため、あなたは決裁できません。",
            ways=("決定の権限を持つ別の職員に決裁を依頼してください。",),
        )
    if row.acts.filter(round=row.round, staff_id=staff_id_of(actor)).exists():
        raise Refusal(
            "acted-before",
            "この伺書では、前の段階であなたが処理しています。一人が2つの段階を処理することはできません。",
        )
    if not Decision.objects.filter(pk=row.pk).filter(candidates.actable(actor)).exists():
        label = row.current.label if row.current else ""
        raise Forbidden("not-your-step", f"いまの段階を処理できるのは、{label}です。")
    return candidates.mark_of(actor, row)


def _check_unmoved(row: Decision, version: object, *states: str) -> None:
    """Refuse when the decision moved since it was shown, naming who moved it."""
    wanted = states or (State.CIRCULATING,)
    if row.state in wanted and str(row.version) == str(version):
        return
    last = _last(row)
    raise Conflict(
        "decision-moved",
        f"この伺書は、{last.staff_name}さんの「{Kind(last.kind).label}」で「{State(row.state).label}」になっています。",
        ways=("画面を開き直して、今の状態を確かめてください。",),
    )


def _check_content(row: Decision, kind: DecisionKind) -> None:
    if kind.content(row.about)[1] != row.fingerprint:
        raise Conflict(
            "content-changed",
            "起案した後に、対象の内容が変わりました。このままでは決裁できません。",
            ways=("差し戻し、起案者が今の内容で再回付してください。",),
        )


def _send_round(decision: Decision) -> None:
    """Lay out the steps of this round by the route in force today, and stand at the first."""
    route = routes.in_force(decision.kind, decision.office, decision.amount, clock.today())
    steps = [
        DecisionStep.objects.create(decision=decision, round=decision.round, **step.values())
        for step in routes.steps_of(route)
    ]
    _move(decision, current=steps[0], route=route)
    _tell_current(decision)


def _note(
    actor: Actor, decision: Decision, kind: str, *, step: DecisionStep | None = None, mark: str = "", comment: str = ""
) -> None:
    who = Staff.objects.filter(pk=actor.staff_id or 0).first()
    DecisionAct.objects.create(
        decision=decision, step=step, round=decision.round, kind=kind, mark=mark, staff=who,
        staff_name=who.name if who else actor.name, position=who.position if who else "", comment=comment.strip(),
        at=clock.now(),
    )  # fmt: skip


def _closed(actor: Actor, row: Decision) -> None:
    heard = kind_of(row.kind).closed
    if heard:
        heard(actor, row)


def _own(actor: Actor, decision: Decision) -> None:
    if decision.proposed_by_id != actor.staff_id:
        raise Forbidden("not-yours", "起案した本人だけができる操作です。")


def _tell_current(decision: Decision) -> None:
    """Whom the step names by name is told; for the others it stands among today's work."""
    step = decision.current
    if step is not None and step.person is not None:
        notices.tell(step.person, f"決裁を待っている伺書があります（{decision.number}）。", path=_path(decision))


def _tell_proposer(decision: Decision, words: str) -> None:
    if decision.proposed_by is not None:
        notices.tell(decision.proposed_by, f"起案した伺書（{decision.number}）が{words}", path=_path(decision))


def _path(decision: Decision) -> str:
    return reverse("decision", args=[decision.public_id])


def _last(row: Decision) -> DecisionAct:
    return row.acts.order_by("at", "id").reverse()[0]


def _locked(decision: Decision) -> Decision:
    return Decision.objects.select_for_update().get(pk=decision.pk)


def _move(row: Decision, **fields: object) -> None:
    Decision.objects.filter(pk=row.pk).update(version=F("version") + 1, **fields)
    row.refresh_from_db()
