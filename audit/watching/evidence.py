"""The log rows behind a finding: one statement a kind, which copies their ids and times next to the finding."""

from typing import Any

from django.db import connection

from audit.watching.gathering import ALLOWED, DAY, PEOPLE, RECORDS, Day, office_hours
from audit.watching.models import Finding
from audit.watching.rules import Hit, Kind

OWN = f"{PEOPLE} AND l.staff_id = %(staff)s"
SUBJECTS = f"{OWN} AND {RECORDS} AND {ALLOWED} AND l.subjects && %(subjects)s::uuid[]"
OUTSIDE = (
    f"{OWN} AND l.act <> 'logout' AND (%(closed)s OR EXISTS (SELECT FROM audit_staff s"
    " JOIN unnest(%(offices)s::bigint[], %(opens)s::time[], %(closes)s::time[]) AS h(office_id, opens, closes)"
    " ON h.office_id = s.office_id WHERE s.id = l.staff_id AND ((l.at AT TIME ZONE 'Asia/Tokyo')::time < h.opens"
    " OR (l.at AT TIME ZONE 'Asia/Tokyo')::time >= h.closes)))"
)
SEARCHES = f"{OWN} AND l.route = ANY(%(searching)s)"
LOGON = (
    "l.at >= %(since)s AND l.at <= %(until)s AND l.staff_id = %(staff)s AND l.job_id IS NULL"
    " AND (%(session)s = '' OR l.session = %(session)s)"
)
SIGN_IN = (
    f"{DAY} AND l.act = 'login' AND l.outcome = 'refused'"  # noqa: S608
    " AND CASE WHEN %(address)s::inet IS NULL THEN l.staff_name = (SELECT login FROM audit_staff WHERE id = %(staff)s)"
    " ELSE l.address = %(address)s::inet END"
)
CLIENT = f"{DAY} AND l.staff_id IS NULL AND l.job_id IS NULL AND {RECORDS} AND l.staff_name = %(name)s"

WHERE = {
    Kind.LONG_LOGON: LOGON,
    Kind.OFF_HOURS: OUTSIDE,
    Kind.HOLIDAY: OUTSIDE,
    Kind.CROSS_OFFICE: f"{OWN} AND l.ground = 'cross_office' AND {ALLOWED}",
    Kind.EMERGENCY: f"{OWN} AND l.ground = 'emergency' AND {ALLOWED}",
    Kind.VOLUME: f"{OWN} AND {RECORDS} AND {ALLOWED} AND NOT l.route = ANY(%(searching)s)",
    Kind.ROLE_VOLUME: f"{OWN} AND {RECORDS} AND {ALLOWED} AND NOT l.route = ANY(%(searching)s)",
    Kind.ONESELF: SUBJECTS,
    Kind.SAME_ADDRESS: SUBJECTS,
    Kind.SAME_SURNAME: f"{SUBJECTS} AND NOT l.route = ANY(%(searching)s)",
    Kind.COLLEAGUE: f"{SUBJECTS} AND NOT l.route = ANY(%(searching)s)",
    Kind.PROTECTED: f"{SUBJECTS} AND NOT l.route = ANY(%(searching)s)",
    Kind.SEARCHES: SEARCHES,
    Kind.PRINTS: f"{OWN} AND l.act = 'print' AND {ALLOWED} AND {RECORDS}",
    Kind.EXPORTS: f"{OWN} AND l.act = 'export' AND {ALLOWED} AND {RECORDS}",
    Kind.REFUSED: f"{OWN} AND l.outcome = 'refused' AND l.act <> 'login'",
    Kind.SIGN_IN: SIGN_IN,
    Kind.NUMBER_SHOWN: f"{OWN} AND l.number_shown AND {ALLOWED}",
    Kind.API_CLIENT: CLIENT,
}


def collect(finding: Finding, hit: Hit, day: Day) -> int:
    """Enter the rows behind a finding that are not entered yet; says how many the finding has now."""
    statement = (
        "INSERT INTO watching_findingrow (finding_id, log_id, at)"  # noqa: S608 - constants of this module
        f" SELECT %(finding)s, l.id, l.at FROM audit_accesslog l WHERE {WHERE[hit.kind]}"
        " ON CONFLICT (finding_id, log_id) DO NOTHING"
    )
    values: dict[str, Any] = day.values(finding=finding.pk, staff=hit.staff_id, name=hit.name, **hit.rows)
    if hit.kind in (Kind.OFF_HOURS, Kind.HOLIDAY):
        values |= {"closed": hit.kind == Kind.HOLIDAY, **office_hours(day.limits)}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    return finding.rows.count()
