"""Form fields of the house style."""

from collections.abc import Collection, Iterator
from datetime import date
from itertools import groupby
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator

from audit.models import Staff
from audit.uploads import Checked, Kind, check_upload
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


class _ByOffice(ModelChoiceIterator):
    """The choices of a StaffChoiceField: one group for each office."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for office, rows in groupby(self.queryset, key=lambda staff: staff.office):
            yield office.name, [self.choice(staff) for staff in rows]


class StaffChoiceField(forms.ModelChoiceField):
    """One member of staff, offered office by office (in the order of their codes) and by kana within each."""

    iterator = _ByOffice

    def __init__(self, queryset: "QuerySet[Staff] | None" = None, **kwargs: Any) -> None:
        kwargs.setdefault("to_field_name", "public_id")
        kwargs.setdefault("empty_label", "選んでください")
        super().__init__(Staff.objects.none() if queryset is None else queryset, **kwargs)

    def _ordered(self, rows: Any) -> None:
        ordered = (
            None if rows is None else rows.select_related("office").order_by("office__code", "kana", "name", "login")
        )
        super()._set_queryset(ordered)  # type: ignore[misc]

    queryset = property(lambda self: self._get_queryset(), _ordered)


class UploadField(forms.FileField):
    """A file that a person hands in, looked into before the form is valid (audit.uploads).

    Cleans to the uploaded file with `checked`: what it really is. `kinds` are those taken here.
    """

    def __init__(self, *, kinds: Collection[Kind], largest: int | None = None, **kwargs: Any) -> None:
        self.kinds, self.largest = tuple(kinds), largest
        kwargs.setdefault("help_text", "、".join(kind.label for kind in self.kinds))
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"accept": ",".join(e for kind in self.kinds for e in kind.endings)}

    def to_python(self, data: Any) -> UploadedFile | None:
        if data in self.empty_values:
            return None
        file: Any = data
        try:
            file.checked = check_upload(file, self.kinds, largest=self.largest)
        except Refusal as refusal:
            words = "".join((refusal.message, *refusal.ways))
            raise forms.ValidationError(words, code=refusal.code) from None
        return cast(UploadedFile, super().to_python(file))


def checked(file: UploadedFile) -> Checked:
    """What an uploaded file of an `UploadField` really is. Raises AttributeError for any other file."""
    found: Checked = file.checked  # type: ignore[attr-defined]
    return found
