"""The facts of a day from the access log, by aggregates in SQL: memory grows with the staff, not with the log.

Batches (job rows) are left out: they have a ledger and a second person of their own. Reviewing findings and reading
the log is left out where people looked up are counted: the review of a protected person's rows must not itself be a
finding on the next day.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from audit.models import Office
from audit.watching.models import DailyUse
from audit.watching.rules.facts import Grounded, Outside, Past, Searching, Series, Shown, Use
from audit.watching.rules.thresholds import Thresholds
from audit.watching.rules.workdays import hours_of
from kaigo.common import clock

METRICS = ("calls", "persons", "prints", "exports")
SEPARATOR = "\x1f"

DAY = "l.at >= %(start)s AND l.at < %(end)s"
PEOPLE = f"{DAY} AND l.staff_id IS NOT NULL AND l.job_id IS NULL"
ALLOWED = "l.outcome = 'allowed'"
# Rows that show records of insured persons, as opposed to the reviews of such rows.
RECORDS = "l.act NOT IN ('login', 'logout') AND l.file NOT IN ('findings', 'access_log')"


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the log, half-open in time, with the thresholds in force on it."""

    day: date
    limits: Thresholds
    closed: str = ""

    @property
    def start(self) -> datetime:
        return datetime.combine(self.day, time.min, tzinfo=clock.TOKYO)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=1)

    def values(self, **more: Any) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "searching": list(self.limits.search_routes), **more}


def rows_of(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of one statement over the log."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


COUNT = f"SELECT count(*) FROM audit_accesslog l WHERE {DAY}"  # noqa: S608 - constants of this module


def count_rows(day: Day) -> int:
    """How many rows the log has of the day."""
    return int(rows_of(COUNT, day.values())[0][0])


USES = f"""
SELECT l.staff_id, max(l.staff_name), max(array_to_string(l.roles, '{SEPARATOR}')), count(*),
       coalesce(sum(l.subject_count) FILTER (WHERE l.act = 'print' AND {ALLOWED}), 0),
       coalesce(sum(l.subject_count) FILTER (WHERE l.act = 'export' AND {ALLOWED}), 0)
FROM audit_accesslog l
WHERE {DAY} AND l.job_id IS NULL AND {RECORDS}
GROUP BY l.staff_id, CASE WHEN l.staff_id IS NULL THEN l.staff_name END
"""  # noqa: S608 - constants of this module
PERSONS = f"""
SELECT l.staff_id, CASE WHEN l.staff_id IS NULL THEN l.staff_name END, count(DISTINCT s)
FROM audit_accesslog l, unnest(l.subjects) s
WHERE {DAY} AND l.job_id IS NULL AND {RECORDS} AND {ALLOWED} AND NOT l.route = ANY(%(searching)s)
GROUP BY 1, 2
"""  # noqa: S608


def uses(day: Day) -> list[Use]:
    """What each person and API client did on the day."""
    persons = {(staff, name or ""): count for staff, name, count in rows_of(PERSONS, day.values())}
    found = []
    for staff, name, roles, calls, prints, exports in rows_of(USES, day.values()):
        seen = persons.get((staff, "" if staff else name), 0)
        held = tuple(roles.split(SEPARATOR)) if roles else ()
        found.append(Use(staff, name, held, calls, seen, int(prints), int(exports)))
    return found


def past(day: Day) -> Past:
    """The days before, as far as they have been examined. Names only tell API clients apart: staff have their id."""
    first = day.day - timedelta(days=day.limits.history_days)
    own: dict[tuple[int | None, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    roles: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    rows = DailyUse.objects.filter(day__gte=first, day__lt=day.day).values_list("staff_id", "name", "roles", *METRICS)
    for staff_id, name, held, *counts in rows.iterator(chunk_size=5000):
        for metric, count in zip(METRICS, counts, strict=True):
            own[staff_id, "" if staff_id else name][metric].append(count)
            for role in held:
                roles[role][metric].append(count)
    return Past(own, roles)


OUTSIDE = f"""
WITH hours AS (
    SELECT * FROM unnest(%(offices)s::bigint[], %(opens)s::time[], %(closes)s::time[]) AS h(office_id, opens, closes)
), found AS (
    SELECT l.staff_id, l.staff_name, l.at AT TIME ZONE 'Asia/Tokyo' AS moment
    FROM audit_accesslog l JOIN audit_staff s ON s.id = l.staff_id JOIN hours h ON h.office_id = s.office_id
    WHERE {PEOPLE} AND l.act <> 'logout'
      AND (%(closed)s OR (l.at AT TIME ZONE 'Asia/Tokyo')::time < h.opens
                      OR (l.at AT TIME ZONE 'Asia/Tokyo')::time >= h.closes)
)
SELECT staff_id, max(staff_name), count(*), min(moment), max(moment),
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM unnest(%(late_from)s::time[], %(late_to)s::time[]) AS n(opens, closes)
           WHERE CASE WHEN n.opens <= n.closes THEN moment::time >= n.opens AND moment::time < n.closes
                      ELSE moment::time >= n.opens OR moment::time < n.closes END)),
       %(why)s::text
FROM found GROUP BY staff_id
"""  # noqa: S608


def outside(day: Day) -> list[Outside]:
    """Use outside the hours of each person's office; on a closed day all use. Signing off is not counted."""
    values = day.values(closed=bool(day.closed), why=day.closed, **office_hours(day.limits))
    return [Outside(*row) for row in rows_of(OUTSIDE, values)]


def office_hours(limits: Thresholds) -> dict[str, list[Any]]:
    """The hours of every office and the spans of late night, as arrays for SQL."""
    offices = list(Office.objects.values_list("id", "code"))
    hours = [hours_of(code, limits) for _, code in offices]
    return {
        "offices": [office_id for office_id, _ in offices],
        "opens": [span.opens for span in hours],
        "closes": [span.closes for span in hours],
        "late_from": [span.opens for span in limits.late_night],
        "late_to": [span.closes for span in limits.late_night],
    }


GROUNDED = f"""
SELECT l.staff_id, max(l.staff_name), l.ground, count(*),
       coalesce((SELECT count(DISTINCT s) FROM audit_accesslog i, unnest(i.subjects) s
                 WHERE i.at >= %(start)s AND i.at < %(end)s AND i.job_id IS NULL AND i.staff_id = l.staff_id
                   AND i.ground = l.ground AND i.outcome = 'allowed'), 0),
       count(*) FILTER (WHERE btrim(l.reason) <> '')
FROM audit_accesslog l WHERE {PEOPLE} AND l.ground <> '' AND {ALLOWED} GROUP BY l.staff_id, l.ground
"""  # noqa: S608


def grounded(day: Day) -> list[Grounded]:
    """Accesses that rest on a ground of their own (cross-office, emergency)."""
    return [Grounded(*row) for row in rows_of(GROUNDED, day.values())]


REFUSED = f"""
SELECT staff_id, max(staff_name), count(*), max(dense) FROM (
    SELECT l.staff_id, l.staff_name,
           count(*) OVER (PARTITION BY l.staff_id ORDER BY l.at RANGE %(window)s PRECEDING) AS dense
    FROM audit_accesslog l WHERE {PEOPLE} AND l.outcome = 'refused' AND l.act <> 'login'
) AS attempts GROUP BY staff_id
"""  # noqa: S608


def refused(day: Day) -> list[Series]:
    """Refused attempts of each person."""
    return [Series(*row) for row in rows_of(REFUSED, day.values(window=day.limits.refused_window))]


FAILED_BY_ID = f"""
SELECT s.id, coalesce(s.name, f.staff_name), f.total, f.densest FROM (
    SELECT staff_name, count(*) AS total, max(dense) AS densest FROM (
        SELECT l.staff_name, count(*) OVER (PARTITION BY l.staff_name ORDER BY l.at RANGE %(window)s PRECEDING) AS dense
        FROM audit_accesslog l
        WHERE {DAY} AND l.act = 'login' AND l.outcome = 'refused' AND l.staff_name <> ''
    ) AS attempts GROUP BY staff_name
) AS f JOIN audit_staff s ON s.login = f.staff_name
"""  # noqa: S608
FAILED_BY_ADDRESS = f"""
SELECT host(address), count(*), max(dense), count(DISTINCT staff_name) FROM (
    SELECT l.address, l.staff_name,
           count(*) OVER (PARTITION BY l.address ORDER BY l.at RANGE %(window)s PRECEDING) AS dense
    FROM audit_accesslog l
    WHERE {DAY} AND l.act = 'login' AND l.outcome = 'refused' AND l.address IS NOT NULL
) AS attempts GROUP BY address
"""  # noqa: S608
UNKNOWN = "登録のない利用者ID等"


def failed_sign_ins(day: Day) -> list[Series]:
    """Failed sign-ins: at each known id, and from each address that tried several ids or unknown ones."""
    values = day.values(window=day.limits.sign_in_window)
    by_id = [Series(*row) for row in rows_of(FAILED_BY_ID, values)]
    by_address = [
        Series(None, UNKNOWN, total, densest, address, accounts)
        for address, total, densest, accounts in rows_of(FAILED_BY_ADDRESS, values)
    ]
    known = {(series.total, series.densest) for series in by_id}
    return by_id + [s for s in by_address if s.accounts > 1 or (s.total, s.densest) not in known]


SEARCHES = f"""
SELECT staff_id, max(staff_name), count(*), count(*) FILTER (WHERE NOT followed) FROM (
    SELECT staff_id, staff_name, next IS NOT NULL AND NOT next_is_search AND gap <= %(follow)s AS followed
    FROM (
        SELECT l.staff_id, l.staff_name, l.route = ANY(%(searching)s) AS is_search,
               lead(l.at) OVER w AS next, lead(l.route = ANY(%(searching)s)) OVER w AS next_is_search,
               lead(l.at) OVER w - l.at AS gap
        FROM audit_accesslog l
        WHERE {PEOPLE} AND l.act NOT IN ('login', 'logout')
        WINDOW w AS (PARTITION BY l.staff_id ORDER BY l.at, l.id)
    ) AS steps
    WHERE is_search AND (next IS NULL OR NOT next_is_search OR gap > %(typing)s)
) AS searches GROUP BY staff_id
"""  # noqa: S608


def searching(day: Day) -> list[Searching]:
    """Searches of each person; what follows within seconds is the same search typed further."""
    values = day.values(follow=day.limits.follow_gap, typing=day.limits.typing_gap)
    return [Searching(*row) for row in rows_of(SEARCHES, values)]


SHOWN = f"""
SELECT l.staff_id, max(l.staff_name), count(*), count(DISTINCT l.subjects)
FROM audit_accesslog l WHERE {PEOPLE} AND l.number_shown AND {ALLOWED} GROUP BY l.staff_id
"""  # noqa: S608


def numbers_shown(day: Day) -> list[Shown]:
    """Individual numbers shown to each person."""
    return [Shown(*row) for row in rows_of(SHOWN, day.values())]
