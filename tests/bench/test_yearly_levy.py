"""本算定 of a whole city against its floor: reading the same inputs and copying in the same rows, without any rule."""

import gc
import io
import os
import resource
import sys
import time
from datetime import date
from itertools import islice

import pytest
from django.db import connection, transaction

from audit import jobs
from audit.actor import Actor
from audit.models import Office, Staff
from audit.services import bootstrap
from levy import office_parameters, services
from levy.yearly import reading, writing
from levy.yearly.deciding import CHUNK
from tests.bench import data

INSURED = int(os.environ.get("KAIGO_BENCH_INSURED", "300000"))
TABLES = {writing.ASSESSMENT: ("id", *writing.ASSESSMENT_COLUMNS[1:]), writing.INSTALMENT: writing.INSTALMENT_COLUMNS}


def rows_written(folder):
    """The rows of the run as files of COPY's text format, in the order in which they were written."""
    for table, columns in TABLES.items():
        with connection.cursor() as cursor, (folder / table).open("wb") as out:
            order = "id" if table == writing.ASSESSMENT else "assessment_id, due_date, method"
            query = f"COPY (SELECT {', '.join(columns)} FROM {table} ORDER BY {order}) TO STDOUT"
            with cursor.copy(query) as copy:
                out.writelines(copy)


def instalments_up_to(lines, last_id, kept):
    """The instalment lines of the assessments up to an id; `kept` holds the line read too far."""
    block = io.BytesIO()
    for line in (*kept, *lines):
        if int(line.split(b"\t", 1)[0]) > last_id:
            kept[:] = [line]
            return block.getvalue()
        block.write(line)
    kept.clear()
    return block.getvalue()


def read_inputs(year, after):
    """The statements of reading.read, without making cases of the rows; the last insured number."""
    found = reading._rows(reading.PEOPLE, {"after": after, "size": CHUNK})
    if not found:
        return None
    residents, base = [row[2] for row in found], date(year.fiscal_year, 4, 1)
    wanted = {"year": year.fiscal_year, "residents": residents, "ids": [row[0] for row in found], **year.days}
    reading._rows(reading.PERIODS, wanted)
    others = reading._rows(reading.HOUSEHOLDS, {"residents": residents, "days": [base] * len(residents)})
    reading._rows(reading.TAXES, {**wanted, "residents": list({*residents, *(row[1] for row in others)})})
    reading._rows(reading.PENSIONS, wanted)
    reading._rows(reading.ASSISTANCE, wanted)
    return found[-1][1]


def floor(year, folder):
    """Seconds for reading the inputs and copying the rows in, chunk by chunk as the run does."""
    started, after, kept = time.perf_counter(), "", []
    with (
        (folder / writing.ASSESSMENT).open("rb") as assessments,
        (folder / writing.INSTALMENT).open("rb") as instalments,
    ):
        while after := read_inputs(year, after):
            chunk = list(islice(assessments, CHUNK))
            with transaction.atomic():
                lines = writing.Lines(
                    b"".join(chunk), instalments_up_to(instalments, int(chunk[-1].split(b"\t", 1)[0]), kept)
                )
                writing.write(lines)
    return time.perf_counter() - started


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_yearly_levy_of_the_city(tmp_path):
    bootstrap()
    with transaction.atomic():
        data.build(INSURED)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    actor, head = Actor.of(Staff.objects.get(login="fuka")), Office.objects.get(is_head=True)
    levied_on = date(data.YEAR, 6, 12)
    job = services.request_yearly_levy(actor, fiscal_year=data.YEAR, levied_on=levied_on, office=head, enqueue=False)
    started, cpu = time.perf_counter(), time.process_time()
    job = jobs.execute(str(job.public_id))
    preview, cpu = time.perf_counter() - started, time.process_time() - cpu
    assert (job.state, job.result["persons"]) == ("waiting", INSURED)
    started = time.perf_counter()
    jobs.approve_job(Actor.of(Staff.objects.get(login="kacho")), job, version=job.version, enqueue=False)
    job = jobs.execute(str(job.public_id))
    commit = time.perf_counter() - started
    assert job.state == "done"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows_written(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("TRUNCATE levy_instalment, levy_assessment")
    least = floor(reading.Year(data.YEAR, levied_on, office_parameters.for_year(data.YEAR)), tmp_path)
    stages = {row.name: (row.finished_at - row.started_at).total_seconds() for row in job.stages.all()}
    report = [
        f"insured persons           {INSURED:>10,}",
        f"preview                   {preview:>10.1f} s  (decide {stages['assess']:.1f}, totals {stages['totals']:.1f})",
        f"  processor time of Python{cpu:>10.1f} s",
        f"commit                    {commit:>10.1f} s",
        f"floor (read and COPY)     {least:>10.1f} s",
        f"ratio                     {(preview + commit) / least:>10.2f}    (aim at most 6)",
        f"peak memory               {peak / 1024:>10.0f} MiB (aim at most 300; {before / 1024:.0f} before the run)",
    ]
    sys.__stdout__.write("\n" + "\n".join(report) + "\n")
    assert (preview + commit) / least <= 6
    assert peak / 1024 <= 300
