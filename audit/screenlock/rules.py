"""When a screen locks and when a session ends (E10): pure, in seconds."""

from enum import Enum

SLACK = 60.0  # seconds that two servers' clocks may differ


class State(Enum):
    """What a session is at a request."""

    OPEN = "open"
    LOCKED = "locked"
    OVER = "over"


def state_of(idle: float, age: float, *, lock_after: float, log_off_after: float, longest: float) -> State:
    """The state of a session after `idle` seconds without an act, `age` seconds after signing in.

    A clock that went back makes nobody fresh: a negative time locks.
    """
    if idle >= log_off_after or age >= longest:
        return State.OVER
    if idle >= lock_after or idle < -SLACK or age < -SLACK:
        return State.LOCKED
    return State.OPEN
