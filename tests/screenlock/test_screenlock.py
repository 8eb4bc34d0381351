"""The screen lock on the server: idle minutes lock, more end the session, and what was sent meanwhile is not lost."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from audit.models import AccessLog
from audit.screenlock import services
from audit.screenlock.models import KeptSubmission
from audit.screenlock.rules import State, state_of
from kaigo.common import clock
from tests import factories
from tests.factories import PASSWORD

START = datetime(2026, 8, 10, 9, tzinfo=clock.TOKYO)
TIMES = {"lock_after": 300.0, "log_off_after": 1200.0, "longest": 43_200.0}


@pytest.mark.parametrize(
    ("idle", "age", "expected"),
    [
        (0, 0, State.OPEN), (299.9, 400, State.OPEN), (300, 400, State.LOCKED), (1199, 1300, State.LOCKED),
        (1200, 1300, State.OVER), (10, 43_199, State.OPEN), (10, 43_200, State.OVER),
        # the clock went back: a little is the servers' difference, more locks
        (-30, 100, State.OPEN), (-61, 100, State.LOCKED), (10, -61, State.LOCKED),
    ],
)  # fmt: skip
def test_states_by_idle_time_and_age(idle, age, expected):
    assert state_of(idle, age, **TIMES) is expected


@pytest.fixture
def clerk(client, db):
    staff = factories.staff("eligibility.view", "levy.run", "levy.view")
    with clock.at(START):
        client.force_login(staff)
        assert client.get("/").status_code == 200
    return staff


def after(minutes):
    return clock.at(START + timedelta(minutes=minutes))


def open_person(client):
    person = factories.resident("山田　太郎", "ヤマダ　タロウ")
    return client.get(reverse("person", args=[person.public_id]))


def test_an_act_in_time_keeps_the_screen_open(client, clerk):
    for minute in (4, 8, 12, 16, 20, 24):
        with after(minute):
            assert open_person(client).status_code == 200 if minute == 4 else client.get("/").status_code == 200


def test_after_idle_minutes_nothing_is_shown_but_the_lock(client, clerk):
    with after(5):
        answer = open_person(client)
        assert answer.status_code == 302
        assert answer.url.startswith("/lock/?next=%2Fpersons%2F")
        assert "山田" not in client.get(answer.url).content.decode()
        assert not AccessLog.objects.filter(route="person").exists()


def test_the_lock_page_leads_back_to_where_the_person_was(client, clerk):
    with after(6):
        place = client.get("/jobs/?state=done").url
        assert "画面はロックされています" in client.get(place).content.decode()
        done = client.post("/lock/unlock/", {"password": PASSWORD, "next": "/jobs/?state=done"})
        assert done.url == "/jobs/?state=done"
        assert client.get(done.url).status_code == 200


def test_a_wrong_password_opens_nothing_and_counts(client, clerk):
    with after(6):
        answer = client.post("/lock/unlock/", {"password": "wrong", "next": "/"})
        assert answer.status_code in (400, 403)
        assert client.get("/").status_code == 302
        for _ in range(6):
            answer = client.post("/lock/unlock/", {"password": "wrong"}, headers={"accept": "application/json"})
        assert answer.status_code == 429
        late = client.post("/lock/unlock/", {"password": PASSWORD}, headers={"accept": "application/json"})
        assert late.status_code == 429


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_unlocking_leads_nowhere_else(client, clerk, place):
    with after(6):
        assert client.post("/lock/unlock/", {"password": PASSWORD, "next": place}).url == "/"


def test_locking_by_hand_locks_every_tab_at_once(client, clerk):
    with after(1):
        client.post("/lock/now/")
        assert client.get("/").status_code == 302
        assert client.get("/lock/state/").json() == {"locked": True}


def test_locked_by_hand_without_script_unlocking_leads_back_to_the_page(client, clerk):
    with after(1):
        page = client.get("/jobs/?state=done&page=1").content.decode()
        assert '<input type="hidden" name="next" value="/jobs/?state=done&amp;page=1">' in page
        answer = client.post("/lock/now/", {"next": "/jobs/?state=done&page=1"})
        assert answer.url == "/lock/?next=%2Fjobs%2F%3Fstate%3Ddone%26page%3D1"
        asked = client.get(answer.url).context["next"]
        assert client.post("/lock/unlock/", {"password": PASSWORD, "next": asked}).url == "/jobs/?state=done&page=1"
        assert client.post("/lock/now/", {"next": "//evil.example/"}).url == "/lock/?next=%2F"


def test_what_a_page_asks_for_by_itself_is_no_act(client, clerk):
    for minute in (1, 2, 3, 4):
        with after(minute):
            assert client.get("/jobs/", headers={"X-Background": "1"}).status_code == 200
    with after(5):
        assert client.get("/jobs/").status_code == 302


def test_typing_at_the_screen_is_an_act_and_asking_for_the_state_is_none(client, clerk):
    with after(4):
        assert client.post("/lock/state/").json() == {"locked": False}
    with after(8):
        assert client.get("/lock/state/").json() == {"locked": False}
    with after(9):
        assert client.get("/lock/state/").json() == {"locked": True}
        client.post("/lock/state/")
        assert client.get("/lock/state/").json() == {"locked": True}


def test_a_fragment_of_a_locked_page_sends_to_the_lock_and_shows_nothing(client, clerk):
    factories.resident("山田　太郎", "ヤマダ　タロウ")
    with after(6):
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/jobs/?page=2"}
        answer = client.post("/persons/search/", {"text": "ヤマダ"}, headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["HX-Redirect"] == "/lock/?next=%2Fjobs%2F%3Fpage%3D2"
        assert not KeptSubmission.objects.exists()


def test_a_program_is_told_that_it_is_locked(client, clerk):
    with after(6):
        assert client.get("/jobs/", headers={"accept": "application/json"}).status_code == 423


class TestAFormSentTooLate:
    ASKED = {"fiscal_year": "2026", "levied_on": "R8.8.10", "idempotency_key": "11111111-1111-4111-8111-111111111111"}

    def send(self, client, minute):
        with after(minute):
            return client.post(reverse("levy-run-new"), self.ASKED)

    def test_it_is_kept_sealed_and_offered_after_unlocking(self, client, clerk):
        answer = self.send(client, 6)
        assert answer.url == "/lock/?next=%2Fkept%2F"
        row = KeptSubmission.objects.get()
        assert b"R8.8.10" not in bytes(row.sealed)
        with after(7):
            client.post("/lock/unlock/", {"password": PASSWORD, "next": "/kept/"})
            text = client.get("/kept/").content.decode()
        assert 'value="R8.8.10"' in text
        assert f'action="{reverse("levy-run-new")}"' in text

    def test_after_the_log_off_it_waits_for_the_next_sign_in(self, client, clerk):
        answer = self.send(client, 25)
        assert answer.url == "/login/?next=%2Fkept%2F"
        with after(26):
            said = client.get(answer.url).content.decode()
            assert "ログオフしました" in said
            assert "預かっています" in said
            client.force_login(clerk)
            assert 'value="R8.8.10"' in client.get("/kept/").content.decode()

    def test_nobody_else_sees_or_discards_it(self, client, clerk):
        self.send(client, 6)
        row = KeptSubmission.objects.get()
        client.force_login(factories.staff("levy.run", name="同僚"))
        assert "R8.8.10" not in client.get("/kept/").content.decode()
        assert client.post(reverse("kept-discard", args=[row.public_id])).status_code == 404
        assert KeptSubmission.objects.exists()

    def test_its_owner_discards_it(self, client, clerk):
        self.send(client, 6)
        row = KeptSubmission.objects.get()
        with after(7):
            client.post("/lock/unlock/", {"password": PASSWORD})
            assert client.post(reverse("kept-discard", args=[row.public_id])).status_code == 302
        assert not KeptSubmission.objects.exists()

    def test_a_password_is_never_kept(self, client, clerk):
        with after(6):
            client.post("/jobs/", {"password": PASSWORD})
        assert not KeptSubmission.objects.exists()

    def test_what_nobody_comes_back_for_is_cleared(self, client, clerk):
        self.send(client, 6)
        with clock.at(START + timedelta(hours=24)):
            assert services.clear() == 0
        with clock.at(START + timedelta(hours=25)):
            assert services.clear() == 1


class TestLogOff:
    def test_after_more_minutes_the_session_is_over_and_the_log_says_why(self, client, clerk):
        with after(20):
            answer = client.get("/jobs/")
            assert answer.url == "/login/?next=%2Fjobs%2F"
            row = AccessLog.objects.filter(act="logout").get()
            assert "自動でログオフ" in row.reason
            assert client.get("/jobs/").url.startswith("/login/")

    def test_it_cannot_be_unlocked_any_more(self, client, clerk):
        with after(20):
            answer = client.post("/lock/unlock/", {"password": PASSWORD}, headers={"accept": "application/json"})
            assert answer.status_code == 401
            assert client.get("/").status_code == 302

    def test_a_working_day_is_the_longest(self, client, clerk):
        for minute in range(4, settings.SESSION_HOURS * 60, 4):
            with after(minute):
                client.post("/lock/state/")
        with after(settings.SESSION_HOURS * 60):
            assert client.get("/").url.startswith("/login/")

    def test_a_clock_set_back_unlocks_nobody(self, client, clerk):
        with after(-30):
            assert client.get("/").url.startswith("/lock/")


def test_the_log_off_must_come_after_the_lock():
    import os
    import subprocess
    import sys

    from kaigo.run.checks import PROJECT

    environment = os.environ | {"KAIGO_LOCK_AFTER_MINUTES": "20", "KAIGO_LOG_OFF_AFTER_MINUTES": "20"}
    answer = subprocess.run(
        [sys.executable, "-c", "import kaigo.settings"],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode != 0
    assert "KAIGO_LOG_OFF_AFTER_MINUTES" in answer.stderr
