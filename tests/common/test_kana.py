"""Kana and names: one registered form, and keys that find a person however the name is written."""

import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kaigo.common import kana
from kaigo.common.kana import is_kana, name_key, normalise, search_key

KATAKANA = "".join(map(chr, range(0x30A1, 0x30FB)))


@pytest.mark.parametrize(
    ("text", "registered"),
    [
        ("ﾀｶﾊｼ ﾊﾅｺ", "タカハシ　ハナコ"),
        ("たかはし　はなこ", "タカハシ　ハナコ"),
        ("タカハシ   ハナコ ", "タカハシ　ハナコ"),
        ("ﾜﾀﾅﾍﾞ ﾊﾟｰﾙ", "ワタナベ　パール"),
        ("か\u3099く", "ガク"),
        ("カ゛ク", "ガク"),
        ("ゔぁいおれっと", "ヴァイオレット"),
        ("ｷﾑ･ﾖﾝﾋ", "キム・ヨンヒ"),
        ("山田 ﾊﾅ", "山田　ハナ"),
        ("", ""),
    ],
)
def test_the_registered_form_is_full_width_katakana(text, registered):
    assert normalise(text) == registered


@given(st.text(alphabet=KATAKANA + "　ー・", max_size=30))
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(max_size=30))
def test_no_text_breaks_the_keys(text):
    assert isinstance(search_key(text), str)
    assert isinstance(name_key(text), str)


@pytest.mark.parametrize("text", ["スズキ　ハナ", "ヴァン・ダイク", "イスヾ"])
def test_kana_are_kana(text):
    assert is_kana(text)


@pytest.mark.parametrize("text", ["", "ー", "　", "山田", "SMITH", "スズキ3", "すずき", "ｽｽﾞｷ"])
def test_anything_else_is_not(text):
    assert not is_kana(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("キョウコ", "キヨウコ"),
        ("ミヅホ", "ミズホ"),
        ("ヂロウ", "ジロウ"),
        ("カヲル", "カオル"),
        ("ヰサム", "イサム"),
        ("ヱイコ", "エイコ"),
        ("ヴィクター", "ビクタ"),
        ("ヷルガ", "バルガ"),
        ("ユーコ", "ユコ"),
        ("ﾀｶﾊｼ ﾊﾅｺ", "たかはしはなこ"),
        ("いすゞ", "イスズ"),
        ("キム・ヨンヒ", "キムヨンヒ"),
        ("セッツ", "セツツ"),
        ("シャア", "シヤア"),
        ("ヵ゛ク", "ガク"),
        ("ｯﾞｸ", "ヅク"),
    ],
)
def test_kana_are_found_however_they_are_written(one, other):
    assert search_key(one) == search_key(other) != ""


def test_different_kana_stay_different():
    assert len({search_key(text) for text in ("ハナ", "バナ", "パナ", "カナ", "ハナコ")}) == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙﨑", "高崎"),
        ("渡邊", "渡辺"),
        ("渡邉", "渡辺"),
        ("邉\U000e0101見", "辺見"),
        ("澤田", "沢田"),
        ("齋藤", "斉藤"),
        ("齊藤", "斎藤"),
        ("葛\U000e0100西", "葛西"),
        ("\U000e0100葛西", "葛西"),
        ("𠮷田", "吉田"),
        ("\ufa19田", "神田"),
        ("濵口", "浜口"),
        ("佐々木", "佐佐木"),
        ("関ヶ原", "関ケ原"),
        ("山田　太郎", "山田太郎"),
        ("ＳＭＩＴＨ　John", "smith john"),
        ("ヵﾞク", "ガク"),
        ("髙槗", "高橋"),
        ("濵﨑", "浜崎"),
        ("桒原", "桑原"),
        ("栁澤", "柳沢"),
        ("冨樫", "富樫"),
        ("嶌田", "島田"),
        ("廣瀨", "広瀬"),
        ("國圓", "国円"),
        ("壽惠", "寿恵"),
        ("眞德", "真徳"),
        ("假屋", "仮屋"),
        ("曻", "昇"),
        ("靍田", "鶴田"),
        ("﨑\ufe00", "崎"),
        ("\ue123田", "〓田"),
        ("\U000f1234田", "〓田"),
    ],
)
def test_a_name_is_found_in_its_everyday_shape(one, other):
    assert name_key(one) == name_key(other) != ""


def test_each_variant_has_one_everyday_shape_that_is_no_variant_itself():
    rows = yaml.safe_load((Path(kana.__file__).parent / "name_variants.yaml").read_text(encoding="utf8"))
    shapes = [shape for variants in rows.values() for shape in variants]
    assert sorted(set(shapes)) == sorted(shapes)
    assert not set(rows) & set(shapes)
    assert all(len(usual) == 1 for usual in rows)
    for usual, variants in rows.items():
        assert {name_key(shape) for shape in variants} == {usual} == {name_key(usual)}


def test_different_names_stay_different():
    assert len({name_key(text) for text in ("葛西", "葛東", "高田", "吉田", "沢田")}) == 5


@given(st.text(alphabet=KATAKANA + "髙﨑邊邉澤齋葛𠮷佐木ヶヵｱﾞAzＺ　 \U000e0100\ufa19", max_size=20))
def test_a_key_is_its_own_key(text):
    assert name_key(name_key(text)) == name_key(text)
    assert search_key(search_key(text)) == search_key(text)
