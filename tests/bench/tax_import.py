"""The weekly tax file of a city against its floor: raw COPY of the same rows into the same table, in the same run.

`KAIGO_BENCH_INSURED` sets the number of persons.
"""

import os
import resource
import time
from datetime import date, timedelta

from django.conf import settings
from django.db import connection, transaction

from audit.actor import Actor
from audit.models import JobRun, Office, Staff
from kaigo.common import clock
from linkage.counterparts.city.files import COLUMNS
from linkage.importing import COUNTED, take_in

PERSONS = int(os.environ.get("KAIGO_BENCH_INSURED", "300000"))
FRIDAY = date(2026, 6, 5)
WEEK = timedelta(days=7)
TABLE = (
    "resident_id", "fiscal_year", "received_on", "history_serial", "changed_on", "status", "per_capita_levy",
    "income_levy", "total_income", "salary_revenue", "salary_income", "pension_revenue", "pension_income",
    "other_income", "long_term_special_deduction", "short_term_special_deduction", "dependents", "exempt_category",
    "job_id",
)  # fmt: skip
RESIDENTS = """
    INSERT INTO eligibility_resident (addressee_number, history_serial, status, name, kana, alias, name_key, kana_key,
        birth_date, sex, office_id, ward_code, postal_code, town, lot, building, phone, resident_from,
        previous_municipality, is_foreign, is_protected, insured_elsewhere, elsewhere_insurer_number)
    SELECT lpad(n::text, 15, '0'), 1, '1', '試験　太郎', 'シケン　タロウ', '', '試験太郎', 'シケンタロウ', '1945-01-01', '1',
        %s, '12101', '2600001', '見本町', '1-2-3', '', '', '2000-01-01', '', false, false, false, ''
    FROM generate_series(1, %s) n
"""


def amounts(number, serial):
    """The amounts of one person, different from person to person; a later version earns a little more."""
    pension = 400_000 + number * 7_919 % 2_000_000 + serial
    taxed = pension > 1_550_000
    income = max(0, pension - 1_100_000)
    return ("1" if taxed else "3", 5_000 if taxed else 0, income // 20 if taxed else 0, income, 0, 0, pension, income)


def write_file(path, day, changed=0):
    """A tax file of everybody; of `changed` persons a later version, of the others the first one."""
    with path.open("w", encoding="utf8", newline="") as out:
        out.write(f"H,ZEI,1,{day:%Y%m%d},1,1,{PERSONS}\r\n{','.join(COLUMNS['ZEI'])}\r\n")
        for number in range(1, PERSONS + 1):
            serial = 2 if number <= changed else 1
            values = ",".join(map(str, amounts(number, serial)))
            out.write(f"D,{number:015},2026,{serial},20260601,{values},0,0,0,0,0\r\n")
        out.write(f"T,{PERSONS}\r\n")
    return path


def write_floor(path, job_id):
    """The same rows as COPY wants them, ready to be sent."""
    with connection.cursor() as cursor, path.open("w", encoding="utf8") as out:
        cursor.execute("SELECT min(id) FROM eligibility_resident")
        first = cursor.fetchone()[0]
        for number in range(1, PERSONS + 1):
            values = "\t".join(map(str, amounts(number, 1)))
            out.write(f"{first + number - 1}\t2026\t2026-06-05\t1\t2026-06-01\t{values}\t0\t0\t0\t0\tf\t{job_id}\n")
    return path


def prepare():
    """The persons, and a job for the floor's rows to belong to."""
    head = Office.objects.get(is_head=True)
    with connection.cursor() as cursor:
        cursor.execute(RESIDENTS, [head.pk, PERSONS])
        cursor.execute("ANALYZE eligibility_resident")
    return JobRun.objects.create(kind="import-tax", office=head, state="cancelled", requested_at=clock.now())


def empty():
    """Clear the tax records as the owner of the tables; the application's role cannot."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("TRUNCATE levy_taxrecord")
        cursor.execute(f'SET ROLE "{settings.DATABASE_ROLE_APPLICATION}"')


def floor(path):
    """Seconds for sending the prepared rows into the empty table in one transaction."""
    empty()
    started = time.perf_counter()
    statement = f"COPY levy_taxrecord ({', '.join(TABLE)}) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor, path.open("rb") as rows, cursor.copy(statement) as copy:
        while block := rows.read(1 << 16):
            copy.write(block)
    return time.perf_counter() - started


def import_file(path, day):
    """Seconds for the whole take-in, and its counts."""
    actor, head = Actor.of(Staff.objects.get(login="fuka")), Office.objects.get(is_head=True)
    with clock.at(day):
        started = time.perf_counter()
        job = take_in("import-tax", path, actor=actor, office=head)
        seconds = time.perf_counter() - started
    if job.state != "done":
        raise AssertionError(job.failure)
    return seconds, tuple(job.counts[name] for name in COUNTED)


def peak():
    """Most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(folder):
    """Floor, take-in, floor again, and the next week's file in which one row in a hundred is new."""
    owner = prepare()
    rows = write_floor(folder / "floor.copy", owner.pk)
    first = write_file(folder / f"ZEI_{FRIDAY:%Y%m%d}_001.csv", FRIDAY)
    before_peak = peak()
    before = floor(rows)
    empty()
    seconds, counts = import_file(first, FRIDAY)
    if counts != (PERSONS, PERSONS, 0, 0):
        raise AssertionError(counts)
    second = write_file(folder / f"ZEI_{FRIDAY + WEEK:%Y%m%d}_001.csv", FRIDAY + WEEK, changed=PERSONS // 100)
    weekly, weekly_counts = import_file(second, FRIDAY + WEEK)
    if weekly_counts != (PERSONS, PERSONS // 100, PERSONS - PERSONS // 100, 0):
        raise AssertionError(weekly_counts)
    most, after = peak(), floor(rows)
    least = (before + after) / 2
    return {
        "floor": least, "floors": (before, after), "seconds": seconds, "ratio": seconds / least, "weekly": weekly,
        "peak": most, "before": before_peak, "size": first.stat().st_size,
    }  # fmt: skip


def report(found):
    """The figures as text."""
    floors = " / ".join(f"{seconds:.1f}" for seconds in found["floors"])
    return "\n".join(
        [
            f"tax records               {PERSONS:>10,}    ({found['size'] / 1e6:.0f} MB)",
            f"floor (raw COPY)          {found['floor']:>10.1f} s  (before / after: {floors})",
            f"take-in                   {found['seconds']:>10.1f} s",
            f"rows per second           {PERSONS / found['seconds']:>10,.0f}    (floor {PERSONS / found['floor']:,.0f})",
            f"ratio                     {found['ratio']:>10.2f}    (aim at most 2.5)",
            f"next week, 1 % changed    {found['weekly']:>10.1f} s",
            f"peak memory               {found['peak']:>10.0f} MiB (aim at most 300; {found['before']:.0f} before)",
        ]
    )
