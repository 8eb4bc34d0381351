"""One box: whatever the counter is told finds the person, and an individual number finds nobody."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from audit.actor import Actor
from eligibility import finding, search_keys
from eligibility.finding import find_people, one_off
from eligibility.models import ContactPoint, Resident, ResidentVersion, SearchKey
from eligibility.search import Search, Word, read_search
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from tests import factories

HANAKO = "山﨑　花子"


def births(*texts):
    return Search(words=tuple(Word(births=(text,)) for text in texts))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0000012344", Search(numbers=("0000012344",))),
        ("12344", Search(numbers=("0000012344", "000000000012344"))),
        ("１２３４４", Search(numbers=("0000012344", "000000000012344"))),
        ("H000000001", Search(numbers=("H000000001",))),
        ("043-245-5001", Search(numbers=("0432455001",))),
        ("(043)245-5001", Search(numbers=("0432455001",))),
        ("043 245 5001", Search(numbers=("0432455001",))),
        ("090-0000-0001", Search(numbers=("09000000001",))),
        ("000000000000123", Search(numbers=("000000000000123",))),
        ("S12.3.4", births("19370304")),
        ("昭和12年3月4日", births("19370304")),
        ("昭和 12年 3月 4日", births("19370304")),
        ("1937-03-04", births("19370304")),
        ("昭和12年", births("1937")),
        ("S12", births("1937")),
        ("昭和十二年", births("1937")),
        ("1937年", births("1937")),
        ("昭和12年3月", births("193703")),
        ("S12.3", births("193703")),
        ("1937/3", births("193703")),
        ("昭和64年", births("1989")),
        ("大正元年", births("1912")),
        ("2-3", Search(words=(Word(address="2-3"),))),
        ("1-2-3", Search(words=(Word(address="1-2-3"),))),
    ],
)
def test_reads_every_usual_way_of_asking(typed, expected):
    assert read_search(typed) == expected


@pytest.mark.parametrize("typed", ["ヤマダタロウ", "やまだ　たろう", "ﾔﾏﾀﾞ ﾀﾛｳ"])
def test_all_words_together_may_be_one_reading(typed):
    assert read_search(typed).kana_key == "ヤマダタロウ"


@pytest.mark.parametrize(("typed", "key"), [("山﨑", "山崎"), ("山崎 花子", "山崎花子"), ("Smith John", "SMITHJOHN")])
def test_all_words_together_may_be_one_name(typed, key):
    assert read_search(typed).name_key == key


@pytest.mark.parametrize("typed", ["ヤマダ S12.3.4", "S12.3.4 ヤマダ", "昭12.3.4 やまだ"])
def test_a_name_and_a_day_are_two_words(typed):
    search = read_search(typed)
    assert {(word.kana, word.births) for word in search.words} == {("ヤマダ", ()), ("", ("19370304",))}
    assert search.kana_key == search.name_key == ""


@pytest.mark.parametrize("typed", ["昭三", "12年", "元", "山田12"])
def test_what_is_no_year_is_a_word(typed):
    assert read_search(typed).words[0].births == ()


def test_eight_digits_may_be_a_day_or_a_number():
    search = read_search("19370304")
    assert search.births == ("19370304",)
    assert "0019370304" in search.numbers


def test_four_digits_may_be_a_year_or_a_number():
    search = read_search("1937")
    assert (search.births, search.numbers[0]) == (("1937",), "0000001937")
    assert read_search("1234").births == ()


def test_seven_digits_may_be_a_register_date_or_a_number():
    assert read_search("3120304").births == ("19370304",)


@pytest.mark.parametrize(
    "typed", ["123456789018", "1234-5678-9018", "１２３４ ５６７８ ９０１８", "ヤマダ 123456789018"]
)
def test_an_individual_number_is_refused_whatever_its_check_digit(typed):
    with pytest.raises(Refusal) as refused:
        read_search(typed)
    assert refused.value.code == "individual-number"
    assert "9018" not in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "search-empty"),
        ("　 ", "search-empty"),
        ("昭和64年2月30日", "date-impossible"),
        ("・ ー", "search-empty"),
        ("あ " * 9, "search-long"),
    ],
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
@pytest.mark.parametrize("typed", ["ヤマダ", "山田", "太郎", "都町", "ヤマダ 都町", "ヤマタ"])
def test_the_number_of_statements_does_not_grow_with_the_hits(clerk, people, typed):
    for _ in range(people):
        factories.insured()
    with CaptureQueriesContext(connection) as queries:
        found = find_people(clerk, read_search(typed))
        [
            (row.office.name, row.insured.insured_number, list(row.insured.periods.all()))
            for row in (*found.rows, *found.similar)
        ]
    assert len(queries) <= 12


TARO = ("山田　太郎", "ヤマダ　タロウ")


@pytest.mark.parametrize(
    "typed",
    [
        "花子", "ハナコ", "はなこ", "山崎 はなこ", "花子 山﨑", "ヤマザキ 昭和15年", "山崎 S15.3", "ヤマザキ 都町",
        "都町 2-3", "都町一丁目２番３号", "都町1-2-3", "中央区都町", "あおば市中央区都町", "都町ハイツ", "ハイツ１０１",
        "みやこハナ", "ヤマザキ 0430000001", "ヤマザキ 都町 昭和15年3月2日", "花", "1940年",
    ],
)  # fmt: skip
def test_finds_the_person_by_words_that_all_fit(clerk, typed):
    factories.resident(HANAKO, "ヤマザキ　ハナコ", birth_date=date(1940, 3, 2), phone="0430000001", alias="ミヤコハナ")
    factories.resident(*TARO, town="あおば市緑区鏡町三丁目", lot="20番31号", building="", birth_date=date(1950, 1, 1))
    assert found(clerk, typed) == [HANAKO]


@pytest.mark.parametrize(
    "typed", ["ヤマザキ 昭和16年", "山崎 太郎", "ヤマザキ 鏡町", "都町 3-1", "2-31", "ヤマザキ 0430000002"]
)
def test_one_word_that_does_not_fit_is_enough_to_find_nobody(clerk, typed):
    factories.resident(HANAKO, "ヤマザキ　ハナコ", birth_date=date(1940, 3, 2), phone="0430000001")
    factories.resident(*TARO, town="あおば市緑区鏡町三丁目", lot="20番31号", building="", phone="0430000002")
    assert found(clerk, typed) == []


def test_finds_everybody_of_a_household(clerk):
    for name in ("山田　太郎", "山田　梅"):
        factories.resident(name, "ヤマダ　タロウ", household_number="000000000070707")
    assert len(found(clerk, "70707")) == 2


def contact(person, **fields):
    defaults = {
        "name": "山﨑　一", "relationship": "04", "phone": "090-0000-0007", "phone_key": "09000000007",
        "begun_on": date(2020, 1, 1), "created_at": clock.now(),
    }  # fmt: skip
    ContactPoint.objects.create(resident=person, **defaults | fields)


def test_finds_by_the_telephone_of_the_family(clerk):
    contact(factories.resident(HANAKO, "ヤマザキ　ハナコ"))
    assert found(clerk, "090-0000-0007") == found(clerk, "ヤマザキ 090-0000-0007") == [HANAKO]


@pytest.mark.parametrize(
    "fields", [{"withdrawn": True}, {"ended_on": date(2021, 1, 1)}, {"begun_on": date(2999, 1, 1)}]
)
def test_a_telephone_that_holds_no_longer_finds_nobody(clerk, fields):
    contact(factories.resident(HANAKO, "ヤマザキ　ハナコ"), **fields)
    assert found(clerk, "090-0000-0007") == []


def test_who_was_let_read_somebody_of_another_office_finds_that_person_only(db):
    elsewhere = factories.office("緑区役所")
    person, _ = (factories.resident(HANAKO, "ヤマザキ　ハナコ", office=elsewhere) for _ in range(2))
    actor = Actor.of(factories.staff("eligibility.view"))
    let = replace(actor, exceptional=replace(actor.exceptional, readings={person.public_id: "転入の確認"}))
    for typed in ("ヤマザキ", "山崎", "花子", "都町", "山崎 都町", person.addressee_number):
        assert [row.pk for row in find_people(let, read_search(typed)).rows] == [person.pk], typed
        assert find_people(actor, read_search(typed)).rows == []


def test_a_protected_person_is_not_found_by_the_address(clerk):
    factories.resident(HANAKO, "ヤマザキ　ハナコ", is_protected=True)
    assert found(clerk, "都町") == found(clerk, "ヤマザキ 都町") == []
    assert found(clerk, "ヤマザキ") == [HANAKO]


def version(person, serial, name, reading, alias=""):
    ResidentVersion.objects.create(
        resident=person, history_serial=serial, event="01", event_on=date(2020, 1, 1), received_at=clock.now(),
        status="1", household_number="1", relationship="01", name=name, kana=reading, alias=alias, ward_code="12101",
        town="", lot="", resident_from=date(1990, 4, 1), digest=b"",
    )  # fmt: skip


@pytest.mark.parametrize("typed", ["旧山", "旧山 花子", "キュウヤマ", "きゅうやま", "旧山花子 都町"])
def test_finds_by_a_former_name_and_says_so(clerk, typed):
    person = factories.resident(HANAKO, "ヤマザキ　ハナコ")
    version(person, 0, "旧山　花子", "キュウヤマ　ハナコ")
    search_keys.refresh()
    hits = find_people(clerk, read_search(typed))
    assert [row.name for row in hits.rows] == [HANAKO]
    assert hits.former == {person.pk: "旧山　花子"}


def test_the_whole_name_comes_before_its_beginning_the_given_name_and_the_address(clerk):
    factories.resident("東　一", "アズマ　ハジメ", town="山一丁目")
    factories.resident("東　山", "アズマ　ヤマ")
    factories.resident("山田　太郎", "ヤマダ　タロウ")
    factories.resident("山", "ヤマ")
    assert found(clerk, "山") == ["山", "山田　太郎", "東　山", "東　一"]
    assert found(clerk, "ヤマ") == ["山", "山田　太郎", "東　山"]


def test_the_insured_come_before_those_who_were_and_then_by_kana(clerk):
    factories.resident("山田　あ", "ヤマダ　ア", status="3", resident_until=date(2020, 1, 1))
    factories.resident("山田　い", "ヤマダ　イ")
    factories.insured(factories.resident("山田　え", "ヤマダ　エ"))
    factories.insured(factories.resident("山田　う", "ヤマダ　ウ"))
    search_keys.refresh_standing()
    expected = ["山田　う", "山田　え", "山田　い", "山田　あ"]
    assert found(clerk, "ヤマダ") == found(clerk, "山田") == found(clerk, "都町") == expected


@pytest.mark.parametrize(
    "typed", ["ヤマザギ", "ヤマサキ", "ヤマキ", "ヤマサザキ", "ヤザマキ", "マザキ", "ヤマザキ　ハナオ"]
)
def test_one_letter_off_is_offered_as_a_similar_name(clerk, typed):
    person = factories.resident(HANAKO, "ヤマザキ　ハナコ")
    factories.resident("佐藤　一", "サトウ　ハジメ")
    hits = find_people(clerk, read_search(typed))
    assert (list(hits.rows), list(hits.similar)) == ([], [person])


@pytest.mark.parametrize("typed", ["ヤマ", "ササザキ", "山埼", "ヤマサキ 昭和12年"])
def test_two_letters_off_kanji_and_short_words_have_no_similar_names(clerk, typed):
    factories.resident(HANAKO, "ヤマザキ　ハナコ", birth_date=date(1950, 1, 1))
    assert list(find_people(clerk, read_search(typed)).similar) == []


def test_similar_names_of_other_offices_are_not_offered(clerk):
    factories.resident(HANAKO, "ヤマザキ　ハナコ", office=factories.office("緑区役所"))
    assert list(find_people(clerk, read_search("ヤマサキ")).similar) == []


def test_who_was_found_is_not_offered_again(clerk):
    factories.resident(HANAKO, "ヤマザキ　ハナコ")
    other = factories.resident("山咲　桜", "ヤマサキ　サクラ")
    hits = find_people(clerk, read_search("ヤマザキ"))
    assert [row.name for row in hits.rows] == [HANAKO]
    assert list(hits.similar) == [other]


def test_many_hits_are_read_in_their_order(clerk, monkeypatch):
    monkeypatch.setattr(finding, "MANY_OF_FEW", 2)
    for reading in ("ヤマダ　ウメ", "ヤマダ　アイ", "ヤマダ　イチロウ"):
        factories.resident(reading, reading)
    assert found(clerk, "都町") == ["ヤマダ　アイ", "ヤマダ　イチロウ", "ヤマダ　ウメ"]
    hits = find_people(clerk, read_search("都町"), page=2, size=2)
    assert ([row.name for row in hits.rows], hits.more) == (["ヤマダ　ウメ"], False)


def test_a_page_that_the_first_residents_fill_is_the_same_page(clerk):
    for reading in ("ヤマダ　ウメ", "ヤマダ　アイ", "ヤマダ　イチロウ"):
        factories.resident(reading, reading)
    factories.resident(HANAKO, "アマサキ　ハナコ", town="鏡町", building="")
    hits = find_people(clerk, read_search("都町"), size=2)
    assert ([row.name for row in hits.rows], hits.more) == (["ヤマダ　アイ", "ヤマダ　イチロウ"], True)
    assert found(clerk, "都町", page=2, size=2) == ["ヤマダ　ウメ"]


class TestKeys:
    def test_a_saved_resident_has_its_keys_at_once(self, clerk):
        person = factories.resident(HANAKO, "ヤマザキ　ハナコ")
        person.name, person.name_key = "鈴木　花子", "鈴木花子"
        person.save()
        assert found(clerk, "鈴木") == ["鈴木　花子"]
        assert search_keys.stale() == []

    def test_what_was_written_past_them_is_found_and_put_right(self, clerk):
        person, _ = factories.resident(HANAKO, "ヤマザキ　ハナコ"), factories.resident()
        Resident.objects.filter(pk=person.pk).update(town="鏡町")
        assert search_keys.stale() == [person.pk]
        assert search_keys.refresh() == 1
        assert search_keys.stale() == []
        assert found(clerk, "鏡町") == [HANAKO]

    def test_a_missing_row_is_stale(self, clerk):
        person = factories.resident()
        SearchKey.objects.all().delete()
        assert search_keys.stale() == [person.pk]
        search_keys.refresh(f"SELECT {person.pk} AS resident_id")
        assert search_keys.stale() == []

    def test_the_place_in_the_order_follows_the_periods(self, db):
        person = factories.insured(factories.resident()).resident
        assert search_keys.stale() == [person.pk]
        assert search_keys.refresh_standing() == 1
        assert search_keys.refresh_standing() == 0
        assert SearchKey.objects.get().standing == SearchKey.Standing.INSURED
        assert search_keys.stale() == []

    def test_a_row_version_alone_writes_no_keys(self, db):
        person = factories.resident()
        with CaptureQueriesContext(connection) as queries:
            person.save(update_fields=["row_version"])
        assert not any("searchkey" in query["sql"] for query in queries)


@given(st.text(alphabet="アイウカサ", min_size=3, max_size=6))
def test_whatever_is_one_off_is_one_edit_away(key):
    near = one_off(key)
    assert key not in near
    assert all(abs(len(other) - len(key)) <= 1 for other in near)
    assert all(key in one_off(other) or len(other) < 2 for other in sorted(near)[:20] if other[-1:] == key[-1:])
