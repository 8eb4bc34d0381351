"""変更履歴 as a story: the versions that triggers keep (audit.history), told as what was, what became, who and why."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.contrib.postgres.fields.ranges import RangeField
from django.db import models
from django.db.backends.postgresql.psycopg_any import Range
from django.utils import timezone

from audit.jobs import kind_of
from audit.models import JobRun
from audit.rights import File
from kaigo.common.wareki import format_short

INSERT, UPDATE, DELETE = "insert", "update", "delete"
ACT_WORDS = {INSERT: "登録", UPDATE: "変更", DELETE: "削除"}
NOTHING = "なし"
SEALED = "（暗号化された値）"
MASKED = "（支援措置のため表示しません）"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a row: `key` names the row, `act` what made the version, `row` holds the values."""

    at: datetime
    key: object
    act: str
    row: models.Model
    context: object = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A table that tells of a resident, and how its columns are said.

    `read` gives all versions of a resident's rows (by the resident's key), the oldest first. `hidden` columns are
    never said, of `sealed` ones only that they changed, `address` ones are masked for a protected person (支援措置),
    `words` names the codes of a column, `formats` says its values in another way than `say`.
    """

    model: type[models.Model]
    file: File
    read: Callable[[int], Iterable[Version]]
    hidden: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    formats: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    by_itself: bool = False  # its room tells what is held of it in its own way (disclosure requests)

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name)

    def columns(self) -> Iterator["models.Field[Any, Any]"]:
        """The columns that may be said, in the order of the table."""
        left_out = {"id", "public_id", "row_version", *self.hidden}
        event = getattr(self.model, "pgh_event_model", None)
        kept = {column.name for column in event._meta.fields} if event else None
        return (
            column
            for column in self.model._meta.concrete_fields
            if column.name not in left_out and (kept is None or column.name in kept)
        )


class Line:
    """One column of a change: old and new in words; `old` is nothing where the row is new."""

    __slots__ = ("label", "new", "old")

    def __init__(self, label: str, old: str | None, new: str | None) -> None:
        self.label, self.old, self.new = label, old, new


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one row: its table's name, the act in words, the columns concerned."""

    title: str
    file: File
    act: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Entry:
    """One act of the story: when, by whom, why, through which batch, and everything that it changed."""

    at: datetime
    who: str
    reason: str
    batch: str
    changes: Sequence[Change]


_SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Add a table to the story. Raises ValueError when it is there already."""
    if any(known.model is source.model for known in _SOURCES):
        raise ValueError(f"{source.model.__name__} is registered twice")
    _SOURCES.append(source)


def sources(files: Iterable[File]) -> list[Source]:
    """The tables of these files, in the order of registration."""
    wanted = set(files)
    return [source for source in _SOURCES if source.file in wanted]


def tracked_versions(model: type[models.Model], owner: str, *names: str) -> Callable[[int], Iterable[Version]]:
    """A reader for a table with `@tracked()`: one SQL statement.

    `owner` is the lookup from the event table to the resident's key; `names` are foreign keys that are said by name.
    """
    events = model.pgh_event_model.objects  # type: ignore[attr-defined]

    def read(resident_id: int) -> Iterator[Version]:
        rows = events.filter(**{owner: resident_id}).select_related("pgh_context", *names).order_by("pgh_id")
        for row in rows:
            context = row.pgh_context
            metadata = context.metadata if context else {}
            yield Version(row.pgh_created_at, row.pgh_obj_id, row.pgh_label, row, row.pgh_context_id, metadata)

    return read


def story(resident_id: int, files: Iterable[File], *, mask: bool) -> list[Entry]:
    """Everything that changed about a resident in these files, the newest first.

    One SQL statement a table and one for the batches; `mask` hides the address of a protected person.
    """
    told = [item for source in sources(files) for item in _changes(source, resident_id, mask=mask)]
    told.sort(key=lambda item: (item[0].at, str(item[0].context)))
    batches = _batches(version.metadata.get("job") for version, _ in told)
    acts = groupby(told, key=lambda item: item[0].context or item[0].at)
    entries = [_entry(list(group), batches) for _, group in acts]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def known(source: Source, resident_id: int, moment: datetime | None = None) -> list[Version]:
    """The rows of a resident as they were known at a moment: the last version of each, without what was deleted.

    Without a moment, as they are: versions carry the database's clock, which need not be this process's.
    """
    last: dict[object, Version] = {}
    for version in source.read(resident_id):
        if moment is None or version.at <= moment:
            last[version.key] = version
    return [version for version in last.values() if version.act != DELETE]


def facts(source: Source, row: models.Model, *, mask: bool) -> list[tuple[str, str]]:
    """A row in words: each column's name and value."""
    return [(_label(source, column), _say(source, column, row, mask=mask)) for column in source.columns()]


def _changes(source: Source, resident_id: int, *, mask: bool) -> Iterator[tuple[Version, Change]]:
    before: dict[object, models.Model] = {}
    for version in source.read(resident_id):
        old = before.get(version.key)
        lines = _lines(source, old, version, mask=mask)
        if lines or version.act != UPDATE:
            yield version, Change(source.title, source.file, ACT_WORDS[version.act], lines)
        before[version.key] = version.row


def _lines(source: Source, old: models.Model | None, version: Version, *, mask: bool) -> list[Line]:
    if version.act == DELETE:
        return [Line(label, value, None) for label, value in facts(source, version.row, mask=mask) if value != NOTHING]
    if old is None:
        return [Line(label, None, value) for label, value in facts(source, version.row, mask=mask) if value != NOTHING]
    moved = [c for c in source.columns() if _plain(old, c) != _plain(version.row, c)]
    return [
        Line(_label(source, c), _say(source, c, old, mask=mask), _say(source, c, version.row, mask=mask)) for c in moved
    ]


def _label(source: Source, column: "models.Field[Any, Any]") -> str:
    """The name of a column; 続柄コード is 続柄 where the code is said in words."""
    name = str(column.verbose_name)
    return name.removesuffix("コード") if column.name in source.words else name


def _plain(row: models.Model, column: "models.Field[Any, Any]") -> object:
    value = getattr(row, column.attname)
    return bytes(value) if isinstance(value, memoryview) else value


def _say(source: Source, column: "models.Field[Any, Any]", row: models.Model, *, mask: bool) -> str:
    if column.name in source.sealed:
        return SEALED
    if mask and column.name in source.address:
        return MASKED
    value = getattr(row, column.attname)
    if value in (None, "", [], {}):
        return NOTHING
    if column.name in source.formats:
        return source.formats[column.name](value)
    if column.is_relation:
        return str(getattr(row, column.name) or NOTHING)
    words = source.words.get(column.name) or dict(column.flatchoices)
    return str(words.get(value, value)) if words else say(value, ranges=isinstance(column, RangeField))


def say(value: Any, *, ranges: bool = False) -> str:
    """A value in words: days in wareki, half-open periods with their last day, yes and no, numbers with separators."""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if ranges or isinstance(value, Range):
        last = date.fromordinal(value.upper.toordinal() - 1) if value.upper else None
        return f"{say(value.lower) if value.lower else ''}〜{say(last) if last else ''}"
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return f"{format_short(local.date())} {local:%H:%M}"
    if isinstance(value, date):
        return format_short(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _batches(job_ids: Iterable[Any]) -> dict[int, str]:
    wanted = {job for job in job_ids if job}
    return {job.pk: kind_of(job.kind).label for job in JobRun.objects.filter(pk__in=wanted)} if wanted else {}


def _entry(told: list[tuple[Version, Change]], batches: Mapping[int, str]) -> Entry:
    version = told[0][0]
    said = version.metadata
    return Entry(
        at=version.at,
        who=str(said.get("staff_name") or "記録なし"),
        reason=str(said.get("reason") or ""),
        batch=batches.get(said.get("job") or 0, ""),
        changes=[change for _, change in told],
    )
