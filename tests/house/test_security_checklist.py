"""docs/security.md answers every requirement of OWASP ASVS 5.0 level 2, and every test that it names exists."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
NUMBERS = (Path(__file__).parent / "asvs_5_0_level_2.txt").read_text().split()
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")
ROWS = ROW.findall((PROJECT / "docs" / "security.md").read_text(encoding="utf8"))


def test_every_requirement_is_answered_once():
    assert [number for number, _, _ in ROWS] == NUMBERS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_an_answer_is_a_test_a_reason_or_openly_missing(row):
    number, _, answer = row
    kind, _, text = answer.partition(": ")
    assert kind in ("test", "why", "open"), number
    assert text.strip(), number
    named = TEST.findall(text)
    assert named or kind != "test", f"{number} names no test"
    for path, name in named:
        source = PROJECT / path
        assert source.is_file(), f"{number}: {path}"
        assert not name or re.search(rf"(def|class) {name}\b", source.read_text(encoding="utf8")), f"{number}: {name}"
