"""Lists as table files (CSV) that a spreadsheet opens."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

BUFFER = 64 * 1024  # characters that are handed on at once
MARK = "\ufeff"  # by which spreadsheets know UTF-8


def harmless(value: object) -> object:
    """A cell that no spreadsheet takes for a formula (OWASP ASVS 1.2.10); numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def pieces(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The CSV in pieces (UTF-8 with a mark, CRLF), in the memory of one piece."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    out.write(MARK)
    writer.writerow(head)
    for row in rows:
        writer.writerow([harmless(value) for value in row])
        if out.tell() >= BUFFER:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A short list as one CSV."""
    return "".join(pieces(head, rows))
