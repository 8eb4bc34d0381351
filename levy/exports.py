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
from levy.models import Instalment

COLUMNS = ("被保険者番号", "賦課年度", "賦課年月日", "所得段階", "年額", "月数", "保険料額", "推定", "期別")


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


def _line(row: list[object]) -> list[object]:
    """A line for the office: what was decided, in words, without what it was decided from."""
    number, year, levied_on, _, tier, yearly, months, premium, _, estimated, _, instalments, *_ = row
    return [
        number, format_year(int(str(year))), levied_on, f"第{tier}段階", yearly, months, premium,
        "推定" if estimated else "", "、".join(map(_instalment, str(instalments or "").split())),
    ]  # fmt: skip


def _instalment(text: str) -> str:
    """`1:2:2026-06-15:13900:1` is 特別徴収2回 2026-06-15 13,900円（仮徴収）."""
    method, number, day, amount, provisional = text.split(":")
    name = Instalment.Method(method)
    unit = "回" if name == Instalment.Method.WITHHOLDING else "期"
    return f"{name.label}{number}{unit} {day} {int(amount):,}円{'（仮徴収）' if provisional == '1' else ''}"


LEDGER = ExportKind(
    name="levy-ledger",
    label="賦課台帳",
    file=File.LEVY,
    items=COLUMNS,
    columns=COLUMNS,
    rows=lambda asked: map(_line, export.ledger_rows(asked.parameters["year"], asked.offices)),
    count=lambda asked: export.count(asked.parameters["year"], asked.offices),
    people=lambda asked: export.persons(asked.parameters["year"], asked.offices),
    form=YearForm,
    words=_words,
    help="ある年度の確定した賦課決定。1人1行、期別を含む。所得や世帯の情報は含まない",
)


def register() -> None:
    """Offer the export."""
    kinds.register(LEDGER)
