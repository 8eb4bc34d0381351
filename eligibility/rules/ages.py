"""年齢: when an age is attained (年齢計算ニ関スル法律, 民法143条)."""

from datetime import date, timedelta

FIRST_CATEGORY_AGE = 65
SECOND_CATEGORY_AGE = 40
ONE_DAY = timedelta(days=1)


def attained_on(birth_date: date, age: int = FIRST_CATEGORY_AGE) -> date:
    """年齢到達日: the day before the birthday. Who is born on February 29 attains an age on February 28."""
    try:
        return birth_date.replace(year=birth_date.year + age) - ONE_DAY
    except ValueError:
        return date(birth_date.year + age, 2, 28)
