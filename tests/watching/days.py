"""Made-up days of the access log: rows as the log itself would have them, at any time of any day."""

import random
import uuid
from datetime import date, datetime, time, timedelta

from django.db import connection

from audit.actor import Actor
from audit.models import AccessLog
from kaigo.common import clock
from kaigo.common.copying import copy_text, text_line
from tests import factories

TUESDAY = date(2026, 11, 17)  # a working day like any other
SATURDAY = date(2026, 11, 21)


def moment(text="10:00", day=TUESDAY):
    """A time of day in Tokyo: "10:00" or "10:00:30"."""
    return datetime.combine(day, time.fromisoformat(text), clock.TOKYO)


def row(staff=None, at="10:00", *, day=TUESDAY, **fields):
    """One row of the log: the view of one person's record, unless said otherwise."""
    values = {
        "at": moment(at, day) if isinstance(at, str) else at,
        "staff": staff,
        "staff_name": staff.name if staff else "",
        "office_name": staff.office.name if staff else "",
        "file": "eligibility",
        "act": "view",
        "route": "person",
        "session": f"{day:%m%d}{staff.pk:012}" if staff else "",
    } | fields
    if values["act"] in ("login", "logout"):
        values |= {"file": "", "subject_count": 0}
    elif "subjects" not in values:
        values["subjects"] = [uuid.uuid4()]
    values.setdefault("subject_count", len(values.get("subjects", [])))
    return AccessLog.objects.create(**values)


def rows(staff, count, *, start="09:00", apart=20, day=TUESDAY, **fields):
    """Many rows of one person, `apart` seconds from each other."""
    begin = moment(start, day)
    return [row(staff, begin + timedelta(seconds=apart * number), day=day, **fields) for number in range(count)]


def job_actor(kind="watching"):
    """The actor of a job, as the nightly examination has it."""
    return Actor.of_job(factories.job(kind, office=head()))


def head():
    return factories.office("本庁", is_head=True, ward_code="")


LOG = (
    "at", "staff_id", "staff_name", "office_name", "roles", "terminal", "session", "route", "file", "act", "subjects",
    "subject_count", "items", "number_shown", "reason", "ground", "outcome",
)  # fmt: skip
ACTS = ("view", "view", "view", "view", "view", "view", "view", "view", "print", "view")


def whole_day(staff, residents, count, *, day=TUESDAY, seed=1):
    """A day of an office by COPY: `count` rows of people at work from 8:40 to 17:10, searching and opening records.

    The same arguments give the same day.
    """
    dice, begin = random.Random(seed), moment("08:40", day)  # noqa: S311
    lines = []
    for number in range(count):
        who, whom = staff[number % len(staff)], residents[dice.randrange(len(residents))]
        search, at = number % 4 == 0, begin + timedelta(seconds=number * 30_600 / count)
        subjects = "{" + str(whom) + "}"
        act = "view" if search else ACTS[dice.randrange(len(ACTS))]
        lines.append(
            text_line((
                at.isoformat(), who.pk, who.name, "", "{窓口}", "", f"{day:%m%d}{who.pk:012}",
                "person-search" if search else "person", "eligibility", act, subjects, 1, "{氏名}", False, "", "",
                "allowed",
            ))
        )  # fmt: skip
        if len(lines) >= 20_000:
            copy_text(connection, "audit_accesslog", LOG, ["".join(lines)])
            lines.clear()
    copy_text(connection, "audit_accesslog", LOG, ["".join(lines)])
