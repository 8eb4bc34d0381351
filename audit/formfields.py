"""Form fields of the house style."""

from datetime import date
from typing import Any

from django import forms

from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki, parse_wareki

HELP = "例：R8.6.10、令和8年6月10日、2026-06-10"


class WarekiDateInput(forms.TextInput):
    """Shows a stored day as it is written here; what was typed stays as it was typed."""

    def format_value(self, value: Any) -> str | None:
        return format_wareki(value) if isinstance(value, date) else super().format_value(value)


class WarekiDateField(forms.Field):
    """A day, typed in any usual notation (era or Gregorian). Cleans to a date, or None when empty and not required."""

    widget = WarekiDateInput
    default_error_messages = {"required": "日付を入れてください。"}

    def __init__(self, *, help_text: str = HELP, **kwargs: Any) -> None:
        super().__init__(help_text=help_text, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"autocomplete": "off", "inputmode": "text", "spellcheck": "false", "maxlength": 20}

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            return parse_wareki(str(value))
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except forms.ValidationError:
            return True
