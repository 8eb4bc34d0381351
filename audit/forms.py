"""Forms of the accountability room."""

from typing import Any
from uuid import UUID

from django import forms

from audit import logbook
from audit.formfields import WarekiDateField
from audit.models import AccessLog, Staff
from audit.rights import FILE_LABELS

ANY = ("", "すべて")
ACTS = [*AccessLog._meta.get_field("act").flatchoices]
FILES = [(file.value, name) for file, name in FILE_LABELS.items()]


class AccessLogFilter(forms.Form):
    """What part of the access log to show; the last week where no days are named.

    People are named by their random ids: the address carries no name.
    """

    day_from = WarekiDateField(label="開始日", required=False, help_text="")
    day_to = WarekiDateField(label="終了日", required=False, help_text="")
    staff = forms.TypedChoiceField(label="職員", coerce=UUID, empty_value=None, required=False)
    office = forms.ChoiceField(label="所属（当時）", required=False)
    file = forms.ChoiceField(label="ファイル", choices=[ANY, *FILES], required=False)
    act = forms.ChoiceField(label="行為", choices=[ANY, *ACTS], required=False)
    outcome = forms.ChoiceField(label="結果", choices=[ANY, *AccessLog.Outcome.choices], required=False)
    ground = forms.ChoiceField(label="根拠", choices=[ANY, *AccessLog.Ground.choices], required=False)
    number_shown = forms.BooleanField(label="個人番号を表示したものだけ", required=False)
    person = forms.UUIDField(label="対象者", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Staff.objects.order_by("login").values_list("public_id", "name", "login")
        for name, choices in (
            ("staff", [(str(public_id), f"{name}（{login}）") for public_id, name, login in people]),
            ("office", [(name, name) for name in logbook.offices()]),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [ANY, *choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, today = logbook.default_period()
        last = cleaned["day_to"] = cleaned.get("day_to") or today
        cleaned["day_from"] = cleaned.get("day_from") or min(first, last - logbook.WEEK)
        if cleaned["day_from"] > last:
            self.add_error("day_to", "終了日は開始日以後の日にしてください。")
        return cleaned

    def asked(self) -> dict[str, Any]:
        """What is asked for; what cannot be read is left out, and shown as an error."""
        self.is_valid()
        first, last = logbook.default_period()
        return {"day_from": first, "day_to": last} | {k: v for k, v in self.cleaned_data.items() if v}


class PersonNumberForm(forms.Form):
    """Whose accesses to show; sent, never in an address."""

    number = forms.CharField(label="被保険者番号", max_length=10, min_length=10)


class PrintForm(forms.Form):
    """Why a part of the log is printed."""

    reason = forms.CharField(label="印刷する理由", max_length=150)
