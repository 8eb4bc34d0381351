"""The levy's export (賦課台帳の出力): the committed decisions of a year for whoever may export this file."""

from collections.abc import Mapping
from typing import Any

from django import forms

from audit.media import kinds
from audit.media.kinds import ExportKind
from audit.rights import File
from kaigo.common import clock
from kaigo.common.wareki import fiscal_year_of, format_year
from levy import export


class YearForm(forms.Form):
    """A year with decisions in force."""

    year = forms.TypedChoiceField(label="賦課年度", coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = export.years() or [fiscal_year_of(clock.today())]
        field = self.fields["year"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(str(year), format_year(year)) for year in years]


def _words(parameters: Mapping[str, Any]) -> str:
    return format_year(int(parameters["year"]))


LEDGER = ExportKind(
    name="levy-ledger",
    label="賦課台帳",
    file=File.LEVY,
    items=("被保険者番号", "所得段階", "保険料額", "期別"),
    columns=export.COLUMNS,
    rows=lambda asked: export.ledger_rows(asked.parameters["year"], asked.offices),
    count=lambda asked: export.count(asked.parameters["year"], asked.offices),
    people=lambda asked: export.persons(asked.parameters["year"], asked.offices),
    form=YearForm,
    words=_words,
    help="ある年度の確定した賦課決定。1人1行、期別と判定の経過を含む",
)


def register() -> None:
    """Offer the export."""
    kinds.register(LEDGER)
