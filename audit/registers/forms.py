"""Forms of the registers, made from the models."""

from typing import Any
from uuid import UUID

from django import forms
from django.db import models

from audit.actor import Actor
from audit.formfields import UploadField, WarekiDateField
from audit.models import Office, Staff
from audit.registers import consents, queries, rules
from audit.registers.models import CheckAnswer
from audit.uploads import Kind
from kaigo.common import clock

ANY = ("", "すべて")


class EntryFilter(forms.Form):
    """Which entries to show."""

    state = forms.ChoiceField(label="状態", choices=[ANY, ("open", "進行中"), ("closed", "完結")], required=False)
    office = forms.TypedChoiceField(label="所属", coerce=UUID, empty_value=None, required=False)
    text = forms.CharField(label="番号・件名", max_length=40, required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["office"]
        if isinstance(field, forms.ChoiceField):
            offices = Office.objects.filter(pk__in=actor.offices(queries.VIEW))
            field.choices = [ANY, *((str(o.public_id), o.name) for o in offices)]


class ReasonForm(forms.Form):
    """所見・理由."""

    reason = forms.CharField(label="所見・理由", max_length=200)


class AttachmentForm(forms.Form):
    """A file with its title."""

    upload = UploadField(label="ファイル", kinds=(Kind.PDF, Kind.PNG, Kind.JPEG, Kind.CSV))
    title = forms.CharField(label="表題", max_length=60, help_text="個人の氏名や番号は書かないでください")


class AnswerForm(forms.Form):
    """One item of the self-check."""

    item = forms.CharField(widget=forms.HiddenInput)
    answer = forms.ChoiceField(label="回答", choices=[("", "－"), *CheckAnswer.Answer.choices], required=False)
    evidence = forms.CharField(label="確かめたこと・理由", max_length=400, required=False)
    remedy = forms.CharField(label="改善すること", max_length=400, required=False)
    due_on = WarekiDateField(label="改善期限", required=False, help_text="")
    done_on = WarekiDateField(label="改善した日", required=False, help_text="")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("answer") == CheckAnswer.Answer.NO and not cleaned.get("remedy"):
            self.add_error("remedy", "「できていない」ときは、改善することを入れてください。")
        return cleaned


AnswerFormSet = forms.formset_factory(AnswerForm, extra=0)


class AttendanceForm(forms.Form):
    """One person of the attendance list."""

    staff = forms.ModelChoiceField(Staff.objects.none(), to_field_name="public_id", widget=forms.HiddenInput)
    attended = forms.BooleanField(label="受講した", required=False)
    attended_on = WarekiDateField(label="受講日", required=False, help_text="")
    score = forms.IntegerField(label="得点", required=False, min_value=0, max_value=1000)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["staff"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = people

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("attended") and not cleaned.get("attended_on"):
            cleaned["attended_on"] = clock.today()
        return cleaned


AttendanceFormSet = forms.formset_factory(AttendanceForm, extra=0)


class EndingForm(forms.Form):
    """How a sub-contract that is not consented to ends, and why."""

    how = forms.ChoiceField(label="結果", choices=[("refused", "不承諾にする"), ("withdrawn", "委託先が取り下げた")])
    ending = forms.CharField(label="理由", max_length=400)


class ChecklistForm(forms.Form):
    """外部委託時のチェックリスト."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in rules.items("sub_contract"):
            self.fields[item.id] = forms.ChoiceField(
                label=f"{item.id}　{item.question}", choices=list(consents.ANSWERS.items()), required=False,
                widget=forms.RadioSelect,
            )  # fmt: skip


def form_for(model: type[models.Model], fields: tuple[str, ...], actor: Actor) -> type[forms.Form]:
    """A form over the named fields of a model: days in any notation, offices and people within the person's reach."""
    made = {name: _field(model._meta.get_field(name), actor) for name in fields}
    return type("EntryForm", (forms.Form,), made)


def initial_of(row: models.Model, fields: tuple[str, ...]) -> dict[str, Any]:
    """What a form over a stored row starts with."""
    found: dict[str, Any] = {}
    for name in fields:
        value = getattr(row, name)
        if hasattr(value, "all"):
            value = [item.public_id for item in value.all()]
        found[name] = value.public_id if isinstance(value, (Office, Staff)) else value
    return found


def _field(field: Any, actor: Actor) -> forms.Field:
    common: dict[str, Any] = {
        "label": field.verbose_name, "required": not field.blank and not isinstance(field, models.BooleanField),
        "help_text": field.help_text,
    }  # fmt: skip
    if isinstance(field, models.DateField):
        return WarekiDateField(**({**common, "help_text": field.help_text or WarekiDateField().help_text}))
    if isinstance(field, models.ManyToManyField):
        return forms.ModelMultipleChoiceField(
            queries.people(actor), to_field_name="public_id", widget=forms.CheckboxSelectMultiple, **common
        )
    if isinstance(field, models.ForeignKey):
        if field.related_model is Office:
            rows: Any = Office.objects.filter(pk__in=actor.offices(queries.ENTER))
        else:
            rows = queries.people(actor).complex_filter(field.get_limit_choices_to())
        return forms.ModelChoiceField(rows, to_field_name="public_id", **common)
    found: forms.Field = field.formfield(**common)
    if isinstance(field, models.IntegerField):
        found.validators += field.validators  # what the column can hold
    if isinstance(field, models.TextField):
        found.widget.attrs["rows"] = 4
    return found
