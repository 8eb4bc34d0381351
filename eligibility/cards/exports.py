"""The lists of the cards that may be taken away as CSV: 資格取得者, 未返還, 100歳."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from audit.media import kinds
from audit.media.kinds import Asked, ExportKind
from audit.rights import File
from eligibility.cards import queries
from eligibility.cards.documents import word
from eligibility.cards.forms import month_choices, next_month
from eligibility.models import Card, Resident
from eligibility.presenters import address_of
from kaigo.common import clock
from kaigo.common.wareki import fiscal_year_of, format_wareki, format_year

COMING = ("事務所", "氏名", "フリガナ", "生年月日", "住所", "資格取得日", "交付事由", "除く理由")
WANTED = ("事務所", "被保険者番号", "氏名", "フリガナ", "交付年月日", "失効日", "事由", "返還を求めた日")
CENTURY = ("事務所", "氏名", "フリガナ", "生年月日", "性別", "住所")


class MonthChoice(forms.Form):
    """The month in which the insurance is acquired."""

    first = forms.ChoiceField(label="資格を取得する月")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["first"]
        field.choices = month_choices(clock.today())
        field.initial = next_month(clock.today()).isoformat()


class YearChoice(forms.Form):
    """The fiscal year in which somebody turns 100."""

    year = forms.TypedChoiceField(label="年度", coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now, field = fiscal_year_of(clock.today()), self.fields["year"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [(str(year), format_year(year)) for year in range(now + 1, now - 5, -1)]


def _coming(asked: Asked) -> list[queries.Coming]:
    return queries.coming(date.fromisoformat(asked.parameters["first"]), asked.offices)


def _coming_rows(asked: Asked) -> Iterator[list[object]]:
    for row in _coming(asked):
        person = row.resident
        yield [
            person.office.name, person.name, person.kana, person.birth_date, address_of(person), row.due_on,
            word("card_reasons", row.reason, row.due_on), row.left_out,
        ]  # fmt: skip


def _wanted(asked: Asked) -> QuerySet[Card]:
    rows = Card.objects.filter(
        recover=True, returned_on=None, withdrawn=False, insured__resident__office__in=asked.offices
    )
    return rows.select_related("insured__resident__office").order_by(
        "insured__resident__office__code", "ended_on", "pk"
    )


def _wanted_rows(asked: Asked) -> Iterator[list[object]]:
    for row in _wanted(asked):
        person = row.insured.resident
        yield [
            person.office.name, row.insured.insured_number, person.name, person.kana, row.issued_on, row.ended_on,
            row.get_end_display(), row.reminded_on,
        ]  # fmt: skip


def _century(asked: Asked) -> QuerySet[Resident]:
    rows = queries.turning_100(int(asked.parameters["year"])).filter(office__in=asked.offices)
    return rows.order_by("office__code", "birth_date", "pk")


def _century_rows(asked: Asked) -> Iterator[list[object]]:
    for person in _century(asked):
        yield [
            person.office.name, person.name, person.kana, person.birth_date, person.get_sex_display(),
            address_of(person),
        ]  # fmt: skip


def _ids(rows: QuerySet[Any], field: str) -> Iterator[UUID]:
    yield from rows.values_list(field, flat=True)


def _month_words(parameters: Mapping[str, Any]) -> str:
    return format_wareki(date.fromisoformat(parameters["first"])).removesuffix("1日")


KINDS = (
    ExportKind(
        "cards-coming", "資格取得者の一覧", File.ELIGIBILITY, COMING, COMING,
        rows=_coming_rows,
        count=lambda asked: len(_coming(asked)),
        people=lambda asked: [row.resident.public_id for row in _coming(asked)],
        form=MonthChoice, words=_month_words,
        help="ある月に資格を得て、まだ被保険者証を持たない人。支援措置対象者の住所は含まない",
    ),
    ExportKind(
        "cards-unreturned", "未返還の被保険者証の一覧", File.ELIGIBILITY, WANTED, WANTED,
        rows=_wanted_rows,
        count=lambda asked: _wanted(asked).count(),
        people=lambda asked: _ids(_wanted(asked), "insured__resident__public_id"),
        help="返されていない被保険者証",
    ),
    ExportKind(
        "centenarians", "100歳到達者の一覧", File.ELIGIBILITY, CENTURY, CENTURY,
        rows=_century_rows,
        count=lambda asked: _century(asked).count(),
        people=lambda asked: _ids(_century(asked), "public_id"),
        form=YearChoice, words=lambda parameters: format_year(int(parameters["year"])),
        help="年度の中で100歳になる人。支援措置対象者の住所は含まない",
    ),
)  # fmt: skip


def register() -> None:
    """Offer the exports."""
    for kind in KINDS:
        kinds.register(kind)
