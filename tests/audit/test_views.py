"""Signing in, the job ledger and the access log as their users meet them."""

import pytest
from django.conf import settings as live_settings
from django.urls import reverse

from audit import jobs
from audit.actor import Actor
from audit.jobs.kinds import _KINDS
from audit.models import AccessLog, JobRun, Office, Staff
from audit.rights import File
from audit.services import bootstrap
from kaigo.common import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def passwords():
    return {account.login: account.password for account in bootstrap()}


@pytest.fixture
def sign_in(client, passwords):
    def enter(login):
        client.logout()
        client.post(reverse("login"), {"username": login, "password": passwords[login]})
        return client

    return enter


@pytest.fixture
def job(passwords):
    kind = jobs.JobKind("test-plain", "試しの取込", File.LEVY, run=lambda work: None)
    _KINDS[kind.name] = kind
    yield JobRun.objects.create(
        kind=kind.name,
        period="2026年度",
        office=Office.objects.get(is_head=True),
        requested_by=Staff.objects.get(login="fuka"),
        requested_at=clock.now(),
        state="done",
        counts={"行": 12345},
    )
    del _KINDS[kind.name]


def test_a_sign_in_is_logged(client, passwords):
    answer = client.post(reverse("login"), {"username": "fuka", "password": passwords["fuka"]})
    assert answer.status_code == 302
    row = AccessLog.objects.get(act="login")
    assert (row.staff.login, row.outcome) == ("fuka", "allowed")


def test_a_wrong_password_is_refused_in_words_and_logged(client, passwords):
    answer = client.post(reverse("login"), {"username": "fuka", "password": "wrong"})
    assert "利用者IDかパスワードが違います" in answer.content.decode()
    row = AccessLog.objects.get(act="login")
    assert (row.outcome, row.staff_name) == ("refused", "fuka")


def test_what_was_typed_as_an_unknown_id_is_not_kept(client, passwords):
    client.post(reverse("login"), {"username": "MyPassw0rd!", "password": ""})
    client.post(reverse("login"), {"username": "MyPassw0rd!", "password": "x"})
    assert not AccessLog.objects.filter(staff_name__contains="Passw0rd").exists()


def test_five_wrong_passwords_lock_the_account_out(client, passwords):
    for _ in range(live_settings.AXES_FAILURE_LIMIT):
        answer = client.post(reverse("login"), {"username": "fuka", "password": "wrong"})
    assert answer.status_code == 429
    answer = client.post(reverse("login"), {"username": "fuka", "password": passwords["fuka"]})
    assert answer.status_code == 429


@pytest.mark.parametrize("change", [{"is_active": False}, {"valid_until": "2026-01-01"}])
def test_a_closed_account_does_not_sign_in(client, passwords, change):
    Staff.objects.filter(login="fuka").update(**change)
    client.post(reverse("login"), {"username": "fuka", "password": passwords["fuka"]})
    assert "_auth_user_id" not in client.session


def test_signing_in_does_not_lead_outside(client, passwords):
    answer = client.post(
        reverse("login"), {"username": "fuka", "password": passwords["fuka"], "next": "https://evil.example/"}
    )
    assert answer.url == "/"


def test_a_right_removed_while_signed_in_is_gone_at_the_next_request(sign_in):
    from audit.services import end_role

    client = sign_in("kansa")
    assert client.get(reverse("access-log")).status_code == 200
    auditor = Staff.objects.get(login="kansa")
    for office in Office.objects.all():
        end_role(Actor.of(Staff.objects.get(login="kanri")), auditor, "個人情報監査担当", office)
    assert client.get(reverse("access-log")).status_code == 403


def test_home_shows_what_waits_for_a_decision_to_the_other_person_only(sign_in, job):
    JobRun.objects.filter(pk=job.pk).update(state="waiting")
    assert "承認を待っている処理" not in sign_in("fuka").get("/").content.decode()
    assert "試しの取込" in sign_in("kacho").get("/").content.decode()


def test_the_job_ledger_shows_jobs_to_who_may_see_their_file(sign_in, job):
    assert "試しの取込" in sign_in("fuka").get(reverse("jobs")).content.decode()
    page = sign_in("fuka").get(reverse("job", args=[job.public_id])).content.decode()
    assert "12,345" in page
    assert sign_in("nintei").get(reverse("job", args=[job.public_id])).status_code == 404


def test_issues_are_logged_as_a_disclosure(sign_in, job):
    job.issues.create(
        line=7,
        key="000000000000001",
        field="氏名",
        code="missing",
        message="氏名がありません。",
        remedy="確かめてください。",
    )
    page = sign_in("fuka").get(reverse("job-issues", args=[job.public_id])).content.decode()
    assert "氏名がありません。" in page
    assert AccessLog.objects.filter(route="job-issues", file="levy", outcome="allowed").count() == 1


def test_an_administrator_sees_the_job_but_not_its_persons(sign_in, job):
    client = sign_in("kanri")
    assert client.get(reverse("job", args=[job.public_id])).status_code == 200
    assert client.get(reverse("job-issues", args=[job.public_id])).status_code == 403


@pytest.mark.parametrize(
    "days", ["", "?day_from=R8.4.1&day_to=R8.4.30", "?day_from=R8.5.1&day_to=R8.4.1", "?day_from=きのう"]
)
def test_the_access_log_answers_good_and_bad_questions(sign_in, days):
    answer = sign_in("kansa").get(reverse("access-log") + days)
    assert answer.status_code == 200


def test_pages_are_not_kept_by_the_browser_and_run_no_foreign_script(sign_in):
    answer = sign_in("fuka").get("/")
    assert answer["Cache-Control"] == "no-store"
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_an_unknown_address_says_so(sign_in):
    answer = sign_in("fuka").get("/nothing-here/")
    assert answer.status_code == 404
    assert "このページはありません" in answer.content.decode()


def test_production_hashes_passwords_slowly():
    import kaigo.settings

    assert kaigo.settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def test_a_defect_shows_a_reference_number_only(client, passwords, monkeypatch):
    def broken(request):
        raise RuntimeError("鈴木 花子 0000000018")

    client.raise_request_exception = False
    monkeypatch.setattr("audit.views.queries.waiting_for", broken)
    client.post(reverse("login"), {"username": "fuka", "password": passwords["fuka"]})
    answer = client.get("/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert answer["X-Request-Id"] in page
    assert "鈴木" not in page
    assert "Traceback" not in page


def test_the_error_page_stands_when_its_own_template_fails(client, passwords, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("audit.views.queries.waiting_for", lambda actor: 1 / 0)
    client.post(reverse("login"), {"username": "fuka", "password": passwords["fuka"]})
    monkeypatch.setattr("audit.views_errors.render", lambda *args, **kwargs: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "受付番号" in answer.content.decode()


def test_a_failed_job_shows_where_it_stopped_and_counts_no_further(sign_in, job):
    began = clock.now()
    job.stages.create(name="check", label="ファイルの検査", started_at=began)
    JobRun.objects.filter(pk=job.pk).update(state="failed", failure="古いファイルです。", finished_at=began)
    page = sign_in("fuka").get(reverse("job", args=[job.public_id])).content.decode()
    assert "途中で止まりました" in page
    assert "計算中" not in page


def test_an_act_that_does_not_exist_is_not_found(sign_in, job):
    answer = sign_in("fuka").post(reverse("job-act", args=[job.public_id, "explode"]), {"version": 1})
    assert answer.status_code == 404


def test_the_list_says_why_a_job_failed(sign_in, job):
    JobRun.objects.filter(pk=job.pk).update(state="failed", failure="古いファイルです。")
    assert "古いファイルです。" in sign_in("fuka").get(reverse("jobs")).content.decode()
