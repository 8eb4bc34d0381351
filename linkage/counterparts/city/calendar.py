"""Days as the counterpart systems write them, and the age rule (年齢計算ニ関スル法律)."""

from datetime import date, timedelta
from functools import lru_cache

ERAS = (  # first day, code (元号コード), years to subtract
    (date(2019, 5, 1), 5, 2018),
    (date(1989, 1, 8), 4, 1988),
    (date(1926, 12, 25), 3, 1925),
    (date(1912, 7, 30), 2, 1911),
    (date(1868, 1, 25), 1, 1867),
)


@lru_cache(maxsize=65536)
def date8(day: date | None) -> str:
    """yyyymmdd, or nothing."""
    return f"{day.year:04}{day.month:02}{day.day:02}" if day else ""


@lru_cache(maxsize=65536)
def era7(day: date) -> str:
    """Era code and yymmdd, e.g. 3640107 for 昭和64年1月7日."""
    code, before = next((code, before) for first, code, before in ERAS if day >= first)
    return f"{code}{day.year - before:02}{day.month:02}{day.day:02}"


def years_before(day: date, years: int) -> date:
    """The same day of an earlier year; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def born_by(day: date, age: int) -> date:
    """The latest birth date of those who have reached `age` on `day`.

    An age is reached on the day before the birthday (年齢計算ニ関スル法律, 民法143条), so somebody born on
    29 February reaches it on 28 February in every year.
    """
    return years_before(day + timedelta(days=1), age)
