"""Forms of talks, notes, holds and remarks."""

from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localtime

from audit.formfields import WarekiDateField
from audit.models import Staff
from eligibility.counter.forms import EMPTY
from eligibility.models import Hold, StickyNote, Talk
from eligibility.practice import choices
from kaigo.common import clock


class StaffField(forms.ModelChoiceField):
    """A colleague, with the section."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{obj.office.name}）"


class TalkForm(forms.Form):
    """応対記録."""

    channel = forms.ChoiceField(label="方法", choices=Talk.Channel.choices, initial="phone")
    at = forms.DateTimeField(
        label="日時",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
    )
    speaker = forms.ChoiceField(label="相手")
    speaker_name = forms.CharField(label="相手の氏名", max_length=80, required=False, help_text="本人のときは空欄")
    text = forms.CharField(label="内容", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    next_on = WarekiDateField(label="次回予定日", required=False)
    handed_to = StaffField(
        Staff.objects.none(), label="引継ぎ先", required=False, to_field_name="public_id", empty_label="引き継がない"
    )

    def __init__(self, *args: Any, office_ids: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["at"].initial = localtime(clock.now()).replace(second=0, microsecond=0, tzinfo=None)
        fields["speaker"].choices = [EMPTY, *choices("relationships", clock.today())]
        colleagues = Staff.objects.filter(is_active=True, office__in=office_ids).select_related("office")
        fields["handed_to"].queryset = colleagues.order_by("office__code", "kana")

    def clean_next_on(self) -> date | None:
        day: date | None = self.cleaned_data["next_on"]
        if day and day < clock.today():
            raise forms.ValidationError("次回予定日は、今日かそれより後の日にしてください。")
        return day

    def clean_at(self) -> Any:
        at = self.cleaned_data["at"]
        if at > clock.now():
            raise forms.ValidationError("応対した日時が、今より後です。")
        return at


class NoteForm(forms.Form):
    """付箋."""

    kind = forms.ChoiceField(label="種類", choices=StickyNote.Kind.choices)
    text = forms.CharField(label="内容", max_length=80)
    ended_on = WarekiDateField(
        label="いつまで", required=False, help_text="空欄のときは30日後まで（取扱いで変えられます）"
    )

    def clean_ended_on(self) -> date | None:
        day: date | None = self.cleaned_data["ended_on"]
        if day and day < clock.today():
            raise forms.ValidationError("今日かそれより後の日にしてください。")
        return day


class HoldForm(forms.Form):
    """抑止."""

    what = forms.ChoiceField(label="抑止するもの", choices=Hold.What.choices)
    reason = forms.CharField(label="理由", max_length=120)
    ended_on = WarekiDateField(label="いつまで", required=False, help_text="空欄のときは解除するまで")

    clean_ended_on = NoteForm.clean_ended_on


class ReleaseForm(forms.Form):
    """抑止の解除."""

    reason = forms.CharField(label="解除する理由", max_length=120)


class RemarkForm(forms.Form):
    """備考: the three lines at once."""

    line_1 = forms.CharField(label="記載1", max_length=60, required=False)
    line_2 = forms.CharField(label="記載2", max_length=60, required=False)
    line_3 = forms.CharField(label="記載3", max_length=60, required=False)


class TalkFilter(forms.Form):
    """Which open talks to list."""

    whose = forms.ChoiceField(
        label="だれの応対",
        required=False,
        choices=[("", "事務所のすべて"), ("mine", "自分に引き継がれたもの"), ("due", "自分の次回予定日が来たもの")],
    )
    closed = forms.BooleanField(label="完了したものも見る", required=False)
