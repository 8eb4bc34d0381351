"""Forms of personnel data."""

from typing import Any

from django import forms

from audit.personnel.models import PersonnelOrder
from audit.personnel.rules import LABELS, Kind

ANY = ("", "すべて")


class AskedForm(forms.Form):
    """A filter in the address; what cannot be read is left out, and shown as an error."""

    def asked(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class ImportForm(forms.Form):
    """人事情報ファイル to take in."""

    file = forms.FileField(
        label="人事情報ファイル",
        help_text="人事担当課から受け取ったCSVファイル（UTF-8）。ファイルそのものは保管しません。",
        error_messages={"required": "ファイルを選んでください。", "empty": "ファイルが空です（0バイト）。"},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )


class OrderFilter(AskedForm):
    """Which orders of a take-in to show."""

    state = forms.ChoiceField(label="状態", choices=[ANY, *PersonnelOrder.State.choices], required=False)
    kind = forms.ChoiceField(label="発令区分", choices=[ANY, *((k.value, LABELS[k]) for k in Kind)], required=False)
