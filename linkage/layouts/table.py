"""The layout tables, read from YAML and checked before anything uses them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from kaigo.common import yamlfile
from linkage.layouts.checks import CHECKS

FOLDER = Path(__file__).parent
RECORD_KIND = "レコード区分"
ENCODINGS = {"utf-8": "UTF-8 without byte order mark"}
NEWLINES = {"crlf": "CRLF"}
TEXT_TYPES = {"digits", "month", "code", "text", "individual_number", "insurer_number"}
TYPES = TEXT_TYPES | {"count", "yen", "year", "date", "birth"}
LENGTH_TYPES = {"digits", "text"}
RANGE_TYPES = {"count", "yen"}


class LayoutError(Exception):
    """A layout table is wrong: a defect of the installation, not of a file."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its Japanese column name, identifier, type, and what its values may be.

    `length` is in characters; `min` and `max` bound counts and yen (0 = the type's own limit).
    """

    name: str
    id: str
    type: str
    length: int = 0
    codes: dict[str, str] = field(default_factory=dict)
    optional: bool = False
    min: int = 0
    max: int = 0
    description: str = ""

    @property
    def is_text(self) -> bool:
        """Whether the values are texts; an optional empty one is then an empty text instead of None."""
        return self.type in TEXT_TYPES


@dataclass(frozen=True, slots=True)
class Layout:
    """One record layout in one version.

    `verified` says whether the official text was seen word for word. A layout that was only agreed between
    systems is not verified: such files are taken in, but the writer sends them out only when told so.
    """

    id: str
    version: str
    name: str
    valid_from: date
    verified: bool
    note: str
    source: str
    encoding: str
    newline: str
    key: tuple[str, ...]
    checks: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names in order, the record kind first."""
        return (RECORD_KIND, *(item.name for item in self.fields))

    @property
    def index(self) -> dict[str, int]:
        """Where each field stands in a parsed row, by identifier."""
        return {item.id: position for position, item in enumerate(self.fields)}


def get_layout(layout_id: str, version: str = "1") -> Layout:
    """The layout with this id and version. Raises KeyError for an unknown one."""
    return _all()[layout_id, version]


def all_layouts() -> list[Layout]:
    """All layouts, by id and version."""
    return [layout for _, layout in sorted(_all().items())]


@cache
def _all() -> dict[tuple[str, str], Layout]:
    found: dict[tuple[str, str], Layout] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        layout = load(path)
        if (layout.id, layout.version) in found:
            raise LayoutError(f"{path.name}: {layout.id} version {layout.version} is there already")
        found[layout.id, layout.version] = layout
    return found


def load(path: Path) -> Layout:
    """A layout from its table. Raises LayoutError naming the file and everything that is wrong with it."""
    try:
        raw = _mapping(yamlfile.read(path), "the table")
        rows = [_mapping(row, "a field") for row in raw.pop("fields", None) or []]
        raw |= {name: tuple(raw.get(name) or ()) for name in ("key", "checks")}
        layout = Layout(**raw, fields=tuple(Field(**row) for row in rows))
    except (TypeError, yamlfile.YamlProblem) as error:
        raise LayoutError(f"{path.name}: {error}") from error
    wrong = [*_wrong_types(layout), *(problem for item in layout.fields for problem in _wrong_types(item))]
    wrong = wrong or [*_wrong_layout(layout), *(problem for item in layout.fields for problem in _wrong(item))]
    if wrong:
        raise LayoutError(f"{path.name}: {'; '.join(wrong)}")
    return layout


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{what} is no mapping")
    return value


def _wrong_types(row: Layout | Field) -> Iterator[str]:
    for declared in fields(row):
        value = getattr(row, declared.name)
        plain: Any = getattr(declared.type, "__origin__", declared.type)
        if type(value) is not plain:
            yield f"{row.id}: {declared.name} must be {plain.__name__}"


def _wrong_layout(layout: Layout) -> Iterator[str]:
    ids = [item.id for item in layout.fields]
    if not ids:
        yield "no fields"
    if len(set(ids)) != len(ids) or len(set(layout.columns)) != len(layout.columns):
        yield "an identifier or a column name is there twice"
    if layout.encoding not in ENCODINGS or layout.newline not in NEWLINES:
        yield f"encoding must be one of {list(ENCODINGS)}, newline one of {list(NEWLINES)}"
    if not layout.key or not set(layout.key) <= set(ids):
        yield f"key {layout.key} must name fields"
    if ids and layout.key[:1] != (ids[0],):
        yield "the first field must be the first of the key: issues name a row by it"
    yield from (f"unknown check {name}" for name in layout.checks if name not in CHECKS)


def _wrong(item: Field) -> Iterator[str]:
    if item.type not in TYPES:
        yield f"{item.id}: unknown type {item.type}"
    if (item.type == "code") != bool(item.codes):
        yield f"{item.id}: codes are for the type code, which needs them"
    if any(type(text) is not str for pair in item.codes.items() for text in pair):
        yield f"{item.id}: codes and their names must be quoted texts"
    if (item.type in LENGTH_TYPES) != (item.length > 0):
        yield f"{item.id}: a length is for {sorted(LENGTH_TYPES)}, which need it"
    if (item.min or item.max) and (item.type not in RANGE_TYPES or (item.max and item.max < item.min)):
        yield f"{item.id}: min and max bound {sorted(RANGE_TYPES)}, the smaller first"
