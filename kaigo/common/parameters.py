"""規則値: dated values of the law and of the ordinance, read from `<room>/parameters/*.yaml`.

Each parameter declares its kind and lists its values; each value says from when (and until when, both days
inclusive) it holds and which article or ordinance it comes from. What is in force on a day is resolved to one
immutable, hashed set. Office values entered on screen are merged over the shipped ones after the same checks.

    book = load(Path("levy"))
    book.resolve(date(2026, 4, 1)).get("low_income_limit")      # 826500, in yen
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kaigo.common import yamlfile
from kaigo.common.parameter_kinds import Spec, plain, read_spec
from kaigo.common.refusal import Refusal

ENTRY_KEYS = {"from", "to", "value", "source", "note", "confidence", "article_checked"}
CONFIDENCES = ("H", "M", "L")


class ParameterError(Refusal):
    """A parameter that is missing, wrong or contradictory; the message names the file and the parameter."""

    def __init__(self, where: str, problem: str, *, field: str = "") -> None:
        super().__init__(
            "parameter", f"{where}: {problem}", field=field, ways=("規則値を直してから、もう一度行ってください。",)
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated value: `start` and `end` inclusive, `origin` = file name or the office's own row."""

    start: date
    end: date | None
    value: Any
    source: str
    note: str
    confidence: str
    article_checked: bool
    origin: str

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """What was in force in a room on a day. Immutable; `sha256` is the digest of its canonical JSON."""

    room: str
    day: date
    entries: Mapping[str, Entry]
    sha256: str

    def get(self, name: str) -> Any:
        """The value of a parameter. Raises KeyError for a name that is not declared: a defect of the caller."""
        return self.entries[name].value

    def source(self, name: str) -> str:
        """The article or ordinance that the value comes from."""
        return self.entries[name].source

    def as_json(self) -> dict[str, Any]:
        """Values with their sources in plain JSON types, as kept beside the decisions that cite the digest."""
        return {name: _entry_json(entry) for name, entry in sorted(self.entries.items())}


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "value": plain(entry.value),
        "from": entry.start.isoformat(),
        "to": entry.end.isoformat() if entry.end else None,
        "source": entry.source,
        "origin": entry.origin,
    }


@dataclass(frozen=True, slots=True)
class ParameterBook:
    """All dated values of a room, as shipped."""

    room: str
    specs: Mapping[str, Spec]
    values: Mapping[str, tuple[Entry, ...]]

    def resolve(self, day: date, overrides: Iterable[Mapping[str, Any]] = ()) -> ParameterSet:
        """The set in force on `day`; office rows (`overrides`) win over shipped values on the days they cover.

        An override is a mapping with `name`, `from`, `value`, `source` and optionally `to`, `note`,
        `confidence`. Raises ParameterError for an unknown name, a wrong value, overlapping rows, or a
        parameter that has no value on the day.
        """
        office = self.check_overrides(overrides)
        entries = {name: self._in_force(name, day, office.get(name, ())) for name in self.specs}
        found = ParameterSet(self.room, day, MappingProxyType(entries), "")
        return ParameterSet(self.room, day, found.entries, _digest(found))

    def check_overrides(self, overrides: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Entry, ...]]:
        """Office rows by parameter name, checked as the shipped values are. Raises ParameterError."""
        found: dict[str, list[Entry]] = {}
        for row in overrides:
            name = row.get("name", "")
            if name not in self.specs:
                raise ParameterError(f"規則値「{name}」", "この名前の規則値はありません", field="name")
            content = {key: value for key, value in row.items() if key != "name"}
            found.setdefault(name, []).append(_entry(self.specs[name], content, "office"))
        return {name: _in_order(f"規則値「{name}」", rows) for name, rows in found.items()}

    def _in_force(self, name: str, day: date, office: Sequence[Entry]) -> Entry:
        for entry in (*office, *self.values[name]):
            if entry.covers(day):
                return entry
        raise ParameterError(
            f"規則値「{name}」（{self.specs[name].title}）", f"{day.isoformat()} に有効な値がありません"
        )


def _digest(found: ParameterSet) -> str:
    content = {"room": found.room, "day": found.day.isoformat(), "values": found.as_json()}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def load(room_dir: Path) -> ParameterBook:
    """Read every `parameters/*.yaml` of a room.

    Raises ParameterError, naming file and parameter, for unreadable YAML, an unknown kind or key, a value of
    the wrong type or out of range, a missing source, overlapping or gapped days, or a name given twice.
    """
    specs: dict[str, Spec] = {}
    values: dict[str, tuple[Entry, ...]] = {}
    for path in sorted((room_dir / "parameters").glob("*.yaml")):
        for name, content in _file(path).items():
            where = f"{path.name} 「{name}」"
            if name in specs:
                raise ParameterError(where, "ほかのファイルにも同じ名前があります")
            specs[name], values[name] = _parameter(where, name, content, path.name)
    if not specs:
        raise ParameterError(room_dir.name, "規則値のファイルがありません")
    return ParameterBook(room_dir.name, MappingProxyType(specs), MappingProxyType(values))


def _file(path: Path) -> Mapping[str, Any]:
    try:
        content = yamlfile.read(path)
    except yamlfile.YamlProblem as error:
        raise ParameterError(path.name, str(error)) from error
    if not isinstance(content, dict) or set(content) != {"parameters"} or not isinstance(content["parameters"], dict):
        raise ParameterError(path.name, "最上段は parameters: だけにしてください")
    return content["parameters"]


def _parameter(where: str, name: str, content: Any, origin: str) -> tuple[Spec, tuple[Entry, ...]]:
    try:
        spec = read_spec(name, content)
    except ValueError as error:
        raise ParameterError(where, str(error)) from error
    rows = content.get("values")
    if not isinstance(rows, list) or not rows:
        raise ParameterError(where, "values に値が1つもありません")
    entries = _in_order(where, [_entry(spec, row, origin) for row in rows])
    for earlier, later in pairwise(entries):
        if earlier.end is None or earlier.end + timedelta(days=1) != later.start:
            raise ParameterError(where, f"{later.start.isoformat()} の前に値のない期間があります")
    return spec, entries


def _in_order(where: str, entries: list[Entry]) -> tuple[Entry, ...]:
    ordered = sorted(entries, key=lambda entry: entry.start)
    for earlier, later in pairwise(ordered):
        if earlier.end is None or earlier.end >= later.start:
            raise ParameterError(where, f"{later.start.isoformat()} からの期間が、前の値と重なっています")
    return tuple(ordered)


def _entry(spec: Spec, row: Any, origin: str) -> Entry:
    where = f"{origin} 「{spec.name}」"
    if not isinstance(row, Mapping):
        raise ParameterError(where, "値は from, value, source を持つ項目で書いてください")
    unknown = set(row) - ENTRY_KEYS
    missing = {"from", "value", "source"} - set(row)
    if unknown or missing:
        raise ParameterError(where, f"項目が正しくありません（余分 {sorted(unknown)} 不足 {sorted(missing)}）")
    start, end = row["from"], row.get("to")
    if not _is_day(start) or not (end is None or (_is_day(end) and end >= start)):
        raise ParameterError(where, "from と to は日付で、to は from 以後にしてください", field="from")
    return _dated(spec, row, origin, where)


def _dated(spec: Spec, row: Mapping[str, Any], origin: str, where: str) -> Entry:
    source, confidence = row["source"], row.get("confidence", "H")
    if not isinstance(source, str) or not source.strip():
        raise ParameterError(where, "source（根拠の条項・条例）を書いてください", field="source")
    if confidence not in CONFIDENCES:
        raise ParameterError(where, "confidence は H, M, L のどれかです", field="confidence")
    try:
        value = spec.check(row["value"])
    except ValueError as error:
        raise ParameterError(where, f"{row['from'].isoformat()} からの値: {error}", field="value") from error
    note, checked = str(row.get("note") or ""), bool(row.get("article_checked", False))
    return Entry(row["from"], row.get("to"), value, source, note, confidence, checked, origin)


def _is_day(value: Any) -> bool:
    return type(value) is date
