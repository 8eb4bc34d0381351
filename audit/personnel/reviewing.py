"""The yearly review (棚卸し): begun, decided row by row or many at once, signed off by a second person (E09)."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from audit.actor import Actor
from audit.decisions.models import Decision
from audit.decisions.services import propose
from audit.history import recorded
from audit.models import Office
from audit.permissions import require, staff_id_of
from audit.personnel import gathering, ids
from audit.personnel.models import IdEvent, ReviewCampaign, ReviewItem
from audit.rights import Act, File, Right
from audit.screens import require_version
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal
from kaigo.common.wareki import fiscal_year_of, format_year

DECISION = "personnel.review"
DECIDE = Right(File.STAFF, Act.DECIDE)
State, Verdict = ReviewCampaign.State, ReviewItem.Verdict
CLOSED_WITH_ID = "利用者IDの削除に伴う"


def start(actor: Actor, office: Office, *, due_on: date) -> ReviewCampaign:
    """棚卸しを始める: the list of the office's ids and rights as they are now, with its marks.

    Raises Forbidden without staff.enter on the office, Refusal for a day that has passed, Conflict while the office's
    last review is open.
    """
    require(actor, File.STAFF, Act.ENTER, office.pk)
    today = clock.today()
    if due_on < today:
        raise Refusal("due-over", "期限は、今日以後の日にしてください。", field="due_on")
    with transaction.atomic(), recorded(actor, "棚卸しの開始"):
        office = Office.objects.select_for_update().get(pk=office.pk)
        earlier = ReviewCampaign.objects.filter(office=office)
        if earlier.exclude(state=State.SIGNED).exists():
            raise Conflict("review-open", "この所属の棚卸しが、まだ終わっていません。")
        year = fiscal_year_of(today)
        last = earlier.filter(year=year).aggregate(serial=Max("serial"))["serial"] or 0
        campaign = ReviewCampaign.objects.create(
            year=year, serial=last + 1, office=office, due_on=due_on, unused_days=settings.UNUSED_ID_DAYS,
            started_by_id=staff_id_of(actor), started_at=clock.now(),
        )  # fmt: skip
        ReviewItem.objects.bulk_create(gathering.items_of(campaign), batch_size=500)
        return campaign


def default_due() -> date:
    """The day by which a review that begins today should be done."""
    return clock.today() + timedelta(days=settings.REVIEW_DAYS)


def decide(actor: Actor, campaign: ReviewCampaign, wanted: Collection[UUID], *, verdict: str, reason: str) -> int:
    """継続・削除: the verdict on the chosen rows, with one reason; what is removed ends at once. Says how many.

    A marked row is kept only with a reason, and removing always needs one. A removed right does not come back by
    another verdict: it is asked for anew. Raises Forbidden without staff.enter or staff.decide on the office, Refusal
    for nothing chosen, no reason, one's own rows or removed ones, Conflict once it was handed in.
    """
    _require(actor, campaign)
    if verdict not in Verdict.values:
        raise Refusal("no-verdict", "継続か削除を選んでください。")
    with transaction.atomic(), recorded(actor, "棚卸しの判断"):
        campaign = _open(campaign)
        rows = list(campaign.items.filter(public_id__in=wanted).select_related("staff", "role"))
        _check(actor, rows, verdict, reason)
        for row in sorted(rows, key=lambda item: item.role_id is not None):
            _put(actor, row, verdict, reason.strip())
        _touch(campaign)
        return len(rows)


def to_remove(actor: Actor, campaign: ReviewCampaign, wanted: Collection[UUID], *, reason: str) -> list[ReviewItem]:
    """What `decide` would remove, to look over before: the chosen rows, and the roles that end with a chosen id.

    Raises what `decide` raises for them.
    """
    _require(actor, campaign)
    rows = list(campaign.items.filter(public_id__in=wanted).select_related("staff", "role"))
    _check(actor, rows, Verdict.REMOVE, reason)
    closed = [row.staff_id for row in rows if row.role_id is None]
    found = campaign.items.filter(Q(pk__in=[row.pk for row in rows]) | Q(staff__in=closed))
    return list(found.exclude(verdict=Verdict.REMOVE).select_related("staff", "role"))


def keep_unmarked(actor: Actor, campaign: ReviewCampaign) -> int:
    """印のない行をまとめて継続: every undecided row without a mark, but one's own. Says how many."""
    _require(actor, campaign)
    with transaction.atomic(), recorded(actor, "棚卸しの判断（印のない行をまとめて継続）"):
        campaign = _open(campaign)
        rows = undecided(campaign).filter(marks=[]).exclude(staff_id=actor.staff_id or 0)
        done = rows.update(verdict=Verdict.KEEP, decided_by_id=actor.staff_id, decided_at=clock.now())
        _touch(campaign)
        return done


def hand_in(actor: Actor, campaign: ReviewCampaign, *, comment: str, version: object) -> Decision:
    """棚卸しの結果を決裁に回す. Raises Forbidden without staff.enter or staff.decide, Refusal while rows are undecided,
    Conflict when it is handed in already or somebody changed it.
    """
    _require(actor, campaign)
    with transaction.atomic(), recorded(actor, "棚卸しの結果の提出"):
        campaign = _open(campaign)
        require_version(campaign, version)
        left = undecided(campaign).count()
        if left:
            raise Refusal("undecided", f"判断していない行が{left}件あります。すべて判断してから提出してください。")
        _set(campaign, state=State.PROPOSED, comment=comment.strip())
        title = f"利用者IDと権限の棚卸し（{format_year(campaign.year)} 第{campaign.serial}回 {campaign.office.name}）"
        return propose(actor, DECISION, about=campaign.public_id, office=campaign.office, title=title)


def undecided(campaign: ReviewCampaign) -> QuerySet[ReviewItem]:
    """The rows without a verdict."""
    return campaign.items.filter(verdict="").order_by()


def _require(actor: Actor, campaign: ReviewCampaign) -> None:
    if not actor.may(DECIDE, campaign.office_id):
        require(actor, File.STAFF, Act.ENTER, campaign.office_id)


def _open(campaign: ReviewCampaign) -> ReviewCampaign:
    row = ReviewCampaign.objects.select_for_update(of=("self",)).select_related("office").get(pk=campaign.pk)
    if row.state != State.OPEN:
        raise Conflict(
            "review-moved", f"この棚卸しは「{row.get_state_display()}」です。", ways=("画面を開き直してください。",)
        )
    return row


def _check(actor: Actor, rows: list[ReviewItem], verdict: str, reason: str) -> None:
    if not rows:
        raise Refusal("none-chosen", "行を選んでください。")
    if any(row.staff_id == actor.staff_id for row in rows):
        raise Refusal(
            "own-rows", "自分の利用者IDと役割は、自分では判断できません。",
            ways=("自分の行を除いて選び、自分の行は別の職員に判断を依頼してください。",),
        )  # fmt: skip
    if verdict == Verdict.KEEP and any(row.verdict == Verdict.REMOVE for row in rows):
        raise Refusal(
            "removed", "削除した権限は、判断を変えても戻りません。",
            ways=("必要なときは、役割の割当てか利用者IDを申請してください。",),
        )  # fmt: skip
    if not reason.strip() and (verdict == Verdict.REMOVE or any(row.marks for row in rows)):
        raise Refusal(
            "no-reason", "印のある行を継続するとき、又は削除するときは、理由を入れてください。", field="reason"
        )


def _put(actor: Actor, row: ReviewItem, verdict: str, reason: str) -> None:
    row.refresh_from_db(fields=["verdict"])
    if row.verdict == Verdict.REMOVE:
        return
    row.verdict, row.reason = verdict, reason[:200]
    row.decided_by_id, row.decided_at = actor.staff_id, clock.now()
    row.save(update_fields=["verdict", "reason", "decided_by", "decided_at"])
    if verdict != Verdict.REMOVE:
        return
    if row.role is not None:
        ids.end_roles(row.staff, clock.today(), role=row.role)
        ids.note(actor, row.staff, IdEvent.Kind.REVIEW, f"棚卸しで役割「{row.role.name}」を削除：{reason}")
        return
    ids.close_now(row.staff)
    ids.note(actor, row.staff, IdEvent.Kind.REVIEW, f"棚卸しで利用者IDを停止：{reason}")
    others = ReviewItem.objects.filter(campaign_id=row.campaign_id, staff=row.staff).exclude(verdict=Verdict.REMOVE)
    others.update(verdict=Verdict.REMOVE, reason=CLOSED_WITH_ID, decided_by_id=actor.staff_id, decided_at=clock.now())


def _touch(campaign: ReviewCampaign) -> None:
    _set(campaign)


def _set(campaign: ReviewCampaign, **fields: object) -> None:
    ReviewCampaign.objects.filter(pk=campaign.pk).update(version=F("version") + 1, **fields)
    campaign.refresh_from_db(fields=["version", *fields])
