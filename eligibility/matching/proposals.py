"""訂正の案: what setting a difference right writes, each through the effects that can be taken back."""

from collections.abc import Callable
from typing import NamedTuple

from eligibility.cards import rules as card_rules
from eligibility.cards.services import make
from eligibility.effects import Effects
from eligibility.matching.checks import ENDED
from eligibility.models import Card, ContactSlip, Finding, Placement, Resident
from eligibility.receiving import held_periods
from kaigo.common import clock
from kaigo.common.refusal import Refusal

AGAIN = ("もう一度突合をして、今の違いを確かめてください。",)


class Proposal(NamedTuple):
    """What the button says, and what pressing it writes for whom."""

    label: str
    apply: Callable[[Effects, Finding, Resident], None]


def derive(_effects: Effects, _finding: Finding, _resident: Resident) -> None:
    """Nothing of its own: the periods are derived after every correction."""


def issue_card(effects: Effects, _finding: Finding, resident: Resident) -> None:
    """被保険者証の交付. Raises Refusal while issue is held, and for who has no claim to a card any more."""
    today = clock.today()
    due = card_rules.entitlement(held_periods(resident), today)
    if due is None or Card.objects.filter(insured__resident=resident, ended_on=None, withdrawn=False).exists():
        raise Refusal("moved", "被保険者証の有無か資格が、突合の後に変わりました。", ways=AGAIN)
    make(effects, resident, reason=due.reason, issued_on=today, handed=Card.Handed.POST)


def record_sent(effects: Effects, finding: Finding, resident: Resident) -> None:
    """連絡票の送付: that the slip about a beginning or an end was sent today."""
    row = _placement(finding)
    event = ContactSlip.Event(finding.about["event"])
    day = row.begun_on if event == ContactSlip.Event.BEGIN else row.ended_on
    insured = getattr(resident, "insured", None)
    effects.create(
        ContactSlip, direction=ContactSlip.Direction.SENT, event=event, office=resident.office, resident=resident,
        placement=row, insurer_number=row.facility.insurer_number, facility=row.facility, day=day,
        exchanged_on=clock.today(), name=resident.name, kana=resident.kana, birth_date=resident.birth_date,
        sex=resident.sex, insured_number=insured.insured_number if insured else "", staff_id=effects.staff_id,
        created_at=clock.now(),
    )  # fmt: skip


def take_slip(effects: Effects, finding: Finding, _resident: Resident) -> None:
    """The stay as the insurer's slip tells it."""
    row, slip = _placement(finding), _slip(finding)
    effects.change(row, begun_on=slip.day, insurer_number=slip.insurer_number, facility_id=slip.facility_id)


def end_stay(effects: Effects, finding: Finding, resident: Resident) -> None:
    """The stay ends with the day on which the register says that the person died or left."""
    row = _placement(finding)
    if row.ended_on or resident.resident_until is None:
        raise Refusal("moved", "施設入所か住民記録が、突合の後に変わりました。", ways=AGAIN)
    ends = {"death": Placement.End.DIED, "move_out": Placement.End.MOVED, "left": Placement.End.LEFT}
    end = ends[ENDED[Resident.Status(resident.status)]]
    effects.change(
        row, ended_on=resident.resident_until, end=end, taken_over_on=resident.taken_over_on, confirm_by=None
    )


def link(effects: Effects, finding: Finding, resident: Resident) -> None:
    """The slip is about this resident."""
    effects.change(_slip(finding), resident_id=resident.pk)


def _placement(finding: Finding) -> Placement:
    rows = Placement.objects.select_for_update(of=("self",)).select_related("facility")
    found = rows.filter(public_id=finding.about.get("placement"), withdrawn=False).first()
    if found is None:
        raise Refusal("moved", "この施設入所は、もう取り消されています。", ways=AGAIN)
    return found


def _slip(finding: Finding) -> ContactSlip:
    rows = ContactSlip.objects.select_for_update()
    found = rows.filter(public_id=finding.about.get("slip"), withdrawn=False).first()
    if found is None:
        raise Refusal("moved", "この連絡票は、もう取り消されています。", ways=AGAIN)
    return found


PROPOSALS = {
    "derive": Proposal("資格を改める", derive),
    "issue-card": Proposal("被保険者証を交付する", issue_card),
    "sent": Proposal("送付を記録する", record_sent),
    "take-slip": Proposal("連絡票のとおりに改める", take_slip),
    "end-stay": Proposal("施設入所を終える", end_stay),
    "link": Proposal("この住民に結び付ける", link),
}
"""What one press sets right. 名寄せ is not among them: two people are compared on a page of their own first."""
