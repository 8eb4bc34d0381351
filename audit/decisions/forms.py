"""Forms of the approval routes."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.models import Group

from audit.actor import Actor
from audit.decisions import queries
from audit.decisions.kinds import kinds
from audit.decisions.models import Action, Decision, Who
from audit.decisions.routes import Planned
from audit.formfields import StaffChoiceField, WarekiDateField
from audit.models import Office

ANY = ("", "すべて")
WHICH = [("", "見られるものすべて"), ("inbox", "決裁待ち"), ("mine", "自分の起案"), ("review", "後閲待ち")]
STEPS = 6  # rows of the route form


class LedgerFilter(forms.Form):
    """Which decisions to show."""

    which = forms.ChoiceField(label="範囲", choices=WHICH, required=False)
    state = forms.ChoiceField(label="状態", choices=[ANY, *Decision.State.choices], required=False)
    kind = forms.ChoiceField(label="種類", required=False)
    office = forms.TypedChoiceField(label="所属", coerce=UUID, empty_value=None, required=False)
    text = forms.CharField(label="番号・件名", max_length=40, required=False)
    day_from = WarekiDateField(label="起案日から", required=False, help_text="")
    day_to = WarekiDateField(label="起案日まで", required=False, help_text="")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = Office.objects.filter(pk__in=queries.visible(actor).values("office"))
        _choices(self, "kind", [ANY, *((k.name, k.label) for k in kinds())])
        _choices(self, "office", [ANY, *((str(o.public_id), o.name) for o in offices)])

    def asked(self) -> dict[str, Any]:
        """What is asked for; what cannot be read is left out, and shown as an error."""
        self.is_valid()
        return self.cleaned_data


class ActForm(forms.Form):
    """An act on a decision with its remark; what is returned, rejected or decided as a deputy needs one."""

    comment = forms.CharField(
        label="意見・理由", max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="差戻し、否決、代決には理由が必要です。起案者に伝わります",
    )  # fmt: skip


class GatherForm(forms.Form):
    """The cover over several proposals."""

    title = forms.CharField(label="件名", max_length=100, help_text="個人の氏名や番号は書かないでください")
    reason = forms.CharField(label="理由", max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ManyForm(forms.Form):
    """Deciding on a list."""

    comment = forms.CharField(label="意見（決裁する件）", max_length=400, required=False)
    return_reason = forms.CharField(
        label="差し戻す理由（外した件）", max_length=400, required=False,
        help_text="印を外した件は、この理由を付けて起案者に差し戻します",
    )  # fmt: skip


class RouteForm(forms.Form):
    """For what, from when, up to which amount."""

    kind = forms.ChoiceField(label="決裁の種類")
    office = forms.ModelChoiceField(
        Office.objects.all(), label="所属", required=False, empty_label="すべての所属", to_field_name="public_id"
    )
    amount_up_to = forms.IntegerField(
        label="金額の上限（円）", required=False, min_value=0, max_value=10**12,
        help_text="この金額以下の件に使う経路（専決）。金額を問わないときは空欄",
    )  # fmt: skip
    starts_on = WarekiDateField(label="適用開始日")
    reason = forms.CharField(label="理由・根拠", max_length=200, help_text="例：事務決裁規程第5条別表の改正")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "kind", [("", "選んでください"), *((k.name, k.label) for k in kinds())])


class StepForm(forms.Form):
    """One step of a route; an empty one is left out."""

    action = forms.ChoiceField(label="区分", choices=[("", "（なし）"), *Action.choices], required=False)
    who = forms.ChoiceField(label="処理する人", choices=Who.choices, required=False)
    role = forms.ModelChoiceField(
        Group.objects.order_by("name"), label="役割", required=False, empty_label="選んでください"
    )
    position = forms.CharField(label="職名", max_length=40, required=False)
    person = StaffChoiceField(label="職員", required=False)
    office = forms.ModelChoiceField(
        Office.objects.all(), label="所属", required=False, empty_label="伺書の所属", to_field_name="public_id"
    )
    deputy_position = forms.CharField(label="不在のとき代決する職名", max_length=40, required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = queries.nameable(actor)

    def planned(self, order: int) -> Planned:
        """The step as it was typed in; only what its kind of person needs is kept."""
        asked = self.cleaned_data
        who = asked["who"] or Who.RIGHT
        role, person = asked["role"], asked["person"]
        return Planned(
            order=order,
            action=asked["action"],
            who=who,
            role_id=role.pk if role and who == Who.ROLE else None,
            position=asked["position"].strip() if who == Who.POSITION else "",
            person_id=person.pk if person and who == Who.PERSON else None,
            office_id=asked["office"].pk if asked["office"] else None,
            deputy_position=asked["deputy_position"].strip(),
        )


StepFormSet = forms.formset_factory(StepForm, extra=STEPS, max_num=STEPS, validate_max=True)


def planned(rows: forms.BaseFormSet) -> list[Planned]:
    """The steps of a valid form set, numbered in their order without the empty ones."""
    filled = [form for form in rows.forms if form.cleaned_data.get("action")]
    return [form.planned(order) for order, form in enumerate(filled, 1)]


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
