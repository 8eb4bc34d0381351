"""One place, however it is written: what is asked for and what is registered fold to the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaigo.common.addresses import beginnings, fold, number_of, without_city


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("都町一丁目２番３号", "都町1-2-3"),
        ("都町1丁目2番地3", "都町1-2-3"),
        ("都町１－２－３", "都町1-2-3"),
        ("都町1ー2−3", "都町1-2-3"),
        ("都町 1丁目 2の3", "都町1-2-3"),
        ("都町一丁目二番地の三", "都町1-2-3"),
        ("都町十二丁目", "都町12"),
        ("二十三番地", "23"),
        ("百一号室", "101"),
        ("みやこ町", "ミヤコ町"),
        ("三崎町", "三崎町"),
        ("千代田", "千代田"),
        ("鎌ヶ谷", "鎌ガ谷"),
        ("鎌が谷", "鎌ガ谷"),
        ("鎌ケ谷", "鎌ガ谷"),
        ("大字髙濵", "高浜"),
        ("みのり台", "ミノリ台"),
        ("都町ハイツ１０１号室", "都町ハイツ101"),
        ("", ""),
    ],
)
def test_every_usual_way_of_writing_is_one_form(written, folded):
    assert fold(written) == folded


@given(st.text(alphabet="都町一二三十百丁目番地号の-ー0123ノﾉヶ髙大字 　。A", max_size=12))
def test_a_folded_address_is_its_own_form(text):
    once = fold(text)
    assert fold(once) == once


@given(st.text(max_size=30))
def test_no_text_breaks_it(text):
    assert isinstance(fold(text), str)
    assert isinstance(beginnings(text, text, text, "あおば市"), list)


def test_the_city_is_left_out_unless_it_is_all_there_is():
    assert without_city(fold("あおば市都町"), "あおば市") == "都町"
    assert without_city(fold("あおば市"), "あおば市") == "アオバ市"


def test_an_address_may_begin_at_the_ward_the_town_the_numbers_or_the_building():
    found = beginnings("あおば市中央区都町一丁目", "2番3号", "都町ハイツ101", "あおば市")
    assert found == ["中央区都町1-2-3", "都町1-2-3", "都町2-3", "2-3", "1-2-3", "都町ハイツ101", "ハイツ101", "101"]


def test_a_town_without_chome_joins_its_lot():
    assert beginnings("鏡町", "77番地", "", "あおば市") == ["鏡町77", "77"]


def test_nothing_begins_nowhere():
    assert beginnings("", "", "", "あおば市") == []


@pytest.mark.parametrize(
    ("kanji", "value"),
    [("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("百", 100), ("二百三十四", 234), ("一〇三", 103)],
)
def test_numbers_in_kanji(kanji, value):
    assert number_of(kanji) == value
