"""Data rows: each is read into values, or refused with its line, field, reason and how to mend it."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from linkage.layouts.checks import CHECKS
from linkage.layouts.frame import IncomingFile, data_lines
from linkage.layouts.table import RECORD_KIND, Layout
from linkage.layouts.values import Bad, converter, fault

# Control characters, and those invisible ones that turn the order of what follows or break its line.
UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
WIDE_SPACE = "\u3000"
NAMED = 5  # further fields that a message names

MEND = "提供元の原簿を確かめ、訂正した行を次のファイルで受け取ってください。"
REMEDIES = {
    "row-shape": "提供元に行の作り直しを求めてください。カンマ又は引用符を含む項目は、全体を引用符で囲みます。",
    "control-character": "提供元で改行・タブなどの見えない文字を取り除き、行を作り直してもらってください。",
    "unknown-code": "提供元でコードを確かめてください。新しいコードなら、先にレコード仕様に加える必要があります。",
    "too-long": "提供元で内容を確かめてください。正しい内容なら、レコード仕様の長さを提供元と協議してください。",
}

Row = tuple[Any, ...]


class RowIssue(NamedTuple):
    """Why a row was refused: one issue a row. Neither message nor remedy repeats a value.

    `key` is the first key field (宛名番号) where it can be read, `field` the Japanese column name of the
    first fault; further faulty fields are named in the message.
    """

    line: int
    key: str
    field: str
    code: str
    message: str
    remedy: str


def rows(file: IncomingFile, *, today: date) -> Iterator[tuple[int, Row] | RowIssue]:
    """Each data row as (line, values in the order of the layout), or the reason why it is refused.

    One result for every data line, in their order; the file is read as a stream. `today` limits births,
    years and announced moves.
    """
    read = RowReader(file.layout, today).read
    for number, line in data_lines(file):
        yield read(number, line)


class RowReader:
    """Reads the rows of one layout. Made once a file: the conversions are prepared and values remembered."""

    def __init__(self, layout: Layout, today: date) -> None:
        self._fields = layout.fields
        self._width = len(layout.fields) + 1
        self._converters = [converter(item, today) for item in layout.fields]
        self._checks = [CHECKS[name] for name in layout.checks]
        self._index = layout.index
        self._today = today

    def read(self, number: int, line: str) -> tuple[int, Row] | RowIssue:
        """One line without its end: its number and values, or why it cannot be used."""
        texts = line.split(",") if '"' not in line else _quoted(line)
        if len(texts) != self._width or texts[0] != "D" or not _is_clean(line):
            return self._misshapen(number, line, texts)
        del texts[0]
        try:
            values = tuple([convert(text) for convert, text in zip(self._converters, texts, strict=True)])
        except Bad:
            return self._faulty(number, texts)
        for check in self._checks:
            problem = check(values, self._index, self._today)
            if problem:
                return _issue(number, texts[0], *problem)
        return number, values

    def _misshapen(self, number: int, line: str, texts: list[str]) -> RowIssue:
        key = (texts or line.split(","))[1:2]
        if not _is_clean(line):
            code, reason = "control-character", "行の中に、改行・タブなどの制御文字が入っています。"
        elif not texts:
            code, reason = "row-shape", '引用符（"）の対応が取れていません。'
        elif len(texts) != self._width:
            code, reason = "row-shape", f"項目の数が{len(texts)}です（{self._width}のはずです）。"
        else:
            code, reason = "row-shape", f"{RECORD_KIND}がD（データ行）ではありません。"
        return _issue(number, key[0] if key else "", "", code, reason)

    def _faulty(self, number: int, texts: list[str]) -> RowIssue:
        faults = [
            (item.name, bad)
            for item, convert, text in zip(self._fields, self._converters, texts, strict=True)
            if (bad := fault(convert, text))
        ]
        name, first = faults[0]
        return _issue(number, texts[0], name, first.code, first.reason + _others([other for other, _ in faults[1:]]))


def _issue(number: int, key: str, field: str, code: str, reason: str) -> RowIssue:
    shown = key[:15] if key.isascii() and key.isdigit() else ""
    return RowIssue(number, shown, field, code, reason, REMEDIES.get(code, MEND))


def _others(names: list[str]) -> str:
    if not names:
        return ""
    rest = "など" if len(names) > NAMED else ""
    return f"ほかに「{'」「'.join(names[:NAMED])}」{rest}にも誤りがあります。"


def _is_clean(line: str) -> bool:
    """Whether the line is free of unwanted characters; the search is only for lines that may have one."""
    return line.isprintable() or line.replace(WIDE_SPACE, "").isprintable() or not UNWANTED.search(line)


def _quoted(line: str) -> list[str]:
    """The fields of a line with quotes (RFC 4180), nothing when they do not pair."""
    if line.count('"') % 2:
        return []
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []
