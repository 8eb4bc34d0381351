"""Japanese calendar dates (和暦): read in every usual notation, written in one.

Refusals say what is wrong and what would be right without repeating the day: it may be somebody's birth date.
"""

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from kaigo.common.refusal import Refusal

OLDEST = 130  # years: nobody has lived longer
LONGEST = 40  # characters: no notation needs more
NOTATIONS = "「S12.3.4」「昭和12年3月4日」「1937-03-04」のように入れてください。"


class Era(NamedTuple):
    """One era (元号): its code in register files, its letter and names, and its first and last day.

    `fiscal_year` is the first year whose 年度 carries the era's name.
    """

    code: str
    letter: str
    name: str
    short: str
    first: date
    last: date
    fiscal_year: int


@cache
def eras() -> tuple[Era, ...]:
    """All eras, oldest first; the last one has no end."""
    rows = yaml.safe_load((Path(__file__).parent / "eras.yaml").read_text(encoding="utf8"))
    ends = [row["from"] - timedelta(days=1) for row in rows[1:]] + [date.max]
    return tuple(_era(row, end) for row, end in zip(rows, ends, strict=True))


def _era(row: dict[str, Any], end: date) -> Era:
    first: date = row["from"]
    april = first.year + ((first.month, first.day) > (4, 1))
    return Era(
        row["code"],
        row["letter"],
        row["name"],
        row["short"],
        first,
        row.get("to", end),
        row.get("fiscal_year", april),
    )


@cache
def _era_names() -> dict[str, Era]:
    return {word: era for era in eras() for word in (era.letter, era.name, era.short)}


_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_KANJI_NUMBER = re.compile(r"[〇一二三四五六七八九十]+")
_KANJI_TENS = re.compile(r"([一二三四五六七八九]?)十([一二三四五六七八九]?)")
# What an input method writes for a hyphen or a full stop while it is set to Japanese.
_MARKS = str.maketrans("ー－―‐‑–—−。、・", "--------...")


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    words = sorted(_era_names(), key=len, reverse=True)
    era = f"(?P<era>{'|'.join(words)})"
    return tuple(
        re.compile(pattern, re.ASCII)
        for pattern in (
            era + r"(?P<year>\d{1,2}|元)年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
            era + r"\.?(?P<year>\d{1,2}|元)(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
            era + r"(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})",
            r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
            r"(?P<year>\d{4})(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
            r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        )
    )


def parse_wareki(text: str) -> date:
    """The day that a text in any usual notation means.

    Understands 昭和12年3月4日, 昭12.3.4, S12.3.4, s120304, 昭和十二年三月四日, 元年, 1937-03-04, 1937/3/4,
    1937年3月4日 and 19370304, in half- or full-width. Raises Refusal (`date-unreadable`) for anything else and
    (`date-impossible`) for days that never were.
    """
    folded = _fold(text) if len(text) <= LONGEST else ""
    for pattern in _patterns():
        match = pattern.fullmatch(folded)
        if match:
            return _day(match.groupdict())
    raise Refusal("date-unreadable", f"日付として読み取れません。{NOTATIONS}")


def _day(parts: dict[str, str]) -> date:
    year = 1 if parts["year"] == "元" else int(parts["year"])
    month, day = int(parts["month"]), int(parts["day"])
    if "era" in parts:
        return _in_era(_era_names()[parts["era"]], year, month, day)
    return _gregorian(year, month, day)


def parse_birth(text: str, today: date) -> date:
    """A birth date in any notation. Raises Refusal also for the future and for more than 130 years ago."""
    birth = parse_wareki(text)
    check_birth(birth, today)
    return birth


def check_birth(birth: date, today: date) -> None:
    """Refuse a birth date that cannot be anybody's: in the future, or more than 130 years ago."""
    if birth > today:
        raise Refusal("birth-in-future", "生年月日が今日より後です。元号と年を確かめてください。")
    if (today.year - birth.year, (today.month, today.day)) > (OLDEST, (birth.month, birth.day)):
        raise Refusal("birth-too-old", f"生年月日が{OLDEST}年より前です。元号と年を確かめてください。")


def parse_era7(text: str) -> date:
    """The day of a seven-digit register date: era code and yymmdd (3120304 = 昭和12年3月4日). Raises Refusal."""
    if len(text) == 7 and text.isascii() and text.isdigit():
        for era in eras():
            if era.code == text[0]:
                return _in_era(era, int(text[1:3]), int(text[3:5]), int(text[5:7]))
    raise Refusal("date-unreadable", "元号コード1桁と年月日6桁（例：3120304＝昭和12年3月4日）ではありません。")


def format_era7(day: date) -> str:
    """The seven-digit register form of a day."""
    era, year = era_year(day)
    return f"{era.code}{year:02d}{day:%m%d}"


def era_year(day: date) -> tuple[Era, int]:
    """The era of a day and the year in it. Raises ValueError for days before 明治."""
    for era in reversed(eras()):
        if day >= era.first:
            return era, day.year - era.first.year + 1
    raise ValueError("there is no era for this day")


def format_wareki(day: date) -> str:
    """令和8年6月10日 (the first year is 元年)."""
    era, year = era_year(day)
    return f"{era.name}{_year(year)}年{day.month}月{day.day}日"


def format_short(day: date) -> str:
    """R8.6.10."""
    era, year = era_year(day)
    return f"{era.letter}{year}.{day.month}.{day.day}"


def fiscal_year_of(day: date) -> int:
    """The fiscal year (年度) that a day belongs to: 2025 for 2026-03-31, 2026 for 2026-04-01."""
    return day.year - (day.month < 4)


def format_year(fiscal_year: int) -> str:
    """令和8年度 for 2026: the era of the first of April, unless eras.yaml names the year otherwise (2019).

    Raises ValueError for years before 明治.
    """
    for era in reversed(eras()):
        if fiscal_year >= era.fiscal_year:
            return f"{era.name}{_year(fiscal_year - era.first.year + 1)}年度"
    raise ValueError("there is no era for this year")


def _year(year: int) -> str:
    return "元" if year == 1 else str(year)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper().translate(_MARKS)
    folded = re.sub(r"\s+", "", folded)
    return _KANJI_NUMBER.sub(lambda match: _kanji_number(match.group()), folded)


def _kanji_number(word: str) -> str:
    tens = _KANJI_TENS.fullmatch(word)
    if tens:
        return f"{tens[1] or '一'}{tens[2] or '〇'}".translate(_DIGITS)
    return word.translate(_DIGITS)  # 十 out of place stays, and no notation has it


def _in_era(era: Era, year: int, month: int, day: int) -> date:
    if year == 0:
        raise Refusal("date-impossible", f"そのような年はありません。{era.name}は元年（1年）からです。")
    result = _gregorian(era.first.year + year - 1, month, day)
    if result < era.first:
        start = f"{era.first.month}月{era.first.day}日"
        raise Refusal("date-impossible", f"その日はまだ{era.name}ではありません。{era.name}は元年{start}からです。")
    if result > era.last:
        raise Refusal("date-impossible", _after(era, result))
    return result


def _after(era: Era, result: date) -> str:
    years = era.last.year - era.first.year + 1
    end = f"{years}年{era.last.month}月{era.last.day}日"
    following, year = era_year(result)
    return f"{era.name}は{end}までです。その日は{following.name}{_year(year)}年として入れてください。"


def _gregorian(year: int, month: int, day: int) -> date:
    if not eras()[0].first.year <= year <= 9998:
        raise Refusal("date-impossible", "扱える範囲の年ではありません。年を確かめてください。")
    if not 1 <= month <= 12:
        raise Refusal("date-impossible", "そのような月はありません。月は1から12までです。")
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise Refusal("date-impossible", f"そのような日はありません。この年の{month}月は{days}日までです。")
    result = date(year, month, day)
    if result < eras()[0].first:
        raise Refusal("date-impossible", "扱える範囲の日ではありません。年を確かめてください。")
    return result
