"""Forms of the levy room."""

from typing import Any

from django import forms

from audit.formfields import WarekiDateField
from kaigo.common import clock
from kaigo.common.wareki import format_year
from levy import queries
from levy.presenters import fiscal_year_of


class YearlyLevyForm(forms.Form):
    """本算定の依頼: which year, and the day of the decision (賦課年月日)."""

    fiscal_year = forms.TypedChoiceField(label="賦課年度", coerce=int)
    levied_on = WarekiDateField(
        label="賦課年月日",
        help_text="保険料を決定する日。これより後に来る納期に分けます。例：R8.6.10、令和8年6月10日",
    )
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        this = fiscal_year_of(clock.today())
        years = sorted({this, *queries.fiscal_years()}, reverse=True)
        self.fields["fiscal_year"].choices = [(year, format_year(year)) for year in years]  # type: ignore[attr-defined]
        self.fields["fiscal_year"].initial = this

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        year, day = cleaned.get("fiscal_year"), cleaned.get("levied_on")
        if year and day and fiscal_year_of(day) != year:
            self.add_error(
                "levied_on", f"{format_year(year)}の賦課年月日は、{format_year(year)}の間の日にしてください。"
            )
        return cleaned
