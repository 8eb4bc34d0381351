"""The hours within which a contractor may work (作業許可の時間帯): pure."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple


class Window(NamedTuple):
    """One span of permitted work: from `begins` to before `ends`."""

    begins: datetime
    ends: datetime


def window(first: date, last: date, begin: time, end: time, moment: datetime) -> Window | None:
    """The span that the moment lies in, or None. `moment` is aware, and its zone is the one of the hours.

    Hours that end before they begin go on into the next day: 22:00 to 5:00 on the 24th ends at 5:00 on the 25th.
    """
    zone = moment.tzinfo
    for day in (moment.date(), moment.date() - timedelta(days=1)):
        span = _span(day, begin, end, zone)
        if first <= day <= last and span.begins <= moment < span.ends:
            return span
    return None


def _span(day: date, begin: time, end: time, zone: tzinfo | None) -> Window:
    until = day if end > begin else day + timedelta(days=1)
    return Window(datetime.combine(day, begin, zone), datetime.combine(until, end, zone))
