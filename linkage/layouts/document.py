"""The developers' page about the layouts, written from the tables: `python -m linkage.layouts.document`."""

from collections.abc import Iterator
from pathlib import Path

from linkage.layouts.checks import CHECKS
from linkage.layouts.reading import MEND
from linkage.layouts.table import ENCODINGS, NEWLINES, RECORD_KIND, Field, Layout, all_layouts

PAGE = Path(__file__).parents[2] / "docs" / "layouts.md"

INTRODUCTION = f"""# Record layouts (レコード仕様)

The files that come in from the systems of the city (庁内連携ファイル), field by field. This page is written from the
tables in `linkage/layouts/*.yaml` by `python -m linkage.layouts.document`; a test holds the two together.

A file is named `<layout>_<yyyymmdd>_<serial of 3 digits>.csv` and consists of
1. the control line `H,<layout>,<version>,<created on yyyymmdd>,<serial>,<kind>,<number of data rows>` with kind 1 for
   everybody (全件) and 2 for changes (異動分),
2. the column names below, exactly and in this order, after `{RECORD_KIND}`,
3. the data rows, each beginning with `D`; fields are quoted (RFC 4180) only where they hold a comma or a quote,
4. the trailer `T,<number of data rows>`.

What is wrong with the frame refuses the whole file: nothing of it is stored. What is wrong with a row refuses that row:
it becomes an issue with line, 宛名番号, column, code, reason and remedy, and the other rows go on. A row is refused
once, under its first faulty column; further faulty columns are named in the reason. No message repeats a value.
The usual remedy is 「{MEND}」

A layout with `verified: false` was agreed between systems, or its official text has not been seen word for word. Such
files are taken in; the writer sends them out only when it is told to (`allow_unverified=True`).
"""

TYPES = {
    "digits": "so many half-width digits, padded with zeros",
    "count": "whole number",
    "yen": "whole yen, not negative, no separators",
    "year": "fiscal year, four digits",
    "month": "yyyymm",
    "code": "one of the codes",
    "text": "text, at most so many characters",
    "date": "yyyymmdd",
    "birth": "era code (1 明治 2 大正 3 昭和 4 平成 5 令和) and yymmdd, not in the future",
    "individual_number": "12 digits with check digit",
    "insurer_number": "6 digits with check digit",
}


def page() -> str:
    """The whole page as Markdown."""
    types = [f"| `{name}` | {text} |" for name, text in TYPES.items()]
    parts = [INTRODUCTION, "## Types\n", "| type | what is accepted |\n|---|---|", *types, ""]
    for layout in all_layouts():
        parts += _layout(layout)
    return "\n".join(parts)


def _layout(layout: Layout) -> Iterator[str]:
    yield f"## {layout.id} version {layout.version}: {layout.name}\n"
    yield f"- valid from: {layout.valid_from}"
    yield f"- verified: {'yes' if layout.verified else 'no'} ({layout.note})"
    yield f"- source: {layout.source}"
    yield f"- encoding: {ENCODINGS[layout.encoding]}; line end: {NEWLINES[layout.newline]}"
    yield f"- key: {', '.join(f'`{name}`' for name in layout.key)}\n"
    yield "| # | column | identifier | type | length or range | must | meaning |\n|---|---|---|---|---|---|---|"
    yield from (_field(number, item) for number, item in enumerate(layout.fields, 1))
    yield "\nChecks across the fields of a row:\n"
    yield from (f"- `{name}`: {CHECKS[name].__doc__}" for name in layout.checks)
    yield ""


def _field(number: int, item: Field) -> str:
    codes = ", ".join(f"{code} {name}" for code, name in item.codes.items())
    meaning = "; ".join(part for part in (codes, item.description) if part)
    must = "" if item.optional else "yes"
    return f"| {number} | {item.name} | `{item.id}` | {item.type} | {_size(item)} | {must} | {meaning} |"


def _size(item: Field) -> str:
    if item.length:
        return str(item.length)
    return f"{item.min:,}–{item.max:,}" if item.max else f"{item.min:,}–" if item.min else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
