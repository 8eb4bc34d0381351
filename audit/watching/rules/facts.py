"""The facts of a day that the detectors judge: figures per person, never the log rows themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from audit.watching.rules.hit import Kind

Who = tuple[int | None, str]


@dataclass(frozen=True, slots=True)
class Use:
    """What somebody did on a day. `staff_id` is None for an API client.

    `persons` are the different people whose records were opened, `prints` and `exports` the people printed and
    exported, `calls` all log rows.
    """

    staff_id: int | None
    name: str
    roles: tuple[str, ...] = ()
    calls: int = 0
    persons: int = 0
    prints: int = 0
    exports: int = 0

    @property
    def who(self) -> "Who":
        """Who that is in `Past`: staff by their id whatever their name is then, API clients by name."""
        return self.staff_id, "" if self.staff_id else self.name


@dataclass(frozen=True, slots=True)
class Past:
    """The days before, as lists of counts by metric: of each person, and of everybody in each role."""

    own: Mapping[Who, Mapping[str, Sequence[int]]] = field(default_factory=dict)
    of_role: Mapping[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outside:
    """Use outside working hours: how many rows, from when to when (local time), how many of them late at night.

    `closed` says why the office was closed that day; blank on a working day.
    """

    staff_id: int
    name: str
    count: int
    first: datetime
    last: datetime
    late: int
    closed: str = ""


@dataclass(frozen=True, slots=True)
class Grounded:
    """Access on a ground of its own (AccessLog.Ground): how often, how many people, with how many reasons given."""

    staff_id: int
    name: str
    ground: str
    count: int
    persons: int
    with_reason: int


@dataclass(frozen=True, slots=True)
class Series:
    """Refused attempts: how many in all, and how many at most within the window. `accounts` for sign-ins from one
    address: how many ids were tried."""

    staff_id: int | None
    name: str
    total: int
    densest: int
    address: str = ""
    accounts: int = 1


@dataclass(frozen=True, slots=True)
class Searching:
    """Searches of a day (retyping counted once), and how many of them led to nothing."""

    staff_id: int
    name: str
    searches: int
    idle: int


@dataclass(frozen=True, slots=True)
class Shown:
    """How often individual numbers were shown to somebody, of how many people."""

    staff_id: int
    name: str
    count: int
    persons: int


@dataclass(frozen=True, slots=True)
class Related:
    """People whose records somebody saw and who stand in a relation to that person (`kind`).

    `rare` says that a shared surname is a rare one.
    """

    staff_id: int
    name: str
    kind: Kind
    subjects: tuple[UUID, ...]
    rare: bool = False


@dataclass(frozen=True, slots=True)
class Logon:
    """A log-on (ログオン): `key` names it for ever, `until` is its end or its last act of the day (local time)."""

    key: str
    staff_id: int
    name: str
    since: datetime
    until: datetime
    ended: bool
    terminal: str = ""
    session: str = ""

    @property
    def length(self) -> timedelta:
        return self.until - self.since
