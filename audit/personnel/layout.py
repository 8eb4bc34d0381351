"""The record layout of the personnel file (人事情報ファイル) and the values of its fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from audit.personnel.rules import Fault
from kaigo.common import kana, yamlfile

FOLDER = Path(__file__).parent / "layouts"
RECORD_KIND = "レコード区分"
NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
EARLIEST, LATEST = date(1950, 1, 1), date(2100, 1, 1)  # no order of somebody in service lies outside


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its Japanese name, identifier, type, and what its values may be; `length` is in characters."""

    name: str
    id: str
    type: str
    length: int = 0
    optional: bool = False
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """One record layout in one version."""

    id: str
    version: str
    name: str
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names in order, the record kind first."""
        return (RECORD_KIND, *(item.name for item in self.fields))


Value = str | date | None


@cache
def jinji() -> Layout:
    """The layout of the personnel file. Raises YamlProblem or TypeError for a table that is wrong."""
    table = yamlfile.read(FOLDER / "jinji.yaml")
    return Layout(table["id"], table["version"], table["name"], tuple(Field(**row) for row in table["fields"]))


def parse(line: str) -> dict[str, Value] | list[Fault]:
    """The values of a data line by identifier, or everything that is wrong with it."""
    texts = line.split(",")
    layout = jinji()
    if len(texts) != len(layout.columns) or texts[0] != "D" or '"' in line:
        return [
            Fault("row-shape", "", f"データ行（D）の項目の数が、取り決めた{len(layout.columns)}項目ではありません。")
        ]
    values: dict[str, Value] = {}
    faults: list[Fault] = []
    for item, text in zip(layout.fields, texts[1:], strict=True):
        value = _value(item, text.strip())
        if isinstance(value, Fault):
            faults.append(value)
        else:
            values[item.id] = value
    return faults or values


def _value(item: Field, text: str) -> Value | Fault:
    if not text:
        return "" if item.optional else Fault("missing", item.name, "必ず要る項目が空です。")
    if CONTROL.search(text):
        return Fault("control-character", item.name, "画面に出ない制御文字が入っています。")
    if item.length and len(text) > item.length:
        return Fault("too-long", item.name, f"{item.length}文字を超えています。")
    return _MAKERS[item.type](item, text)


def _text(item: Field, text: str) -> Value | Fault:
    return text


def _number(item: Field, text: str) -> Value | Fault:
    return text if NUMBER.fullmatch(text) else Fault("not-digits", item.name, "半角の英数字ではありません。")


def _kana(item: Field, text: str) -> Value | Fault:
    words = kana.normalise(text)
    return words if kana.is_kana(words) else Fault("not-kana", item.name, "カナではない文字が入っています。")


def _code(item: Field, text: str) -> Value | Fault:
    known = item.codes.get(text)
    return known or Fault("unknown-code", item.name, "取り決めたコード表にない値です。")


def _date(item: Field, text: str) -> Value | Fault:
    if not re.fullmatch(r"[0-9]{8}", text):
        return Fault("not-date", item.name, "日付（西暦年月日の数字8桁）ではありません。")
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return Fault("impossible-date", item.name, "そのような日はありません。年・月・日を確かめてください。")
    if not EARLIEST <= day < LATEST:
        return Fault("date-out-of-range", item.name, "扱える範囲の外の日付です。")
    return day


_MAKERS = {"text": _text, "number": _number, "kana": _kana, "code": _code, "date": _date}
