"""Bulk input and output: what goes in by COPY comes out again, whole or not at all, and streaming."""

import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaigo.common.copying import copy_rows, copy_text, next_ids, staging_table, stream, text_line

pytestmark = pytest.mark.django_db

COLUMNS = {"id": "integer", "name": "text", "day": "date", "flag": "boolean", "amount": "bigint", "secret": "bytea"}
ROWS = [
    (1, "葛󠄀西　ハナ", date(1937, 3, 4), True, 82_600, b"\x00\xff"),
    (2, "tab\there, back\\slash, new\nline, \\N, \\.", None, False, -1, None),
    (3, "", date(2026, 6, 10), None, 2**62, b""),
    (4, None, None, None, None, None),
]


def held(table: str = "incoming") -> list[tuple]:
    return list(stream(connection, f"SELECT * FROM {table} ORDER BY 1"))


def test_rows_copied_in_come_out_as_they_were():
    staging_table(connection, "incoming", COLUMNS)
    assert copy_rows(connection, "incoming", list(COLUMNS), iter(ROWS)) == 4
    assert [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in held()] == ROWS


def test_text_lines_copied_in_come_out_as_they_were():
    columns = [name for name in COLUMNS if name != "secret"]
    staging_table(connection, "incoming", {name: COLUMNS[name] for name in columns})
    lines = [text_line(row[:-1]) for row in ROWS]
    blocks = ["".join(lines[:2]), "".join(lines[2:]).encode()]
    assert copy_text(connection, "incoming", columns, blocks) == 4
    assert held() == [row[:-1] for row in ROWS]


def test_blocks_may_be_cut_anywhere():
    staging_table(connection, "incoming", {"name": "text"})
    content = "".join(text_line([name]) for name in ("髙﨑", "𠮷田", "a\\b")).encode()
    assert copy_text(connection, "incoming", ["name"], (content[at : at + 1] for at in range(len(content)))) == 3
    assert sorted(held()) == sorted([("髙﨑",), ("𠮷田",), ("a\\b",)])


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=8))
def test_any_text_survives_both_ways(names):
    with transaction.atomic():
        staging_table(connection, "incoming", {"id": "integer", "name": "text"})
        copy_rows(connection, "incoming", ["id", "name"], enumerate(names))
        copy_text(connection, "incoming", ["id", "name"], map(text_line, enumerate(names, len(names))))
        assert [name for _, name in held()] == names * 2
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE incoming")


def test_moments_and_decimals_are_adapted():
    staging_table(connection, "incoming", {"at": "timestamptz", "rate": "numeric"})
    moment = datetime(2026, 6, 10, 3, 0, tzinfo=UTC)
    copy_rows(connection, "incoming", ["at", "rate"], [(moment, Decimal("0.285"))])
    assert held() == [(moment, Decimal("0.285"))]


def test_no_rows_are_no_rows():
    staging_table(connection, "incoming", COLUMNS)
    assert copy_rows(connection, "incoming", list(COLUMNS), []) == 0
    assert copy_text(connection, "incoming", list(COLUMNS), []) == 0
    assert held() == []


def test_columns_may_be_left_out_or_named_in_another_order():
    staging_table(connection, "incoming", {"id": "integer", "name": "text", "amount": "bigint DEFAULT 7"})
    copy_rows(connection, "incoming", ["name", "id"], [("a", 1)])
    assert held() == [(1, "a", 7)]


def refusing_at(row: int):
    for number in range(10):
        if number == row:
            raise RuntimeError("the file broke off")
        yield number, "name"


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (lambda: refusing_at(5), RuntimeError),
        (lambda: [(1, "a"), ("not a number", "b")], DataError),
        (lambda: [(1, "a"), (1, "the same key")], IntegrityError),
        (lambda: [(1, "a"), (None, "no key")], IntegrityError),
        (lambda: [(1, "a"), (2, "NUL \0 in it")], DataError),
        (lambda: [(1, "a"), (2,)], DataError),
    ],
)
def test_a_copy_that_breaks_stores_nothing(rows, error):
    staging_table(connection, "incoming", {"id": "integer PRIMARY KEY", "name": "text"})
    with pytest.raises(error), transaction.atomic():
        copy_rows(connection, "incoming", ["id", "name"], rows())
    assert held() == []


def test_names_are_quoted_never_spliced():
    hostile = 'x"; DROP TABLE incoming; --'
    staging_table(connection, "incoming", {hostile: "integer", "select": "text"})
    copy_rows(connection, "incoming", [hostile, "select"], [(1, "a")])
    assert held() == [(1, "a")]
    with pytest.raises(ProgrammingError), transaction.atomic():
        copy_rows(connection, 'incoming"; DROP TABLE incoming; --', ["select"], [("a",)])
    assert held() == [(1, "a")]


@pytest.mark.django_db(transaction=True)
def test_a_staging_table_is_gone_after_the_transaction():
    for _ in range(2):
        with transaction.atomic():
            staging_table(connection, "incoming", {"id": "integer"})
            copy_rows(connection, "incoming", ["id"], [(1,)])
            assert held() == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_query_streams_outside_a_transaction_too():
    assert sum(1 for _ in stream(connection, "SELECT generate_series(1, 12000)")) == 12_000


def test_a_query_takes_parameters():
    query = "SELECT n FROM generate_series(1, 9) n WHERE n > %s"
    assert list(stream(connection, query, [7])) == [(8,), (9,)]
    assert list(stream(connection, query.replace("%s", "%(least)s"), {"least": 8})) == [(9,)]


def test_a_stream_left_early_leaves_the_connection_usable():
    rows = stream(connection, "SELECT generate_series(1, 100000)")
    assert next(rows) == (1,)
    rows.close()
    assert list(stream(connection, "SELECT 1")) == [(1,)]


def test_memory_does_not_grow_with_the_rows():
    staging_table(connection, "incoming", {"id": "integer", "name": "text"})
    tracemalloc.start()
    try:
        copy_rows(connection, "incoming", ["id", "name"], ((number, "名" * 100) for number in range(40_000)))
        for _ in stream(connection, "SELECT * FROM incoming"):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000  # bytes; the rows themselves are 12 MB as text


def test_identities_are_reserved_once():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence('audit_office', 'id')")
        assert cursor.fetchone()[0]
    first, second = next_ids(connection, "audit_office", 3), next_ids(connection, "audit_office", 2)
    assert len({*first, *second}) == 5
    assert next_ids(connection, "audit_office", 0) == []
