"""Whose record a log row or a request speaks of; the eligibility room knows the people, this room only their ids."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kaigo.common import crypto, kana


@dataclass(frozen=True, slots=True)
class Subject:
    """A resident as the ledgers of this room show and compare them.

    `surname_key` and `address_key` are made like those of `Staff`, to notice somebody who looks up their family.
    """

    public_id: UUID
    name: str
    kana: str
    number: str
    office_id: int
    is_protected: bool
    surname_key: str
    address_key: bytes
    path: str


def surname_key(name: str) -> str:
    """The surname (the words before the first space) as it is compared: variants of characters folded together."""
    parts = name.replace("\u3000", " ").split()
    return kana.name_key(parts[0])[:40] if len(parts) > 1 else ""


def address_key(town: str, lot: str) -> bytes:
    """A keyed digest of an address without its building, to compare staff's and residents' without storing it."""
    text = kana.normalise(town + lot).replace(" ", "")
    return crypto.ring().lookup(text, "address") if text else b""


Finder = Callable[[Collection[UUID]], dict[UUID, Subject]]

_finders: list[Finder] = []
_exact: list["Exact"] = []


def provide(finder: Finder) -> None:
    """Register who knows the people; without anybody, the ledgers show ids only."""
    _finders[:] = [finder]


Exact = Callable[[str, str, date | None], list[Subject]]


def provide_exact(finder: Exact) -> None:
    """Register who finds people by an exact key (audit.subjects.find_exact)."""
    _exact[:] = [finder]


def find_exact(*, number: str = "", reading: str = "", birth: date | None = None) -> list[Subject]:
    """The residents with exactly this insured number, or exactly this kana and day of birth; of every office.

    For acts that begin with a reason (他所属の照会, 開示請求): whoever calls answers for the right and the log.
    """
    return _exact[0](number, reading, birth) if _exact else []


def describe(public_ids: Collection[UUID]) -> dict[UUID, Subject]:
    """The residents behind the public ids, those that exist. A bounded number of SQL statements."""
    return _finders[0](public_ids) if _finders and public_ids else {}
