"""Dates as people write them: every usual notation means its day, and a day that never was is refused."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaigo.common import wareki
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import (
    era_year,
    eras,
    format_era7,
    format_short,
    format_wareki,
    format_year,
    parse_birth,
    parse_era7,
    parse_wareki,
)

TODAY = date(2026, 6, 10)
days = st.dates(min_value=date(1868, 1, 25), max_value=date(2117, 12, 31))


def refused(text: str, code: str, *words: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_wareki(text)
    assert caught.value.code == code
    assert all(word in caught.value.message for word in words), caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "S12.3.4",
        "s12.3.4",
        "S.12.3.4",
        "S12-03-04",
        "S12/3/4",
        "s120304",
        "S120304",
        "昭12.3.4",
        "昭12年3月4日",
        "昭和12年3月4日",
        "昭和12.3.4",
        "昭和 12年 3月 4日",
        "昭和十二年三月四日",
        "昭和一二年三月四日",
        "㍼12年3月4日",
        "Ｓ１２．３．４",
        "Ｓ１２。３。４",
        "昭和１２年３月４日",
        "1937-03-04",
        "1937-3-4",
        "1937/3/4",
        "1937.3.4",
        "19370304",
        "1937年3月4日",
        "一九三七年三月四日",
        "１９３７ー３ー４",
        "１９３７－０３－０４",
        "  1937-03-04  ",
    ],
)
def test_every_usual_notation_means_the_same_day(text):
    assert parse_wareki(text) == date(1937, 3, 4)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明治45年7月29日", date(1912, 7, 29)),
        ("M45.7.29", date(1912, 7, 29)),
        ("大正元年7月31日", date(1912, 7, 31)),
        ("T1.7.31", date(1912, 7, 31)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("H元.1.8", date(1989, 1, 8)),
        ("平成三十一年四月三十日", date(2019, 4, 30)),
        ("令和元年五月一日", date(2019, 5, 1)),
        ("R元.5.1", date(2019, 5, 1)),
        ("㋿元年5月1日", date(2019, 5, 1)),
        ("昭和二十年十二月三十一日", date(1945, 12, 31)),
        ("昭和十年十月十日", date(1935, 10, 10)),
        ("令和8年2月28日", date(2026, 2, 28)),
        ("令和6年2月29日", date(2024, 2, 29)),
    ],
)
def test_era_edges_and_kanji_numbers(text, day):
    assert parse_wareki(text) == day


@pytest.mark.parametrize(
    ("old", "new", "day"),
    [
        ("明治45年7月30日", "大正元年7月30日", date(1912, 7, 30)),
        ("大正15年12月25日", "昭和元年12月25日", date(1926, 12, 25)),
    ],
)
def test_the_day_of_change_belongs_to_both_eras_and_is_written_in_the_new_one(old, new, day):
    assert parse_wareki(old) == parse_wareki(new) == day
    assert format_wareki(day) == new


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("昭和64年2月30日", ["2月は28日まで"]),
        ("昭和64年2月1日", ["昭和は64年1月7日まで", "平成元年"]),
        ("昭和64年1月8日", ["昭和は64年1月7日まで", "平成元年"]),
        ("昭和99年6月10日", ["昭和は64年1月7日まで", "令和6年"]),
        ("平成元年1月7日", ["平成は元年1月8日から"]),
        ("平成31年5月1日", ["平成は31年4月30日まで", "令和元年"]),
        ("令和元年4月30日", ["令和は元年5月1日から"]),
        ("大正15年12月26日", ["大正は15年12月25日まで", "昭和元年"]),
        ("令和0年1月1日", ["元年（1年）から"]),
        ("S00.1.1", ["元年（1年）から"]),
        ("昭和12年13月1日", ["月は1から12まで"]),
        ("S12.0.1", ["月は1から12まで"]),
        ("昭和12年4月31日", ["4月は30日まで"]),
        ("昭和12年4月0日", ["4月は30日まで"]),
        ("1937-02-29", ["2月は28日まで"]),
        ("1900-02-29", ["2月は28日まで"]),
        ("1700-01-01", ["年を確かめて"]),
        ("1868-01-10", ["年を確かめて"]),
        ("9999-01-01", ["年を確かめて"]),
    ],
)
def test_a_day_that_never_was_is_refused_with_what_would_be_right(text, words):
    refused(text, "date-impossible", *words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "昨日",
        "12.3.4",
        "120304",
        "S1234",
        "S12.3",
        "S12.3/4",
        "S1234567",
        "昭和101年6月10日",
        "X12.3.4",
        "昭和十十年三月四日",
        "昭和十二十年三月四日",
        "1937-03-04T00:00",
        "1937-03-04 1937-03-05",
        "٣٧٣٧-٠٣-٠٤",
        "一" * 5000,
        "0" * 100_000,
    ],
)
def test_what_is_no_date_is_refused_with_examples(text):
    refused(text, "date-unreadable", "「S12.3.4」", "「昭和12年3月4日」")


def test_a_refusal_never_repeats_the_day_it_may_be_a_birth_date():
    for text in ("昭和64年2月3日", "平成元年1月6日", "昭和12年4月31日"):
        with pytest.raises(Refusal) as caught:
            parse_wareki(text)
        assert text not in str(caught.value)
    with pytest.raises(Refusal) as caught:
        parse_birth("令和8年6月11日", TODAY)
    assert "11日" not in str(caught.value)


@given(days)
def test_what_is_written_is_read_back(day):
    era, year = era_year(day)
    kanji = f"{era.short}{year}.{day.month}.{day.day}"
    compact = f"{era.letter}{year:02d}{day:%m%d}"
    wide = unicodedata.normalize("NFKC", format_wareki(day)).translate(
        {ord("0") + digit: chr(ord("０") + digit) for digit in range(10)}
    )
    for text in (format_wareki(day), format_short(day), day.isoformat(), f"{day:%Y%m%d}", kanji, compact, wide):
        assert parse_wareki(text) == day
    assert parse_era7(format_era7(day)) == day


def answer(text: str) -> date | str:
    try:
        return parse_wareki(text)
    except Refusal as refusal:
        return refusal.code


@given(st.text(max_size=45) | st.text(alphabet="明治大正昭和平成令元年月日一二三十〇0123456789.-/SHRMT ", max_size=16))
def test_any_text_is_a_date_or_a_refusal(text):
    result = answer(text)
    assert isinstance(result, date) or result in {"date-unreadable", "date-impossible"}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3120304", date(1937, 3, 4)),
        ("1450730", date(1912, 7, 30)),
        ("2010730", date(1912, 7, 30)),
        ("4010108", date(1989, 1, 8)),
        ("5080610", date(2026, 6, 10)),
    ],
)
def test_the_seven_digit_register_form(text, day):
    assert parse_era7(text) == day


@pytest.mark.parametrize(
    "text", ["", "312030", "31203040", "0120304", "6010101", "S120304", "３１２０３０４", "312 304"]
)
def test_what_is_no_register_date_is_refused(text):
    with pytest.raises(Refusal) as caught:
        parse_era7(text)
    assert caught.value.code == "date-unreadable"


@pytest.mark.parametrize("text", ["3640230", "3640108", "4010107", "5000101", "3121301", "3120431", "3120400"])
def test_an_impossible_register_date_is_refused(text):
    with pytest.raises(Refusal) as caught:
        parse_era7(text)
    assert caught.value.code == "date-impossible"


def test_birth_dates_of_living_people_are_taken():
    assert parse_birth("M43.1.1", TODAY) == date(1910, 1, 1)
    assert parse_birth("R8.6.10", TODAY) == TODAY
    assert parse_birth("1896-06-10", TODAY) == date(1896, 6, 10)


@pytest.mark.parametrize(
    ("text", "code"),
    [("R8.6.11", "birth-in-future"), ("1896-06-09", "birth-too-old"), ("昭和64年2月30日", "date-impossible")],
)
def test_a_birth_in_the_future_or_too_long_ago_is_refused(text, code):
    with pytest.raises(Refusal) as caught:
        parse_birth(text, TODAY)
    assert caught.value.code == code


def test_written_forms():
    assert format_wareki(date(2026, 6, 10)) == "令和8年6月10日"
    assert format_wareki(date(2019, 5, 1)) == "令和元年5月1日"
    assert format_short(date(2026, 6, 10)) == "R8.6.10"
    assert format_era7(date(1937, 3, 4)) == "3120304"
    with pytest.raises(ValueError, match="no era"):
        format_wareki(date(1868, 1, 24))


@pytest.mark.parametrize(
    ("year", "written"),
    [
        (1926, "大正15年度"),
        (1988, "昭和63年度"),
        (1989, "平成元年度"),
        (2018, "平成30年度"),
        (2019, "令和元年度"),
        (2026, "令和8年度"),
    ],
)
def test_fiscal_years(year, written):
    assert format_year(year) == written


def test_a_year_before_meiji_has_no_era():
    with pytest.raises(ValueError, match="no era"):
        format_year(1867)


def test_a_new_era_is_one_entry(tmp_path, monkeypatch):
    rows = (wareki.Path(wareki.__file__).parent / "eras.yaml").read_text("utf8")
    entry = '- {code: "6", letter: X, name: 新元, short: 新, from: 2031-05-01}\n'
    (tmp_path / "eras.yaml").write_text(rows + entry, "utf8")
    caches = (eras, wareki._era_names, wareki._patterns)
    for cached in caches:
        cached.cache_clear()
    monkeypatch.setattr(wareki, "__file__", str(tmp_path / "wareki.py"))
    try:
        assert parse_wareki("新元元年5月1日") == parse_wareki("X1.5.1") == parse_era7("6010501") == date(2031, 5, 1)
        assert format_wareki(date(2032, 1, 1)) == "新元2年1月1日"
        assert (format_year(2031), format_year(2032)) == ("令和13年度", "新元2年度")
        refused("令和13年5月1日", "date-impossible", "令和は13年4月30日まで", "新元元年")
    finally:
        for cached in caches:
            cached.cache_clear()
