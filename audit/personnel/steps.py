"""Entry → check → done, the same for every legal act of this part."""

from collections.abc import Callable
from datetime import time
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit.formfields import WarekiDateField
from audit.screens import once
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki

FORM, CHECK = "personnel/act_form.html", "personnel/act_check.html"


def steps(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], str],
    context: dict[str, Any],
    *,
    form_template: str = FORM,
) -> HttpResponse:
    """The form, then what was entered to look over, then the act, once.

    `act` carries it out with the form's cleaned data and returns the address to go to; what it refuses is shown on
    the form with everything that was typed.
    """
    ways: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid() and "change" not in request.POST:
        if "confirmed" not in request.POST:
            return render(request, CHECK, {**context, "form": form, "rows": summary(form)})
        try:
            return once(request, act)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            ways = refusal.ways
    return render(request, form_template, {**context, "form": form, "ways": ways})


def summary(form: forms.Form) -> list[tuple[str, str]]:
    """What was entered, in words."""
    return [
        (str(form.fields[name].label), _words(form.fields[name], value)) for name, value in form.cleaned_data.items()
    ]


def _words(field: forms.Field, value: Any) -> str:
    if isinstance(field, WarekiDateField):
        return format_wareki(value) if value else ""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return "、".join(str(row) for row in value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Model):
        return str(value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    return str(value or "")
