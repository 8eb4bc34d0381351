"""The counter of tests/counter."""

from tests.counter.conftest import counter, today  # noqa: F401
