"""Every change is kept with who, when and why; a write by nobody cannot be made."""

from datetime import date

import pytest
from django.db import connection, transaction

from audit.actor import Actor
from audit.history import recorded
from audit.models import JobRun, Office, Staff
from audit.services import bootstrap
from eligibility.models import Resident
from kaigo.common import clock

pytestmark = pytest.mark.django_db

Event = Resident.pgh_event_model


@pytest.fixture
def actor(db):
    bootstrap()
    return Actor.of(Staff.objects.get(login="fuka"))


def resident(number=1, **fields):
    values = {
        "addressee_number": f"{number:015d}",
        "history_serial": 1,
        "status": "1",
        "name": "試験　太郎",
        "kana": "シケン　タロウ",
        "name_key": "試験太郎",
        "kana_key": "シケンタロウ",
        "birth_date": date(1950, 1, 1),
        "sex": "1",
        "office": Office.objects.get(code="01"),
        "ward_code": "12101",
        "postal_code": "2600001",
        "town": "都町",
        "lot": "1-1",
        "resident_from": date(1980, 1, 1),
    }
    return Resident(**values | fields)


def test_a_write_by_nobody_cannot_be_made():
    with pytest.raises(ValueError, match="member of staff or a job"), recorded(Actor(), "理由"):
        pass


def test_a_change_keeps_both_versions_with_who_and_why(actor):
    with transaction.atomic(), recorded(actor, "届出による入力"):
        person = resident()
        person.save()
    with transaction.atomic(), recorded(actor, "番地の訂正"):
        person.lot = "2-2"
        person.save()
    first, second = Event.objects.order_by("pgh_id")
    assert (first.lot, first.pgh_label, second.lot, second.pgh_label) == ("1-1", "insert", "2-2", "update")
    said = second.pgh_context.metadata
    assert (said["staff"], said["reason"], said["request"]) == (actor.staff_id, "番地の訂正", actor.request_id)


def test_a_change_by_sql_is_kept_too(actor):
    with transaction.atomic(), recorded(actor, "一括"):
        Resident.objects.bulk_create([resident(n) for n in range(1, 4)])
        with connection.cursor() as cursor:
            cursor.execute("UPDATE eligibility_resident SET phone = '000-0000-0001'")
    assert Event.objects.filter(pgh_label="update", pgh_context__metadata__reason="一括").count() == 3


def test_a_batch_is_attributed_to_its_job(actor):
    job = JobRun.objects.create(kind="x", office=Office.objects.get(is_head=True), requested_at=clock.now())
    with transaction.atomic(), recorded(Actor.of_job(job), "取込"):
        resident().save()
    assert Event.objects.get().pgh_context.metadata["job"] == job.pk


def test_what_did_not_change_makes_no_version(actor):
    with transaction.atomic(), recorded(actor, "入力"):
        resident().save()
    with transaction.atomic(), recorded(actor, "同じ内容"):
        Resident.objects.update(lot="1-1")
    assert Event.objects.count() == 1


def test_search_keys_are_no_history(actor):
    names = {field.name for field in Event._meta.fields}
    assert "name" in names
    assert not names & {"name_key", "kana_key"}


def test_a_statement_calls_its_trigger_once():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgtype & 1 FROM pg_trigger WHERE tgrelid = 'eligibility_resident'::regclass AND NOT tgisinternal"
        )
        rows = cursor.fetchall()
    assert rows
    assert all(row_level == 0 for _, row_level in rows)
