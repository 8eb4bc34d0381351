"""Reading the access log (アクセス記録): what is asked for, a page of it, one row. Fast at tens of millions of rows.

A page begins where the last one ended (keyset), and nothing ever counts the whole: the log is read along its index
of moments, month by month.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from audit.models import AccessLog
from kaigo.common import clock

PAGE = 50
WEEK = timedelta(days=7)
# What a filter may name, and the column that it compares.
EQUAL = {
    "staff": "staff__public_id", "office": "office_name", "file": "file", "act": "act", "outcome": "outcome",
    "ground": "ground",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in the log: its moment and its number."""

    at: datetime
    id: int

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """The place that an address names (`2026-11-24T10:05:30.123456+09:00_17`); None for anything else."""
        moment, _, number = text.partition("_")
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            return None
        return cls(at, int(number)) if number.isdecimal() and len(number) < 19 and at.tzinfo else None

    @classmethod
    def of(cls, row: AccessLog) -> "Place":
        return cls(row.at, row.pk)

    def __str__(self) -> str:
        return f"{self.at.astimezone(clock.TOKYO).isoformat()}_{self.id}"


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some rows, the newest first, and the places from which older and newer ones go on (None: there are none)."""

    rows: list[AccessLog]
    older: Place | None
    newer: Place | None


def rows(asked: Mapping[str, Any]) -> QuerySet[AccessLog]:
    """The rows between two days (inclusive) that the filter asks for, in no order.

    `asked` has `day_from` and `day_to`, and may have those of EQUAL, `number_shown`, and `person`, the public id of a
    resident.
    """
    start, end = midnight(asked["day_from"]), midnight(asked["day_to"] + timedelta(days=1))
    found = AccessLog.objects.filter(at__gte=start, at__lt=end)
    for name, column in EQUAL.items():
        if value := asked.get(name):
            found = found.filter(**{column: value})
    if asked.get("number_shown"):
        found = found.filter(number_shown=True)
    person = asked.get("person")
    return found.filter(subjects__contains=[person]) if person else found


def page(
    found: QuerySet[AccessLog], *, before: Place | None = None, after: Place | None = None, size: int = PAGE
) -> LogPage:
    """A page of rows: the newest, those older than `before`, or those newer than `after`. One SQL statement."""
    if after is not None:
        newer = _after(found, after).order_by("at", "id")[: size + 1]
        shown = list(newer)
        more, shown = len(shown) > size, shown[:size][::-1]
        return LogPage(shown, Place.of(shown[-1]) if shown else None, Place.of(shown[0]) if more else None)
    if before is not None:
        found = _before(found, before)
    shown = list(found.order_by("-at", "-id")[: size + 1])
    more, shown = len(shown) > size, shown[:size]
    newest = Place.of(shown[0]) if shown and before is not None else None
    return LogPage(shown, Place.of(shown[-1]) if more else None, newest)


def row(place: Place) -> AccessLog | None:
    """The row at a place: only the month of its moment is looked into."""
    return AccessLog.objects.select_related("job", "staff").filter(at=place.at, id=place.id).first()


def default_period() -> tuple[date, date]:
    """The days shown when nothing was asked for: the last week."""
    today = clock.today()
    return today - WEEK, today


def offices() -> list[str]:
    """The names of the offices, as a filter offers them."""
    from audit.models import Office

    return list(Office.objects.values_list("name", flat=True))


def midnight(day: date) -> datetime:
    """The first moment of a day in Tokyo."""
    return datetime.combine(day, datetime.min.time(), tzinfo=clock.TOKYO)


def _before(found: QuerySet[AccessLog], place: Place) -> QuerySet[AccessLog]:
    # the first condition is the one that the index is entered by
    return found.filter(at__lte=place.at).filter(Q(at__lt=place.at) | Q(id__lt=place.id))


def _after(found: QuerySet[AccessLog], place: Place) -> QuerySet[AccessLog]:
    return found.filter(at__gte=place.at).filter(Q(at__gt=place.at) | Q(id__gt=place.id))


def subject_page(logged: AccessLog, number: int, size: int = 100) -> tuple[list[UUID], int]:
    """Some of the residents that a row names, and how many pages of them there are."""
    pages = max(1, -(-len(logged.subjects) // size))
    first = (min(max(number, 1), pages) - 1) * size
    return list(logged.subjects[first : first + size]), pages
