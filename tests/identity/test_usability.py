"""One place says whether an id may be used now."""

from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from audit import usability
from audit.models import Staff
from kaigo.common import clock

TODAY = date(2026, 6, 10)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"is_active": False}, usability.CLOSED),
        ({"valid_until": date(2026, 6, 9)}, usability.EXPIRED),
        ({"valid_until": TODAY}, None),
        ({"absence": DateRange(date(2026, 6, 1), date(2026, 6, 10))}, None),
        ({"absence": DateRange(date(2026, 6, 1), date(2026, 6, 11))}, usability.ABSENT),
        ({"absence": DateRange(TODAY, None)}, usability.ABSENT),
        ({"absence": DateRange(date(2026, 6, 11), None)}, None),
    ],
)
def test_active_within_its_time_and_not_absent(fields, reason):
    with clock.at(TODAY):
        assert usability.usable(Staff(**fields)) == reason


def test_another_day_can_be_asked_for():
    assert usability.usable(Staff(valid_until=TODAY), on=date(2026, 6, 11)) == usability.EXPIRED


def test_a_part_adds_a_reason_of_its_own(monkeypatch):
    monkeypatch.setattr(usability, "_CHECKS", [])

    def no_permission(staff):
        return "作業の許可がありません。" if staff.employment == "contractor" else None

    usability.add_check(no_permission)
    usability.add_check(no_permission)
    assert [no_permission] == usability._CHECKS
    assert usability.usable(Staff(employment="contractor")) == "作業の許可がありません。"
    assert usability.usable(Staff(employment="regular")) is None
    assert usability.usable(Staff(employment="contractor", is_active=False)) == usability.CLOSED
