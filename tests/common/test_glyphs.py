"""Characters of names: what the fonts have is printed in its shape, what they lack is refused by name."""

import pytest

from kaigo.common import glyphs
from kaigo.common.glyphs import GOTHIC, MINCHO, FontMissing, font_for, missing_glyphs, require_glyphs, strays
from kaigo.common.refusal import Refusal

KATSU = "葛\U000e0100"  # 葛󠄀 (Adobe-Japan1)
BE = "邉\U000e0104"  # a shape that the base font lacks and Noto has
BE_MJ = "邉\U000e0110"  # a shape of the 文字情報基盤 that only IPAmjMincho has
NOWHERE = "葛\U000e01ef"


@pytest.fixture
def without(monkeypatch):
    """Pretends that font families are not installed."""
    installed = glyphs.coverage

    def remove(*families):
        monkeypatch.setattr(glyphs, "coverage", lambda family: None if family in families else installed(family))
        font_for.cache_clear()

    yield remove
    font_for.cache_clear()


@pytest.mark.parametrize("chain", [GOTHIC, MINCHO])
def test_the_base_font_has_everyday_and_many_rare_characters(chain):
    for cluster in ("山", "髙", "﨑", "①", "〒", "〜", "～", "Ａ", "7", KATSU):
        assert font_for(cluster, chain) == chain[0]


def test_later_fonts_of_the_chain_supply_what_the_base_font_lacks():
    assert font_for("𠮷") == "IPAmjMincho"
    assert font_for(BE_MJ) == "IPAmjMincho"
    assert font_for(BE) == "Noto Sans CJK JP"
    assert font_for(BE, MINCHO) == "Noto Serif CJK JP"


def test_nothing_is_missing_from_ordinary_letters():
    text = f"あおば市中央区１丁目2-3　{KATSU}西　𠮷子 様\n金82,600円（第5段階）\t㈱"
    assert missing_glyphs(text) == []
    assert missing_glyphs("") == []
    require_glyphs(text)


def test_invisible_characters_need_no_glyph():
    assert missing_glyphs("a\u200bb\u00adc\ufeffd\u2060☎\ufe0e") == []


def test_what_no_font_has_is_named_once_and_in_order():
    assert missing_glyphs(f"😀山{NOWHERE}😀\ue000") == ["😀", NOWHERE, "\ue000"]


def test_a_refusal_names_the_character_and_its_code_point():
    with pytest.raises(Refusal) as caught:
        require_glyphs(f"山田{NOWHERE}子😀")
    assert caught.value.code == "glyph-missing"
    assert "U+845B U+E01EF" in caught.value.message
    assert "「😀」（U+1F600）" in caught.value.message
    assert "山" not in caught.value.message  # nothing of the name but the character itself
    assert caught.value.ways


def test_a_selector_without_a_character_is_missing():
    assert missing_glyphs("\U000e0100") == ["\U000e0100"]


def test_a_sequence_that_the_base_font_would_draw_wrongly_is_a_stray():
    text = f"渡{BE}　{KATSU}西　{BE_MJ}"
    assert [(text[start:end], family) for start, end, family in strays(text, MINCHO)] == [
        (BE, "Noto Serif CJK JP"),
        (BE_MJ, "IPAmjMincho"),
    ]


def test_without_a_fallback_font_its_shapes_are_missing(without):
    without("IPAmjMincho")
    assert missing_glyphs(f"山{BE_MJ}") == [BE_MJ]


def test_without_the_base_font_nothing_is_printed(without):
    without("BIZ UDGothic")
    with pytest.raises(FontMissing, match="BIZ UDGothic"):
        missing_glyphs("山")


def test_a_family_that_is_not_installed_is_not_replaced_by_the_nearest():
    assert glyphs.coverage("No Such Font Family") is None
