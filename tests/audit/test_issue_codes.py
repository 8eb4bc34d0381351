"""Every issue code that the product can raise has a Japanese name on the screens."""

import re
from pathlib import Path

import pytest

from audit.templatetags.ledger import _issue_names, duration, issue_name, thousands

ROOT = Path(__file__).resolve().parents[2]
RAISED = re.compile(
    r"""(?:Bad\(|_missing_or\(text,\s*|Issue\([^)]*?,\s*|_issue\([^)]*?|\bTHEN\s+|',\s*)["']([a-z]+(?:-[a-z]+)+|missing|overlap)["']"""
)
SOURCES = [
    *(ROOT / "linkage" / "layouts").glob("*.py"),
    ROOT / "eligibility" / "intake.py",
    ROOT / "levy" / "intake.py",
    ROOT / "audit" / "selfcheck.py",
]


def raised() -> set[str]:
    found = set()
    for source in SOURCES:
        found |= set(RAISED.findall(source.read_text(encoding="utf8")))
    return found


def test_codes_are_found_in_the_sources():
    assert {"negative-amount", "unknown-person", "duplicate-row", "case-different", "missing"} <= raised()


@pytest.mark.parametrize("code", sorted(raised() - {"personal-data"}))
def test_every_code_has_a_name(code):
    assert issue_name(code) != code, f"{code} is not in audit/issue_codes.yaml"


def test_names_are_japanese_and_different():
    names = _issue_names().values()
    assert len(set(names)) == len(names)
    assert all(re.search("[ぁ-んァ-ヶ一-龠]", name) for name in names)


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0秒"), (59, "59秒"), (200, "3分20秒"), (None, "")])
def test_seconds_in_words(seconds, words):
    assert duration(seconds) == words


def test_numbers_have_separators():
    assert thousands(1234567) == "1,234,567"
    assert thousands(None) == ""
