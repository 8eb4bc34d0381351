"""Japanese calendar dates (和暦): read in every usual notation, written in one."""

import re
import unicodedata
from calendar import monthrange
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from kaigo.common.refusal import Refusal

OLDEST = 130  # years: nobody has lived longer
NOTATIONS = "「S12.3.4」「昭和12年3月4日」「1937-03-04」のように入れてください。"


class Era(NamedTuple):
    """One era (元号): its code in register files, its letter and names, and its first and last day."""

    code: str
    letter: str
    name: str
    short: str
    first: date
    last: date


@cache
def eras() -> tuple[Era, ...]:
    """All eras, oldest first; the last one has no end."""
    rows = yaml.safe_load((Path(__file__).parent / "eras.yaml").read_text(encoding="utf8"))
    ends = [date.fromordinal(row["from"].toordinal() - 1) for row in rows[1:]] + [date.max]
    return tuple(
        Era(row["code"], row["letter"], row["name"], row["short"], row["from"], end)
        for row, end in zip(rows, ends, strict=True)
    )


@cache
def _era_names() -> dict[str, Era]:
    return {word: era for era in eras() for word in (era.letter, era.name, era.short)}


_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_KANJI_NUMBER = re.compile(r"[〇一二三四五六七八九十]+")
_ERA = r"(?P<era>明治|大正|昭和|平成|令和|明|大|昭|平|令|[MTSHR])"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        _ERA + r"(?P<year>\d{1,2}|元)年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
        _ERA + r"(?P<year>\d{1,2}|元)[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})",
        _ERA + r"(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
        r"(?P<year>\d{4})[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
    )
)


def parse_wareki(text: str) -> date:
    """The day that a text in any usual notation means.

    Understands 昭和12年3月4日, 昭12.3.4, S12.3.4, s120304, 昭和十二年三月四日, 元年, 1937-03-04, 1937/3/4,
    1937年3月4日 and 19370304, in half- or full-width. Raises Refusal for anything else and for days that never were.
    """
    folded = _fold(text)
    for pattern in _PATTERNS:
        match = pattern.fullmatch(folded)
        if match:
            parts = match.groupdict()
            year = 1 if parts["year"] == "元" else int(parts["year"])
            month, day = int(parts["month"]), int(parts["day"])
            era = _era_names()[parts["era"]] if parts.get("era") else None
            return _in_era(era, year, month, day) if era else _gregorian(year, month, day)
    raise Refusal("date-unreadable", f"日付として読み取れません。{NOTATIONS}")


def parse_birth(text: str, today: date) -> date:
    """A birth date in any notation. Raises Refusal also for the future and for more than 130 years ago."""
    birth = parse_wareki(text)
    check_birth(birth, today)
    return birth


def check_birth(birth: date, today: date) -> None:
    """Refuse a birth date that cannot be anybody's: in the future, or more than 130 years ago."""
    if birth > today:
        raise Refusal("birth-in-future", f"生年月日（{format_wareki(birth)}）が今日より後です。元号と年を確かめてください。")
    if birth.year < today.year - OLDEST:
        raise Refusal("birth-too-old", f"生年月日（{format_wareki(birth)}）が{OLDEST}年より前です。元号と年を確かめてください。")


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
    return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def format_short(day: date) -> str:
    """R8.6.10."""
    era, year = era_year(day)
    return f"{era.letter}{year}.{day.month}.{day.day}"


def format_year(fiscal_year: int) -> str:
    """令和8年度 for 2026: the era of the first of April, except that 2019 is 令和元年度 as offices write it."""
    if fiscal_year == 2019:
        return "令和元年度"
    era, year = era_year(date(fiscal_year, 4, 1))
    return f"{era.name}{'元' if year == 1 else year}年度"


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    folded = re.sub(r"\s+", "", folded)
    return _KANJI_NUMBER.sub(lambda match: str(_kanji_number(match.group())), folded)


def _kanji_number(word: str) -> int:
    if "十" not in word:
        return int(word.translate(_DIGITS))
    tens, ones = word.split("十", 1)
    return (int(tens.translate(_DIGITS)) if tens else 1) * 10 + (int(ones.translate(_DIGITS)) if ones else 0)


def _in_era(era: Era, year: int, month: int, day: int) -> date:
    said = f"{era.name}{year}年{month}月{day}日"
    if year == 0:
        raise Refusal("date-impossible", f"{said}という日はありません。{era.name}は元年（1年）からです。")
    result = _gregorian(era.first.year + year - 1, month, day, said=said)
    if result < era.first:
        raise Refusal("date-impossible", f"{said}という日はありません。{era.name}は{era.first.month}月{era.first.day}日に始まりました。")
    if result > era.last:
        raise Refusal("date-impossible", f"{said}という日はありません。その日は{format_wareki(result)}です。")
    return result


def _gregorian(year: int, month: int, day: int, *, said: str = "") -> date:
    said = said or f"{year}年{month}月{day}日"
    if not 1868 <= year <= 9998:
        raise Refusal("date-impossible", f"{said}は扱える範囲の日ではありません。年を確かめてください。")
    if not 1 <= month <= 12:
        raise Refusal("date-impossible", f"{said}という日はありません。月は1から12までです。")
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise Refusal("date-impossible", f"{said}という日はありません。{year}年{month}月は{days}日までです。")
    return date(year, month, day)
