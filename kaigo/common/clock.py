"""The only clock: legal days and moments come from here, so that tests and rehearsals can set them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")

_set: ContextVar[datetime | None] = ContextVar("kaigo_clock", default=None)


def now() -> datetime:
    """The present moment, aware, in Asia/Tokyo."""
    return _set.get() or datetime.now(TOKYO)


def today() -> date:
    """The present legal day in Asia/Tokyo."""
    return now().date()


@contextmanager
def at(moment: datetime | date) -> Iterator[None]:
    """Run the block as if it were `moment` (a day means noon of that day in Tokyo).

    Raises ValueError for a naive datetime.
    """
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, 12, tzinfo=TOKYO)
    if moment.tzinfo is None:
        raise ValueError("clock.at() needs an aware datetime")
    token = _set.set(moment.astimezone(TOKYO))
    try:
        yield
    finally:
        _set.reset(token)
