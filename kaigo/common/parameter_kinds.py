"""The kinds of value that a dated parameter can have, and their checks."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

SPEC_KEYS = {"title", "kind", "choices", "columns", "minimum", "maximum", "of", "optional", "values"}
MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class Spec:
    """規則値の型: name, Japanese title, kind and limits of a parameter or of one column of a table."""

    name: str
    title: str
    kind: str
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str | int, ...] = ()
    optional: bool = False
    columns: Mapping[str, "Spec"] = field(default_factory=dict)
    of: "Spec | None" = None

    def check(self, value: Any) -> Any:
        """The value in its immutable form. Raises ValueError with a Japanese reason."""
        return KINDS[self.kind](self, value)


def read_spec(name: str, content: Any) -> Spec:
    """The declaration of a parameter or a column. Raises ValueError with a Japanese reason."""
    if not isinstance(content, Mapping):
        raise ValueError("title, kind, values を持つ項目で書いてください")
    if unknown := set(content) - SPEC_KEYS:
        raise ValueError(f"知らない項目があります（{', '.join(sorted(map(str, unknown)))}）")
    kind = content.get("kind")
    if kind not in KINDS:
        raise ValueError(f"知らない型です（{kind}）")
    columns = {key: read_spec(key, column) for key, column in (content.get("columns") or {}).items()}
    if kind == "table" and not columns:
        raise ValueError("表には columns が要ります")
    if kind == "enum" and not content.get("choices"):
        raise ValueError("選択には choices が要ります")
    if kind == "list" and "of" not in content:
        raise ValueError("一覧には of（要素の型）が要ります")
    return Spec(
        name=name,
        title=str(content.get("title") or name),
        kind=kind,
        minimum=content.get("minimum"),
        maximum=content.get("maximum"),
        choices=tuple(content.get("choices") or ()),
        optional=bool(content.get("optional", False)),
        columns=MappingProxyType(columns),
        of=read_spec(name, {"kind": content["of"]}) if "of" in content else None,
    )


def _int(spec: Spec, value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"整数で書いてください（{value!r}）")
    if spec.minimum is not None and value < spec.minimum:
        raise ValueError(f"{spec.minimum} 以上にしてください（{value}）")
    if spec.maximum is not None and value > spec.maximum:
        raise ValueError(f"{spec.maximum} 以下にしてください（{value}）")
    return value


def _amount(spec: Spec, value: Any) -> int:
    if _int(spec, value) < 0:
        raise ValueError(f"0 以上にしてください（{value}）")
    return value


def _rate(_spec: Spec, value: Any) -> Decimal:
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or found < 0:
        raise ValueError(f'率は引用符で囲んだ小数で書いてください（例 "0.073"、{value!r}）')
    return found


def _text(_spec: Spec, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"文字で書いてください（{value!r}）")
    return value


def _enum(spec: Spec, value: Any) -> str | int:
    if isinstance(value, bool) or value not in spec.choices:
        raise ValueError(f"{', '.join(map(str, spec.choices))} のどれかにしてください（{value!r}）")
    return value


def _flag(_spec: Spec, value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError(f"true か false で書いてください（{value!r}）")
    return value


def _day(_spec: Spec, value: Any) -> date:
    if type(value) is not date:
        raise ValueError(f"日付で書いてください（{value!r}）")
    return value


def _month_day(_spec: Spec, value: Any) -> str:
    if not isinstance(value, str) or not MONTH_DAY.fullmatch(value):
        raise ValueError(f'月日は "MM-DD" で書いてください（{value!r}）')
    return value


def _list(spec: Spec, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or spec.of is None:
        raise ValueError(f"一覧で書いてください（{value!r}）")
    return tuple(spec.of.check(item) for item in value)


def _table(spec: Spec, value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("表には行が1つ以上要ります")
    return tuple(_row(spec, number, row) for number, row in enumerate(value, 1))


def _row(spec: Spec, number: int, row: Any) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise ValueError(f"{number}行目: 列の名前と値で書いてください")
    if unknown := set(row) - set(spec.columns):
        raise ValueError(f"{number}行目: 知らない列があります（{', '.join(sorted(map(str, unknown)))}）")
    return MappingProxyType({name: _cell(column, number, row) for name, column in spec.columns.items()})


def _cell(column: Spec, number: int, row: Mapping[str, Any]) -> Any:
    if row.get(column.name) is None:
        if column.optional:
            return None
        raise ValueError(f"{number}行目: 「{column.name}」がありません")
    try:
        return column.check(row[column.name])
    except ValueError as error:
        raise ValueError(f"{number}行目 「{column.name}」: {error}") from error


KINDS: dict[str, Callable[[Spec, Any], Any]] = {
    "yen": _amount,
    "permille": _amount,
    "int": _int,
    "rate": _rate,
    "text": _text,
    "enum": _enum,
    "flag": _flag,
    "date": _day,
    "month_day": _month_day,
    "list": _list,
    "table": _table,
}


def plain(value: Any) -> Any:
    """A checked value in JSON types: dates and rates as text, tables as lists of objects."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
