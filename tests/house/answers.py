"""Tables of obligations in the documents: `| number | obligation | answer |`, and the tests that the answers name."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
TEST = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")


def rows(document: str, number: str) -> list[tuple[str, str, str]]:
    """Rows of a document under `docs/` whose first column matches `number`."""
    row = re.compile(rf"^\| ({number}) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
    return row.findall((PROJECT / "docs" / document).read_text(encoding="utf8"))


def assert_answered(row):
    """The answer is tests that exist, a reason, or openly missing."""
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
