"""Signing in by password, and every way in which it must not work (E07, E11)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.conf import settings as live
from django.contrib.sessions.models import Session
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.urls import reverse

from audit.models import AccessLog, Notice, Staff
from kaigo.common import clock

WRONG = "利用者IDかパスワードが違います"


def log():
    return list(
        AccessLog.objects.filter(act__in=["login", "logout"]).order_by("id").values_list("act", "outcome", "reason")
    )


def test_in_and_out_are_logged_with_the_method(person, clerk):
    assert person.sign_in(clerk).url == "/"
    person.leave()
    assert log() == [("login", "allowed", "パスワード"), ("logout", "allowed", "")]
    came, went = AccessLog.objects.filter(act__in=["login", "logout"]).order_by("id")
    assert came.staff == went.staff == clerk
    assert came.session == went.session != ""


def test_a_wrong_password_and_an_unknown_id_get_the_same_words(person, clerk):
    wrong = person.sign_in(clerk, "not this one").content.decode()
    unknown = person.client.post(reverse("login"), {"username": "nobody", "password": "not this one"}).content.decode()
    assert WRONG in wrong
    assert WRONG in unknown
    assert [row[2] for row in log()] == ["パスワードの誤り"] * 2


def test_an_unknown_id_costs_as_many_hashes_as_a_known_one(person, clerk, monkeypatch):
    from django.contrib.auth.hashers import MD5PasswordHasher

    counted = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *a: counted.append(1) or encode(self, *a))
    costs = {}
    for who, login in {"known": clerk.login, "unknown": "nobody"}.items():
        counted.clear()
        person.client.post(reverse("login"), {"username": login, "password": "wrong"})
        costs[who] = len(counted)
    Staff.objects.filter(pk=clerk.pk).update(is_active=False)
    counted.clear()
    person.sign_in(clerk, "wrong")
    assert set(costs.values()) == {len(counted)} == {1}


@pytest.mark.parametrize("fields", [{"username": "", "password": "x"}, {"username": "x", "password": ""}, {}])
def test_an_empty_field_is_named(person, fields):
    page = person.client.post(reverse("login"), fields).content.decode()
    assert "を入れてください" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_active": False}, "無効"),
        ({"valid_until": "yesterday"}, "有効期限"),
        ({"absence": "now"}, "休職"),
    ],
)
def test_a_closed_id_does_not_sign_in_and_is_told_why(person, clerk, change, words):
    _close(clerk, change)
    page = person.sign_in(clerk).content.decode()
    assert words in page
    assert not person.is_in
    assert log()[0][:2] == ("login", "refused")
    assert words in log()[0][2]


def test_only_who_knows_the_password_learns_that_an_id_is_closed(person, clerk):
    _close(clerk, {"is_active": False})
    page = person.sign_in(clerk, "wrong").content.decode()
    assert WRONG in page
    assert "無効" not in page


def _close(staff, change):
    yesterday = clock.today() - timedelta(days=1)
    values = {"yesterday": yesterday, "now": DateRange(yesterday, None)}
    Staff.objects.filter(pk=staff.pk).update(**{name: values.get(value, value) for name, value in change.items()})


@pytest.mark.parametrize("change", [{"is_active": False}, {"valid_until": "yesterday"}, {"absence": "now"}])
def test_an_id_that_is_closed_while_signed_in_ends_at_the_next_request(person, clerk, change):
    person.sign_in(clerk)
    _close(clerk, change)
    answer = person.client.get("/", follow=True)
    assert answer.redirect_chain[0][0] == "/login/"
    assert "所属長を通じて確かめてください" in answer.content.decode()
    assert AccessLog.objects.filter(act="logout", staff=clerk).exclude(reason="").count() == 1
    Staff.objects.filter(pk=clerk.pk).update(is_active=True, valid_until=None, absence=None)
    assert not person.is_in


def test_a_part_of_a_page_is_led_out_as_a_whole(person, clerk):
    person.sign_in(clerk)
    _close(clerk, {"is_active": False})
    answer = person.client.get("/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/login/"


def test_the_last_day_of_an_id_is_a_day_of_use(person, clerk):
    Staff.objects.filter(pk=clerk.pk).update(valid_until=date(2026, 6, 10))
    with time_machine.travel("2026-06-10 14:59:00Z", tick=False):
        person.sign_in(clerk)
        assert person.is_in
    with time_machine.travel("2026-06-10 15:00:01Z", tick=False):  # midnight in Tokyo
        assert not person.is_in


def test_a_clock_set_back_does_not_revive_an_expired_id(person, clerk):
    Staff.objects.filter(pk=clerk.pk).update(valid_until=date(2026, 6, 10))
    with time_machine.travel("2026-06-12 03:00:00Z", tick=False):
        person.sign_in(clerk)
        assert not person.is_in
    with time_machine.travel("2026-06-09 03:00:00Z", tick=False):
        assert "有効期限" in person.sign_in(clerk).content.decode()
        assert not person.is_in


def test_a_forged_session_cookie_is_nobody(client, clerk):
    for forged in ("0" * 32, "' OR 1=1 --", "a" * 5000):
        client.cookies[live.SESSION_COOKIE_NAME] = forged
        assert client.get("/").url.startswith("/login/")


def test_a_session_planted_before_is_worth_nothing(person, clerk):
    person.client.get("/login/")
    session = person.client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    person.client.cookies[live.SESSION_COOKIE_NAME] = planted
    person.sign_in(clerk)
    assert person.client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()
    thief = Client()
    thief.cookies[live.SESSION_COOKIE_NAME] = planted
    assert thief.get("/").url.startswith("/login/")


def test_signing_off_ends_the_session_on_the_server(person, clerk):
    person.sign_in(clerk)
    key = person.client.session.session_key
    person.leave()
    assert not Session.objects.filter(session_key=key).exists()


def test_signing_off_by_a_link_is_not_possible(person, clerk):
    person.sign_in(clerk)
    assert person.client.get(reverse("logout")).status_code == 405
    assert person.is_in


@pytest.mark.parametrize("name", ["login", "login-passkey", "login-code", "login-passkey-options", "logout"])
def test_signing_in_from_a_foreign_page_is_refused(clerk, name):
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse(name), {"username": clerk.login, "password": "x"}).status_code == 403
    assert not AccessLog.objects.filter(outcome="allowed").exists()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        r"\\evil.example",
        "javascript:alert(1)",
        "http:evil",
        "\thttps://evil.example",
    ],
)
def test_signing_in_does_not_lead_outside(person, clerk, elsewhere):
    assert person.sign_in(clerk, next=elsewhere).url == "/"
    assert person.client.get(reverse("login"), {"next": elsewhere}).url == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for(person, clerk):
    answer = person.client.get("/notices/?page=2")
    assert answer.url == "/login/?next=/notices/%3Fpage%3D2"
    page = person.client.get(answer.url).content.decode()
    assert 'value="/notices/?page=2"' in page
    assert person.sign_in(clerk, next="/notices/?page=2").url == "/notices/?page=2"


def test_the_page_of_a_lock_is_not_kept_by_the_browser(person):
    answer = person.client.get("/login/")
    assert "no-store" in answer["Cache-Control"]


def test_a_password_too_long_to_be_hashed_is_refused_before(person, clerk, monkeypatch):
    monkeypatch.setattr("audit.identity.services.passwords.authenticate", lambda *a, **k: pytest.fail("hashed"))
    assert person.sign_in(clerk, "x" * 5000).status_code == 200


def test_nothing_typed_reaches_the_tables_of_the_lock_out(person, clerk):
    from axes.models import AccessAttempt

    person.client.post(reverse("login"), {"username": "MyPassw0rd!", "password": "x1", "note": "鈴木 花子"})
    row = AccessAttempt.objects.get()
    assert row.username.startswith("unknown:")
    assert row.post_data == row.get_data == ""
    assert "Passw0rd" not in str(vars(row))


def test_two_ids_differ_also_in_case_only(person, clerk):
    assert (
        WRONG
        in person.client.post(reverse("login"), {"username": clerk.login.upper(), "password": "x"}).content.decode()
    )


def test_the_person_is_told_of_a_lock(person, clerk):
    for _ in range(live.AXES_FAILURE_LIMIT):
        person.sign_in(clerk, "wrong")
    assert Notice.objects.filter(staff=clerk, urgent=True, text__contains="ロック").count() == 1


@pytest.mark.parametrize("method", ["password", "passkey"])
def test_nobody_comes_in_while_the_log_cannot_be_written(person, clerk, monkeypatch, method):
    from django.db import DatabaseError

    person.sign_in(clerk)
    device, _ = person.register()
    person.leave()

    def fail(**values):
        raise DatabaseError("No space left on device")

    with monkeypatch.context() as full:
        full.setattr(AccessLog.objects, "create", fail)
        answer = person.sign_in(clerk) if method == "password" else person.use(device)
        assert answer.status_code == 503
        assert person.sign_in(clerk, "wrong").status_code == 503
    assert not person.is_in


@pytest.mark.parametrize("way", ["signs off", "is closed"])
def test_who_goes_is_out_although_the_log_cannot_be_written(person, clerk, monkeypatch, way):
    from django.db import DatabaseError

    def fail(**values):
        raise DatabaseError("No space left on device")

    person.sign_in(clerk)
    with monkeypatch.context() as full:
        full.setattr(AccessLog.objects, "create", fail)
        if way == "is closed":
            _close(clerk, {"is_active": False})
        answer = person.client.post(reverse("logout")) if way == "signs off" else person.client.get("/")
        assert answer.status_code == 503
    Staff.objects.filter(pk=clerk.pk).update(is_active=True)
    assert not person.is_in
