"""Where higher rooms add what only they know to the person page: tabs, badges and timeline entries."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from audit.rights import File
from eligibility.models import Resident


class TimelineEntry(NamedTuple):
    """One dated fact about a person for the timeline (時系列); `lasting` until its last day, or still."""

    day: date
    kind: str
    title: str
    detail: str = ""
    until: date | None = None
    lasting: bool = False


class Badge(NamedTuple):
    """A word beside the person's name; `tone` is `good`, `info`, `warning`, `danger` or nothing."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class VisitorView:
    """What of a tab may be turned to the visitor (来庁者に見せる画面): its own template, data and record items.

    It is written for the visitor and shows this person only: nobody of the household, no remark of staff, no mark
    that the house makes for itself. What it does not name is not there.
    """

    template: str
    context: Callable[[Resident], dict[str, Any]]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonTab:
    """A tab of the person page: one personal-information file.

    `context` gives the template its data for a resident and the names of the record items that it shows
    (they go into the access log); `timeline` adds dated facts, `badges` what the person header must warn of, for
    those who may view the file. `others` are the public ids of other people whom it names: they are in the access log
    as well. `visitor` is what of it a visitor may be shown; without it, nothing is.
    """

    key: str
    label: str
    file: File
    template: str
    context: Callable[[Resident], dict[str, Any]]
    items: tuple[str, ...]
    order: int = 50
    timeline: Callable[[Resident], list[TimelineEntry]] | None = None
    badges: Callable[[Resident], list[Badge]] | None = None
    others: Callable[[dict[str, Any]], Iterable[UUID]] | None = None
    visitor: VisitorView | None = None


_TABS: dict[str, PersonTab] = {}


def register_tab(tab: PersonTab) -> None:
    """Add a tab. Raises ValueError when its key is taken."""
    if _TABS.setdefault(tab.key, tab) != tab:
        raise ValueError(f"person tab {tab.key} is registered twice")


def tabs() -> list[PersonTab]:
    """All tabs in their order."""
    return sorted(_TABS.values(), key=lambda tab: tab.order)


def tab_of(key: str) -> PersonTab | None:
    """The tab with this key, if a room has registered it."""
    return _TABS.get(key)
