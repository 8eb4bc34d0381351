"""One-time codes: a second factor beside the password, each code once, also when the clock moves."""

from datetime import date, timedelta

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from audit.models import AccessLog, Notice, Staff
from kaigo.common import clock
from tests.identity.conftest import PASSWORD

SET_UP = "ワンタイムコード"


def code_at(secret, moment=None):
    moment = moment or clock.now()
    return totp.format_hotp_value(totp.hotp_value(secret, int(moment.timestamp()) // 30))


@pytest.fixture
def noon():
    """The tests' time: a whole step of the codes, standing still."""
    with time_machine.travel("2026-06-10 03:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def secret(noon, person, clerk):
    """The clerk has set up codes and left; the code of the first step is used up."""
    person.sign_in(clerk)
    secret = set_up(person)
    person.leave()
    noon.shift(timedelta(seconds=60))
    return secret


def set_up(person):
    page = person.client.get(reverse("one-time-code-new")).content.decode()
    secret = page.split("<code>")[1].split("</code>")[0].replace(" ", "")
    answer = person.post("one-time-code-new", code=code_at(secret))
    assert answer.url == reverse("one-time-code")
    return secret


def recovery_codes(person):
    page = person.client.get(reverse("one-time-code")).content.decode()
    return [part.split("</code>")[0].replace(" ", "") for part in page.split("<li><code>")[1:]]


def test_set_up_logged_and_told(person, clerk, secret):
    assert AccessLog.objects.filter(staff=clerk, items=["ワンタイムコードの設定"]).count() == 1
    assert Notice.objects.filter(staff=clerk, text__contains="ワンタイムコードを設定しました").exists()


def test_the_secret_is_sealed_in_the_database_and_in_the_session(person, clerk, noon):
    person.sign_in(clerk)
    page = person.client.get(reverse("one-time-code-new")).content.decode()
    secret = page.split("<code>")[1].split("</code>")[0].replace(" ", "")
    assert secret not in str(Session.objects.get().get_decoded())
    person.post("one-time-code-new", code=code_at(secret))
    row = Authenticator.objects.get(type="totp")
    assert secret not in str(row.data)
    assert get_adapter().decrypt(row.data["secret"]) == secret


def test_a_wrong_code_sets_nothing_up(person, clerk, noon):
    person.sign_in(clerk)
    person.client.get(reverse("one-time-code-new"))
    assert "コードが違います" in person.post("one-time-code-new", code="000000").content.decode()
    assert not Authenticator.objects.exists()


def test_the_password_alone_does_not_sign_in_any_more(person, clerk, secret):
    assert person.sign_in(clerk).url == reverse("login-code")
    assert not person.is_in
    assert not AccessLog.objects.filter(act="login", outcome="allowed", at__gte=clock.now()).exists()


@pytest.mark.parametrize("shape", ["{}", " {} ", "{:.3} {:.3}"], ids=["plain", "spaces", "split"])
def test_password_and_code_sign_in(person, clerk, secret, shape):
    person.sign_in(clerk, next="/notices/")
    code = code_at(secret)
    typed = f"{code[:3]} {code[3:]}" if ":" in shape else shape.format(code)
    assert person.client.post(reverse("login-code"), {"code": typed}).url == "/notices/"
    assert person.is_in
    row = AccessLog.objects.filter(act="login", outcome="allowed").latest("id")
    assert "totp" in row.reason


def test_full_width_digits_are_digits(person, clerk, secret):
    person.sign_in(clerk)
    typed = code_at(secret).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert person.client.post(reverse("login-code"), {"code": typed}).status_code == 302


def test_a_code_counts_once(person, another_browser, clerk, secret):
    code = code_at(secret)
    for browser in (person, another_browser):
        browser.sign_in(clerk)
        browser.client.post(reverse("login-code"), {"code": code})
    assert person.is_in
    assert not another_browser.is_in
    assert AccessLog.objects.filter(outcome="refused", reason="ワンタイムコードの誤り").count() == 1


def test_a_code_does_not_come_back_with_the_clock(person, another_browser, clerk, secret, noon):
    code = code_at(secret)
    person.sign_in(clerk)
    person.client.post(reverse("login-code"), {"code": code})
    noon.shift(timedelta(seconds=300))
    person.leave()
    noon.shift(timedelta(seconds=-300))
    another_browser.sign_in(clerk)
    another_browser.client.post(reverse("login-code"), {"code": code})
    assert not another_browser.is_in
    noon.shift(timedelta(seconds=-30))
    another_browser.client.post(reverse("login-code"), {"code": code_at(secret)})
    assert not another_browser.is_in


@pytest.mark.parametrize(("seconds", "comes_in"), [(-30, True), (30, True), (-90, False), (90, False)])
def test_a_watch_may_be_half_a_minute_off(person, clerk, secret, noon, seconds, comes_in):
    noon.shift(timedelta(seconds=300))
    person.sign_in(clerk)
    code = code_at(secret, clock.now() + timedelta(seconds=seconds))
    person.client.post(reverse("login-code"), {"code": code})
    assert person.is_in is comes_in


def test_wrong_codes_lock_the_id(person, clerk, secret):
    person.sign_in(clerk)
    answers = [person.client.post(reverse("login-code"), {"code": "000000"}).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert person.client.post(reverse("login-code"), {"code": code_at(secret)}).status_code == 429
    assert not person.is_in


def test_the_second_step_waits_five_minutes(person, clerk, secret, noon):
    person.sign_in(clerk)
    noon.shift(timedelta(minutes=5, seconds=1))
    answer = person.client.post(reverse("login-code"), {"code": code_at(secret)})
    assert "はじめからやり直してください" in answer.content.decode()
    assert not person.is_in


def test_the_second_step_without_the_first_is_nothing(person, clerk, secret):
    assert "はじめからやり直してください" in person.client.get(reverse("login-code")).content.decode()
    person.client.post(reverse("login-code"), {"code": code_at(secret)})
    assert not person.is_in


def test_the_session_changes_its_key_between_the_steps(person, clerk, secret):
    person.client.get("/login/")
    person.sign_in(clerk)
    before = person.client.session.session_key
    person.client.post(reverse("login-code"), {"code": code_at(secret)})
    assert person.client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"valid_until": date(2020, 1, 1)}, {"absence": DateRange(date(2020, 1, 1), None)}],
)
@pytest.mark.parametrize("when", ["before the password", "between the steps"])
def test_a_closed_id_does_not_come_in_by_code(person, clerk, secret, change, when):
    if when == "before the password":
        Staff.objects.filter(pk=clerk.pk).update(**change)
    person.sign_in(clerk)
    Staff.objects.filter(pk=clerk.pk).update(**change)
    answer = person.client.post(reverse("login-code"), {"code": code_at(secret)})
    assert answer.status_code == 200
    assert not person.is_in


class TestRecoveryCodes:
    def test_are_shown_once(self, person, clerk, noon):
        person.sign_in(clerk)
        set_up(person)
        assert len(set(recovery_codes(person))) == 10
        assert recovery_codes(person) == []

    def test_sign_in_once_each(self, person, clerk, noon):
        person.sign_in(clerk)
        set_up(person)
        code = recovery_codes(person)[0]
        person.leave()
        for comes_in in (True, False):
            person.sign_in(clerk)
            person.client.post(reverse("login-code"), {"code": f"{code[:4]} {code[4:]}"})
            assert person.is_in is comes_in
            if comes_in:
                person.leave()
        assert Notice.objects.filter(staff=clerk, text__contains="残りは9個").count() == 1
        assert AccessLog.objects.filter(outcome="allowed", reason="パスワードと予備コード").count() == 1

    def test_new_ones_void_the_old(self, person, clerk, noon):
        person.sign_in(clerk)
        set_up(person)
        old = recovery_codes(person)
        person.post("one-time-code-act", "renew")
        new = recovery_codes(person)
        assert not set(old) & set(new)
        person.leave()
        person.sign_in(clerk)
        person.client.post(reverse("login-code"), {"code": old[0]})
        assert not person.is_in

    def test_nobody_without_codes_makes_any(self, person, clerk, noon):
        person.sign_in(clerk)
        assert person.post("one-time-code-act", "renew").status_code == 400
        assert not Authenticator.objects.exists()


def test_taken_away_by_the_person(person, clerk, noon):
    person.sign_in(clerk)
    set_up(person)
    person.post("one-time-code-act", "remove")
    assert not Authenticator.objects.exists()
    person.leave()
    assert person.sign_in(clerk).url == "/"


def test_an_act_that_does_not_exist(person, clerk, noon):
    person.sign_in(clerk)
    assert person.post("one-time-code-act", "explode").status_code == 400


class TestRequired:
    """The rule of the installation: off, for every password, for some roles."""

    def test_off_by_default(self, person, clerk, settings):
        assert settings.SECOND_FACTOR == "off"
        person.sign_in(clerk)
        assert person.is_in

    @pytest.mark.parametrize(("rule", "roles"), [("password", []), ("roles", ["the clerk's"])])
    def test_nothing_opens_before_it_is_set_up(self, person, clerk, noon, settings, rule, roles):
        settings.SECOND_FACTOR = rule
        settings.SECOND_FACTOR_ROLES = [clerk.groups.get().name if roles else ""]
        person.sign_in(clerk)
        for path in ("/", "/notices/", "/passkeys/"):
            assert person.client.get(path).url == reverse("one-time-code-new")
        assert "先にワンタイムコードを設定" in person.client.get(reverse("one-time-code-new")).content.decode()
        set_up(person)
        assert person.is_in

    def test_other_roles_are_left_alone(self, person, clerk, settings):
        settings.SECOND_FACTOR, settings.SECOND_FACTOR_ROLES = "roles", ["システム管理者"]
        person.sign_in(clerk)
        assert person.is_in

    def test_a_passkey_is_enough(self, person, clerk, settings):
        person.sign_in(clerk)
        device, _ = person.register()
        person.leave()
        settings.SECOND_FACTOR = "password"
        person.use(device)
        assert person.is_in

    def test_the_initial_password_comes_first(self, person, clerk, noon, settings, administrator):
        from audit.actor import Actor
        from audit.identity.services import passwords

        settings.SECOND_FACTOR = "password"
        initial = passwords.issue(Actor.of(administrator), clerk)
        person.sign_in(clerk, initial)
        assert person.client.get("/").url == reverse("password")
        new = "umi no mieru machi 7"
        person.post("password", current=initial, new=new, again=new)
        assert person.client.get("/").url == reverse("one-time-code-new")
        assert new != PASSWORD
