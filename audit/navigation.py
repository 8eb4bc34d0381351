"""The navigation: rooms add their entries, a person sees those that their rights open."""

from dataclasses import dataclass

from audit.actor import Actor
from audit.rights import Right


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation: its words, the name of its URL, and the right that opens it."""

    label: str
    url_name: str
    right: Right | None = None
    order: int = 50


_ENTRIES: dict[str, Entry] = {}


def add_entry(entry: Entry) -> None:
    """Add an entry; a second one for the same URL replaces the first."""
    _ENTRIES[entry.url_name] = entry


def entries_for(actor: Actor) -> list[Entry]:
    """The entries open to this person, in their order."""
    open_to = (e for e in _ENTRIES.values() if e.right is None or actor.may(e.right))
    return sorted(open_to, key=lambda e: e.order)
