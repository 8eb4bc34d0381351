"""The counter of tests/counter, and the comparisons of a day."""

from tests.counter.conftest import counter, today  # noqa: F401
