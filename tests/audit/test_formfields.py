"""The date field of the house: any notation in, one day out, and what was typed stays."""

from datetime import date

import pytest
from django import forms
from django.template import Context, Template

from audit.formfields import WarekiDateField


class DayForm(forms.Form):
    day = WarekiDateField(label="賦課年月日")


@pytest.mark.parametrize("typed", ["R8.6.10", "令和8年6月10日", "2026-06-10", "２０２６／６／１０", " r080610 "])
def test_reads_every_notation(typed):
    form = DayForm({"day": typed})
    assert form.is_valid()
    assert form.cleaned_data["day"] == date(2026, 6, 10)


@pytest.mark.parametrize("typed", ["R8.13.1", "昭和64年2月30日", "あした", "R8.2.30"])
def test_says_what_is_wrong_and_keeps_what_was_typed(typed):
    form = DayForm({"day": typed})
    assert not form.is_valid()
    shown = form.as_div()
    assert f'value="{typed}"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_day_helptext id_day_error"' in shown


def test_an_empty_day_is_asked_for_or_left_out():
    assert DayForm({"day": ""}).errors["day"] == ["日付を入れてください。"]

    class Optional(forms.Form):
        day = WarekiDateField(required=False)

    form = Optional({"day": ""})
    assert form.is_valid()
    assert form.cleaned_data["day"] is None


def test_a_stored_day_is_written_in_the_era():
    assert 'value="令和8年6月10日"' in DayForm(initial={"day": date(2026, 6, 10)}).as_div()


def test_the_same_day_in_another_notation_is_no_change():
    assert not DayForm({"day": "R8.6.10"}, initial={"day": date(2026, 6, 10)}).has_changed()
    assert DayForm({"day": "R8.6.11"}, initial={"day": date(2026, 6, 10)}).has_changed()
    assert DayForm({"day": "?"}, initial={"day": date(2026, 6, 10)}).has_changed()


def test_the_field_says_that_it_is_required():
    assert "※必須" in DayForm().as_div() or "※必須" in DayForm()["day"].as_field_group()


@pytest.mark.parametrize(
    ("expression", "value", "written"),
    [
        ("wareki", date(2026, 6, 10), "令和8年6月10日"),
        ("wareki", None, ""),
        ("wareki_short", date(2026, 6, 10), "R8.6.10"),
        ("fiscal_year", 2026, "令和8年度"),
        ("yen", 1234567, "1,234,567円"),
        ("yen", None, ""),
        ("signed", 12, "+12"),
        ("signed", -1234, "−1,234"),
        ("signed", 0, "±0"),
        ("signed", None, ""),
    ],
)
def test_days_and_money_are_written_one_way(expression, value, written):
    template = Template("{% load house %}{{ value|" + expression + " }}")
    assert template.render(Context({"value": value})) == written
