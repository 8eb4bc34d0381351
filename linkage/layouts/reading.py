"""Data rows: each is read into values, or refused with its line, field, reason and how to mend it."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from kaigo.common.checkdigits import is_individual_number, is_insurer_number
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import check_birth, parse_era7
from linkage.layouts.checks import CHECKS
from linkage.layouts.frame import IncomingFile, data_lines
from linkage.layouts.table import Field, Layout

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
MEND = "提供元の原簿を確かめ、訂正した行を次のファイルで受け取ってください。"

Row = tuple[Any, ...]


class RowIssue(NamedTuple):
    """Why a row was refused. Neither message nor remedy repeats the value."""

    line: int
    key: str
    field: str
    code: str
    message: str
    remedy: str = MEND


class Bad(Exception):
    """A value that cannot be used: code and reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


Convert = Callable[[str], Any]


def rows(file: IncomingFile, *, today: date) -> Iterator[tuple[int, Row] | RowIssue]:
    """Each data row as (line, values in the order of the layout), or the reason why it is refused."""
    reader = RowReader(file.layout, today)
    for number, line in data_lines(file):
        yield reader.read(number, line)


class RowReader:
    """Reads the rows of one layout. Made once a file: the conversions are prepared and dates remembered."""

    def __init__(self, layout: Layout, today: date) -> None:
        self._layout = layout
        self._width = len(layout.fields) + 1
        self._converters = [_converter(item, today) for item in layout.fields]
        self._checks = [CHECKS[name] for name in layout.checks]
        self._index = layout.index
        self._today = today

    def read(self, number: int, line: str) -> tuple[int, Row] | RowIssue:
        """One line: its values, or the first reason why it cannot be used."""
        texts = line.split(",") if '"' not in line else _quoted(line)
        key = texts[1] if len(texts) > 1 and texts[1].isdigit() else ""
        if len(texts) != self._width or texts[0] != "D":
            found = (
                "引用符が閉じていません。" if not texts else f"項目の数が{len(texts)}で、{self._width}ではありません。"
            )
            return RowIssue(number, key[:15], "", "row-shape", found)
        if CONTROL.search(line):
            return RowIssue(number, key, "", "control-character", "行の中に制御文字が入っています。")
        values = []
        try:
            for text, convert in zip(texts[1:], self._converters, strict=True):
                values.append(convert(text))
        except Bad as bad:
            return RowIssue(number, key, self._layout.fields[len(values)].name, bad.code, bad.reason)
        for check in self._checks:
            problem = check(values, self._index, self._today)
            if problem:
                return RowIssue(number, key, *problem)
        return number, tuple(values)


def _quoted(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []


def _converter(item: Field, today: date) -> Convert:
    convert = _MAKERS[item.type](item, today)
    if item.optional:
        empty = "" if item.type in {"text", "digits", "code", "insurer_number"} else None
        return lambda text: convert(text) if text else empty
    return convert


def _digits(item: Field, today: date) -> Convert:
    def convert(text: str) -> str:
        if len(text) == item.length and text.isascii() and text.isdigit():
            return text
        raise _missing_or(text, "not-digits", f"{item.length}桁の数字ではありません。")

    return convert


def _count(item: Field, today: date) -> Convert:
    most = item.max or 10**6

    def convert(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise _missing_or(text, "not-number", "整数ではありません。")
        value = int(text)
        if not item.min <= value <= most:
            raise Bad("out-of-range", f"{item.min}から{most:,}までの数ではありません。")
        return value

    return convert


def _yen(item: Field, today: date) -> Convert:
    def convert(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 12:
            return int(text)
        if text[:1] in ("-", "－", "▲", "△"):
            raise Bad("negative-amount", "金額が負の数です。所得や税額に負の額は使えません。")
        raise _missing_or(text, "not-amount", "円単位の金額（区切りのない数字）ではありません。")

    return convert


def _year(item: Field, today: date) -> Convert:
    def convert(text: str) -> int:
        if len(text) == 4 and text.isascii() and text.isdigit() and 2000 <= int(text) <= today.year + 1:
            return int(text)
        raise _missing_or(text, "not-year", "年度（西暦4桁）ではありません。")

    return convert


def _code(item: Field, today: date) -> Convert:
    codes = {code: code for code in item.codes}

    def convert(text: str) -> str:
        try:
            return codes[text]
        except KeyError:
            raise _missing_or(text, "unknown-code", f"コード表にない値です（使えるのは{'・'.join(codes)}）。") from None

    return convert


def _text(item: Field, today: date) -> Convert:
    def convert(text: str) -> str:
        if 0 < len(text) <= item.length:
            return text
        if len(text) > item.length:
            raise Bad("too-long", f"{len(text)}文字あります（{item.length}文字まで）。")
        raise Bad("missing", "必ず要る項目が空です。")

    return convert


def _date(item: Field, today: date) -> Convert:
    known: dict[str, date] = {}

    def convert(text: str) -> date:
        day = known.get(text)
        if day is None:
            day = known[text] = _day(text)
        return day

    return convert


def _day(text: str) -> date:
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        raise _missing_or(text, "not-date", "日付（西暦8桁）ではありません。")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise Bad(
            "impossible-date", f"{int(text[:4])}年{int(text[4:6])}月{int(text[6:])}日という日はありません。"
        ) from None


def _birth(item: Field, today: date) -> Convert:
    known: dict[str, date] = {}

    def convert(text: str) -> date:
        day = known.get(text)
        if day is None:
            if not text:
                raise Bad("missing", "必ず要る項目が空です。")
            try:
                day = parse_era7(text)
                check_birth(day, today)
            except Refusal as refusal:
                codes = {"date-impossible": "impossible-date", "date-unreadable": "not-date"}
                raise Bad(codes.get(refusal.code, refusal.code), refusal.message) from None
            known[text] = day
        return day

    return convert


def _individual_number(item: Field, today: date) -> Convert:
    def convert(text: str) -> str:
        if is_individual_number(text):
            return text
        raise _missing_or(text, "check-digit", "検査数字が合わないか、12桁の数字ではありません。")

    return convert


def _insurer_number(item: Field, today: date) -> Convert:
    def convert(text: str) -> str:
        if is_insurer_number(text):
            return text
        raise _missing_or(text, "check-digit", "検査数字が合わないか、6桁の数字ではありません。")

    return convert


def _missing_or(text: str, code: str, reason: str) -> Bad:
    return Bad(code, reason) if text else Bad("missing", "必ず要る項目が空です。")


_MAKERS: dict[str, Callable[[Field, date], Convert]] = {
    "digits": _digits,
    "count": _count,
    "yen": _yen,
    "year": _year,
    "code": _code,
    "text": _text,
    "date": _date,
    "birth": _birth,
    "individual_number": _individual_number,
    "insurer_number": _insurer_number,
}
