"""The job ledger: preview, second person, interruption, repetition."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from audit import jobs
from audit.actor import Actor
from audit.jobs.kinds import _KINDS
from audit.jobs.running import LOCK_CLASS
from audit.models import AccessLog, JobIssue, JobRun, Office, Staff
from audit.rights import File
from audit.services import bootstrap
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    bootstrap()
    return {staff.login: Actor.of(staff) for staff in Staff.objects.all()}


@pytest.fixture
def head(people):
    return Office.objects.get(is_head=True)


@pytest.fixture
def kind():
    """A kind whose preview counts to ten in two chunks and whose commit says so."""
    calls: list[str] = []

    def preview(work: jobs.Work) -> None:
        calls.append("preview")
        with work.stage("count", "数える", total=10) as stage:
            for chunk in range(work.job.watermark.get("chunk", 0), 2):
                with transaction.atomic():
                    work.save(watermark={"chunk": chunk + 1}, counts={"済": 5 * (chunk + 1)})
                stage.advance(5)
                if calls == ["preview"] and work.job.parameters.get("break_after") == chunk:
                    raise RuntimeError("killed")

    def commit(work: jobs.Work) -> None:
        calls.append("commit")
        work.save(result={"committed": True})

    made = jobs.JobKind(
        "test-count", "試験", File.LEVY, run=preview, commit=commit, discard=lambda work: calls.append("discard")
    )
    _KINDS[made.name] = made
    yield calls
    del _KINDS[made.name]


def ask(people, head, **more):
    return jobs.request_job(people["fuka"], "test-count", office=head, enqueue=False, **more)


def test_a_job_is_previewed_approved_by_another_person_and_committed(people, head, kind):
    job = jobs.execute(str(ask(people, head).public_id))
    assert job.state == "waiting"
    assert job.counts == {"済": 10}
    jobs.approve_job(people["kacho"], job, version=job.version, enqueue=False)
    job = jobs.execute(str(job.public_id))
    assert (job.state, job.result, kind) == ("done", {"committed": True}, ["preview", "commit"])
    assert job.approved_by.login == "kacho"


def test_who_asked_cannot_approve(people, head, kind):
    asked = ask(people, head)
    JobRun.objects.filter(pk=asked.pk).update(requested_by=people["kacho"].staff_id)
    job = jobs.execute(str(asked.public_id))
    with pytest.raises(Refusal, match="same-person"):
        jobs.approve_job(people["kacho"], job, version=job.version, enqueue=False)


@pytest.mark.parametrize("login", ["madoguchi", "nintei", "kansa"])
def test_without_the_right_nothing_is_asked_for(people, head, kind, login):
    with pytest.raises(Forbidden):
        jobs.request_job(people[login], "test-count", office=head, enqueue=False)
    assert not JobRun.objects.exists()
    assert AccessLog.objects.get().outcome == "refused"


def test_without_the_right_nothing_is_approved(people, head, kind):
    job = jobs.execute(str(ask(people, head).public_id))
    with pytest.raises(Forbidden):
        jobs.approve_job(people["madoguchi"], job, version=job.version, enqueue=False)
    job.refresh_from_db()
    assert job.state == "waiting"
    assert AccessLog.objects.get().outcome == "refused"


def test_approving_what_moved_meanwhile_is_refused(people, head, kind):
    job = jobs.execute(str(ask(people, head).public_id))
    with pytest.raises(Conflict, match="job-moved"):
        jobs.approve_job(people["kacho"], job, version=job.version - 1, enqueue=False)


def test_approving_twice_answers_with_the_first(people, head, kind):
    job = jobs.execute(str(ask(people, head).public_id))
    first = jobs.approve_job(people["kacho"], job, version=job.version, enqueue=False)
    again = jobs.approve_job(people["kacho"], job, version=job.version, enqueue=False)
    assert again.version == first.version


def test_the_same_key_asks_once(people, head, kind):
    assert ask(people, head, idempotency_key="k1").pk == ask(people, head, idempotency_key="k1").pk
    assert JobRun.objects.count() == 1


def test_an_interrupted_job_carries_on_from_its_watermark(people, head, kind):
    job = ask(people, head, parameters={"break_after": 0})
    with pytest.raises(RuntimeError):
        jobs.execute(str(job.public_id))
    job.refresh_from_db()
    assert (job.state, job.watermark) == ("failed", {"chunk": 1})
    assert "killed" not in job.failure
    jobs.retry_job(people["fuka"], job, version=job.version, enqueue=False)
    job = jobs.execute(str(job.public_id))
    assert (job.state, job.counts, job.attempts) == ("waiting", {"済": 10}, 2)


def test_a_cancelled_preview_is_cleared_away_and_not_run_again(people, head, kind):
    job = jobs.execute(str(ask(people, head).public_id))
    job = jobs.cancel_job(people["fuka"], job, version=job.version)
    assert (job.state, kind) == ("cancelled", ["preview", "discard"])
    assert jobs.execute(str(job.public_id)).state == "cancelled"


def test_an_approved_job_is_not_cancelled(people, head, kind):
    job = jobs.execute(str(ask(people, head).public_id))
    job = jobs.approve_job(people["kacho"], job, version=job.version, enqueue=False)
    with pytest.raises(Conflict):
        jobs.cancel_job(people["fuka"], job, version=job.version)


def test_a_finished_job_is_left_alone(people, head, kind):
    job = jobs.execute(str(ask(people, head).public_id))
    jobs.execute(str(job.public_id))
    assert kind == ["preview"]


def test_the_sweeper_queues_again_what_nobody_carries_on(people, head, kind, monkeypatch):
    sent: list[JobRun] = []
    monkeypatch.setattr("audit.jobs.running.send", lambda job, kind: sent.append(job))
    lost, fresh = ask(people, head), ask(people, head)
    long_ago = clock.now() - timedelta(minutes=5)
    JobRun.objects.filter(pk=lost.pk).update(state="previewing", heartbeat_at=long_ago)
    JobRun.objects.filter(pk=fresh.pk).update(state="previewing", heartbeat_at=clock.now())
    assert jobs.sweep() == 1
    assert sent == [lost]


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_run_one_job(people, head, kind):
    job = ask(people, head)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, job.pk])
        assert jobs.execute(str(job.public_id)).state == "requested"
        assert kind == []
    finally:
        other.close()


def test_a_refusal_ends_the_job_with_its_reason(people, head, kind, monkeypatch):
    def refuse(work):
        work.issues([jobs.Issue(3, "1", "氏名", "missing", "氏名がありません。", "確かめてください。")])
        raise Refusal("no-inputs", "税ファイルがまだ取り込まれていません。")

    _KINDS["test-count"] = jobs.JobKind("test-count", "試験", File.LEVY, run=refuse)
    job = jobs.execute(str(ask(people, head).public_id))
    assert (job.state, job.failure) == ("failed", "税ファイルがまだ取り込まれていません。")
    assert JobIssue.objects.filter(job=job).count() == 1
