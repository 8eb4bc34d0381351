"""The robust statistic (頑健統計): what is usual, from the days before, without one odd day changing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# For normally distributed counts the median absolute deviation times this is the standard deviation.
CONSISTENCY = 1.4826


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: the median of `days` days, and the highest count that is still usual."""

    median: float
    limit: int
    days: int


def usual(history: Sequence[int], *, factor: int, floor: int) -> Usual:
    """Median + factor · spread, where spread is the scaled MAD but at least `floor` per mille of the median.

    The floor keeps people whose days are all alike from being reported for one more than always.
    Raises ValueError without any history.
    """
    if not history:
        raise ValueError("there is no history to take a median of")
    middle = median(history)
    deviation = median([abs(count - middle) for count in history])
    spread = max(CONSISTENCY * deviation, middle * floor / 1000)
    return Usual(middle, int(middle + factor * spread), len(history))


def unusual(count: int, history: Sequence[int], *, factor: int, floor: int, minimum: int) -> Usual | None:
    """What would have been usual, when `count` is over it and at least `minimum`; otherwise nothing."""
    if count < minimum or not history:
        return None
    found = usual(history, factor=factor, floor=floor)
    return found if count > found.limit else None
