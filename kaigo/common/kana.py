"""Kana and name folding: one registered form, and search keys that forgive how people write."""

import re
import unicodedata

import jaconv

# Sounds that are written in two ways, folded to one for search (historical kana, small letters).
_SOUNDS = str.maketrans("ヅヂヲヰヱヮヵヶァィゥェォッャュョ", "ズジオイエワカケアイウエオツヤユヨ")
_DROPPED = re.compile(r"[\s　・･ー－―‐\-=＝]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_KANA = re.compile(r"[ァ-ヶヷ-ヺー・　 ]+")

# Kanji that are one name to who asks (異体字), folded to the everyday shape.
_VARIANTS = str.maketrans(
    {
        "髙": "高", "﨑": "崎", "嵜": "崎", "碕": "崎", "邊": "辺", "邉": "辺", "澤": "沢", "齋": "斉", "齊": "斉",
        "斎": "斉", "濵": "浜", "濱": "浜", "德": "徳", "𠮷": "吉", "廣": "広", "嶋": "島", "嶌": "島", "國": "国",
        "龍": "竜", "眞": "真", "惠": "恵", "壽": "寿", "櫻": "桜", "榮": "栄", "實": "実", "禮": "礼", "彌": "弥",
        "靜": "静", "瀨": "瀬", "黑": "黒", "增": "増", "會": "会", "曾": "曽", "藏": "蔵", "冨": "富", "塚": "塚",
        "緖": "緒", "祐": "祐", "福": "福", "神": "神", "祥": "祥", "隆": "隆", "羽": "羽", "都": "都",
    }
)


def normalise(text: str) -> str:
    """The registered form: full-width katakana, voiced marks composed, single full-width spaces between names."""
    wide = jaconv.h2z(unicodedata.normalize("NFC", text), kana=True, ascii=False, digit=False)
    return re.sub(r"[\s　]+", "　", jaconv.hira2kata(wide)).strip("　")


def is_kana(text: str) -> bool:
    """Whether a text in its registered form is kana and nothing else."""
    return bool(text) and _KANA.fullmatch(text) is not None


def search_key(kana: str) -> str:
    """The key under which kana are found: spaces, long vowels and marks dropped, like sounds folded together."""
    folded = normalise(kana).replace("ヴァ", "バ").replace("ヴィ", "ビ").replace("ヴェ", "ベ").replace("ヴォ", "ボ")
    return _DROPPED.sub("", folded.replace("ヴ", "ブ").translate(_SOUNDS))


def name_key(name: str) -> str:
    """The key under which a name is found: variation selectors and spaces dropped, variant kanji folded."""
    bare = _SELECTORS.sub("", name).translate(_VARIANTS)
    return _DROPPED.sub("", unicodedata.normalize("NFKC", bare)).translate(_VARIANTS).upper()
