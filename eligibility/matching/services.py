"""突合: keeping what a comparison found, and setting differences right, leaving them, or taking that back."""

from collections.abc import Callable, Iterable
from datetime import date

from django.db import IntegrityError, transaction

from audit.actor import Actor
from audit.history import recorded
from audit.models import JobRun
from audit.permissions import require
from audit.rights import Act, File
from eligibility import rules
from eligibility.effects import Effects, take_back
from eligibility.facts import facts_of
from eligibility.insurance import derive
from eligibility.matching.checks import CHECKS
from eligibility.matching.found import Found
from eligibility.matching.proposals import PROPOSALS
from eligibility.models import Finding, Resident
from eligibility.receiving import CONSTRAINTS
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal

State = Finding.State
BATCH = 1_000
Outcome = tuple[int, list[tuple[Finding, Refusal]]]


def compare(kind: str, job: JobRun, day: date) -> dict[str, int]:
    """Compare, and bring the kept results in line: new ones are added, known ones go on, what has gone is marked so.

    A difference that somebody chose to leave stays left as long as it says the same. In the caller's transaction; gives
    how many are open, new and gone.
    """
    kept = {row.key: row for row in Finding.objects.filter(kind=kind, state__in=[State.OPEN, State.LEFT])}
    new, again = list[Finding](), list[Finding]()
    for found in CHECKS[kind](day):
        row = kept.pop(found.key, None)
        if row is None:
            new.append(_row(kind, job, found))
        else:
            _renew(row, job, found)
            again.append(row)
    Finding.objects.bulk_create(new, BATCH)
    fields = ["job", "digest", "facts", "proposal", "about", "office", "resident", "other", "code", "state"]
    Finding.objects.bulk_update(again, fields, BATCH)
    gone = [row.pk for row in kept.values()]
    Finding.objects.filter(pk__in=gone).update(state=State.GONE, decided_at=clock.now(), job=job)
    return {"見つかった違い": len(new) + len(again), "新しい違い": len(new), "解消した違い": len(gone)}


def _row(kind: str, job: JobRun, found: Found) -> Finding:
    return Finding(
        kind=kind, code=found.code, key=found.key, office_id=found.office_id, resident_id=found.resident_id,
        other_id=found.other_id, facts=[list(fact) for fact in found.facts], proposal=found.proposal,
        about=found.about, digest=found.digest, job=job, found_at=clock.now(),
    )  # fmt: skip


def _renew(row: Finding, job: JobRun, found: Found) -> None:
    """A known difference; one that was left comes up again when it says something else."""
    fresh = _row(row.kind, job, found)
    if row.digest != fresh.digest:
        row.state = State.OPEN
    for name in ("job", "digest", "facts", "proposal", "about", "office_id", "resident_id", "other_id", "code"):
        setattr(row, name, getattr(fresh, name))


def correct(actor: Actor, finding: Finding) -> Finding:
    """提案のとおり訂正する. Raises Refusal where nothing is proposed, where the facts have moved on or contradict."""
    resident = _required(actor, finding)
    proposal = PROPOSALS.get(finding.proposal)
    if proposal is None or resident is None:
        raise Refusal(
            "no-proposal", "この違いには、一度に直せる案がありません。", ways=("住民の画面から直してください。",)
        )
    with transaction.atomic(), recorded(actor, f"突合による訂正：{proposal.label}"):
        finding = _locked(finding, State.OPEN, State.LEFT)
        resident = Resident.objects.select_for_update(of=("self",)).select_related("office").get(pk=resident.pk)
        effects = Effects(actor.staff_id)
        _apply(effects, finding, resident)
        resident.row_version += 1
        resident.save(update_fields=["row_version"])
        _derive(resident)
        return _decided(actor, finding, State.DONE, "", effects)


def _apply(effects: Effects, finding: Finding, resident: Resident) -> None:
    try:
        with transaction.atomic():
            PROPOSALS[finding.proposal].apply(effects, finding, resident)
            rules.check(facts_of(resident))
    except IntegrityError as error:
        for name, (code, message, way) in CONSTRAINTS.items():
            if name in str(error):
                raise Refusal(code, message, ways=(way,)) from error
        raise


def leave(actor: Actor, finding: Finding, reason: str) -> Finding:
    """訂正しない, for a reason; the next comparison does not bring it up while it says the same."""
    _required(actor, finding)
    if not reason.strip():
        raise Refusal("no-reason", "訂正しない理由を入れてください。", field="reason")
    with transaction.atomic():
        finding = _locked(finding, State.OPEN)
        return _decided(actor, finding, State.LEFT, reason.strip(), None)


def take_up(actor: Actor, finding: Finding) -> Finding:
    """元に戻す: what a correction wrote is taken back, what was left is open again.

    Raises Refusal when something later builds on the correction, or the same difference has been found again since.
    """
    resident = _required(actor, finding)
    with transaction.atomic(), recorded(actor, "突合による訂正の取消"):
        finding = _locked(finding, State.DONE, State.LEFT)
        same = Finding.objects.filter(kind=finding.kind, key=finding.key, state__in=[State.OPEN, State.LEFT])
        if same.exclude(pk=finding.pk).exists():
            raise Refusal(
                "found-again",
                "同じ違いが、その後の突合で見つかっています。",
                ways=("未処理の一覧から処理してください。",),
            )
        take_back(finding.effects)
        if resident is not None and finding.effects:
            _derive(resident)
        finding.effects = []
        return _decided(actor, finding, State.OPEN, "", None)


def correct_all(actor: Actor, findings: Iterable[Finding]) -> Outcome:
    """Correct many, each in its own transaction: how many were, and which were not and why."""
    return each(findings, lambda finding: correct(actor, finding))


def each(findings: Iterable[Finding], act: Callable[[Finding], object]) -> Outcome:
    """Do one thing to many, each by itself. Raises Forbidden; what else is refused is told and stops nothing."""
    done, refused = 0, []
    for finding in findings:
        try:
            act(finding)
        except Forbidden:
            raise
        except Refusal as refusal:
            refused.append((finding, refusal))
        else:
            done += 1
    return done, refused


def _required(actor: Actor, finding: Finding) -> Resident | None:
    resident = finding.resident
    subjects = [resident.public_id] if resident else []
    require(actor, File.ELIGIBILITY, Act.ENTER, finding.office_id, subjects=subjects)
    return resident


def _locked(finding: Finding, *states: State) -> Finding:
    rows = Finding.objects.select_for_update(of=("self",)).select_related("resident")
    row = rows.get(pk=finding.pk)
    if row.state not in states:
        raise Conflict(
            "decided", f"この違いは、もう処理されています（{row.get_state_display()}）。",
            ways=("一覧を開き直してください。",),
        )  # fmt: skip
    return row


def _decided(actor: Actor, finding: Finding, state: State, note: str, effects: Effects | None) -> Finding:
    finding.state, finding.note = state, note
    finding.decided_at, finding.decided_by_id = clock.now(), actor.staff_id
    if effects is not None:
        finding.effects = effects.as_json()
    finding.save(update_fields=["state", "note", "decided_at", "decided_by", "effects"])
    return finding


def _derive(resident: Resident) -> None:
    query = f"SELECT {int(resident.pk)}::bigint AS resident_id"
    for issue in derive(query, as_of=clock.today()).contradictions:
        raise Refusal(issue.code, issue.message, ways=(issue.remedy,))
