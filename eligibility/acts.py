"""届出の種類: what can be received at the counter. Parts and rooms register acts; each says what it asks and writes.

The same act comes from the counter, the API and a file: all go through eligibility.receiving.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from eligibility.effects import Effects
from eligibility.models import Notification, Resident

Values = dict[str, Any]


class Impact(NamedTuple):
    """Something that depends on the insured periods and would change with them: where, and what."""

    where: str
    what: str


class Paper(NamedTuple):
    """A document that a received notification offers at once: its words and its address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class ActKind:
    """One kind of notification.

    `form` is the form class (called with `resident=`), `write` puts the cleaned values into facts, `day` names the
    form's field with the day of the event. `offered` says whether it makes sense for the person; `changes_periods` is
    false for acts that leave the insured periods alone. `papers` are what can be printed once it is received.
    """

    key: str
    label: str
    affair: str
    group: str
    form: Callable[..., Any]
    write: Callable[[Effects, Resident, Values], None]
    help: str
    day: str = "day"
    offered: Callable[[Resident, date], bool] = lambda _resident, _day: True
    changes_periods: bool = True
    papers: Callable[[Notification], list[Paper]] = lambda _notification: []


_ACTS: dict[str, ActKind] = {}
_IMPACTS: list[Callable[[Resident, date], list[Impact]]] = []


def register(kind: ActKind) -> None:
    """Add a kind of notification. Raises ValueError when its key is taken."""
    if _ACTS.setdefault(kind.key, kind) != kind:
        raise ValueError(f"act {kind.key} is registered twice")


def act_of(key: str) -> ActKind | None:
    """The kind with this key."""
    return _ACTS.get(key)


def acts() -> list[ActKind]:
    """All kinds, in the order in which they were registered."""
    return list(_ACTS.values())


def provide_impacts(provider: Callable[[Resident, date], list[Impact]]) -> None:
    """Let a room say what of its own depends on a resident's insured periods from a day on."""
    if provider not in _IMPACTS:
        _IMPACTS.append(provider)


def impacts_from(resident: Resident, day: date) -> list[Impact]:
    """What would have to be looked at again when the insured periods change from a day on."""
    return [impact for provider in _IMPACTS for impact in provider(resident, day)]
