"""Reviewing findings (点検): judging one, correcting a judgement, ticking off many harmless ones.

Rights are checked before the transaction: a refused attempt must stay in the log.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import F

from audit.actor import Actor
from audit.history import recorded
from audit.permissions import refuse
from audit.screens import require_version
from audit.watching import queries
from audit.watching.models import Finding, Review
from audit.watching.reviewing import DECIDE, Reviewer
from kaigo.common import clock
from kaigo.common.refusal import Forbidden, Refusal

MOST = 200  # findings ticked off at once: more cannot have been looked at
STATES = {
    Finding.Verdict.NECESSARY: Finding.State.REVIEWED,
    Finding.Verdict.UNCLEAR: Finding.State.CHECKING,
    Finding.Verdict.IMPROPER: Finding.State.REVIEWED,
}


def review(actor: Actor, public_id: UUID, *, verdict: str, comment: str, version: object) -> Finding:
    """点検 or 判定の訂正: judge a finding, with a comment. 要確認 leaves it open; the comment says what to find out.

    Raises NotFound for a finding that the person may not see, Forbidden for one's own or a superior's, Refusal
    without a verdict or comment, Conflict when somebody judged it meanwhile.
    """
    finding = queries.finding(actor, public_id)
    _require_reviewer(actor, finding)
    if verdict not in Finding.Verdict.values:
        raise Refusal("no-verdict", "判定を選んでください。", field="verdict")
    if not comment.strip():
        raise Refusal("no-comment", "所見を入れてください。", field="comment")
    with transaction.atomic(), recorded(actor, "点検"):
        row = Finding.objects.select_for_update().get(pk=finding.pk)
        require_version(row, version, changed_by=row.reviewer.name if row.reviewer else "")
        act = Review.Act.CORRECT if row.state == Finding.State.REVIEWED else Review.Act.REVIEW
        return _judge(actor, row, act, verdict, comment.strip())


def tick(actor: Actor, public_ids: Collection[UUID], *, comment: str) -> int:
    """一括点検: judge harmless findings as necessary for the work, all or none; says how many.

    Ones that were reviewed meanwhile are left as they are. Raises Refusal for an important one, for none or too many,
    or without a comment; Forbidden for one's own or a superior's.
    """
    found = tickable(actor, public_ids)
    if not comment.strip():
        raise Refusal("no-comment", "所見を入れてください。", field="comment")
    with transaction.atomic(), recorded(actor, "一括点検"):
        rows = Finding.objects.select_for_update().filter(pk__in=[row.pk for row in found], state=Finding.State.OPEN)
        for row in rows:
            _judge(actor, row, Review.Act.TICK, Finding.Verdict.NECESSARY, comment.strip())
        return len(rows)


def tickable(actor: Actor, public_ids: Collection[UUID]) -> list[Finding]:
    """The named findings, when all of them may be ticked off together by this person. Raises Refusal or Forbidden."""
    if not public_ids:
        raise Refusal("none-chosen", "点検する事項を選んでください。", ways=("一覧で印を付けてください。",))
    if len(public_ids) > MOST:
        raise Refusal("too-many", f"一度に点検できるのは{MOST}件までです。", ways=("絞り込んでから選んでください。",))
    found = list(queries.visible(actor).filter(public_id__in=public_ids).order_by("day", "pk"))
    if len(found) != len(set(public_ids)):
        raise Refusal(
            "not-found", "選んだ事項の中に、見つからないものがあります。", ways=("一覧を開き直してください。",)
        )
    reviewer = Reviewer.of(actor)
    for finding in found:
        _require_reviewer(actor, finding, reviewer)
        if not finding.is_harmless:
            raise Refusal(
                "important",
                "重要度が「高」の事項は、一括では点検できません。",
                ways=("1件ずつ開いて、記録を確かめて判定してください。",),
            )
    return found


def _require_reviewer(actor: Actor, finding: Finding, reviewer: Reviewer | None = None) -> None:
    reviewer = reviewer or Reviewer.of(actor)
    obstacle = reviewer.obstacle(finding)
    if not obstacle:
        return
    refusal = refuse(actor, DECIDE)  # logs the attempt
    if not actor.may(DECIDE, finding.office_id):
        raise refusal
    ways = ("所属長の所属長、又は監査担当が点検します。",)
    raise Forbidden("not-reviewer", f"{obstacle}この操作の試みは記録されました。", ways=ways)


def _judge(actor: Actor, row: Finding, act: str, verdict: str, comment: str) -> Finding:
    now = clock.now()
    Review.objects.create(
        finding=row, act=act, verdict=verdict, comment=comment, staff_id=actor.staff_id, staff_name=actor.name, at=now
    )
    Finding.objects.filter(pk=row.pk).update(
        state=STATES[Finding.Verdict(verdict)],
        verdict=verdict,
        comment=comment,
        reviewer_id=actor.staff_id,
        reviewed_at=now,
        version=F("version") + 1,
    )
    row.refresh_from_db()
    return row
