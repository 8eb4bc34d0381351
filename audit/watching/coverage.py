"""Which days of the log have been examined (点検の網羅): no silent gap."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count

from audit.models import AccessLog
from audit.watching import gathering
from audit.watching.limits import day_of
from audit.watching.models import Examination, Finding
from kaigo.common import clock

RECOUNTED = 3  # days: rows of a transaction that was still open at the examination come late


@dataclass(frozen=True, slots=True)
class CoveredDay:
    """A day of a month: examined or not, whether it could have been, and what was found."""

    day: date
    examination: Examination | None
    due: bool
    findings: int
    closed: str

    @property
    def gap(self) -> bool:
        return self.due and self.examination is None


def first_day() -> date | None:
    """The first day that the log has rows of; nothing for an empty log."""
    at = AccessLog.objects.order_by("at").values_list("at", flat=True).first()
    return at.astimezone(clock.TOKYO).date() if at else None


def month(first: date) -> list[CoveredDay]:
    """Every day of the month that begins on `first`. A bounded number of SQL statements."""
    days = [first + timedelta(days=number) for number in range(31)]
    days = [day for day in days if day.month == first.month]
    done = {row.day: row for row in Examination.objects.filter(day__range=(days[0], days[-1]))}
    counts = dict(
        Finding.objects.filter(day__range=(days[0], days[-1])).values_list("day").annotate(n=Count("id")).order_by()
    )
    since, today = first_day(), clock.today()
    return [
        CoveredDay(day, done.get(day), bool(since and since <= day < today), counts.get(day, 0), day_of(day).closed)
        for day in days
    ]


def gaps(first: date, last: date) -> list[date]:
    """The days between two days (inclusive), yesterday at the latest, that have not been examined."""
    since = first_day()
    if since is None:
        return []
    start, end = max(first, since), min(last, clock.today() - timedelta(days=1))
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    done = set(Examination.objects.filter(day__range=(start, end)).values_list("day", flat=True))
    return [day for day in days if day not in done]


def to_examine() -> list[date]:
    """What the night has to do: the gaps as far back as it catches up, and recent days whose rows have become more."""
    today = clock.today()
    limits = day_of(today).limits
    found = gaps(today - timedelta(days=limits.catch_up_days), today - timedelta(days=1))
    recent = Examination.objects.filter(day__range=(today - timedelta(days=RECOUNTED), today - timedelta(days=1)))
    return sorted({*found, *_with_more_rows(recent)})


def open_gaps() -> list[date]:
    """Every gap since the log began."""
    return gaps(date.min, clock.today() - timedelta(days=1))


def _with_more_rows(examined: Collection[Examination]) -> list[date]:
    return [row.day for row in examined if gathering.count_rows(day_of(row.day)) != row.rows]


def month_bounds(first: date) -> tuple[datetime, datetime]:
    """The moments between which a month lies, half-open."""
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (
        datetime.combine(first, time.min, tzinfo=clock.TOKYO),
        datetime.combine(following, time.min, tzinfo=clock.TOKYO),
    )
