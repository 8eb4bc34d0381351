"""What the terminal shows: lines, stages with their seconds, tables that fit full-width characters."""

import sys
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kaigo.common.refusal import Refusal


def line(text: str = "") -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Name a stage, and its seconds once it is done."""
    line(f"▶ {name}")
    begun = time.monotonic()
    yield
    line(f"  {name}: {time.monotonic() - begun:.1f} 秒")


def refusal(problem: Refusal) -> None:
    """Say on standard error what cannot be done and what the user can do."""
    print(f"✕ {problem.message}", file=sys.stderr)
    for way in problem.ways:
        print(f"  ・{way}", file=sys.stderr)
    sys.stderr.flush()


def width(text: str) -> int:
    """Columns that the text takes: a full-width character takes two."""
    # Combining marks and variation selectors (Mn) stand on the character before them.
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if unicodedata.category(c) != "Mn")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table with aligned columns."""
    columns = [max(width(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def one(cells: Sequence[str]) -> str:
        return "  ".join(cell + " " * (columns[i] - width(cell)) for i, cell in enumerate(cells)).rstrip()

    return [one(head), "  ".join("─" * column for column in columns), *(one(row) for row in rows)]
