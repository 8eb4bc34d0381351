"""Writing the access log for batches: everybody is named, or nothing is done."""

import uuid

import pytest
from django.db import connection, transaction

from audit import access
from audit.access import LogUnavailable
from audit.actor import Actor
from audit.models import AccessLog
from audit.rights import Act, File

pytestmark = pytest.mark.django_db
BATCH = Actor(name="定時処理")


@pytest.mark.parametrize(
    ("persons", "rows"), [(1, [1]), (1_000, [1_000]), (1_001, [1_000, 1]), (2_500, [1_000, 1_000, 500])]
)
def test_a_batch_names_everybody_in_chunks(persons, rows):
    people = [uuid.uuid4() for _ in range(persons)]
    written = access.write_many(BATCH, File.LEVY, Act.PRINT, (p for p in people), items=("氏名",), reason="試験")
    found = list(AccessLog.objects.order_by("id"))
    assert written == persons
    assert [row.subject_count for row in found] == rows
    assert [p for row in found for p in row.subjects] == people
    assert {(row.staff_name, row.reason, tuple(row.items)) for row in found} == {("定時処理", "試験", ("氏名",))}


def test_a_batch_that_concerned_nobody_says_so():
    assert access.write_many(BATCH, File.LEVY, Act.RUN, [], reason="試験") == 0
    row = AccessLog.objects.get()
    assert (row.subject_count, row.subjects) == (0, [])


def test_a_person_can_be_found_among_those_of_a_batch():
    people = [uuid.uuid4() for _ in range(1_500)]
    access.write_many(BATCH, File.LEVY, Act.RUN, people)
    assert AccessLog.objects.filter(subjects__contains=[people[1_200]]).count() == 1


def test_when_a_chunk_cannot_be_written_nothing_of_the_batch_is_kept():
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE audit_accesslog ADD CONSTRAINT few CHECK (subject_count > 10) NOT VALID")
    with pytest.raises(LogUnavailable), transaction.atomic():
        access.write_many(BATCH, File.LEVY, Act.RUN, [uuid.uuid4() for _ in range(1_005)])
    assert not AccessLog.objects.exists()
