"""What every take-in of a file shares: rows in chunks, counts that must agree, refusals found in SQL."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from audit.jobs import Work

Chunk = list[tuple[int, tuple[Any, ...]]]


class About(NamedTuple):
    """What a store function needs to know of the file: its day, whether it brings everybody, and its columns."""

    created_on: date
    is_full: bool
    columns: dict[str, int]


class Counts(NamedTuple):
    """What became of the rows that a store function was given."""

    stored: int
    unchanged: int
    refused: int


def refuse_in_sql(work: Work, select: str, parameters: Sequence[Any] = ()) -> int:
    """Store an issue for each row of a query (line, key, field, code, message, remedy); says how many."""
    with connection.cursor() as cursor:
        columns = "job_id, refused, line, key, field, code, message, remedy"
        statement = f"INSERT INTO audit_jobissue ({columns}) SELECT %s, true, q.* FROM ({select}) q"  # noqa: S608 - constants
        cursor.execute(statement, [work.job.pk, *parameters])
        return int(cursor.rowcount)


def one(statement: str, parameters: Sequence[Any] = ()) -> Any:
    """The first column of the first row of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]


def run(statement: str, parameters: Sequence[Any] = ()) -> int:
    """Run a statement; says how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def in_bulk() -> None:
    """For the rest of this transaction: join whole tables, in memory, whatever the planner believes about them.

    It knows nothing of rows that came in moments ago: a table that it takes for empty would be searched once more for
    every row of another one, for hours.
    """
    run("SELECT set_config('work_mem', '64MB', true), set_config('enable_nestloop', 'off', true)")


def lines_of(chunks: Iterator[Chunk], columns: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Rows of (line, chosen columns …) from chunks, for COPY."""
    for chunk in chunks:
        for line, values in chunk:
            yield (line, *(values[column] for column in columns))
