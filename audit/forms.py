"""Forms of the accountability room."""

from datetime import date, timedelta
from typing import Any

from django import forms

from audit.formfields import WarekiDateField
from audit.models import AccessLog
from audit.rights import FILE_LABELS
from kaigo.common import clock


class AccessLogFilter(forms.Form):
    """What part of the access log to show."""

    day_from = WarekiDateField(label="開始日", required=False)
    day_to = WarekiDateField(label="終了日", required=False)
    outcome = forms.ChoiceField(label="結果", choices=[("", "すべて"), *AccessLog.Outcome.choices], required=False)
    file = forms.ChoiceField(
        label="ファイル", choices=[("", "すべて"), *((f.value, n) for f, n in FILE_LABELS.items())], required=False
    )
    staff = forms.CharField(label="職員名", required=False, max_length=60)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        today = clock.today()
        cleaned["day_to"] = cleaned.get("day_to") or today
        cleaned["day_from"] = cleaned.get("day_from") or cleaned["day_to"] - timedelta(days=7)
        if cleaned["day_from"] > cleaned["day_to"]:
            self.add_error("day_to", "終了日は開始日以後の日にしてください。")
        return cleaned


def default_days() -> tuple[date, date]:
    """The days shown when nothing was asked for: the last week."""
    today = clock.today()
    return today - timedelta(days=7), today
