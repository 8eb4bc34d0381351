"""Which ids and roles stand out in the yearly review."""

from dataclasses import replace
from datetime import date

import pytest

from audit.personnel.marks import Facts, Mark, of_id, of_role

TODAY = date(2026, 11, 24)
SOUND = Facts(
    is_regular=True, is_active=True, in_file=True, has_manager=True, has_pledge=True, is_absent=False,
    valid_until=None, used_on=date(2026, 11, 20), issued_on=None, held_since=date(2025, 4, 1),
)  # fmt: skip


def marks(**fields):
    return of_id(replace(SOUND, **fields), TODAY, 90)


def test_a_sound_id_has_none():
    assert marks() == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"used_on": date(2026, 8, 26)}, [Mark.UNUSED]),  # 90 days ago
        ({"used_on": date(2026, 8, 27)}, []),
        ({"used_on": None}, [Mark.UNUSED]),
        ({"used_on": None, "held_since": date(2026, 11, 1)}, []),  # new
        ({"used_on": None, "held_since": None}, [Mark.UNUSED]),
        ({"used_on": None, "issued_on": TODAY, "held_since": None}, []),
        ({"used_on": None, "issued_on": TODAY}, []),  # its roles are older: taken in after the day of the order
        ({"used_on": date(2026, 5, 1), "issued_on": TODAY}, []),  # reopened
        ({"used_on": None, "issued_on": date(2026, 8, 25)}, [Mark.UNUSED]),  # 91 days ago
        ({"issued_on": date(2026, 8, 1)}, []),
        ({"in_file": False}, [Mark.NOT_IN_FILE]),
        ({"in_file": False, "is_regular": False}, []),
        ({"has_manager": False}, [Mark.NO_MANAGER]),
        ({"valid_until": date(2026, 11, 23)}, [Mark.EXPIRED]),
        ({"valid_until": TODAY}, []),
        ({"is_regular": False, "has_pledge": False}, [Mark.NO_PLEDGE]),
        ({"is_absent": True}, [Mark.ABSENT]),
        ({"is_active": False, "has_manager": False}, [Mark.LEFTOVER]),
        ({"has_manager": False, "in_file": False}, [Mark.NOT_IN_FILE, Mark.NO_MANAGER]),
    ],
)
def test_what_stands_out(fields, found):
    assert marks(**fields) == found


def test_the_days_are_the_offices_own():
    assert of_id(replace(SOUND, used_on=date(2026, 10, 1)), TODAY, 30) == [Mark.UNUSED]


def test_a_role_stands_out_beyond_the_template_or_when_its_id_is_closed():
    assert of_role(SOUND, exceeds=False) == []
    assert of_role(SOUND, exceeds=True) == [Mark.EXCEEDS]
    assert of_role(replace(SOUND, is_active=False), exceeds=True) == [Mark.LEFTOVER]


def test_every_mark_has_words():
    assert all(mark.label for mark in Mark)
