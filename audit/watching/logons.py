"""The log-ons of a day (ログオン). One function is the source: `of_day`."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps

from audit.watching.gathering import Day, rows_of
from audit.watching.rules.facts import Logon
from kaigo.common import clock

# How far back a log-on that touches the day may have begun.
REACH = timedelta(days=2)

FROM_LOG = """
SELECT l.staff_id, max(l.staff_name), l.session, min(l.at), max(l.at) FILTER (WHERE l.at < %(end)s),
       coalesce(bool_or(l.act = 'logout') FILTER (WHERE l.at < %(end)s), false), max(l.terminal)
FROM audit_accesslog l
WHERE l.at >= %(reach)s AND l.at < %(end)s AND l.staff_id IS NOT NULL AND l.job_id IS NULL AND l.session <> ''
GROUP BY l.staff_id, l.session HAVING max(l.at) >= %(start)s
"""


def of_day(day: Day) -> Iterator[Logon]:
    """Every log-on that was going on at some time of the day, as far as it went by the day's end.

    From the ledger of sessions where the house keeps one, otherwise from the access log: all rows of one session
    belong to one log-on.
    """
    ledger = _ledger()
    return _from_ledger(ledger, day) if ledger else _from_log(day)


def _ledger() -> Any:
    """The ledger of sessions (audit.screenlock), in a house that keeps one."""
    return apps.all_models["screenlock"].get("signedinsession")


def _from_ledger(ledger: Any, day: Day) -> Iterator[Logon]:
    # An open session shows only its latest act; what came after the day's end does not count for the day.
    sessions = (
        ledger._default_manager.filter(started_at__lt=day.end, last_activity_at__gte=day.start)
        .select_related("staff")
        .order_by("pk")
    )
    for row in sessions.iterator(chunk_size=2000):
        over = row.ended_at is not None and row.ended_at < day.end
        until = min(row.ended_at or row.last_activity_at, day.end)
        yield Logon(
            key=f"ledger:{row.pk}",
            staff_id=row.staff_id,
            name=row.staff.name,
            since=row.started_at.astimezone(clock.TOKYO),
            until=until.astimezone(clock.TOKYO),
            ended=over,
            terminal=row.terminal,
        )


def _from_log(day: Day) -> Iterator[Logon]:
    for staff_id, name, session, since, until, ended, terminal in rows_of(
        FROM_LOG, day.values(reach=day.start - REACH)
    ):
        yield Logon(
            key=f"log:{session}",
            staff_id=staff_id,
            name=name,
            since=since.astimezone(clock.TOKYO),
            until=until.astimezone(clock.TOKYO),
            ended=ended,
            terminal=terminal,
            session=session,
        )
