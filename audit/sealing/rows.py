"""The rows of the access log in the one order and the one form in which they are sealed and verified.

Order: (epoch, transaction, id). A transaction's number is fixed when it first writes, and every transaction with a
number below the oldest one still running is over; so rows below that horizon are final, whatever order they were
committed in, and none can appear among them later. Ids alone would not do: a row with a small id may be committed
after one with a larger id.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection

SHORT = 8  # bytes of a row's digest that a seal keeps beside its id, to name the row that was changed

# The columns of each form of a sealed row. A column added later is a new form; old seals are verified in theirs.
FORMS: dict[int, tuple[str, ...]] = {
    1: (
        "id", "xid::text::bigint", "epoch", "(extract(epoch FROM at) * 1000000)::bigint", "staff_id", "staff_name",
        "office_name", "roles", "address::text", "terminal", "session", "request_id::text", "route", "file", "act",
        "subjects::text[]", "subject_count", "items", "number_shown", "reason", "ground", "outcome", "job_id",
    ),
}  # fmt: skip
CURRENT_FORM = 1


class Position(NamedTuple):
    """The place of a row in the order."""

    epoch: int
    xid: int
    id: int


BEGINNING = Position(0, 0, 0)


class Row(NamedTuple):
    """One row as it is sealed: its place, when it was written (microseconds since 1970), and its digest."""

    position: Position
    micros: int
    digest: bytes

    @property
    def short(self) -> bytes:
        """The row's id and the first bytes of its digest, as a seal keeps them."""
        return self.position.id.to_bytes(8) + self.digest[:SHORT]


def read(form: int, after: Position, *, horizon: int | None = None, limit: int | None = None) -> Iterator[Row]:
    """Rows after a position, in order, streamed; with a `horizon` only those of transactions below it.

    Raises KeyError for a form that this version does not know.
    """
    columns = ", ".join(FORMS[form])
    below = "AND xid < %s::text::xid8" if horizon is not None else ""
    sql = (
        f"SELECT {columns} FROM audit_accesslog WHERE (epoch, xid, id) > (%s, %s::text::xid8, %s) {below}"  # noqa: S608
        f" ORDER BY epoch, xid, id {'LIMIT %s' if limit else ''}"
    )
    values: list[int | str] = [after.epoch, str(after.xid), after.id]
    values += [str(horizon)] if horizon is not None else []
    values += [limit] if limit else []
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, values)
        while chunk := cursor.fetchmany(2000):
            for row in chunk:
                yield Row(Position(row[2], row[1], row[0]), row[3], digest(row))


def digest(row: tuple[object, ...]) -> bytes:
    """SHA-256 over a row: a JSON list of its columns, UTF-8, without spaces."""
    return hashlib.sha256(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def chained(chain: bytes, row: Row) -> bytes:
    """The hash chain after one more row."""
    return hashlib.sha256(chain + row.digest).digest()


def horizon() -> tuple[int, int]:
    """The epoch, and the number of the oldest transaction that may still write rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        lowest = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT pg_get_expr(adbin, adrelid)::int FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid"
            " AND a.attnum = d.adnum WHERE d.adrelid = 'audit_accesslog'::regclass AND a.attname = 'epoch'"
        )
        return int(cursor.fetchone()[0]), lowest
