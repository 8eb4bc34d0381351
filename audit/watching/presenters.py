"""Thresholds as they are read on screen."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kaigo.common.parameter_kinds import Spec
from kaigo.common.wareki import format_wareki


def shown(spec: Spec, value: Any) -> str:
    """A value in words: tables row by row, lists with commas, nothing as なし."""
    if spec.kind == "table":
        return "／".join(_row(spec, row) for row in value)
    if spec.kind == "list":
        return "、".join(format_wareki(item) if isinstance(item, date) else str(item) for item in value) or "なし"
    if spec.kind == "permille":
        return f"千分の{value}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _row(spec: Spec, row: Mapping[str, Any]) -> str:
    return "、".join(f"{column.title} {row[name]}" for name, column in spec.columns.items() if row[name] is not None)
