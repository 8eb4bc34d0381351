"""Whose record a log row or a request speaks of; the eligibility room knows the people, this room only their ids."""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kaigo.common import crypto, kana
from kaigo.common.addresses import number_of


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
    """A keyed digest of an address without its building, to compare staff's and residents' without storing it.

    The same for every usual way of writing an address (`address_text`); empty without an address.
    """
    text = address_text(town + lot)
    return crypto.ring().lookup(text, "address") if text else b""


_HYPHENS = str.maketrans(dict.fromkeys("-‐‑‒–—―−ーｰ－﹣", "-"))
# A number in kanji counts as a number only before a word for a part of an address: 三宅町 stays what it is.
_KANJI_NUMBER = re.compile(r"([〇一二三四五六七八九十百]+)(?=丁目|番|号|の[0-9〇一二三四五六七八九十])")
_PARTS = re.compile(r"(?<=\d)(?:丁目|番地の|番地|番の|番|号|の|ノ|之)(?=\d|$|[^\d町丁])-?")
# Two numbers or more, and then something else: what follows is the building.
_BUILDING = re.compile(r"(\d+(?:-\d+)+)(?!-?\d).*")
_PREFECTURE = re.compile(r"^(?:東京都|北海道|京都府|大阪府|[^\d]{2,3}県)")


def address_text(address: str) -> str:
    """An address in one form: 一丁目2番3号, １丁目２－３ and 1-2-3 are the same. Without prefecture and building."""
    text = unicodedata.normalize("NFKC", address).translate(_HYPHENS)
    text = "".join(text.split()).replace("大字", "").replace("ヶ", "ケ").replace("ヵ", "カ")
    text = _KANJI_NUMBER.sub(lambda match: str(number_of(match[1])), _PREFECTURE.sub("", text))
    text = _PARTS.sub("-", text)
    return _BUILDING.sub(r"\1", text).strip("-")


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
