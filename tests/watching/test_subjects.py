"""Comparing people: addresses and surnames however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.subjects import address_key, address_text, surname_key

SAME = [
    "あおば市中央区都町一丁目2番3号",
    "あおば市中央区都町1丁目2番3号",
    "あおば市中央区都町１丁目２番３号",
    "あおば市中央区都町１－２－３",
    "あおば市中央区都町1-2-3",
    "あおば市中央区都町1ー2ー3",
    "あおば市中央区都町1の2の3",
    "あおば市中央区都町１丁目２番地３",
    "あおば市中央区都町１丁目２番地の３",
    "あおば市中央区都町 1丁目 2-3",
    "千葉県あおば市中央区都町一丁目2番3号",
    "あおば市中央区都町1-2-3 都町ハイツ101号",
    "あおば市中央区都町一丁目２番３号都町ハイツ１０１",
]
OTHER = [
    "あおば市中央区都町一丁目2番4号",
    "あおば市中央区都町一丁目23番",
    "あおば市中央区都町二丁目2番3号",
    "あおば市中央区都町1-2",
    "あおば市中央区都町12-3",
    "あおば市緑区都町1-2-3",
]


@pytest.mark.parametrize("written", SAME)
def test_every_usual_way_of_writing_an_address_is_the_same(written):
    assert address_text(written) == "あおば市中央区都町1-2-3"
    assert address_key(written, "") == address_key("あおば市中央区都町一丁目", "2番3号")


@pytest.mark.parametrize("written", OTHER)
def test_another_address_is_another(written):
    assert address_key(written, "") != address_key(SAME[0], "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("見本市大字川辺123番地4", "見本市川辺123-4"),
        ("見本市三番町十二番地", "見本市三番町12"),
        ("鎌ヶ谷市見本町5番地", "鎌ケ谷市見本町5"),
        ("札幌市中央区北一条西二十一丁目1番1号", "札幌市中央区北一条西21丁目1-1"),
        ("見本町百二丁目3番", "見本町102丁目3番"),
    ],
)
def test_other_ways(one, other):
    assert address_text(one) == address_text(other)


def test_names_of_places_keep_their_numbers():
    assert address_text("三宅町五井四番町") != address_text("宅町井番町")
    assert address_text("見本市三番町1") != address_text("見本市四番町1")


def test_no_address_has_no_key():
    assert address_key("", "") == b""
    assert address_key("　", " ") == b""


def test_the_key_does_not_show_the_address():
    assert "都町".encode() not in address_key("都町", "1")


@given(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99))
def test_kanji_and_digits_agree(block, lot, house):
    kanji = "〇一二三四五六七八九"

    def written(number):
        tens, ones = divmod(number, 10)
        return ("" if tens == 0 else "十" if tens == 1 else kanji[tens] + "十") + (kanji[ones] if ones else "")

    one = f"見本町{written(block)}丁目{written(lot)}番{written(house)}号"
    assert address_text(one) == f"見本町{block}-{lot}-{house}"


@pytest.mark.parametrize(
    ("one", "other"), [("渡邊　太郎", "渡辺 花子"), ("佐々木　一", "佐佐木 一"), ("髙橋　一", "高橋 一")]
)
def test_surnames_are_compared_without_their_variants(one, other):
    assert surname_key(one) == surname_key(other) != ""


def test_a_name_without_a_surname_matches_nobody():
    assert surname_key("マリア") == ""
