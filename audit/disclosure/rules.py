"""Periods and fees of the requests of the persons themselves: pure and dated (個人情報保護法77条–103条)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from kaigo.common import yamlfile

DATA = Path(__file__).parent / "data" / "rules.yaml"


@dataclass(frozen=True, slots=True)
class Periods:
    """The values in force: days to decide, days of an extension, yen a copied side, with their source."""

    source: str
    confidence: str
    days: int
    extension_days: int
    fee_a_side: int


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal ground of an official inquiry (公用照会の根拠), and whether it allows the individual number."""

    code: str
    name: str
    inquirer: str
    number_allowed: bool


def periods(day: date) -> Periods:
    """The values in force on a day. Raises LookupError before the first."""
    rows = [row for row in table()["periods"] if row["from"] <= day]
    if not rows:
        raise LookupError(f"no periods on {day}")
    row = max(rows, key=lambda r: r["from"])
    return Periods(**{name: row[name] for name in Periods.__slots__})


def due(received_on: date, values: Periods, *, suspended_days: int = 0, extended: bool = False) -> date:
    """By which day it is decided: the days after receipt, without those of a correction (補正), with an extension."""
    more = values.extension_days if extended else 0
    return received_on + timedelta(days=values.days + suspended_days + more)


def fee(pages: int, values: Periods) -> int:
    """What the copies cost, in yen, by printed sides."""
    return pages * values.fee_a_side


def ground(code: str) -> Ground:
    """The ground with this code. Raises KeyError."""
    return {found.code: found for found in grounds()}[code]


@cache
def grounds() -> tuple[Ground, ...]:
    """All grounds, in the order of the data file."""
    names = Ground.__slots__
    return tuple(Ground(**{name: row[name] for name in names}) for row in table()["grounds"])


@cache
def table() -> dict[str, Any]:
    """The data file as a whole."""
    found: dict[str, Any] = yamlfile.read(DATA)
    return found
