"""What in an id or a role deserves a second look in the yearly review (E09): pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Mark(StrEnum):
    """印: why a row of the review stands out."""

    UNUSED = "unused"
    EXCEEDS = "exceeds"
    NOT_IN_FILE = "not_in_file"
    NO_MANAGER = "no_manager"
    EXPIRED = "expired"
    NO_PLEDGE = "no_pledge"
    ABSENT = "absent"
    LEFTOVER = "leftover"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Mark.UNUSED: "長く使われていない",
    Mark.EXCEEDS: "係の標準を超える",
    Mark.NOT_IN_FILE: "人事情報にない",
    Mark.NO_MANAGER: "所属長がいない",
    Mark.EXPIRED: "契約・期限が過ぎた",
    Mark.NO_PLEDGE: "誓約書がない",
    Mark.ABSENT: "休職中",
    Mark.LEFTOVER: "停止した利用者IDに残る役割",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an id on the day of the review."""

    is_regular: bool
    is_active: bool
    in_file: bool
    has_manager: bool
    has_pledge: bool
    is_absent: bool
    valid_until: date | None
    used_on: date | None
    issued_on: date | None
    held_since: date | None


def of_id(facts: Facts, today: date, unused_days: int) -> list[Mark]:
    """The marks of an id. The days without use count from its last use or its issue, whichever is later.

    One that has neither (it was there before this system) counts from the day on which it got its first role.
    """
    since = max((day for day in (facts.used_on, facts.issued_on) if day), default=facts.held_since)
    found = {
        Mark.UNUSED: since is None or since <= today - timedelta(days=unused_days),
        Mark.NOT_IN_FILE: facts.is_regular and not facts.in_file,
        Mark.NO_MANAGER: not facts.has_manager,
        Mark.EXPIRED: facts.valid_until is not None and facts.valid_until < today,
        Mark.NO_PLEDGE: not facts.is_regular and not facts.has_pledge,
        Mark.ABSENT: facts.is_absent,
    }
    return [mark for mark, is_so in found.items() if is_so] if facts.is_active else [Mark.LEFTOVER]


def of_role(facts: Facts, *, exceeds: bool) -> list[Mark]:
    """The marks of one role of an id."""
    if not facts.is_active:
        return [Mark.LEFTOVER]
    return [Mark.EXCEEDS] if exceeds else []
