"""Forms of the facility register and of confirming a stay."""

from typing import Any

from django import forms

from audit.formfields import WarekiDateField
from eligibility.counter.act_forms import next_confirmation
from eligibility.counter.forms import EMPTY
from eligibility.models import Confirmation, Facility, Placement
from eligibility.practice import choices
from kaigo.common import checkdigits, clock, kana


class FacilityForm(forms.Form):
    """施設: what the register holds of a facility."""

    number = forms.CharField(label="施設番号", max_length=10, help_text="事業所番号（10桁）。ない施設は市が付けた番号")
    kind = forms.ChoiceField(label="施設の種類")
    name = forms.CharField(label="施設名", max_length=120)
    kana = forms.CharField(label="施設名（カナ）", max_length=160, required=False)
    insurer_number = forms.CharField(label="所在地の保険者番号", max_length=6)
    municipality = forms.CharField(label="所在地の市町村", max_length=60)
    postal_code = forms.CharField(label="郵便番号", max_length=8, help_text="例：260-0001")
    address = forms.CharField(label="所在地", max_length=160)
    phone = forms.CharField(label="電話番号", max_length=15, required=False)
    open_from = WarekiDateField(label="開設日", required=False)
    open_until = WarekiDateField(label="廃止日", required=False, help_text="廃止した施設は、最後の日")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["kind"]
        field.choices = [EMPTY, *choices("facility_kinds", clock.today())]

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip().upper()
        if len(number) == 10 and number.isdigit() and not checkdigits.is_provider_number(number):
            raise forms.ValidationError("事業所番号の検査数字が合いません。番号を読み直してください。")
        return number

    def clean_insurer_number(self) -> str:
        number: str = self.cleaned_data["insurer_number"]
        if not checkdigits.is_insurer_number(number):
            raise forms.ValidationError("保険者番号の検査数字が合いません。番号を読み直してください。")
        return number

    def clean_postal_code(self) -> str:
        digits = "".join(letter for letter in self.cleaned_data["postal_code"] if letter.isdigit())
        if len(digits) != 7:
            raise forms.ValidationError("郵便番号は7桁で入れてください。")
        return digits

    def clean_kana(self) -> str:
        return kana.normalise(self.cleaned_data["kana"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begun, ended = cleaned.get("open_from"), cleaned.get("open_until")
        if begun and ended and ended < begun:
            self.add_error("open_until", "開設日より前の日です。")
        return cleaned


class FacilityFilter(forms.Form):
    """Which facilities to list."""

    text = forms.CharField(label="施設名・番号・市町村", max_length=60, required=False)
    kind = forms.ChoiceField(label="種類", required=False)
    closed = forms.BooleanField(label="廃止した施設も含める", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["kind"]
        field.choices = [("", "すべて"), *choices("facility_kinds", clock.today())]


class DueFilter(forms.Form):
    """Which stays to confirm."""

    kind = forms.ChoiceField(label="区分", required=False, choices=[("", "すべて"), *Placement.Kind.choices])
    until = WarekiDateField(label="いつまでに確認するものか", required=False, help_text="空欄は今日まで")


class ConfirmForm(forms.Form):
    """現況の確認."""

    confirmed_on = WarekiDateField(label="確認日")
    result = forms.ChoiceField(
        label="確認の結果", choices=Confirmation.Result.choices, initial="continues", widget=forms.RadioSelect
    )
    ground = forms.ChoiceField(label="確認の方法")
    note = forms.CharField(label="確認の内容", max_length=120, required=False, help_text="話した相手など")
    next_on = WarekiDateField(label="次に確認する日", required=False, help_text="空欄は、市の取扱いの月数の後")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["ground"]
        field.choices = [EMPTY, *choices("grounds", clock.today())]
        self.fields["confirmed_on"].initial = clock.today()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day = cleaned.get("confirmed_on")
        if day and day > clock.today():
            self.add_error("confirmed_on", "まだ来ていない日です。")
        if day and not cleaned.get("next_on"):
            cleaned["next_on"] = next_confirmation(day)
        if day and cleaned.get("next_on") and cleaned["next_on"] <= day:
            self.add_error("next_on", "確認日より後の日にしてください。")
        return cleaned


def initial_of(row: Facility) -> dict[str, Any]:
    """The fields of a facility as its form shows them."""
    return {name: getattr(row, name) for name in FacilityForm.base_fields}
