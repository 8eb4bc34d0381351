"""What somebody typed into the search box: numbers, a birth date, a telephone number, kana or kanji, in any order."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from kaigo.common import kana
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import parse_era7, parse_wareki

INDIVIDUAL_NUMBER_DIGITS = 12
_NUMBER = re.compile(r"[0-9()+\-‐－ー. ]+")
_JOINED_DATE = re.compile(r"(?<=[年月元])\s+|\s+(?=[年月日])")


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for. All that is given must fit, except that `numbers` and `days` are readings of the same digits.

    `numbers` are complete insured, addressee or telephone numbers as they may stand in the register.
    """

    numbers: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    kana_key: str = ""
    name_key: str = ""

    @property
    def by_number(self) -> bool:
        """Whether a single hit is certain enough to open the person at once."""
        return bool(self.numbers)


def read_search(text: str) -> Search:
    """The search that a text asks for.

    Raises Refusal for an empty text, for a day that never was, and for an individual number (個人番号): looking
    for one is an act of its own that needs a right and a reason (番号法第9条).
    """
    printable = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    folded = " ".join(unicodedata.normalize("NFKC", printable).split())
    if not folded:
        raise Refusal("search-empty", "番号、氏名、カナ、生年月日、電話番号のどれかを入れてください。", field="text")
    digits = re.sub(r"\D", "", folded)
    if len(digits) == INDIVIDUAL_NUMBER_DIGITS and _NUMBER.fullmatch(folded):
        raise Refusal(
            "individual-number",
            "個人番号（12桁）では検索できません。入力した番号は保存していません。",
            field="text",
            ways=(
                "被保険者番号（10桁）、氏名、カナ、生年月日のどれかで探してください。",
                "個人番号による照会には、専用の権限と利用の理由が要ります。",
            ),
        )
    if re.fullmatch(r"H\d{9}", folded, re.IGNORECASE):
        return Search(numbers=(folded.upper(),))
    whole = _day(_JOINED_DATE.sub("", folded))
    if whole and not folded.isdigit():
        return Search(days=(whole,))
    if digits and _NUMBER.fullmatch(folded):
        return _by_digits(digits)
    return _by_words(folded.split(" "))


def _by_digits(digits: str) -> Search:
    days = tuple(day for day in (_day(digits), _era7_day(digits)) if day)
    numbers = (digits,) if len(digits) >= 10 else (digits.zfill(10), digits.zfill(15))
    return Search(numbers=numbers, days=days)


def _by_words(words: list[str]) -> Search:
    days: list[date] = []
    names: list[str] = []
    for word in words:
        if day := _day(word):
            days.append(day)
        else:
            names.append(word)
    registered = kana.normalise("".join(names))
    if kana.is_kana(registered):
        return Search(days=tuple(days), kana_key=kana.search_key(registered))
    return Search(days=tuple(days), name_key=kana.name_key("".join(names)))


def _day(text: str) -> date | None:
    try:
        return parse_wareki(text)
    except Refusal as refusal:
        if refusal.code == "date-impossible" and not text.isdigit():
            raise
        return None


def _era7_day(digits: str) -> date | None:
    try:
        return parse_era7(digits)
    except Refusal:
        return None
