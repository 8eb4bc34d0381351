"""The layout tables, read from YAML and checked before anything uses them."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
TYPES = {"digits", "count", "code", "date", "birth", "yen", "year", "text", "individual_number", "insurer_number"}
RECORD_KIND = "レコード区分"


class LayoutError(Exception):
    """A layout table is wrong: a defect of the installation, not of a file."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its Japanese column name, identifier, type, and what its values may be."""

    name: str
    id: str
    type: str
    length: int = 0
    codes: dict[str, str] = field(default_factory=dict)
    optional: bool = False
    min: int = 0
    max: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """One record layout in one version. `verified` says whether the official text was seen word for word."""

    id: str
    version: str
    name: str
    valid_from: date
    verified: bool
    source: str
    key: tuple[str, ...]
    checks: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names in order, the record kind first."""
        return (RECORD_KIND, *(item.name for item in self.fields))

    @property
    def index(self) -> dict[str, int]:
        """Where each field stands in a parsed row."""
        return {item.id: position for position, item in enumerate(self.fields)}


def get_layout(layout_id: str, version: str = "1") -> Layout:
    """The layout with this id and version. Raises KeyError for an unknown one."""
    return _all()[layout_id, version]


def all_layouts() -> list[Layout]:
    """All layouts, by id."""
    return [layout for _, layout in sorted(_all().items())]


@cache
def _all() -> dict[tuple[str, str], Layout]:
    found = [load(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return {(layout.id, layout.version): layout for layout in found}


def load(path: Path) -> Layout:
    """A layout from its table. Raises LayoutError naming the file and what is wrong with it."""
    from linkage.layouts.checks import CHECKS

    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf8"))
    try:
        fields = tuple(Field(**row) for row in raw.pop("fields"))
        layout = Layout(fields=fields, key=tuple(raw.pop("key")), checks=tuple(raw.pop("checks")), **raw)
    except (KeyError, TypeError) as error:
        raise LayoutError(f"{path.name}: {error}") from error
    _check(path.name, layout, set(CHECKS))
    return layout


def _check(file: str, layout: Layout, known_checks: set[str]) -> None:
    ids = [item.id for item in layout.fields]
    wrong = [item.id for item in layout.fields if item.type not in TYPES]
    wrong += [item.id for item in layout.fields if (item.type == "code") != bool(item.codes)]
    wrong += [item.id for item in layout.fields if item.type in {"digits", "text"} and item.length < 1]
    wrong += [name for name in layout.key if name not in ids]
    wrong += [name for name in layout.checks if name not in known_checks]
    if wrong or len(set(ids)) != len(ids) or len(set(layout.columns)) != len(layout.columns):
        raise LayoutError(f"{file}: wrong or doubled: {wrong or ids}")
