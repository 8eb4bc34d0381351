"""Bulk input and output through PostgreSQL's COPY, streaming: memory does not grow with the number of rows."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

READ = 5_000  # rows fetched at a time from a server-side cursor


def copy_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """COPY rows into a table and return how many there were. Values are adapted by psycopg; None is NULL.

    Runs in the caller's transaction. Triggers and constraints of the table apply; what they refuse comes as
    Django's database errors (`IntegrityError`, `DataError` …).
    """
    count = 0
    into = _copy_into(table, columns)
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_text(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], blocks: Iterable[str | bytes]
) -> int:
    """COPY ready-made blocks in COPY's text format (see `text_line`) and return how many rows the server took."""
    with connection.wrap_database_errors, connection.cursor() as cursor:
        with cursor.copy(_copy_into(table, columns)) as copy:
            for block in blocks:
                copy.write(block)
        return int(cursor.rowcount)


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def text_value(value: object) -> str:
    """One value in COPY's text format: strings, whole numbers, dates, true/false and None."""
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    return str(value)


def text_line(values: Iterable[object]) -> str:
    """One row in COPY's text format, ended."""
    return "\t".join(map(text_value, values)) + "\n"


def stream(
    connection: BaseDatabaseWrapper, query: str, parameters: Sequence[Any] | dict[str, Any] = ()
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query through a server-side cursor, a few thousand at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(READ):
            yield from rows


def staging_table(connection: BaseDatabaseWrapper, name: str, columns: dict[str, str]) -> None:
    """A temporary table without keys for rows on their way in; gone at the end of the transaction.

    `columns` maps names to PostgreSQL types, which come from code, never from input.
    """
    definition = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in columns.items()
    )
    with connection.cursor() as cursor:
        statement = sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(sql.Identifier(name), definition)
        # as text: wrappers around execute (the change history's) read the statement
        cursor.execute(statement.as_string(cursor.connection))


def next_ids(connection: BaseDatabaseWrapper, table: str, count: int) -> list[int]:
    """Reserve `count` identities of a table whose rows are about to be copied in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def _copy_into(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
