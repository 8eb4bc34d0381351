"""No row, no disclosure: when the access log cannot be written, nothing is shown, printed, run or signed into (E11)."""

from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from audit import access
from audit.actor import Actor
from audit.jobs import JobKind, execute, register
from audit.models import AccessLog, JobRun
from audit.rights import Act, File
from tests import factories
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(monkeypatch):
    """The log's disk is full: the insert fails as PostgreSQL fails it."""

    def fail(**values):
        raise DatabaseError("could not extend file: No space left on device")

    monkeypatch.setattr(AccessLog.objects, "create", fail)


@pytest.fixture
def clerk(client):
    staff = factories.staff("eligibility.view", "levy.view", "levy.print")
    client.force_login(staff)
    return staff


@pytest.mark.parametrize("name", ["person", "person-timeline", "person-changes", "person-as-of"], ids=lambda name: name)
def test_a_page_shows_nothing_and_says_why(client, clerk, full, name):
    person = factories.resident("山田　太郎", "ヤマダ　タロウ")
    answer = client.get(reverse(name, args=[person.public_id]))
    text = answer.content.decode()
    assert answer.status_code == 503
    assert "アクセス記録を書き込めない" in text
    assert "システム管理者" in text
    assert "山田" not in text
    assert "2番3号" not in text


def test_a_fragment_shows_nothing(client, clerk, full):
    factories.resident("山田　太郎", "ヤマダ　タロウ")
    answer = client.post("/persons/search/", {"text": "ヤマダ"}, headers={"HX-Request": "true"})
    assert answer.status_code == 503
    assert "山田" not in answer.content.decode()


def test_a_document_is_not_given_out(client, clerk, full):
    factories.office("本庁", is_head=True)
    decision = factories.assessment()
    person = decision.insured.resident
    answer = client.get(reverse("levy-notice", args=[person.public_id, decision.fiscal_year]))
    assert answer.status_code == 503
    assert not answer.content.startswith(b"%PDF")


def test_nobody_gets_in_unlogged(client, full):
    staff = factories.staff("eligibility.view")
    client.raise_request_exception = False
    answer = client.post("/login/", {"username": staff.login, "password": PASSWORD, "login": staff.login})
    assert "アクセス記録を書き込めない" in answer.content.decode()
    assert client.get("/").status_code == 302


def test_a_batch_fails_with_the_reason(full):

    def discloses(work):
        access.write(work.actor, File.LEVY, Act.PRINT, count=10)

    kind = JobKind("test-disclosing", "試験", File.LEVY, run=discloses)
    register(kind)
    try:
        job = execute(str(factories.job(kind.name, state=JobRun.State.REQUESTED).public_id))
    finally:
        del import_module("audit.jobs.kinds")._KINDS[kind.name]
    assert job.state == JobRun.State.FAILED
    assert "アクセス記録を書き込めない" in job.failure


def test_a_real_refusal_of_the_database_leaves_the_connection_usable(db):
    """The role may not write the log any more: the caller's transaction can still be ended in order."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("REVOKE INSERT ON audit_accesslog FROM kaigo_app")
        cursor.execute("SET ROLE kaigo_app")
    with pytest.raises(access.LogUnavailable), transaction.atomic():
        access.write(Actor(name="x"), File.LEVY, Act.VIEW)
    assert AccessLog.objects.count() == 0
