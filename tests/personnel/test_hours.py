"""The hours of a permission, also over midnight."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from audit.personnel.hours import window

TOKYO = ZoneInfo("Asia/Tokyo")
FIRST, LAST = date(2026, 11, 24), date(2026, 11, 25)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        ("2026-11-24T09:00", "2026-11-24T09:00"),
        ("2026-11-24T16:59", "2026-11-24T09:00"),
        ("2026-11-25T12:00", "2026-11-25T09:00"),
        ("2026-11-24T08:59", None),
        ("2026-11-24T17:00", None),
        ("2026-11-23T12:00", None),
        ("2026-11-26T12:00", None),
    ],
)
def test_within_a_day(moment, begins):
    found = window(FIRST, LAST, time(9), time(17), at(moment))
    assert (found and found.begins) == (begins and at(begins))


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        ("2026-11-24T22:00", "2026-11-24T22:00"),
        ("2026-11-25T04:59", "2026-11-24T22:00"),
        ("2026-11-26T04:59", "2026-11-25T22:00"),  # the night of the last day
        ("2026-11-24T04:59", None),  # the night before the first day
        ("2026-11-25T05:00", None),
        ("2026-11-26T22:00", None),
    ],
)
def test_over_midnight(moment, begins):
    found = window(FIRST, LAST, time(22), time(5), at(moment))
    assert (found and found.begins) == (begins and at(begins))
    assert found is None or found.ends.time() == time(5)
