"""The navigation: rooms add their entries, a person sees those that their rights open."""

from dataclasses import dataclass
from typing import Literal

from audit.actor import Actor
from audit.rights import Right

Group = Literal["", "mine", "staff", "review", "ledgers", "requests", "eligibility"]
GROUPS: dict[Group, str] = {
    "mine": "自分の利用者ID",
    "staff": "職員と権限",
    "review": "記録と点検",
    "ledgers": "台帳",
    "requests": "請求・照会・決裁",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation: its words, the name of its URL, and the right that opens it.

    An entry of a `group` stands on that group's page, with its `help`, instead of on every page: on `ledgers`, or for
    `eligibility` on the page of that room.
    """

    label: str
    url_name: str
    right: Right | None = None
    order: int = 50
    group: Group = ""
    help: str = ""
    rights: tuple[Right, ...] = ()

    def open_to(self, actor: Actor) -> bool:
        """Whether the person holds one of the rights that open the page; a page without rights is open to all."""
        wanted = (self.right, *self.rights) if self.right else self.rights
        return not wanted or any(actor.may(right) for right in wanted)


_ENTRIES: dict[str, Entry] = {}


def add_entry(entry: Entry) -> None:
    """Add an entry; a second one for the same URL replaces the first."""
    _ENTRIES[entry.url_name] = entry


def entries_for(actor: Actor, group: Group = "") -> list[Entry]:
    """The entries of a group (or of every page) open to this person, in their order."""
    return sorted((e for e in _ENTRIES.values() if e.group == group and e.open_to(actor)), key=lambda e: e.order)


def grouped_for(actor: Actor) -> list[tuple[str, list[Entry]]]:
    """The groups of the ledgers page with the entries open to this person; groups without any are left out."""
    found = ((label, entries_for(actor, group)) for group, label in GROUPS.items())
    return [(label, entries) for label, entries in found if entries]
