"""The counter of tests/counter, and the cards of its people."""

from tests.counter.conftest import counter, today  # noqa: F401
