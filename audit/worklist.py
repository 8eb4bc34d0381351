"""今日の仕事: what waits for a person, from every part of the house; the home page shows it, the latest due first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from audit.actor import Actor


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kind of work that waits: its words, the page to go to, how many, and the earliest day by which it is due."""

    label: str
    path: str
    count: int
    due: date | None = None


Provider = Callable[[Actor], list[Waiting]]

_PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> None:
    """Register who knows of waiting work; a bounded number of SQL statements each, none for who lacks the right."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)


def waiting_for(actor: Actor) -> list[Waiting]:
    """What waits for the person, what is due first at the top, without kinds of which nothing waits."""
    found = [item for provider in _PROVIDERS for item in provider(actor) if item.count]
    return sorted(found, key=lambda item: (item.due is None, item.due or date.max, item.label))
