"""What a person may do beyond the roles held: reading one resident of another office, and emergency access (E06).

The parts of the room that keep these exceptions register a source; the core asks each once a request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from audit.rights import Right

if TYPE_CHECKING:
    from audit.models import Staff


@dataclass(frozen=True, slots=True)
class Exceptional:
    """The exceptions that hold now: why each resident may be read, and emergency rights by office until a moment."""

    readings: Mapping[UUID, str] = field(default_factory=dict)
    emergency: Mapping[Right, frozenset[int]] = field(default_factory=dict)
    emergency_reason: str = ""
    emergency_until: datetime | None = None


NONE = Exceptional()
Source = Callable[["Staff"], Exceptional]

_SOURCES: list[Source] = []


def provide(source: Source) -> None:
    """Register who knows of exceptions; a bounded number of SQL statements."""
    _SOURCES[:] = [source]


def held_by(staff: "Staff") -> Exceptional:
    """The exceptions of a member of staff that hold now."""
    return _SOURCES[0](staff) if _SOURCES else NONE
