"""What this room knows to be settled at the end: cards, facility, heirs, account, sending address, open talks."""

from datetime import date

from django.urls import reverse

from eligibility import closing
from eligibility.cards import queries as cards
from eligibility.closing import Open
from eligibility.contacts import queries as contacts
from eligibility.models import Agent, BankAccount, MailingAddress, Placement, Resident, Talk
from eligibility.presenters import has_died
from kaigo.common.wareki import format_wareki

CARDS, ESTATE, LETTERS, REST = "証の回収", "相続・口座", "送付先・連絡", "施設・応対"


def _act(resident: Resident, key: str) -> str:
    return reverse("person-act", args=[resident.public_id, key])


def card_lines(resident: Resident, _day: date) -> list[Open]:
    """Every card that is out, and those that have come back."""
    return [
        Open(
            CARDS, f"被保険者証（第{row.serial}回）", cards.state_of(row), row.returned_on is not None,
            _act(resident, "card-return"),
        )
        for row in cards.of_person(resident).filter(withdrawn=False)
    ]  # fmt: skip


def estate_lines(resident: Resident, day: date) -> list[Open]:
    """相続人代表者の届出 after a death, and the account for refunds."""
    heir = contacts.holding(Agent, resident, day).filter(kind="heir").first()
    account = contacts.holding(BankAccount, resident, day).filter(purpose="refund").first()
    lines = []
    if has_died(resident):
        name = heir.name if heir else "まだ届出がありません"
        lines.append(Open(ESTATE, "相続人代表者の届出", name, heir is not None, _act(resident, "agent-set")))
    words = f"{account.bank_name}　****{account.last_digits}" if account else "登録がありません"
    lines.append(Open(ESTATE, "還付・給付の振込先の口座", words, account is not None, _act(resident, "account-set")))
    return lines


def letter_lines(resident: Resident, day: date) -> list[Open]:
    """Where letters go from now on."""
    row = contacts.holding(MailingAddress, resident, day).first()
    words = f"{row.recipient}　{row.address}" if row else "住民記録の住所のまま"
    return [Open(LETTERS, "送付先", words, row is not None, _act(resident, "mailing-set"))]


def other_lines(resident: Resident, _day: date) -> list[Open]:
    """Stays in facilities that nobody has ended, and open talks."""
    stays = Placement.objects.filter(resident=resident, withdrawn=False, ended_on=None).select_related("facility")
    found = [
        Open(REST, row.get_kind_display(), f"{row.facility.name}（{format_wareki(row.begun_on)}から）", False,
             reverse("person-acts", args=[resident.public_id]))
        for row in stays
    ]  # fmt: skip
    waiting = Talk.objects.filter(resident=resident, closed_at=None, next_on__isnull=False).count()
    if waiting:
        path = reverse("person-tab", args=[resident.public_id, "talks"])
        found.append(Open(REST, "未了の応対", f"{waiting}件", False, path))
    return found


for _provider in (card_lines, estate_lines, letter_lines, other_lines):
    closing.provide(_provider)
