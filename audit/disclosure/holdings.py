"""What is held on a person (保有個人情報): each room says it of its own tables; this part prints it (E28)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from audit.rights import File


@dataclass(frozen=True, slots=True)
class Holding:
    """A section of what is held: a title, and rows of (label, value). `of_others` marks data of third parties."""

    file: File
    title: str
    rows: tuple[tuple[str, str], ...]
    of_others: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the package. Its `key` stays the same while the section and the label do."""

    key: str
    holding: Holding
    label: str
    value: str


Provider = Callable[[UUID], list[Holding]]
_PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> None:
    """Register who knows what is held on a resident, by public id."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)


def held_on(subject: UUID) -> list[Holding]:
    """Everything that is held on a person, in the order of the rooms."""
    return [holding for provider in _PROVIDERS for holding in provider(subject)]


def items(subject: UUID) -> list[tuple[Holding, list[Item]]]:
    """The package line by line, so that each can be shown or left out."""
    found, seen = [], dict[str, int]()
    for holding in held_on(subject):
        lines = []
        for label, value in holding.rows:
            stem = f"{holding.file.value}/{holding.title}/{label}"
            seen[stem] = seen.get(stem, 0) + 1
            key = hashlib.sha256(f"{stem}/{seen[stem]}".encode()).hexdigest()[:24]
            lines.append(Item(key, holding, label, value))
        found.append((holding, lines))
    return found
