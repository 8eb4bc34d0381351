"""One box: whatever the counter is told finds the person, and an individual number finds nobody."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.actor import Actor
from eligibility.queries import find_people
from eligibility.search import Search, read_search
from kaigo.common.refusal import Refusal
from tests import factories

HANAKO = "山﨑　花子"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0000012344", Search(numbers=("0000012344",))),
        ("12344", Search(numbers=("0000012344", "000000000012344"))),
        ("１２３４４", Search(numbers=("0000012344", "000000000012344"))),
        ("H000000001", Search(numbers=("H000000001",))),
        ("043-245-5001", Search(numbers=("0432455001",))),
        ("090-0000-0001", Search(numbers=("09000000001",))),
        ("000000000000123", Search(numbers=("000000000000123",))),
        ("ヤマダ", Search(kana_key="ヤマダ")),
        ("やまだ　たろう", Search(kana_key="ヤマダタロウ")),
        ("ﾔﾏﾀﾞ ﾀﾛｳ", Search(kana_key="ヤマダタロウ")),
        ("山﨑", Search(name_key="山崎")),
        ("山崎 花子", Search(name_key="山崎花子")),
        ("S12.3.4", Search(days=(date(1937, 3, 4),))),
        ("昭和12年3月4日", Search(days=(date(1937, 3, 4),))),
        ("昭和 12年 3月 4日", Search(days=(date(1937, 3, 4),))),
        ("1937-03-04", Search(days=(date(1937, 3, 4),))),
        ("ヤマダ S12.3.4", Search(kana_key="ヤマダ", days=(date(1937, 3, 4),))),
        ("昭12.3.4 山田", Search(name_key="山田", days=(date(1937, 3, 4),))),
    ],
)
def test_reads_every_usual_way_of_asking(typed, expected):
    assert read_search(typed) == expected


def test_eight_digits_may_be_a_day_or_a_number():
    search = read_search("19370304")
    assert search.days == (date(1937, 3, 4),)
    assert "0019370304" in search.numbers


def test_seven_digits_may_be_a_register_date_or_a_number():
    assert read_search("3120304").days == (date(1937, 3, 4),)


@pytest.mark.parametrize("typed", ["123456789018", "1234-5678-9018", "１２３４ ５６７８ ９０１８"])
def test_an_individual_number_is_refused_whatever_its_check_digit(typed):
    with pytest.raises(Refusal) as refused:
        read_search(typed)
    assert refused.value.code == "individual-number"
    assert "9018" not in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "code"), [("", "search-empty"), ("　 ", "search-empty"), ("昭和64年2月30日", "date-impossible")]
)
def test_says_what_is_wrong_with_an_impossible_search(typed, code):
    with pytest.raises(Refusal) as refused:
        read_search(typed)
    assert refused.value.code == code


@pytest.fixture
def clerk(db):
    return Actor.of(factories.staff("eligibility.view"))


def found(clerk, typed, **kwargs):
    return [row.name for row in find_people(clerk, read_search(typed), **kwargs).rows]


@pytest.mark.parametrize(
    "typed",
    ["ヤマザキ", "やまざき", "ﾔﾏｻﾞｷ ﾊﾅｺ", "山崎", "山﨑　花子", "S15.3.2", "0430000001", "043-000-0001", "ﾔﾏｻﾞｷ S15.3.2"],
)
def test_finds_the_person_by_any_of_it(clerk, typed):
    factories.resident(HANAKO, "ヤマザキ　ハナコ", birth_date=date(1940, 3, 2), phone="0430000001")
    factories.resident("佐藤　一", "サトウ　ハジメ", birth_date=date(1950, 1, 1))
    assert found(clerk, typed) == [HANAKO]


def test_finds_by_insured_and_addressee_number(clerk):
    insured = factories.insured(factories.resident(HANAKO, "ヤマザキ　ハナコ"))
    assert found(clerk, insured.insured_number) == [HANAKO]
    assert found(clerk, insured.insured_number.lstrip("0")) == [HANAKO]
    assert found(clerk, insured.resident.addressee_number) == [HANAKO]


def test_name_and_day_must_both_fit(clerk):
    factories.resident(HANAKO, "ヤマザキ　ハナコ", birth_date=date(1940, 3, 2))
    assert found(clerk, "ヤマザキ S15.3.3") == []


def test_a_percent_sign_is_no_wildcard(clerk):
    factories.resident(HANAKO, "ヤマザキ　ハナコ")
    assert found(clerk, "%") == []
    assert found(clerk, "山_") == []


def test_people_of_other_offices_are_not_found(clerk):
    elsewhere = factories.office("緑区役所")
    factories.resident("山田　太郎", "ヤマダ　タロウ", office=elsewhere)
    assert found(clerk, "ヤマダ") == []


def test_pages_in_kana_order_and_says_that_there_is_more(clerk):
    for reading in ("ヤマダ　ウメ", "ヤマダ　アイ", "ヤマダ　イチロウ"):
        factories.resident(reading, reading)
    first = find_people(clerk, read_search("ヤマダ"), size=2)
    assert [row.kana for row in first.rows] == ["ヤマダ　アイ", "ヤマダ　イチロウ"]
    assert first.more
    second = find_people(clerk, read_search("ヤマダ"), page=2, size=2)
    assert [row.kana for row in second.rows] == ["ヤマダ　ウメ"]
    assert not second.more


@pytest.mark.parametrize("people", [1, 10])
def test_the_number_of_statements_does_not_grow_with_the_hits(clerk, people):
    for _ in range(people):
        factories.insured()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rows = find_people(clerk, read_search("ヤマダ")).rows
        [(row.office.name, row.insured.insured_number, list(row.insured.periods.all())) for row in rows]
    assert len(queries) == 2
