"""Numbers of ledgers: without gaps, by fiscal year, one at a time."""

import threading
from datetime import date

import pytest
from django.db import connection, transaction

from audit.numbering import next_number

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "number"),
    [(date(2026, 3, 31), "試2025-0001"), (date(2026, 4, 1), "試2026-0001"), (date(2026, 12, 31), "試2026-0001")],
)
def test_a_series_begins_with_the_fiscal_year(day, number):
    assert next_number("試", day) == number


def test_series_are_counted_apart():
    day = date(2026, 6, 1)
    assert [next_number(s, day) for s in ("甲", "乙", "甲")] == ["甲2026-0001", "乙2026-0001", "甲2026-0002"]


def test_a_roll_back_gives_the_number_back():
    day = date(2026, 6, 1)
    next_number("試", day)
    with transaction.atomic():
        assert next_number("試", day) == "試2026-0002"
        transaction.set_rollback(True)
    assert next_number("試", day) == "試2026-0002"


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_time_get_different_numbers_without_a_gap():
    found = []

    def take():
        for _ in range(5):
            with transaction.atomic():
                found.append(next_number("試", date(2026, 6, 1)))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"試2026-{n:04d}" for n in range(1, 21)]
