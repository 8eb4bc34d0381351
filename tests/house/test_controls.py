"""docs/controls.md answers every obligation of the assessment statement, and every test that it names exists."""

import pytest

from tests.house.answers import assert_answered, rows

ROWS = rows("controls.md", r"[DEF]\d+")
NUMBERS = [f"E{n:02}" for n in range(1, 30)] + [f"D{n}" for n in range(1, 5)] + [f"F{n}" for n in range(1, 7)]
ACCOUNTABILITY = ["E04", *(f"E{n:02}" for n in range(6, 17)), "E20", *(f"E{n}" for n in range(26, 30))]


def test_every_obligation_is_answered_once():
    assert [number for number, _, _ in ROWS] == NUMBERS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_an_answer_is_a_test_a_reason_or_openly_missing(row):
    assert_answered(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row[0] in ACCOUNTABILITY], ids=lambda row: row[0])
def test_what_this_room_is_for_is_proved(row):
    assert row[2].startswith("test: ")
