"""Forms of the exceptions."""

from typing import Any

from django import forms

from audit.authority.models import CrossOfficeReading
from audit.formfields import StaffChoiceField, WarekiDateField
from audit.models import Office


class ReadingForm(forms.Form):
    """他所属の照会: exactly one person, and why."""

    number = forms.CharField(
        label="被保険者番号", max_length=10, required=False, help_text="10桁。分からないときは空欄"
    )
    reading = forms.CharField(label="氏名カナ", max_length=80, required=False, help_text="姓と名をすべて")
    birth = WarekiDateField(label="生年月日", required=False)
    category = forms.ChoiceField(label="理由の区分", choices=CrossOfficeReading.Category.choices)
    reason = forms.CharField(label="理由", max_length=200, help_text="記録に残り、所属長が確かめます")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("number") and not (cleaned.get("reading") and cleaned.get("birth")):
            self.add_error("number", "被保険者番号か、氏名カナと生年月日の両方を入れてください。")
        return cleaned


class EmergencyForm(forms.Form):
    """緊急アクセス: which offices, and why."""

    offices = forms.ModelMultipleChoiceField(
        label="対象の事務所", queryset=Office.objects.all(), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label="理由", max_length=200, help_text="所属長にすぐ知らされ、記録に残ります")


class SubstitutionForm(forms.Form):
    """代理: who is away, who stands in, from which to which day, and why."""

    absent = StaffChoiceField(label="不在の職員")
    substitute = StaffChoiceField(label="代理する職員")
    first = WarekiDateField(label="開始日")
    last = WarekiDateField(label="終了日", help_text="この日まで")
    reason = forms.CharField(label="理由", max_length=200)

    def __init__(self, *args: Any, absent: Any, substitute: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["absent"].queryset = absent  # type: ignore[attr-defined]
        self.fields["substitute"].queryset = substitute  # type: ignore[attr-defined]
