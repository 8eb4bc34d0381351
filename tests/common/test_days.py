"""Months are counted by the calendar."""

from datetime import date

import pytest

from kaigo.common.days import add_months


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 15), 1, date(2026, 2, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 11, 24), 12, date(2027, 11, 24)),
        (date(2026, 11, 24), 14, date(2028, 1, 24)),
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
    ],
)
def test_the_same_day_of_a_later_month(day, months, later):
    assert add_months(day, months) == later
