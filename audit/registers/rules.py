"""The rules of the registers: what must be reported by when, what stands in the way of closing. Pure and dated."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from kaigo.common import yamlfile

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Reporting:
    """The values in force: days and persons, with their source."""

    source: str
    confidence: str
    preliminary_days: int
    final_days: int
    final_days_improper: int
    more_than_persons: int


@dataclass(frozen=True, slots=True)
class Happening:
    """What of an accident decides whether and when it is reported."""

    known_on: date
    persons: int
    number_involved: bool = False
    is_sensitive: bool = False
    is_property: bool = False
    is_improper: bool = False
    is_public: bool = False
    from_system: bool = False
    is_encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """Whether an accident must be reported, why, and the last days of the two reports."""

    grounds: tuple[str, ...]
    preliminary_due: date
    final_due: date

    @property
    def applies(self) -> bool:
        """Whether there is any ground to report."""
        return bool(self.grounds)


@dataclass(frozen=True, slots=True)
class Item:
    """A question of a checklist, with the obligations that it belongs to."""

    id: str
    question: str
    controls: tuple[str, ...] = ()


def first_rule() -> date:
    """The day from which reporting is ruled: nothing that became known before it can be judged."""
    found: date = min(row["from"] for row in _versions())
    return found


def reporting(day: date) -> Reporting:
    """The values in force on a day. Raises LookupError before the first."""
    rows = [row for row in _versions() if row["from"] <= day]
    if not rows:
        raise LookupError(f"no reporting rule on {day}")
    row = max(rows, key=lambda r: r["from"])
    return Reporting(**{name: row[name] for name in Reporting.__slots__})


def duty(what: Happening, values: Reporting) -> Duty:
    """委員会への報告の要否と期限 (個人情報保護法68条, 番号法29条の4): the grounds, 速報 and 確報.

    A leak of 特定個人情報 managed in a system for 個人番号利用事務等 is reported however few the persons; what is
    protected by strong encryption is exempt. Days are counted from the day after it became known (民法140条).
    """
    grounds = (
        []
        if what.is_encrypted
        else [
            words
            for words, holds in (
                ("情報システムで管理する特定個人情報", what.from_system and what.number_involved),
                ("要配慮個人情報を含む", what.is_sensitive),
                ("財産的被害のおそれ", what.is_property),
                ("不正の目的によるおそれ", what.is_improper),
                ("特定個人情報が不特定多数の者に閲覧され得た", what.is_public and what.number_involved),
                (f"本人の数が{values.more_than_persons}人を超える", what.persons > values.more_than_persons),
            )
            if holds
        ]
    )
    final = values.final_days_improper if what.is_improper else values.final_days
    return Duty(
        tuple(grounds),
        what.known_on + timedelta(days=values.preliminary_days),
        what.known_on + timedelta(days=final),
    )


def next_audit(last: date | None, today: date) -> date:
    """By which day an office must be audited: so many years after the last audit, at once when there was none."""
    if last is None:
        return today
    year = last.year + int(checklists()["audit_every_years"])
    return last.replace(year=year) if (last.month, last.day) != (2, 29) else date(year, 2, 28)


def items(name: str) -> tuple[Item, ...]:
    """The questions of a checklist (`sub_contract`, `self_check`)."""
    return tuple(Item(r["id"], r["question"], tuple(r.get("controls", ()))) for r in checklists()[name])


def unanswered(name: str, answered: Iterable[str]) -> list[Item]:
    """The questions of a checklist that have no answer yet."""
    known = set(answered)
    return [item for item in items(name) if item.id not in known]


@cache
def checklists() -> dict[str, Any]:
    """The checklists and periods as they are laid down in the data file."""
    found: dict[str, Any] = yamlfile.read(DATA / "checklists.yaml")
    return found


@cache
def _versions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yamlfile.read(DATA / "reporting.yaml")["versions"]
    return found
