"""Writing the access log must not slow a page: time of one disclosure, rows a second with several writers, and how
fast the log is sealed and proved; against bare INSERT and COPY in the same run."""

import statistics
import sys
import threading
import time
import uuid

import psycopg
import pytest
from django.db import connection

from audit import access
from audit.actor import Actor
from audit.rights import Act, File
from audit.sealing.seals import seal_log
from audit.sealing.verify import verify
from tests import factories

DISCLOSURES = 2_000
WRITERS = 4
ROWS = 200_000
BARE = "INSERT INTO bare (id, at, note) VALUES (%s, now(), 'x')"
LOGGED = (
    "INSERT INTO audit_accesslog (at, staff_id, staff_name, office_name, roles, address, session, request_id, route,"
    " file, act, subjects, subject_count, items, number_shown, reason, ground, outcome, terminal)"
    " SELECT now(), %s, '窓口 春子', '中央区役所', '{区窓口担当}', '10.0.0.1', 'abcdef0123456789', gen_random_uuid(),"
    " 'person', 'eligibility', 'view', ARRAY[gen_random_uuid()], 1, '{氏名,住所}', false, '', '', 'allowed', ''"
)


def connect():
    values = connection.settings_dict
    return psycopg.connect(
        host=values["HOST"], dbname=values["NAME"], user=values["USER"], password=values["PASSWORD"],
        port=values["PORT"] or None, autocommit=True,
    )  # fmt: skip


def one_by_one(statement, count, *values):
    """Milliseconds of each single statement, in a transaction of its own."""
    taken = []
    with connect() as other:
        for number in range(count):
            begun = time.perf_counter()
            other.execute(statement, values or (number,))
            taken.append((time.perf_counter() - begun) * 1000)
    return taken


def together(statement, *values):
    """Rows a second by several writers at once."""
    threads = [threading.Thread(target=one_by_one, args=(statement, DISCLOSURES, *values)) for _ in range(WRITERS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return WRITERS * DISCLOSURES / (time.perf_counter() - begun)


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_access_log_does_not_slow_a_page():
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("CREATE TABLE bare (id bigint, at timestamptz, note text)")
    try:
        _measure()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bare")


def _measure():
    staff = factories.staff("eligibility.view")
    actor = Actor.of(staff)
    floor = statistics.median(one_by_one(BARE, DISCLOSURES))
    taken = []
    for _ in range(DISCLOSURES):
        begun = time.perf_counter()
        access.write(actor, File.ELIGIBILITY, Act.VIEW, subjects=[uuid.uuid4()], items=("氏名", "住所"))
        taken.append((time.perf_counter() - begun) * 1000)
    disclosure, slow = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    rate = together(LOGGED, staff.pk)
    with connection.cursor() as cursor:
        cursor.execute(LOGGED + " FROM generate_series(1, %s)", [staff.pk, ROWS])
    begun = time.perf_counter()
    sealed = seal_log()
    sealing = sealed / (time.perf_counter() - begun)
    begun = time.perf_counter()
    found = verify()
    proving = found.rows / (time.perf_counter() - begun)
    sys.__stdout__.write(
        f"\none disclosure {disclosure:.2f} ms (95 %: {slow:.2f} ms), bare INSERT {floor:.2f} ms; {WRITERS} writers"
        f" {rate:,.0f} rows/s; sealing {sealing:,.0f} rows/s, proving {proving:,.0f} rows/s over {found.rows:,} rows\n"
    )
    assert found.broken is None
    assert disclosure < 3
    assert rate > 2_000
