"""Addresses as people ask for them: one folded form, however 丁目, 番地 and 号 are written."""

import re
import unicodedata

import jaconv

from kaigo.common import kana

_NUMERAL = "〇一二三四五六七八九十百"
_COUNTED = re.compile(rf"[{_NUMERAL}]+(?=丁目|番地|番|号|条|線|の[\d{_NUMERAL}])|(?<=[地番\d]の)[{_NUMERAL}]+")
_READABLE = re.compile(
    r"(?:[一二三四五六七八九]?百)?(?:[一二三四五六七八九]?十)?[一二三四五六七八九]?|[〇一二三四五六七八九]+"
)
_COUNTER = re.compile(r"(?<=\d)(?:丁目|番地|号室|番|号|[のノ之\-‐‑‒–—―−ー])+")
_LOOSE = re.compile(r"-+(?!\d)")
_DROPPED = re.compile(r"大字|[\s、,.・]")
_WARD = re.compile(r"[^\d区]{1,6}区(?=.)")
_BLOCK = re.compile(r"\d+(?=-\d)")
_NUMBERS = re.compile(r"\d[\d-]*$")
_STRETCH = re.compile(r"[ァ-ヺー]+|[A-Z]+|[\d-]+|[^ァ-ヺーA-Z\d-]+")
_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_SMALL = str.maketrans("ヶケヵ", "ガガカ")  # 鎌ヶ谷, 鎌ケ谷 and 鎌が谷 are one place


def fold(text: str) -> str:
    """The form under which addresses are compared: 都町一丁目２番３号 and 都町1-2-3 are both 都町1-2-3.

    Hiragana are katakana, variant kanji their everyday shape, ヶ is ガ; spaces and 大字 are dropped.
    """
    folded = _fold(text)
    while (again := _fold(folded)) != folded:
        folded = again
    return folded


def _fold(text: str) -> str:
    plain = jaconv.hira2kata(kana.everyday(_DROPPED.sub("", unicodedata.normalize("NFKC", text).upper())))
    counted = _COUNTED.sub(_in_digits, plain.replace("ノ", "の"))
    joined = _COUNTER.sub("-", counted.replace("の", "ノ"))
    return _LOOSE.sub("", joined).translate(_SMALL)


def without_city(folded: str, city: str) -> str:
    """A folded address without the name of the city before it, unless that is all there is."""
    return folded.removeprefix(fold(city)) or folded


def beginnings(town: str, lot: str, building: str, city: str) -> list[str]:
    """From where on an address may be asked for, each folded: ward, town, town without 丁目, numbers, lot, building.

    `town` may begin with the names of the city (`city`) and of the ward.
    """
    named, numbered = without_city(fold(town), city) if town else "", fold(lot)
    joint = "-" if named[-1:].isdigit() and numbered[:1].isdigit() else ""
    whole = named + joint + numbered
    bare = _WARD.sub("", whole, count=1) if _WARD.match(whole) else whole
    found = [whole, bare, _BLOCK.sub("", bare, count=1).replace("-", "", 1) if joint else bare, numbered]
    if numbers := _NUMBERS.search(bare):
        found.append(numbers.group())
    flat = fold(building)
    found += [flat[match.start() :] for match in _STRETCH.finditer(flat)]
    return [text for text in dict.fromkeys(found) if text]


def _in_digits(match: re.Match[str]) -> str:
    word = match.group()
    return str(number_of(word)) if _READABLE.fullmatch(word) else word


def number_of(kanji: str) -> int:
    """The value of a number in kanji: 十二 is 12, 二十 is 20, 百一 is 101, 一〇三 is 103."""
    if "十" not in kanji and "百" not in kanji:
        return int(kanji.translate(_DIGITS))
    hundreds, _, rest = kanji.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    value = int(hundreds.translate(_DIGITS) or 1) * 100 if "百" in kanji else 0
    value += int(tens.translate(_DIGITS) or 1) * 10 if ten else 0
    return value + int(ones.translate(_DIGITS) or 0)
