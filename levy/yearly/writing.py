"""Writing the decisions of a chunk by COPY, in the text format built here: one pass, no object a row."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

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


def write(run_id: int, decided: list[Decided]) -> int:
    """COPY assessments and their instalments, in the caller's transaction; says how many instalments."""
    ids = next_ids(connection, ASSESSMENT, len(decided))
    head = f"{run_id}"
    lines = (
        _assessment(assessment_id, head, person, result)
        for assessment_id, (person, result) in zip(ids, decided, strict=True)
    )
    copy_text(connection, ASSESSMENT, ASSESSMENT_COLUMNS, _blocks(lines))
    parts = (
        _instalments(assessment_id, result.instalments) for assessment_id, (_, result) in zip(ids, decided, strict=True)
    )
    return copy_text(connection, INSTALMENT, INSTALMENT_COLUMNS, _blocks(parts))


def _assessment(assessment_id: int, run_id: str, person: Person, result: AssessmentResult) -> str:
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


BLOCK = 500  # lines handed to the server at a time, so that it works while the next ones are built


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) == BLOCK:
            yield "".join(block)
            block.clear()
    yield "".join(block)
