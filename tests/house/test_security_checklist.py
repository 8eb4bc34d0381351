"""docs/security.md answers every requirement of OWASP ASVS 5.0 level 2, and every test that it names exists."""

from pathlib import Path

import pytest

from tests.house.answers import assert_answered, rows

NUMBERS = (Path(__file__).parent / "asvs_5_0_level_2.txt").read_text().split()
ROWS = rows("security.md", r"\d+\.\d+\.\d+")


def test_every_requirement_is_answered_once():
    assert [number for number, _, _ in ROWS] == NUMBERS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_an_answer_is_a_test_a_reason_or_openly_missing(row):
    assert_answered(row)
