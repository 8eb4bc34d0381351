"""What is known of a person, as the rules of 資格 take it: small frozen tuples, each a set of days with its reason.

They are facts, not messages: in which order they became known leaves no mark on them, so that the same facts give the
same insured periods however and how often they arrived.
"""

from datetime import date
from typing import NamedTuple

MOVE_OUT, DEATH, REMOVED = "move_out", "death", "removed"
RETURNED, NEXT, LEFT = "returned", "next", "left"
END_OF_STATUS = {"1": "", "2": MOVE_OUT, "3": DEATH, "4": REMOVED, "5": ""}
"""住民状態 of the register → how a stay ended."""


class Stay(NamedTuple):
    """住民であった期間: `ended_on` is the day of the move or death; `end` one of move_out, death, removed.

    `begin` says how it began: move_in, or official (職権記載). `taken_over_on` is the day on which another
    municipality registered the person, if known.
    """

    begun_on: date
    ended_on: date | None = None
    end: str = ""
    taken_over_on: date | None = None
    begin: str = "move_in"


class Exemption(NamedTuple):
    """適用除外 (施行法11条): `entered_on` the day of entry into an exempt facility, `left_on` the day of leaving.

    Where the law leaves the day to practice, the office's dated parameters say it: the insurance is lost `lost_after`
    days after the entry, and acquired again `back_after` days after leaving.
    """

    entered_on: date
    left_on: date | None = None
    lost_after: int = 1
    back_after: int = 0


class Elsewhere(NamedTuple):
    """他市町村の住所地特例 (法13条): a resident whom another municipality insures, from a day until another.

    `until` is the first day on which it does not hold any more.
    """

    begun_on: date
    until: date | None = None


class Domicile(NamedTuple):
    """住所地特例 (法13条): ours while living in a facility of another municipality.

    `begun_on` is the day of the move into the facility's municipality, `ended_on` the day of leaving the facility;
    `end` one of move_out (to an address elsewhere), death, returned (to this municipality), next (to another facility),
    left (any other end).
    """

    begun_on: date
    ended_on: date | None = None
    end: str = ""
    taken_over_on: date | None = None


class Cover(NamedTuple):
    """医療保険の加入 of somebody of 40 to 64 who has asked for the insurance card or for certification.

    `ended_on` is the day on which the membership ended (that day is not insured any more, 法11条2項); `applied_on` the
    day of the application that brought the person into the register.
    """

    begun_on: date
    applied_on: date
    ended_on: date | None = None


class Declaration(NamedTuple):
    """届出で先に分かったこと: what the counter was told before the resident register says so.

    `kind` is begin, or an end of a stay (move_out, death, removed). The register's own word on the same stay wins.
    """

    kind: str
    day: date
    taken_over_on: date | None = None


class PersonFacts(NamedTuple):
    """Everything that decides when a person is insured here."""

    birth_date: date
    stays: tuple[Stay, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    domiciles: tuple[Domicile, ...] = ()
    covers: tuple[Cover, ...] = ()
    declarations: tuple[Declaration, ...] = ()
