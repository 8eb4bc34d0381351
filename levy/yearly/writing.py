"""Writing the decisions of a chunk by COPY, in the text format built here: one pass, no object a row."""

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from kaigo.common.copying import copy_text, next_ids
from kaigo.common.trace import compact
from levy.rules import AssessmentResult
from levy.rules.facts import Instalment
from levy.yearly.reading import Person

ASSESSMENT, INSTALMENT = "levy_assessment", "levy_instalment"
ASSESSMENT_COLUMNS = (
    "id", "run_id", "insured_id", "fiscal_year", "base_date", "tier", "yearly_premium", "months", "premium",
    "overpaid", "estimated", "flags", "inputs", "trace",
)  # fmt: skip
INSTALMENT_COLUMNS = ("assessment_id", "method", "number", "due_date", "amount", "provisional")

Decided = tuple[Person, AssessmentResult]


class Lines(NamedTuple):
    """Assessments and instalments in COPY's text format."""

    assessments: str
    instalments: str


def lay_out(run_id: int, decided: list[Decided]) -> Lines:
    """The lines of a chunk; the identities of its assessments are reserved here."""
    ids = next_ids(connection, ASSESSMENT, len(decided))
    numbered = list(zip(ids, decided, strict=True))
    return Lines(
        "".join(_assessment(own_id, run_id, person, result) for own_id, (person, result) in numbered),
        "".join(_instalments(own_id, result.instalments) for own_id, (_, result) in numbered),
    )


def write(lines: Lines) -> None:
    """COPY a chunk in the caller's transaction."""
    copy_text(connection, ASSESSMENT, ASSESSMENT_COLUMNS, [lines.assessments])
    copy_text(connection, INSTALMENT, INSTALMENT_COLUMNS, [lines.instalments])


def _assessment(assessment_id: int, run_id: int, person: Person, result: AssessmentResult) -> str:
    flags = ",".join(result.flags)
    inputs = json.dumps(person.inputs, separators=(",", ":"))
    trace = compact(result.trace).replace("\\", "\\\\")  # JSON itself leaves no tab or line end bare
    return (
        f"{assessment_id}\t{run_id}\t{person.insured_id}\t{person.case.fiscal_year}\t{_day(result.base_date)}\t"
        f"{result.tier}\t{result.yearly_premium}\t{result.months}\t{result.premium}\t{result.overpaid}\t"
        f"{'t' if result.estimated else 'f'}\t{{{flags}}}\t{inputs}\t{trace}\n"
    )


def _instalments(assessment_id: int, instalments: Iterable[Instalment]) -> str:
    return "".join(
        f"{assessment_id}\t{method}\t{number}\t{_day(due)}\t{amount}\t{'t' if provisional else 'f'}\n"
        for method, number, due, amount, provisional in instalments
    )


@lru_cache(maxsize=1024)
def _day(day: date) -> str:
    return day.isoformat()
