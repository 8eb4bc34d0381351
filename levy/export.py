"""賦課台帳の出力: the committed decisions of a year as a file that two installations can compare byte for byte.

Nothing in it depends on when or in what order the work was done: no identities, no moments, no public ids. It holds
insured numbers and amounts, so it is personal information; individual numbers are never in it.
"""

import csv
import json
from collections.abc import Collection, Iterator
from typing import TextIO
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from kaigo.common.copying import stream
from levy.models import Assessment, LevyRun

COLUMNS = (
    "被保険者番号", "賦課年度", "賦課年月日", "賦課期日", "所得段階", "年額", "月数", "保険料額", "納め過ぎ見込額",
    "推定", "注記", "期別", "規則値", "判定の経過",
)  # fmt: skip
QUERY = """
    SELECT i.insured_number, a.fiscal_year, run.levied_on, a.base_date, a.tier, a.yearly_premium, a.months, a.premium,
        a.overpaid, a.estimated::int, array_to_string(a.flags, ' '),
        (SELECT string_agg(concat_ws(':', s.method, s.number, s.due_date, s.amount, s.provisional::int), ' '
                           ORDER BY s.due_date, s.method, s.number)
         FROM levy_instalment s WHERE s.assessment_id = a.id),
        parameters.sha256, a.trace
    FROM levy_assessment a
    JOIN levy_levyrun run ON run.id = a.run_id
    JOIN audit_parameterset parameters ON parameters.id = run.parameter_set_id
    JOIN eligibility_insured i ON i.id = a.insured_id
    JOIN eligibility_resident r ON r.id = i.resident_id
    WHERE a.fiscal_year = %s AND run.state = %s AND (%s::bigint[] IS NULL OR r.office_id = ANY (%s))
    ORDER BY i.insured_number, run.levied_on, run.id
"""


def write_ledger(fiscal_year: int, out: TextIO) -> int:
    """Write the year's committed decisions as CSV, ordered by insured number; says how many there were.

    Instalments are written `method:number:due date:yen:provisional`. Memory does not grow with the number of rows.
    """
    count = 0
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in ledger_rows(fiscal_year):
        writer.writerow(row)
        count += 1
    return count


def ledger_rows(fiscal_year: int, offices: Collection[int] | None = None) -> Iterator[list[object]]:
    """The lines of the year's ledger under COLUMNS: of residents of these offices, or of everybody."""
    ids = None if offices is None else list(offices)
    with transaction.atomic():
        for *values, trace in stream(connection, QUERY, [fiscal_year, LevyRun.State.COMMITTED, ids, ids]):
            yield [*values, _canonical(trace)]


def persons(fiscal_year: int, offices: Collection[int] | None = None) -> Iterator[UUID]:
    """Whom the year's ledger concerns, for the access log."""
    rows = _assessments(fiscal_year, offices).order_by("pk")
    return rows.values_list("insured__resident__public_id", flat=True).iterator(chunk_size=10_000)


def years() -> list[int]:
    """The years with decisions in force, the newest first."""
    rows = LevyRun.objects.filter(state=LevyRun.State.COMMITTED).order_by("-fiscal_year")
    return list(rows.values_list("fiscal_year", flat=True).distinct())


def count(fiscal_year: int, offices: Collection[int] | None = None) -> int:
    """How many decisions the year's ledger holds."""
    return _assessments(fiscal_year, offices).count()


def _assessments(fiscal_year: int, offices: Collection[int] | None) -> QuerySet[Assessment]:
    rows = Assessment.objects.filter(fiscal_year=fiscal_year, run__state=LevyRun.State.COMMITTED)
    return rows if offices is None else rows.filter(insured__resident__office_id__in=offices)


def _canonical(trace: str | list[object]) -> str:
    content = json.loads(trace) if isinstance(trace, str) else trace
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
