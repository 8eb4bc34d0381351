"""被保険者証の届出 (A03, A07): issue, re-issue, loss and return at the counter. Registered when ready."""

from datetime import date
from typing import Any

from django import forms
from django.urls import reverse

from audit.formfields import WarekiDateField
from eligibility.acts import ActKind, Paper, Values, register
from eligibility.cards import rules, services
from eligibility.counter.forms import EMPTY, ActForm
from eligibility.effects import Effects
from eligibility.models import Card, Notification, Resident
from eligibility.practice import choices, table
from eligibility.presenters import insured_of
from eligibility.receiving import held_periods
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki

GROUP = "被保険者証"


class IssueDayForm(ActForm):
    """The day that is printed on the card, and how it reaches the person."""

    day = WarekiDateField(label="交付年月日")
    handed = forms.ChoiceField(label="渡し方", choices=Card.Handed.choices, initial="counter")

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, resident=resident, **kwargs)
        self.fields["day"].initial = clock.today()

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > clock.today():
            raise forms.ValidationError("交付年月日は今日までの日にしてください。先の日の証は一斉交付で作ります。")
        return day


class ReissueForm(IssueDayForm):
    """再交付申請: why, and whether the card before was handed in."""

    reason = forms.ChoiceField(label="再交付の事由")
    handed_in = forms.BooleanField(label="前の証を返してもらった", required=False)
    field_order = ("reason", "handed_in", "day", "handed")

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, resident=resident, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["reason"].choices = [EMPTY, *choices("card_reasons", clock.today(), use="again")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        held = held_card(self.resident)
        if held is None:
            self.add_error(None, "効力のある被保険者証がありません。「被保険者証の交付」から受けてください。")
        elif cleaned.get("day") and cleaned["day"] < held.issued_on:
            self.add_error("day", f"今の証の交付年月日（{format_wareki(held.issued_on)}）より前の日です。")
        return cleaned

    def _words(self, name: str) -> str:
        if name == "handed_in":
            return "返してもらった" if self.cleaned_data["handed_in"] else "返してもらっていない"
        return super()._words(name)


class LostForm(ActForm):
    """紛失の届出, without a new card."""

    day = WarekiDateField(label="紛失した日（分からないときは届け出た日）")


class ReturnForm(ActForm):
    """返還: which card, when and how."""

    card = forms.ModelChoiceField(Card.objects.none(), label="返された証", to_field_name="public_id", empty_label=None)
    day = WarekiDateField(label="回収日")
    how = forms.ChoiceField(label="回収の方法")

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, resident=resident, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["card"].queryset = outstanding(resident)
        fields["card"].label_from_instance = card_words
        fields["day"].initial = clock.today()
        fields["how"].choices = [*choices("card_returns", clock.today())]

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > clock.today():
            raise forms.ValidationError("回収日は今日までの日にしてください。")
        return day

    def _words(self, name: str) -> str:
        return card_words(self.cleaned_data["card"]) if name == "card" else super()._words(name)


def card_words(card: Card) -> str:
    """A card as a clerk calls it: 第2回（令和8年4月1日交付）."""
    return f"第{card.serial}回（{format_wareki(card.issued_on)}交付）"


def held_card(resident: Resident) -> Card | None:
    """The card in force of a resident, if there is one."""
    insured = insured_of(resident)
    return services.in_force(insured) if insured else None


def outstanding(resident: Resident) -> Any:
    """The cards of a resident that nobody has given back, the newest first."""
    rows = Card.objects.filter(insured__resident=resident, returned_on=None, withdrawn=False)
    return rows.order_by("-serial")


def issue(effects: Effects, resident: Resident, values: Values) -> None:
    """被保険者証の交付 to who is insured and holds none. Raises Refusal for who is not insured on that day."""
    due = rules.entitlement(held_periods(resident), clock.today())
    if due is None:
        raise Refusal(
            "not-insured",
            "今、この市の被保険者ではないため、交付できません。",
            ways=("資格を得る届出を先に受けてください。", "65歳になる人の証は、年齢到達者の一斉交付で作ります。"),
        )
    if held_card(resident):
        raise Refusal(
            "card-held", "効力のある被保険者証があります。", ways=("「被保険者証の再交付申請」から受けてください。",)
        )
    services.make(effects, resident, reason=due.reason, issued_on=values["day"], handed=values["handed"])


def issue_again(effects: Effects, resident: Resident, values: Values) -> None:
    """被保険者証の再交付 (規則27条): the card before ends on that day."""
    held = held_card(resident)
    if held is None:
        raise Refusal("no-card", "効力のある被保険者証がありません。")
    reason = next(row for row in table("card_reasons", clock.today()) if row["code"] == values["reason"])
    became = rules.fate(reason["old"], values["handed_in"])
    back = {"returned_on": values["day"], "returned_how": "counter"} if values["handed_in"] else {}
    effects.change(held, ended_on=values["day"], end=became.end, recover=became.recover, **back)
    services.make(
        effects, resident, reason=values["reason"], issued_on=values["day"], handed=values["handed"], replaces=held
    )


def lose(effects: Effects, resident: Resident, values: Values) -> None:
    """紛失の届出: the card is no longer in force; when it is found it is to be handed in."""
    held = held_card(resident)
    if held is None:
        raise Refusal("no-card", "効力のある被保険者証がありません。")
    effects.change(held, ended_on=values["day"], end=Card.End.LOST, recover=True)


def take_in(effects: Effects, _resident: Resident, values: Values) -> None:
    """返還 (法12条4項, 規則27条): the card is back, or will never be."""
    card: Card = values["card"]
    ended = {} if card.ended_on else {"ended_on": values["day"], "end": Card.End.RETURNED}
    effects.change(card, returned_on=values["day"], returned_how=values["how"], **ended)


def papers(notification: Notification) -> list[Paper]:
    """The card that a notification made, to be printed at once."""
    made = [row["id"] for row in notification.effects if row["model"] == "card" and row["act"] == "create"]
    return [
        Paper("被保険者証を印刷する", reverse("card-print", args=[card.public_id]))
        for card in Card.objects.filter(pk__in=made, withdrawn=False)
    ]


def _insured(resident: Resident, day: date) -> bool:
    return rules.entitlement(held_periods(resident), day) is not None


KINDS = (
    ActKind("card-issue", "被保険者証の交付", "A03", GROUP, IssueDayForm, issue,
            "被保険者で、まだ証を持っていない人。転入した人、第2号の申請をした人など。",
            offered=lambda resident, day: _insured(resident, day) and held_card(resident) is None,
            changes_periods=False, papers=papers),
    ActKind("card-reissue", "被保険者証の再交付申請", "A07", GROUP, ReissueForm, issue_again,
            "なくした、破れた、書く欄がなくなった人。", offered=lambda resident, _day: held_card(resident) is not None,
            changes_periods=False, papers=papers),
    ActKind("card-lost", "被保険者証の紛失の届出", "A07", GROUP, LostForm, lose,
            "なくしたが、再交付を求めない人。", offered=lambda resident, _day: held_card(resident) is not None,
            changes_periods=False),
    ActKind("card-return", "被保険者証の返還", "A07", GROUP, ReturnForm, take_in,
            "資格を失った人、前の証が見つかった人。", offered=lambda resident, _day: outstanding(resident).exists(),
            changes_periods=False),
)  # fmt: skip

for _kind in KINDS:
    register(_kind)
