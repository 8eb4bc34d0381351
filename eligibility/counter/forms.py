"""Forms of the counter: who came and how the identity was checked, and the base of every notification's form."""

from contextlib import suppress
from datetime import date
from typing import Any

from django import forms
from django.core import signing

from audit.formfields import WarekiDateField
from eligibility.models import Facility, Reception, Resident
from eligibility.practice import choices
from kaigo.common import checkdigits, clock
from kaigo.common.wareki import format_wareki

EMPTY = ("", "選んでください")
TOKEN, TOKEN_SECONDS = "number-check", 3600
Line = tuple[str, str]


class UnshownInput(forms.TextInput):
    """An input that never shows again what was typed into it."""

    def format_value(self, value: Any) -> None:
        return None


class VisitForm(forms.Form):
    """届出者と本人確認: asked once a visit (番号法16条). The individual number itself is compared, never kept."""

    channel = forms.ChoiceField(label="受付の方法", choices=Reception.Channel.choices, initial="counter")
    received_on = WarekiDateField(label="受付日")
    visitor = forms.ChoiceField(label="来た人", choices=Reception.Visitor.choices, initial="self")
    visitor_name = forms.CharField(
        label="届出者の氏名", max_length=80, required=False, help_text="本人のときは空欄のままで構いません"
    )
    relationship = forms.ChoiceField(label="本人との関係", required=False)
    visitor_phone = forms.CharField(label="届出者の電話番号", max_length=15, required=False)
    number_check = forms.ChoiceField(
        label="個人番号の確認", choices=Reception.NumberCheck.choices, initial="none", widget=forms.RadioSelect
    )
    number = forms.CharField(
        label="届出書の個人番号",
        max_length=14,
        required=False,
        help_text="登録と照らし合わせるだけで、保存しません",
        widget=UnshownInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    number_token = forms.CharField(required=False, widget=forms.HiddenInput)
    number_document = forms.ChoiceField(label="番号確認の書類", required=False)
    number_reason = forms.CharField(
        label="番号の記載がない理由", max_length=120, required=False, help_text="職員が補ったときに入れます"
    )
    identity_documents = forms.MultipleChoiceField(
        label="身元確認の書類",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="顔写真付きは1点、ほかは2点。書類がないときは聞き取り",
    )
    identity_note = forms.CharField(label="聞き取りの内容", max_length=120, required=False)
    agent_documents = forms.MultipleChoiceField(
        label="代理権の確認", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.resident = resident
        today = clock.today()
        fields: dict[str, Any] = self.fields
        fields["received_on"].initial = today
        fields["relationship"].choices = [EMPTY, *choices("relationships", today)]
        fields["number_document"].choices = [EMPTY, *choices("identity_documents", today, part="number")]
        fields["identity_documents"].choices = self._identity(today)
        fields["agent_documents"].choices = [
            *choices("identity_documents", today, part="agent_legal"),
            *choices("identity_documents", today, part="agent"),
        ]

    @staticmethod
    def _identity(day: date) -> list[tuple[str, list[Any]]]:
        return [
            ("1点でよいもの", choices("identity_documents", day, part="one")),
            ("2点要るもの", choices("identity_documents", day, part="two")),
            ("書類がないとき", choices("identity_documents", day, part="heard")),
        ]

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"]
        if day > clock.today():
            raise forms.ValidationError("受付日は今日までの日にしてください。")
        return day

    def clean_number(self) -> str:
        digits = "".join(letter for letter in self.cleaned_data["number"] if letter.isdigit())
        if digits and not checkdigits.is_individual_number(digits):
            raise forms.ValidationError("個人番号の検査数字が合いません。届出書の番号を読み直してください。")
        return digits

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self._visitor(cleaned)
            self._number(cleaned)
            if cleaned["visitor"] != Reception.Visitor.AUTHORITY:
                self._documents(cleaned)
        return cleaned

    def _visitor(self, cleaned: dict[str, Any]) -> None:
        if cleaned["visitor"] == Reception.Visitor.SELF:
            cleaned["visitor_name"] = self.resident.name
            cleaned["relationship"] = "01"
        elif not cleaned["visitor_name"]:
            self.add_error("visitor_name", "本人のほかの人が来たときは、その人の氏名を入れてください。")

    def _number(self, cleaned: dict[str, Any]) -> None:
        if cleaned["number_check"] == Reception.NumberCheck.MATCHED:
            if not cleaned["number"] and not self._was_matched(cleaned["number_token"]):
                self.add_error("number", "届出書にある個人番号を入れてください。登録と照らし合わせます。")
            if not cleaned["number_document"]:
                self.add_error("number_document", "番号を何で確かめたかを選んでください。")
        if cleaned["number_check"] == Reception.NumberCheck.COMPLETED and not cleaned["number_reason"]:
            self.add_error("number_reason", "番号の記載がない理由を入れてください。")

    def _was_matched(self, token: str) -> bool:
        """Whether the number was compared a moment ago: the check page does not carry the number itself."""
        with suppress(signing.BadSignature):
            matched: str = signing.loads(token, salt=TOKEN, max_age=TOKEN_SECONDS)
            return matched == str(self.resident.public_id)
        return False

    def matched(self) -> None:
        """Remember, signed, that the number was the one that is registered."""
        self.cleaned_data["number_token"] = signing.dumps(str(self.resident.public_id), salt=TOKEN)

    def _documents(self, cleaned: dict[str, Any]) -> None:
        """One with a photograph, or two others, or what was heard; an agent's authority besides."""
        today = clock.today()
        shown = set(cleaned["identity_documents"])
        one = {row.code for row in choices("identity_documents", today, part="one")}
        two = {row.code for row in choices("identity_documents", today, part="two")}
        heard = {row.code for row in choices("identity_documents", today, part="heard")}
        if shown & heard:
            if not cleaned["identity_note"]:
                self.add_error("identity_note", "聞き取った内容（家族の生年月日など）を入れてください。")
        elif not shown & one and len(shown & two) < 2:
            self.add_error("identity_documents", "1点でよい書類を1つか、ほかの書類を2つ選んでください。")
        if cleaned["visitor"] in (Reception.Visitor.LEGAL, Reception.Visitor.AGENT) and not cleaned["agent_documents"]:
            self.add_error("agent_documents", "代理権を確かめた書類を選んでください。")

    def visit(self) -> dict[str, Any]:
        """What a reception keeps: everything but the number."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("number", "number_token")}


class ActForm(forms.Form):
    """The base of a notification's form: knows whom it is about, and says what was entered in words."""

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.resident = resident

    def content(self) -> list[Line]:
        """What was entered, field by field, as the check page and the receipt say it."""
        lines = ((str(field.label), self._words(name)) for name, field in self.fields.items())
        return [(label, words) for label, words in lines if words]

    def _words(self, name: str) -> str:
        value = self.cleaned_data.get(name)
        field = self.fields[name]
        if isinstance(value, date):
            return format_wareki(value)
        if isinstance(field, forms.ModelChoiceField):
            return str(value) if value else ""
        if isinstance(field, forms.ChoiceField):
            return str(dict(_flat(field.choices)).get(value, "")) if value else ""
        return str(value or "")


def _flat(rows: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for value, words in rows:
        found += _flat(words) if isinstance(words, list | tuple) else [(value, words)]
    return found


class FacilityField(forms.ModelChoiceField):
    """One facility, offered with its place and kind."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Facility.objects.none(), to_field_name="public_id", empty_label="選んでください", **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{obj.municipality}）"


class WithdrawForm(forms.Form):
    """Why a notification is taken back."""

    reason = forms.CharField(label="取り消す理由", max_length=120)


class ReceptionFilter(forms.Form):
    """Which receptions to list."""

    act = forms.ChoiceField(label="届出の種類", required=False)
    since = WarekiDateField(label="受付日（から）", required=False)
    until = WarekiDateField(label="受付日（まで）", required=False)
    state = forms.ChoiceField(
        label="状態", required=False, choices=[("", "すべて"), ("in_force", "有効"), ("withdrawn", "取消")]
    )

    def __init__(self, *args: Any, acts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["act"]
        field.choices = [("", "すべて"), *acts]
