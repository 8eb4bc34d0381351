"""Forms of the eligibility room."""

from collections.abc import Sequence
from typing import Any

from django import forms

from audit.formfields import WarekiDateField
from audit.rights import File
from kaigo.common import clock


class SearchForm(forms.Form):
    """The one search box."""

    text = forms.CharField(
        label="探す人",
        max_length=100,
        error_messages={"required": "番号、氏名、カナ、生年月日、住所のどれかを入れてください。"},
    )


class ResultsPage(forms.Form):
    """Which remembered search, and which page of it."""

    s = forms.UUIDField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=200)


class ChangesFilter(forms.Form):
    """Which file's changes to show."""

    file = forms.ChoiceField(label="ファイル", required=False)

    def __init__(self, *args: Any, files: Sequence[File], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].choices = [("", "すべて"), *((f.value, f.label) for f in files)]  # type: ignore[attr-defined]


class AsOfForm(forms.Form):
    """基準日 and 知っていた日: the day in question, and the day on which we knew it (design §5)."""

    day = WarekiDateField(label="どの日の内容を見るか", required=False, help_text="空欄は今日")
    known = WarekiDateField(label="いつまでに分かった内容で", required=False, help_text="空欄は今日")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        today = clock.today()
        if not self.errors:
            cleaned["day"], cleaned["known"] = cleaned.get("day") or today, cleaned.get("known") or today
            if cleaned["known"] > today:
                self.add_error("known", "今日までの日を入れてください。これから分かる内容は表示できません。")
        return cleaned
