"""終了時の確認: what is still open when somebody dies, moves out or loses the insurance. Rooms register here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from eligibility.models import Resident


@dataclass(frozen=True, slots=True)
class Open:
    """One line of the closing sheet: what, in which state, where to do it, and whether it is done."""

    group: str
    label: str
    detail: str
    done: bool
    path: str = ""


Provider = Callable[[Resident, date], list[Open]]
_PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> None:
    """Let a part or a room name what is to be settled when somebody's insurance ends."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)


def open_of(resident: Resident, day: date) -> dict[str, list[Open]]:
    """All lines by group, in the order of registration; what is done comes last in its group."""
    found: dict[str, list[Open]] = {}
    for provider in _PROVIDERS:
        for line in provider(resident, day):
            found.setdefault(line.group, []).append(line)
    return {group: sorted(lines, key=lambda line: line.done) for group, lines in found.items()}
