"""Kana and name folding: one registered form, and search keys that forgive how people write."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import jaconv
import yaml

# Sounds that are written in two ways, folded to one for search (historical kana, small letters).
_SMALL = str.maketrans("ヮヵヶァィゥェォッャュョ", "ワカケアイウエオツヤユヨ")
_SOUNDS = str.maketrans("ヅヂヲヰヱ", "ズジオイエ")
_VU = str.maketrans({"ヷ": "ヴア", "ヸ": "ヴイ", "ヹ": "ヴエ", "ヺ": "ヴオ"})
_VU_PAIRS = {"ヴア": "バ", "ヴイ": "ビ", "ヴエ": "ベ", "ヴオ": "ボ", "ヴ": "ブ"}
_DROPPED = re.compile(r"[\s・･ー－―‐‑–—−\-=＝゠]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Letters of a machine's own (外字): no keyboard has them, so all are one letter, 〓, which may be typed instead.
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_KANA = re.compile(r"[ァ-ヺヽヾー・　 ]*[ァ-ヺ][ァ-ヺヽヾー・　 ]*")
# Already in the registered form, as nearly every row of the register is.
_REGISTERED = re.compile(r"[ァ-ヺー・]+(?:　[ァ-ヺー・]+)*")
_REPEATED = re.compile(r"(.)([々ヽヾ])")
_VOICED_MARK = "\u3099"
# Voiced marks (濁点・半濁点) that stand alone, as the marks that join the letter before them.
_MARKS = str.maketrans({"゛": _VOICED_MARK, "ﾞ": _VOICED_MARK, "゜": "\u309a", "ﾟ": "\u309a"})


def normalise(text: str) -> str:
    """The registered form: full-width katakana, voiced marks composed, single full-width spaces between names.

    Letters, digits and kanji stay as they are: a name may hold them, and `is_kana` says so.
    """
    if _REGISTERED.fullmatch(text):
        return text
    wide = jaconv.h2z(text, kana=True, ascii=False, digit=False)
    composed = _compose(wide.translate(_MARKS))
    return re.sub(r"\s+", "　", jaconv.hira2kata(composed)).strip("　")


def is_kana(text: str) -> bool:
    """Whether a text in its registered form is kana and the marks between them, and nothing else."""
    return _KANA.fullmatch(text) is not None


def search_key(kana: str) -> str:
    """The key under which kana are found: spaces, long vowels and marks dropped, like sounds folded together."""
    folded = _expand(_compose(_DROPPED.sub("", normalise(kana)).translate(_SMALL))).translate(_VU)
    for pair, sound in _VU_PAIRS.items():
        folded = folded.replace(pair, sound)
    return folded.translate(_SOUNDS)


def name_key(name: str) -> str:
    """The key under which a name is found: selectors and spaces dropped, variant kanji (異体字) folded, 外字 as 〓."""
    bare = unicodedata.normalize("NFKC", _SELECTORS.sub("", name))
    folded = _compose(_DROPPED.sub("", bare).translate({ord("ヶ"): "ケ", ord("ヵ"): "カ"}))
    return _PRIVATE.sub("〓", _expand(folded)).translate(_variants()).upper()


def everyday(text: str) -> str:
    """Variant kanji (異体字) in their everyday shape, variation selectors dropped; everything else stays."""
    return _PRIVATE.sub("〓", _SELECTORS.sub("", text)).translate(_variants())


def _compose(text: str) -> str:
    """A voiced mark joined to the letter that folding left before it: ヵ゛ is ガ."""
    return unicodedata.normalize("NFC", text)


@cache
def _variants() -> dict[int, str]:
    rows = yaml.safe_load((Path(__file__).parent / "name_variants.yaml").read_text(encoding="utf8"))
    return {ord(shape): usual for usual, shapes in rows.items() for shape in shapes}


def _expand(text: str) -> str:
    """Repetition marks (々 ヽ ヾ) written out: 佐々木 is 佐佐木, イスヾ is イスズ."""
    return _REPEATED.sub(_twice, text)


def _twice(match: re.Match[str]) -> str:
    letter, mark = match.groups()
    again = unicodedata.normalize("NFC", letter + _VOICED_MARK) if mark == "ヾ" else letter
    return letter + again
