"""Forms of watching."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms

from audit.actor import Actor
from audit.formfields import WarekiDateField
from audit.watching import queries
from audit.watching.models import Finding, Letter
from audit.watching.rules import Kind, Severity

ANY = ("", "すべて")
STATES = [
    ("live", "点検が済んでいない"),
    ("overdue", "期限を過ぎた"),
    ("open", "未点検"),
    ("checking", "確認中"),
    ("reviewed", "点検済み"),
    ("all", "すべて"),
]


class FindingFilter(forms.Form):
    """Which findings to show. People and offices are named by their random ids: the address carries no name."""

    state = forms.ChoiceField(label="状態", choices=STATES, required=False)
    kind = forms.ChoiceField(label="種類", choices=[ANY, *((k.value, k.label) for k in Kind)], required=False)
    severity = forms.TypedChoiceField(
        label="重要度",
        choices=[ANY, *((str(s.value), s.label) for s in reversed(Severity))],
        coerce=int,
        empty_value=None,
        required=False,
    )
    verdict = forms.ChoiceField(label="判定", choices=[ANY, *Finding.Verdict.choices], required=False)
    office = forms.TypedChoiceField(label="所属", coerce=UUID, empty_value=None, required=False)
    staff = forms.TypedChoiceField(label="職員", coerce=UUID, empty_value=None, required=False)
    day_from = WarekiDateField(label="開始日", required=False, help_text="")
    day_to = WarekiDateField(label="終了日", required=False, help_text="")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("office", queries.offices_of(actor)), ("staff", queries.staff_of(actor))):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [ANY, *((str(row.public_id), row.name) for row in rows)]

    def asked(self) -> dict[str, Any]:
        """What is asked for; what cannot be read is left out, and shown as an error."""
        self.is_valid()
        return self.cleaned_data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("day_from"), cleaned.get("day_to")
        if first and last and first > last:
            self.add_error("day_to", "終了日は開始日以後の日にしてください。")
        return cleaned


class ReviewForm(forms.Form):
    """点検: the verdict and why."""

    verdict = forms.ChoiceField(
        label="判定",
        choices=Finding.Verdict.choices,
        widget=forms.RadioSelect,
        help_text="「要確認」は、確かめることが残る場合です。点検は終わらず、確認中になります。",
        error_messages={"required": "判定を選んでください。"},
    )
    comment = forms.CharField(
        label="所見",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="だれに何を確かめ、なぜそう判断したかを書きます。",
        error_messages={"required": "所見を入れてください。"},
    )


class TickForm(forms.Form):
    """一括点検: one comment for many harmless findings."""

    comment = forms.CharField(
        label="所見",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "所見を入れてください。"},
    )


class PeriodForm(forms.Form):
    """点検し直す期間."""

    first = WarekiDateField(label="始まりの日")
    last = WarekiDateField(label="終わりの日")


class ReplyForm(forms.Form):
    """回答: what the section reports about one long log-on."""

    purpose = forms.CharField(
        label="利用目的",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="何の事務のために、だれの記録を扱っていたか。個人を特定する記載はしません。",
        error_messages={"required": "利用目的を入れてください。"},
    )
    reason = forms.CharField(
        label="長時間となった理由", max_length=400, widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    replied_on = WarekiDateField(label="回答日")
    replied_by = forms.CharField(
        label="回答者",
        max_length=60,
        help_text="所属長など、回答した人の職と氏名",
        error_messages={"required": "回答者を入れてください。"},
    )


class LetterFilter(forms.Form):
    """Which letters to show."""

    state = forms.ChoiceField(
        label="状態",
        choices=[ANY, *Letter.State.choices, ("overdue", "回答期限を過ぎたもの")],
        required=False,
    )

    def asked(self) -> str:
        """The state asked for; all when it is none."""
        return str(self.cleaned_data.get("state", "")) if self.is_valid() else ""


class SignForm(forms.Form):
    """月次報告の確認."""

    comment = forms.CharField(
        label="所見", max_length=400, widget=forms.Textarea(attrs={"rows": 3}), required=False,
        help_text="目立った傾向、講じた措置など。確認した後は、訂正すると次の版になります。",
    )  # fmt: skip


class MonthForm(forms.Form):
    """Which month to show, as 2026-11."""

    month = forms.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", required=False)

    def first_day(self, default: date) -> date:
        """The first day of the month; the default's month when nothing usable was asked for."""
        text = self.cleaned_data.get("month") if self.is_valid() else ""
        year, number = map(int, text.split("-")) if text else (default.year, default.month)
        return date(min(max(year, 2000), 2999), number, 1)
