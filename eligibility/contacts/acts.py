"""送付先・連絡先・代理人・口座の届出: started from any reception (D15), undone like every notification."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from django import forms

from audit.formfields import WarekiDateField
from eligibility.acts import ActKind, Values, register
from eligibility.contacts import accounts, queries
from eligibility.counter.forms import EMPTY, ActForm
from eligibility.effects import Effects
from eligibility.models import Agent, BankAccount, ContactPoint, MailingAddress, Resident
from eligibility.models.contacts import DatedFact
from eligibility.practice import choices
from eligibility.sealing import seal
from kaigo.common import clock
from kaigo.common.refusal import Refusal

GROUP = "送付先・連絡先・口座"
SEALED = "bank_account"
POSTAL = r"\d{3}-?\d{4}"
PHONE = r"[0-9()\-+ ]{9,15}"


class BeginForm(ActForm):
    """Something that begins on a day; the same kind that held before ends the day before, where there can be one."""

    day = WarekiDateField(label="いつから")

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, resident=resident, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["day"].initial = clock.today()
        if "relationship" in fields:
            fields["relationship"].choices = [EMPTY, *choices("relationships", clock.today())]


class MailingForm(BeginForm):
    """送付先: whose name, where, from when, why."""

    recipient = forms.CharField(label="宛名", max_length=80)
    relationship = forms.ChoiceField(label="本人との関係")
    postal_code = forms.RegexField(
        POSTAL, label="郵便番号", error_messages={"invalid": "郵便番号は7桁の数字で入れてください。"}
    )
    address = forms.CharField(label="住所", max_length=120)
    building = forms.CharField(label="方書（様方・施設名など）", max_length=80, required=False)
    reason = forms.ChoiceField(label="理由")
    until = WarekiDateField(label="いつまで（決まっているとき）", required=False)
    note = forms.CharField(label="確かめた書類・経緯", max_length=120)
    field_order = ("recipient", "relationship", "postal_code", "address", "building", "reason", "day", "until", "note")

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, resident=resident, **kwargs)
        field: Any = self.fields["reason"]
        field.choices = [EMPTY, *choices("mailing_reasons", clock.today())]

    def clean_postal_code(self) -> str:
        return str(self.cleaned_data["postal_code"]).replace("-", "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("until") and cleaned.get("day") and cleaned["until"] < cleaned["day"]:
            self.add_error("until", "始まる日より前の日です。")
        if not self.errors and self._as_registered(cleaned):
            self.add_error("address", "住民記録の住所と同じです。送付先の届出は要りません。")
        return cleaned

    def _as_registered(self, cleaned: dict[str, Any]) -> bool:
        typed = "".join(f"{cleaned['address']}{cleaned['building']}".split())
        registered = "".join("".join(queries.registered_lines(self.resident)).split())
        return typed == registered and cleaned["recipient"] == self.resident.name


class ContactPointForm(BeginForm):
    """連絡先."""

    name = forms.CharField(label="氏名", max_length=80)
    relationship = forms.ChoiceField(label="本人との関係")
    phone = forms.RegexField(
        PHONE, label="電話番号", error_messages={"invalid": "電話番号は数字と - で入れてください（例 043-000-0000）。"}
    )
    order = forms.IntegerField(label="連絡する順", min_value=1, max_value=9, initial=1)
    emergency = forms.BooleanField(label="緊急のときの連絡先", required=False)
    may_tell = forms.BooleanField(label="内容を伝えてよいと本人が認めている", required=False)
    note = forms.CharField(label="補足（都合のよい時間など）", max_length=120, required=False)
    field_order = ("name", "relationship", "phone", "order", "emergency", "may_tell", "day", "note")

    def _words(self, name: str) -> str:
        if name in ("emergency", "may_tell"):
            return "はい" if self.cleaned_data[name] else "いいえ"
        return super()._words(name)


class AgentForm(BeginForm):
    """代理人."""

    kind = forms.ChoiceField(label="区分")
    name = forms.CharField(label="氏名・名称", max_length=80)
    postal_code = forms.RegexField(POSTAL, label="郵便番号", required=False)
    address = forms.CharField(label="住所", max_length=160, required=False)
    phone = forms.RegexField(PHONE, label="電話番号", required=False)
    scope = forms.CharField(label="代理の範囲", max_length=120, initial="介護保険の手続き全般")
    document = forms.CharField(label="確かめた書類", max_length=120, help_text="登記事項証明書、委任状など。日付も")
    field_order = ("kind", "name", "postal_code", "address", "phone", "scope", "document", "day")

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, resident=resident, **kwargs)
        field: Any = self.fields["kind"]
        field.choices = [EMPTY, *choices("agent_kinds", clock.today())]

    def clean_postal_code(self) -> str:
        return str(self.cleaned_data["postal_code"]).replace("-", "")


class AccountForm(BeginForm):
    """口座: a bank's branch and number, or ゆうちょ記号・番号, which are turned into them."""

    purpose = forms.ChoiceField(label="使いみち", choices=BankAccount.Purpose.choices)
    bank_code = forms.RegexField(
        r"\d{4}", label="金融機関コード（4桁）", help_text="ゆうちょ銀行は9900",
        error_messages={"invalid": "金融機関コードは4桁の数字です。"},
    )  # fmt: skip
    bank_name = forms.CharField(label="金融機関名", max_length=40)
    branch_code = forms.RegexField(
        r"\d{3,5}", label="店番（3桁）／ゆうちょの記号（5桁）",
        error_messages={"invalid": "店番は3桁、ゆうちょ銀行の記号は5桁の数字です。"},
    )  # fmt: skip
    branch_name = forms.CharField(label="支店名", max_length=40, required=False)
    kind = forms.ChoiceField(label="預金種目", choices=BankAccount.Kind.choices)
    number = forms.CharField(
        label="口座番号／ゆうちょの番号", max_length=10, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    holder = forms.CharField(label="口座名義（カナ）", max_length=60)
    field_order = ("purpose", "bank_code", "bank_name", "branch_code", "branch_name", "kind", "number", "holder", "day")

    def clean_holder(self) -> str:
        try:
            return accounts.holder_kana(self.cleaned_data["holder"])
        except accounts.AccountError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                cleaned["account"] = self._account(cleaned)
            except accounts.AccountError as error:
                self.add_error("number", str(error))
        return cleaned

    def _account(self, cleaned: dict[str, Any]) -> accounts.Account:
        if cleaned["bank_code"] == accounts.YUCHO and len(cleaned["branch_code"]) == 5:
            return accounts.from_yucho(cleaned["branch_code"], cleaned["number"])
        if len(cleaned["branch_code"]) != 3:
            raise accounts.AccountError("店番は3桁の数字です。")
        return accounts.Account(cleaned["branch_code"], cleaned["kind"], accounts.account_number(cleaned["number"]))

    def _words(self, name: str) -> str:
        """The number itself is not kept in words: only its last three digits."""
        if name == "number":
            return f"****{self.cleaned_data['account'].number[-3:]}"
        if name == "holder":
            return "（登録した名義）"
        return super()._words(name)


class EndForm(ActForm):
    """Which one ends, and on which day."""

    model: ClassVar[type[DatedFact]]
    one = forms.ModelChoiceField(
        MailingAddress.objects.none(), label="終えるもの", to_field_name="public_id", empty_label=None
    )
    day = WarekiDateField(label="いつまで（最後の日）")

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, resident=resident, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["one"].queryset = open_ones(self.model, resident)
        fields["one"].label_from_instance = describe
        fields["day"].initial = clock.today()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        one, day = cleaned.get("one"), cleaned.get("day")
        if one and day and day < one.begun_on:
            self.add_error("day", "始まった日より前の日です。始めから誤りのときは、始めた届出を取り消してください。")
        return cleaned

    def _words(self, name: str) -> str:
        return describe(self.cleaned_data["one"]) if name == "one" else super()._words(name)


def describe(row: DatedFact) -> str:
    """One of them as a clerk calls it."""
    match row:
        case MailingAddress():
            return f"{row.recipient}　{row.address} {row.building}".strip()
        case ContactPoint():
            return f"{row.name}　{row.phone}"
        case Agent():
            return row.name
        case BankAccount():
            return f"{row.get_purpose_display()}　{row.bank_name}{row.branch_name}　****{row.last_digits}"
    raise TypeError(type(row).__name__)


def open_ones(model: type[DatedFact], resident: Resident) -> Any:
    """What has no last day yet."""
    return queries.of_person(model, resident).filter(ended_on=None, withdrawn=False)


def _base(effects: Effects, resident: Resident, values: Values) -> dict[str, Any]:
    return {
        "resident": resident, "begun_on": values["day"], "staff_id": effects.staff_id, "created_at": clock.now(),
    }  # fmt: skip


def _make_room(effects: Effects, rows: Any, day: date) -> None:
    """What held before ends the day before. Raises Refusal where it began on that day or later."""
    for row in rows:
        if row.begun_on >= day:
            raise Refusal(
                "begun-later",
                f"{describe(row)}が、同じ日かそれより後に始まっています。",
                field="day",
                ways=("日付を確かめてください。", "誤って登録したものは、その届出を取り消してください。"),
            )
        effects.change(row, ended_on=date.fromordinal(day.toordinal() - 1))


def set_mailing(effects: Effects, resident: Resident, values: Values) -> None:
    """送付先の登録; it counts once a second person has confirmed it (F2)."""
    _make_room(effects, open_ones(MailingAddress, resident), values["day"])
    names = ("recipient", "relationship", "postal_code", "address", "building", "reason", "note")
    effects.create(
        MailingAddress, ended_on=values["until"], **{name: values[name] for name in names},
        **_base(effects, resident, values),
    )  # fmt: skip


def set_contact(effects: Effects, resident: Resident, values: Values) -> None:
    """連絡先の登録."""
    names = ("name", "relationship", "phone", "order", "emergency", "may_tell", "note")
    digits = "".join(letter for letter in values["phone"] if letter.isdigit())
    effects.create(
        ContactPoint, phone_key=digits, **{name: values[name] for name in names}, **_base(effects, resident, values)
    )


def set_agent(effects: Effects, resident: Resident, values: Values) -> None:
    """代理人の登録."""
    names = ("kind", "name", "postal_code", "address", "phone", "scope", "document")
    effects.create(Agent, **{name: values[name] for name in names}, **_base(effects, resident, values))


def set_account(effects: Effects, resident: Resident, values: Values) -> None:
    """口座の登録; the account of the same purpose before ends the day before."""
    _make_room(effects, open_ones(BankAccount, resident).filter(purpose=values["purpose"]), values["day"])
    account: accounts.Account = values["account"]
    names = ("purpose", "bank_code", "bank_name", "branch_name")
    effects.create(
        BankAccount, branch_code=account.branch_code, kind=account.kind, last_digits=account.number[-3:],
        sealed=seal(resident, f"{account.number}\n{values['holder']}", SEALED),
        **{name: values[name] for name in names}, **_base(effects, resident, values),
    )  # fmt: skip


def end(effects: Effects, _resident: Resident, values: Values) -> None:
    """The last day of one of them."""
    effects.change(values["one"], ended_on=values["day"])


def _ending(model: type[DatedFact]) -> type[EndForm]:
    return type(f"End{model.__name__}Form", (EndForm,), {"model": model})


def _any_open(model: type[DatedFact]) -> Callable[[Resident, date], bool]:
    return lambda resident, _day: open_ones(model, resident).exists()


def _pair(
    key: str, label: str, model: type[DatedFact], form: type[ActForm], write: Callable[..., None], words: str
) -> list[ActKind]:
    return [
        ActKind(f"{key}-set", f"{label}の届出", "A01", GROUP, form, write, words, changes_periods=False),
        ActKind(
            f"{key}-end", f"{label}の終了の届出", "A01", GROUP, _ending(model), end, f"{label}をやめる日を入れます。",
            offered=_any_open(model), changes_periods=False,
        ),
    ]  # fmt: skip


KINDS = [
    *_pair("mailing", "送付先", MailingAddress, MailingForm, set_mailing,
           "通知を住民記録の住所ではないところへ送ってほしい人。別の職員が確かめてから使います。"),
    *_pair("contact", "連絡先", ContactPoint, ContactPointForm, set_contact, "本人・家族などの電話番号。"),
    *_pair("agent", "代理人", Agent, AgentForm, set_agent, "成年後見人、任意代理人など。"),
    *_pair("account", "口座", BankAccount, AccountForm, set_account, "給付の振込先、保険料の還付先。"),
]  # fmt: skip

for _kind in KINDS:
    register(_kind)
