"""Where an id is signed in: shown to its owner and the administrator, and endable by both."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from audit.models import AccessLog, Notice
from audit.screenlock.models import SignedInSession
from audit.screenlock.sessions import browser_of
from kaigo.common import clock
from tests import factories

pytestmark = pytest.mark.django_db
START = datetime(2026, 8, 10, 9, tzinfo=clock.TOKYO)


@pytest.fixture
def clerk():
    return factories.staff("eligibility.view", name="窓口 春子")


def sign_in(staff):
    client = Client()
    client.force_login(staff)
    return client


def row_of(client):
    return SignedInSession.objects.get(session_key=client.session.session_key)


def end(client, row):
    return client.post(reverse("session-end", args=[row.public_id]))


def test_two_at_once_are_shown_and_told(clerk):
    first = sign_in(clerk)
    assert not Notice.objects.exists()
    second = sign_in(clerk)
    assert "別の画面でもログイン" in Notice.objects.get(staff=clerk).text
    text = second.get("/sessions/").content.decode()
    assert text.count("終了する</button>") == 2  # the other one, and all others
    assert "この画面" in text
    assert first.get("/sessions/").status_code == 200


def test_ending_the_other_makes_its_next_request_nobody_s(clerk):
    first, second = sign_in(clerk), sign_in(clerk)
    row = row_of(first)
    assert end(second, row).status_code == 302
    assert first.get("/").url.startswith("/login/")
    assert second.get("/").status_code == 200
    row.refresh_from_db()
    assert row.end_kind == "by_owner"


def test_all_others_at_once(clerk):
    clients = [sign_in(clerk) for _ in range(3)]
    clients[0].post(reverse("session-end-others"))
    assert clients[0].get("/").status_code == 200
    assert [client.get("/").status_code for client in clients[1:]] == [302, 302]


def test_the_administrator_ends_it_and_the_person_is_told(clerk):
    theirs = sign_in(clerk)
    administrator = sign_in(factories.staff("staff.view", "staff.enter", name="運用 静"))
    assert "窓口 春子" in administrator.get("/sessions/all/").content.decode()
    end(administrator, row_of(theirs))
    assert theirs.get("/").status_code == 302
    assert Notice.objects.filter(staff=clerk, urgent=True).count() == 1


def test_who_may_only_look_ends_nothing_and_the_attempt_is_logged(clerk):
    theirs = sign_in(clerk)
    auditor = sign_in(factories.staff("staff.view", name="監査 正"))
    assert "終了させる" not in auditor.get("/sessions/all/").content.decode()
    assert end(auditor, row_of(theirs)).status_code == 403
    assert theirs.get("/").status_code == 200
    assert AccessLog.objects.filter(route="session-end", outcome="refused").exists()


def test_another_office_s_sessions_are_not_there(clerk):
    theirs = sign_in(clerk)
    elsewhere = sign_in(factories.staff("staff.view", "staff.enter", at=factories.office("緑区役所"), name="余所"))
    assert "窓口 春子" not in elsewhere.get("/sessions/all/").content.decode()
    assert end(elsewhere, row_of(theirs)).status_code == 404


def test_a_colleague_neither_sees_nor_ends_it(clerk):
    theirs = sign_in(clerk)
    colleague = sign_in(factories.staff("eligibility.view", name="同僚"))
    assert colleague.get("/sessions/all/").status_code == 403
    assert end(colleague, row_of(theirs)).status_code == 404


def test_signing_off_ends_the_row(clerk):
    client = sign_in(clerk)
    row = row_of(client)
    client.post("/logout/")
    row.refresh_from_db()
    assert row.end_kind == "signed_off"
    assert row.ended_at


def test_the_last_act_is_noted_once_a_minute_and_an_idle_session_is_not_going_on(clerk):
    with clock.at(START):
        client = sign_in(clerk)
        client.get("/")
    with clock.at(START + timedelta(seconds=30)):
        client.get("/")
    assert row_of(client).last_activity_at == START
    with clock.at(START + timedelta(seconds=90)):
        client.get("/")
    assert row_of(client).last_activity_at == START + timedelta(seconds=90)
    with clock.at(START + timedelta(minutes=30)):
        sign_in(clerk)
        assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
        ("", "不明"),
        ("<script>", "不明"),
    ],
)
def test_the_browser_is_kept_as_a_word(agent, expected):
    assert browser_of(agent) == expected


@pytest.mark.django_db(transaction=True)
def test_who_logs_out_elsewhere_while_a_page_is_made_is_told_so(client, monkeypatch):
    client.force_login(factories.staff("access_log.view"))
    save = SessionStore.save

    def ended_meanwhile(store, must_create=False):
        if not must_create:
            Session.objects.filter(pk=store.session_key).delete()
        return save(store, must_create)

    monkeypatch.setattr(SessionStore, "save", ended_meanwhile)
    answer = client.get("/")
    assert answer.status_code == 400
    assert "ログインし直して" in answer.content.decode()
