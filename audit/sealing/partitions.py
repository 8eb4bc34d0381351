"""Monthly partitions of the access log. Only the database's owner can make one; the application asks for it."""

from datetime import date

from django.db import connection

from kaigo.common import clock

AHEAD = 3  # months


def ensure_partitions(today: date | None = None) -> list[str]:
    """See that the partitions of this month and the next ones are there; says which are new.

    Calls a function of the owner's (SECURITY DEFINER), since the application's role cannot change the table.
    """
    first = (today or clock.today()).replace(day=1)
    made = []
    with connection.cursor() as cursor:
        for _ in range(AHEAD + 1):
            cursor.execute("SELECT audit_accesslog_partition(%s)", [first])
            name = cursor.fetchone()[0]
            made += [name] if name else []
            first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return made


def stray_rows() -> int:
    """Rows outside every month's partition: the clock was wrong, or the partitions were not made in time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_accesslog_default")
        return int(cursor.fetchone()[0])
