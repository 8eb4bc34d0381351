"""What somebody typed into the search box: numbers, birth dates, kana, names and addresses, in any order."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from kaigo.common import addresses, kana
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import parse_era7, parse_wareki

INDIVIDUAL_NUMBER_DIGITS = 12
LONG_NUMBER = 10  # digits from which on a number is no part of an address or date
MOST_WORDS = 8
_NUMBER = re.compile(r"[0-9()+\-‐－ー. ]+")
_JOINED_DATE = re.compile(r"(?<=[年月元])\s+|\s+(?=[年月日])")
_PART_OF_YEAR = re.compile(
    r"(?P<year>[^\d./\-]{0,2}(?:\d{1,4}|元|[〇一二三四五六七八九十]{1,4}))年?(?:[./\-]?(?P<month>\d{1,2})月?)?"
)
_MARKED = re.compile(r"[年月./\-]")


@dataclass(frozen=True, slots=True)
class Word:
    """One word and all that it may be; whoever fits one of these readings fits the word.

    `kana`, `name` and `address` are folded beginnings; `births` are years, months or days (1937, 193703, 19370304).
    """

    kana: str = ""
    name: str = ""
    address: str = ""
    births: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for: every word must fit. `numbers` and `births` are readings of the same digits.

    `numbers` are complete insured, addressee, household or telephone numbers as they may stand in the register.
    """

    numbers: tuple[str, ...] = ()
    births: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()

    @property
    def by_number(self) -> bool:
        """Whether a single hit is certain enough to open the person at once."""
        return bool(self.numbers) and not self.words

    @property
    def kana_key(self) -> str:
        """All words as one reading, when they are all kana."""
        keys = [word.kana for word in self.words]
        return kana.search_key("".join(keys)) if all(keys) else ""

    @property
    def name_key(self) -> str:
        """All words as one name, when each may be a part of one that is not kana."""
        names = [word.name for word in self.words]
        return kana.name_key("".join(names)) if all(names) else ""


def read_search(text: str) -> Search:
    """The search that a text asks for.

    Raises Refusal for an empty text, for a day that never was, and for an individual number (個人番号): looking
    for one is an act of its own that needs a right and a reason (番号法第9条).
    """
    printable = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    folded = " ".join(unicodedata.normalize("NFKC", printable).split())
    if not folded:
        raise Refusal("search-empty", "番号、氏名、カナ、生年月日、住所のどれかを入れてください。", field="text")
    _refuse_individual_number(folded)
    if re.fullmatch(r"H\d{9}", folded, re.IGNORECASE):
        return Search(numbers=(folded.upper(),))
    joined = _JOINED_DATE.sub("", folded)
    if joined.isascii() and joined.isdigit():
        return _by_digits(joined)
    births = _births(joined)
    if births:
        return Search(words=(Word(births=births),))
    if _NUMBER.fullmatch(folded) and _digits(folded) and not _is_lot(folded):
        return Search(numbers=_numbers(_digits(folded)))
    return _by_words(joined.split(" "))


def _refuse_individual_number(folded: str) -> None:
    pieces = (folded, *folded.split(" "))
    if any(_NUMBER.fullmatch(piece) and len(_digits(piece)) == INDIVIDUAL_NUMBER_DIGITS for piece in pieces):
        raise Refusal(
            "individual-number",
            "個人番号（12桁）では検索できません。入力した番号は保存していません。",
            field="text",
            ways=(
                "被保険者番号（10桁）、氏名、カナ、生年月日のどれかで探してください。",
                "個人番号による照会には、専用の権限と利用の理由が要ります。",
            ),
        )


def _by_digits(digits: str) -> Search:
    births = [f"{day:%Y%m%d}" for day in (_day(digits), _era7_day(digits)) if day]
    return Search(numbers=_numbers(digits), births=(*births, *_year(digits)))


def _numbers(digits: str) -> tuple[str, ...]:
    return (digits,) if len(digits) >= LONG_NUMBER else (digits.zfill(10), digits.zfill(15))


def _by_words(typed: list[str]) -> Search:
    if len(typed) > MOST_WORDS:
        raise Refusal("search-long", f"検索の言葉は{MOST_WORDS}個までにしてください。", field="text")
    numbers: tuple[str, ...] = ()
    words: list[Word] = []
    for word in typed:
        if _NUMBER.fullmatch(word) and len(_digits(word)) >= LONG_NUMBER:
            numbers += _numbers(_digits(word))
        elif re.fullmatch(r"H\d{9}", word, re.IGNORECASE):
            numbers += (word.upper(),)
        elif found := _word(word):
            words.append(found)
    if not words and not numbers:
        raise Refusal("search-empty", "記号だけでは探せません。氏名、カナ、番号などを入れてください。", field="text")
    return Search(numbers=numbers, words=tuple(words))


def _word(text: str) -> Word | None:
    if births := _births(text):
        return Word(births=births)
    address = addresses.without_city(addresses.fold(text), settings.INSURER_NAME)
    if _digits(text) and _NUMBER.fullmatch(text):
        return Word(address=address, births=_year(text) if text.isdigit() else ())
    registered = kana.normalise(text)
    if kana.is_kana(registered):
        return Word(kana=kana.search_key(registered), address=address)
    name = kana.name_key(text)
    return Word(name=name, address=address) if name else None


def _is_lot(text: str) -> bool:
    """2-3 or 1-2-3: an address, not a number that somebody broke up."""
    return "-" in addresses.fold(text) and len(_digits(text)) < LONG_NUMBER - 1


def _births(text: str) -> tuple[str, ...]:
    """The day, month or year that a word with a sign of the calendar in it means; none for anything else."""
    if text.isascii() and text.isdigit():
        return (f"{day:%Y%m%d}",) if len(text) == 8 and (day := _day(text)) else ()
    if day := _day(text):
        return (f"{day:%Y%m%d}",)
    match = _PART_OF_YEAR.fullmatch(text)
    if match is None or not _is_dated(text):
        return ()
    month = match["month"]
    for end in (f"{month}月28日", f"{month}月1日") if month else ("12月31日", "1月1日"):
        if day := _quiet_day(f"{match['year']}年{end}"):
            return (f"{day:%Y%m}" if month else f"{day:%Y}",)
    return ()


def _is_dated(text: str) -> bool:
    """S12, 昭和三年 and 1937年 are years; 昭三 is somebody's name, 12年 could be any era's."""
    if text[0].isdigit():
        return bool(re.match(r"\d{4}", text) and _MARKED.search(text))
    return bool(re.search(r"\d", text) or _MARKED.search(text))


def _year(digits: str) -> tuple[str, ...]:
    """Four digits as a year in which somebody alive may have been born."""
    return (digits,) if re.fullmatch(r"(18[7-9]|19\d|20\d)\d", digits) else ()


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _day(text: str) -> date | None:
    try:
        return parse_wareki(text)
    except Refusal as refusal:
        if refusal.code == "date-impossible" and not text.isdigit():
            raise
        return None


def _quiet_day(text: str) -> date | None:
    try:
        return parse_wareki(text)
    except Refusal:
        return None


def _era7_day(digits: str) -> date | None:
    try:
        return parse_era7(digits)
    except Refusal:
        return None
