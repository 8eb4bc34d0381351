"""Repeatable chance: the same seed text gives the same draws on every machine and Python version."""

import random
from bisect import bisect
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """A list of things and how often each one comes, e.g. `Weighted([("a", 3), ("b", 1)])`."""

    __slots__ = ("_bounds", "_things", "_total")

    def __init__(self, pairs: Sequence[tuple[T, int]]) -> None:
        self._things = [thing for thing, _ in pairs]
        self._bounds = list(accumulate(weight for _, weight in pairs))
        self._total = self._bounds[-1]

    def at(self, fraction: float) -> T:
        """The thing at this fraction (0 ≤ fraction < 1) of the whole weight."""
        return self._things[bisect(self._bounds, int(fraction * self._total))]


class Dice(random.Random):
    """Draws of the kinds that the city needs; seeded with a text, so nothing depends on hash()."""

    def chance(self, share: float) -> bool:
        return self.random() < share

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, things: Sequence[T]) -> T:
        return things[int(self.random() * len(things))]

    def day(self, first: date, last: date) -> date:
        """A day from first to last, both included."""
        return first + timedelta(days=int(self.random() * ((last - first).days + 1)))
