"""Forms of the card screens: filters, the month of a run, and which returns to ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms

from audit.formfields import WarekiDateField
from eligibility.models import Card
from eligibility.practice import choices
from kaigo.common import clock
from kaigo.common.days import add_months
from kaigo.common.wareki import fiscal_year_of, format_wareki, format_year

MONTHS_AHEAD, MONTHS_BACK = 3, 12


def month_choices(today: date) -> list[tuple[str, str]]:
    """The months that can be asked for, by their first day: some ahead, the next one first in mind, a year back."""
    first = today.replace(day=1)
    months = [add_months(first, step) for step in range(MONTHS_AHEAD, -MONTHS_BACK - 1, -1)]
    return [(month.isoformat(), format_wareki(month).removesuffix("1日")) for month in months]


def next_month(today: date) -> date:
    """The first day of the month after this one: what a run is usually made for."""
    return add_months(today.replace(day=1), 1)


class MonthForm(forms.Form):
    """資格取得日の属する月."""

    first = forms.TypedChoiceField(label="資格を取得する月", coerce=date.fromisoformat, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["first"]
        field.choices = month_choices(clock.today())
        field.initial = next_month(clock.today()).isoformat()

    @property
    def month(self) -> date:
        """The month asked for; the next one where nothing (or nonsense) was asked for."""
        chosen = self.cleaned_data.get("first") if self.is_valid() else None
        return chosen or next_month(clock.today())


class YearForm(forms.Form):
    """A fiscal year, for the list of those who turn 100."""

    year = forms.TypedChoiceField(label="年度", coerce=int, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = fiscal_year_of(clock.today())
        field: Any = self.fields["year"]
        field.choices = [(str(year), format_year(year)) for year in range(now + 1, now - 5, -1)]
        field.initial = str(now)

    @property
    def fiscal_year(self) -> int:
        """The year asked for; this one where nothing was asked for."""
        chosen = self.cleaned_data.get("year") if self.is_valid() else None
        return chosen or fiscal_year_of(clock.today())


class CardFilter(forms.Form):
    """Which cards to list."""

    state = forms.ChoiceField(
        label="状態",
        required=False,
        choices=[("", "すべて"), ("in_force", "有効"), ("ended", "失効"), ("wanted", "未返還"), ("withdrawn", "取消")],
    )
    reason = forms.ChoiceField(label="交付事由", required=False)
    since = WarekiDateField(label="交付年月日（から）", required=False)
    until = WarekiDateField(label="交付年月日（まで）", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reason"]
        field.choices = [("", "すべて"), *choices("card_reasons", clock.today())]


class RemindForm(forms.Form):
    """The cards whose return is asked for by letter."""

    cards = forms.ModelMultipleChoiceField(
        Card.objects.none(),
        to_field_name="public_id",
        error_messages={"required": "返還をお願いする証を選んでください。"},
    )

    def __init__(self, *args: Any, rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["cards"]
        field.queryset = rows

    @property
    def chosen(self) -> set[UUID]:
        """The ids that were ticked, for the page that is shown again."""
        return {row.public_id for row in self.cleaned_data.get("cards", ())}
