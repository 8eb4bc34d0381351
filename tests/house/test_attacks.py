"""What an attacker tries against the whole house: every route, every header, every place where text comes in."""

import uuid

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.test import Client
from django.urls import reverse

from audit.models import AccessLog, JobRun
from eligibility.models import Resident
from levy.models import LevyRun
from tests import factories
from tests.audit.test_urls import PUBLIC, ROUTES, address

pytestmark = pytest.mark.django_db

INJECTIONS = (
    "' OR 1=1 --",
    "'; DROP TABLE eligibility_resident; --",
    "ヤマダ%",
    "ヤマダ_",
    "{{ 7|add:'7' }}{% debug %}{{ settings.SECRET_KEY }}",
    "${7*7}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\x00",
    "ヤマダ\x00x",
    "\u202e\u200b\ufeff",
    "../../../../etc/passwd",
    "\r\nX-Injected: yes",
)


@pytest.fixture
def clerk(client):
    staff = factories.staff("eligibility.view", "levy.view", "levy.run", "levy.print")
    client.force_login(staff)
    return staff


class TestTextThatComesIn:
    @pytest.mark.parametrize("number", range(len(INJECTIONS)))
    @pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "page"])
    def test_a_search_finds_nobody_and_breaks_nothing(self, client, clerk, number, htmx):
        factories.resident("山田　太郎", "ヤマダ　タロウ")
        headers = {"HX-Request": "true"} if htmx else {}
        answer = client.post("/persons/search/", {"text": INJECTIONS[number]}, headers=headers, follow=True)
        text = answer.content.decode()
        assert answer.status_code in (200, 400)
        assert "山田　太郎" not in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert settings.SECRET_KEY not in text
        assert "X-Injected" not in answer.headers
        assert Resident.objects.count() == 1

    def test_a_registered_name_is_text_and_nothing_else(self, client, clerk):
        name = "<b>{{ 7|add:7 }}</b>"
        person = factories.resident(name, "ヤマダ")
        text = client.get(reverse("person", args=[person.public_id])).content.decode()
        assert "&lt;b&gt;{{ 7|add:7 }}&lt;/b&gt;" in text
        assert name not in text

    def test_fields_that_a_form_does_not_have_change_nothing(self, client):
        office = factories.office("本庁", is_head=True)
        client.force_login(factories.staff("levy.run", "levy.view", at=office))
        asked = {
            "fiscal_year": "2026", "levied_on": "R8.6.10", "idempotency_key": str(uuid.uuid4()), "confirmed": "1",
            "state": "done", "approved_by": "1", "office": "999", "requested_by": "999", "kind": "other",
        }  # fmt: skip
        client.post(reverse("levy-run-new"), asked)
        assert not LevyRun.objects.filter(state=LevyRun.State.COMMITTED).exists()
        assert not JobRun.objects.filter(state=JobRun.State.DONE).exists()
        assert not JobRun.objects.exclude(office=office).exists()

    def test_a_parameter_given_twice_is_one_of_them_and_no_defect(self, client, clerk):
        assert client.get("/persons/search/?s=a&s=b&page=1&page=2").status_code == 200


class TestAddresses:
    @pytest.mark.parametrize("guess", ["1", "0", "-1", "9" * 30, "me", "%00", "..%2f..%2fadmin"])
    def test_a_guessed_key_opens_nothing(self, client, clerk, guess):
        factories.resident()
        assert client.get(f"/persons/{guess}/").status_code == 404

    def test_unknown_and_foreign_people_look_alike(self, client, clerk):
        foreign = factories.resident("余所　花子", "ヨソ　ハナコ", office=factories.office("緑区役所"))
        for public_id in (foreign.public_id, uuid.uuid4()):
            answer = client.get(reverse("person", args=[public_id]))
            assert answer.status_code in (403, 404)
            assert "余所" not in answer.content.decode()

    @pytest.mark.parametrize(
        "path",
        [
            "/static/../kaigo/settings.py",
            "/static/%2e%2e/kaigo/settings.py",
            "/.git/config",
            "/.env",
            "/var/secrets.json",
        ],
    )
    def test_no_file_of_the_installation_is_served(self, client, path):
        assert client.get(path).status_code == 404

    @pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example"])
    def test_a_forged_host_is_refused(self, client, host):
        answer = client.get("/login/", headers={"host": host})
        assert answer.status_code == 400
        assert "evil" not in answer.content.decode()

    def test_trace_is_not_answered(self, client, clerk):
        assert client.trace("/").status_code in (400, 405)


class TestForgedRequests:
    @pytest.mark.parametrize(
        "route",
        [r for r in ROUTES if r.name != "healthz" and not r.name.startswith("api")],
        ids=lambda route: route.name,
    )
    def test_a_post_from_another_site_changes_nothing(self, route):
        """No token, no act: refused before the view runs, whatever the person may do."""
        client = Client(enforce_csrf_checks=True)
        client.force_login(factories.staff("eligibility.view", "levy.view"))
        before = AccessLog.objects.filter(outcome="allowed").exclude(act="login").count()
        answer = client.post(address(route), {"text": "x"}, headers={"origin": "https://evil.example"})
        assert answer.status_code in (403, 405), route.name
        assert AccessLog.objects.filter(outcome="allowed").exclude(act="login").count() == before

    @pytest.mark.parametrize("value", ["", "x", "' OR 1=1 --", "a" * 5000, "../../x"])
    def test_an_invented_session_is_nobody_s(self, client, value):
        client.cookies[settings.SESSION_COOKIE_NAME] = value
        answer = client.get("/")
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/login/")

    def test_a_session_sealed_with_another_key_is_nobody_s(self, client):
        staff = factories.staff("eligibility.view")
        client.force_login(staff)
        row = SessionStore(client.session.session_key)
        forged = signing.dumps(
            {"_auth_user_id": str(staff.pk)},
            key="another key",
            salt="django.contrib.sessions.SessionStore",
            compress=True,
        )
        row.model.objects.filter(session_key=client.session.session_key).update(session_data=forged)
        assert client.get("/").status_code == 302

    def test_a_session_of_before_the_password_change_is_over(self, client):
        staff = factories.staff("eligibility.view")
        client.force_login(staff)
        assert client.get("/").status_code == 200
        staff.set_password("another correct horse")
        staff.save()
        assert client.get("/").status_code == 302


class TestHeaders:
    @pytest.mark.parametrize("path", ["/login/", "/", "/ledgers/", "/no-such-page"])
    def test_every_page_is_framed_by_nobody_cached_nowhere_and_runs_no_foreign_script(self, client, clerk, path):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "no-store" in headers["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in headers

    def test_the_cookies_are_for_this_site_and_not_for_scripts(self, client):
        client.get("/login/")
        for cookie in client.cookies.values():
            assert cookie["httponly"]
            assert cookie["samesite"] == "Strict"

    def test_a_defect_shows_a_number_and_nothing_else(self, client, clerk, monkeypatch):
        def broken(*args, **kwargs):
            raise RuntimeError("secret detail of the defect")

        monkeypatch.setattr("eligibility.views_search.find_people", broken)
        client.raise_request_exception = False
        answer = client.post("/persons/search/", {"text": "ヤマダ"}, headers={"HX-Request": "true"})
        text = answer.content.decode()
        assert answer.status_code == 500
        assert "secret detail" not in text
        assert "Traceback" not in text
        assert answer.headers["X-Request-Id"] in text


def test_only_the_named_pages_are_public():
    assert {route.name for route in ROUTES if route.callback.disclosure.public} == PUBLIC
