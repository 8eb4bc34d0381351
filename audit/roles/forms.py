"""Forms of roles and who holds them."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from audit.actor import Actor
from audit.formfields import WarekiDateField
from audit.models import Office
from audit.rights import ALL_RIGHTS, Act, File, Right
from audit.roles import queries
from audit.roles.models import Role

RIGHTS = [(queries.name_of(right), right.label) for right in ALL_RIGHTS]
ANY = ("", "すべて")
ENTER = Right(File.STAFF, Act.ENTER)


class RoleFilter(forms.Form):
    """Which roles to show."""

    text = forms.CharField(label="名称・説明", max_length=50, required=False)
    right = forms.ChoiceField(label="この権限を持つ役割", choices=[ANY, *RIGHTS], required=False)
    retired = forms.BooleanField(label="廃止した役割も", required=False)

    def asked(self) -> dict[str, Any]:
        """What is asked for; what cannot be read is left out."""
        self.is_valid()
        return self.cleaned_data


class RoleForm(forms.Form):
    """A role with its rights."""

    name = forms.CharField(label="名称", max_length=50)
    description = forms.CharField(label="説明", max_length=200, required=False, help_text="どの仕事をする人の役割か")
    rights = forms.MultipleChoiceField(label="権限", choices=RIGHTS, required=False)
    reason = forms.CharField(label="理由", max_length=200, help_text="決裁する人に示され、履歴に残ります")
    override = forms.CharField(
        label="職務分離によらない理由", max_length=200, required=False,
        help_text="入力と決定のように、合わせて持たせない権限を含むときだけ入れます",
    )  # fmt: skip

    def clean_rights(self) -> frozenset[Right]:
        return frozenset(Right.named(name) for name in self.cleaned_data["rights"])

    @property
    def ticked(self) -> frozenset[Right]:
        """The rights as they are ticked now, whether or not the rest of the form is right."""
        names = self.data.getlist("rights") if self.is_bound else self.initial.get("rights", [])  # type: ignore[attr-defined]
        known = dict(RIGHTS)
        return frozenset(Right.named(name) for name in names if name in known)


class CompareForm(forms.Form):
    """Two roles side by side."""

    a = forms.ModelChoiceField(Role.objects.select_related("group"), label="役割", to_field_name="public_id")
    b = forms.ModelChoiceField(Role.objects.select_related("group"), label="比べる役割", to_field_name="public_id")


class PeopleFilter(forms.Form):
    """Whose roles to show."""

    text = forms.CharField(label="利用者ID・氏名", max_length=40, required=False)
    office = forms.TypedChoiceField(label="所属", coerce=UUID, empty_value=None, required=False)
    role = forms.TypedChoiceField(label="役割", coerce=UUID, empty_value=None, required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = Office.objects.filter(pk__in=actor.offices(queries.VIEW))
        _choices(self, "office", [ANY, *((str(o.public_id), o.name) for o in offices)])
        _choices(self, "role", [ANY, *((str(r.public_id), str(r)) for r in queries.assignable())])

    def asked(self) -> dict[str, Any]:
        """What is asked for; what cannot be read is left out."""
        self.is_valid()
        return self.cleaned_data


class AssignmentForm(forms.Form):
    """Which role, where, how long, why."""

    role = forms.ModelChoiceField(
        Role.objects.none(), label="役割", to_field_name="public_id", empty_label="選んでください"
    )
    offices = forms.ModelMultipleChoiceField(
        Office.objects.none(), label="対象の事務所", to_field_name="public_id", widget=forms.CheckboxSelectMultiple
    )
    first_day = WarekiDateField(label="開始日")
    last_day = WarekiDateField(label="最終日", required=False, help_text="期限付きのとき。空欄は期限なし")
    reason = forms.CharField(label="理由", max_length=200, help_text="決裁する人に示され、履歴に残ります")
    override = forms.CharField(
        label="職務分離によらない理由", max_length=200, required=False,
        help_text="入力と決定のように、合わせて持たせない権限を持つことになるときだけ入れます",
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _rows(self, "role", queries.assignable())
        _rows(self, "offices", Office.objects.filter(pk__in=actor.offices(ENTER)))


class EndForm(forms.Form):
    """Ending an assignment, or (with a day) prolonging it."""

    last_day = WarekiDateField(label="新しい最終日（延長するとき）", required=False)
    reason = forms.CharField(label="理由", max_length=200)


class TemplateForm(forms.Form):
    """What a section normally holds."""

    office = forms.ModelChoiceField(
        Office.objects.none(), label="所属", to_field_name="public_id", empty_label="選んでください"
    )
    section = forms.CharField(label="係", max_length=40, required=False, help_text="空欄は、その所属のすべての係")
    roles = forms.ModelMultipleChoiceField(
        Role.objects.none(), label="標準の役割", to_field_name="public_id", widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label="理由", max_length=200)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _rows(self, "roles", queries.assignable())
        _rows(self, "office", Office.objects.filter(pk__in=actor.offices(ENTER)))


def _rows(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = rows


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
