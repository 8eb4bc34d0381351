"""Forms of the comparisons: the filter, a received slip, two people who are one."""

from datetime import date
from typing import Any

from django import forms

from audit.formfields import WarekiDateField
from eligibility.matching.found import CODES
from eligibility.models import ContactSlip, Facility, Finding, Resident
from kaigo.common import checkdigits, clock, kana

EMPTY = ("", "すべて")


class FindingFilter(forms.Form):
    """Which results to list."""

    kind = forms.ChoiceField(label="突合の種類", required=False, choices=[EMPTY, *Finding.Kind.choices])
    state = forms.ChoiceField(label="状態", required=False, choices=Finding.State.choices, initial="open")
    code = forms.ChoiceField(
        label="違い", required=False, choices=[EMPTY, *((key, code.title) for key, code in CODES.items())]
    )


class ChosenForm(forms.Form):
    """The results that were ticked, and why those that are left are left."""

    findings = forms.ModelMultipleChoiceField(
        Finding.objects.none(), to_field_name="public_id", label="違い",
        error_messages={"required": "処理する違いを選んでください。"},
    )  # fmt: skip
    reason = forms.CharField(label="訂正しない理由", max_length=120, required=False)

    def __init__(self, *args: Any, rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["findings"]
        field.queryset = rows


class SlipForm(forms.Form):
    """A slip that another municipality has sent, as it is written."""

    event = forms.ChoiceField(label="連絡の種類", choices=ContactSlip.Event.choices)
    insurer_number = forms.CharField(label="保険者番号（送り元）", max_length=6)
    insured_number = forms.CharField(label="被保険者番号（送り元）", max_length=10, required=False)
    facility = forms.ModelChoiceField(Facility.objects.none(), label="施設", to_field_name="public_id")
    day = WarekiDateField(label="入所・変更・退所の日")
    exchanged_on = WarekiDateField(label="受け取った日")
    name = forms.CharField(label="氏名", max_length=80)
    kana = forms.CharField(label="氏名（カナ）", max_length=120)
    birth_date = WarekiDateField(label="生年月日")
    sex = forms.ChoiceField(label="性別", choices=Resident.Sex.choices)
    note = forms.CharField(label="備考", max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["facility"].queryset = Facility.objects.order_by("kana")
        fields["exchanged_on"].initial = clock.today()

    def clean_insurer_number(self) -> str:
        text = kana.normalise(self.cleaned_data["insurer_number"]).strip()
        if not checkdigits.is_insurer_number(text):
            raise forms.ValidationError("保険者番号（6桁）ではありません。検査数字が合っているか確かめてください。")
        return text

    def clean_exchanged_on(self) -> date:
        day: date = self.cleaned_data["exchanged_on"]
        if day > clock.today():
            raise forms.ValidationError("受け取った日は、今日までの日にしてください。")
        return day


class OtherForm(forms.Form):
    """The other entry of somebody, by one of its numbers."""

    number = forms.CharField(
        label="もう一人の宛名番号か被保険者番号", max_length=15, help_text="宛名番号は15桁、被保険者番号は10桁"
    )

    def clean_number(self) -> str:
        return kana.normalise(self.cleaned_data["number"]).strip()


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="理由", max_length=120)
