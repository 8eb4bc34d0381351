"""The municipal rules for passwords as the person and the administrator meet them."""

from datetime import timedelta
from html import escape, unescape
from itertools import pairwise

import pytest
import time_machine
from django.urls import reverse

from audit.actor import Actor
from audit.identity.models import PasswordState, PastPassword
from audit.identity.services import passwords
from audit.models import AccessLog, Notice, Staff
from kaigo.common import clock
from kaigo.common.refusal import Forbidden, Refusal
from tests import factories
from tests.identity.conftest import PASSWORD

NEW = "umi no mieru machi 7"


def change(person, new=NEW, current=PASSWORD, again=None):
    return person.post("password", current=current, new=new, again=again or new)


def test_the_person_changes_the_password(person, clerk):
    person.sign_in(clerk)
    assert change(person).url == "/"
    assert person.is_in
    person.leave()
    assert person.sign_in(clerk).status_code == 200
    assert person.sign_in(clerk, NEW).status_code == 302
    assert AccessLog.objects.filter(items=["パスワードの変更"], staff=clerk).count() == 1
    assert Notice.objects.filter(staff=clerk, text__contains="パスワードを変更しました").exists()


def test_a_change_ends_the_persons_other_sessions(person, another_browser, clerk):
    another_browser.sign_in(clerk)
    person.sign_in(clerk)
    change(person)
    assert person.is_in
    assert not another_browser.is_in


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("short", "12文字以上"),
        ("1qaz2wsx3edc", "このパスワードは一般的すぎます"),
        (PASSWORD, "パスワードは使えません"),
        ("x" * 130, "128"),
    ],
)
def test_a_password_against_the_rules_is_refused_with_the_reason(person, clerk, new, words):
    person.sign_in(clerk)
    assert words in change(person, new).content.decode()
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


def test_the_id_is_no_part_of_the_password(person, clerk):
    person.sign_in(clerk)
    assert "含めないでください" in change(person, f"0-{clerk.login}-0-abcd").content.decode()


def test_the_second_field_must_agree(person, clerk):
    person.sign_in(clerk)
    assert "同じものを入れてください" in change(person, again="something else 1").content.decode()


def test_a_wrong_present_password_is_refused_and_counted(person, clerk):
    from axes.models import AccessAttempt

    person.sign_in(clerk)
    assert "今のパスワードが違います" in change(person, current="wrong").content.decode()
    assert AccessAttempt.objects.get(username=clerk.login).failures_since_start == 1
    for _ in range(4):
        answer = change(person, current="wrong")
    assert "一時的に使えません" in answer.content.decode()


def test_the_same_form_sent_twice_changes_once(person, clerk):
    person.sign_in(clerk)
    fields = {"submission": "11111111-1111-4111-8111-111111111111", "current": PASSWORD, "new": NEW, "again": NEW}
    person.client.post(reverse("password"), fields)
    again = person.client.post(
        reverse("password"), {**fields, "current": NEW, "new": "another one 12", "again": "another one 12"}
    )
    assert again.status_code == 302
    clerk.refresh_from_db()
    assert clerk.check_password(NEW)


def test_the_last_passwords_are_not_used_again(person, clerk, settings):
    settings.PASSWORD_HISTORY = 3
    person.sign_in(clerk)
    used = [PASSWORD, "first new one 1", "second new one 2"]
    for old, new in pairwise(used):
        assert change(person, new, current=old).status_code == 302
    for old in used:
        assert "最近の3回" in change(person, old, current=used[-1]).content.decode()
    assert change(person, "third new one 3", current=used[-1]).status_code == 302
    assert change(person, PASSWORD, current="third new one 3").status_code == 302
    assert PastPassword.objects.filter(staff=clerk).count() == 2


def test_past_passwords_are_kept_as_hashes_and_hidden_from_reports(person, clerk):
    from audit.grants import SECRET_TABLES

    person.sign_in(clerk)
    change(person)
    row = PastPassword.objects.get(staff=clerk)
    assert PASSWORD not in row.password
    assert {PastPassword._meta.db_table, "mfa_authenticator"} <= set(SECRET_TABLES)


def test_no_history_where_the_rule_asks_for_none(person, clerk, settings):
    settings.PASSWORD_HISTORY = 0
    person.sign_in(clerk)
    assert change(person, PASSWORD).status_code == 302
    assert not PastPassword.objects.exists()


def test_the_kinds_of_characters_are_a_setting(person, clerk, settings):
    settings.PASSWORD_CLASSES = 4
    person.sign_in(clerk)
    assert "4種類以上" in person.client.get(reverse("password")).content.decode()
    assert "4種類以上を使って" in change(person).content.decode()
    assert change(person, "Umi no mieru 7!").status_code == 302


def test_passwords_do_not_expire_unless_the_office_says_so(person, clerk, settings):
    began = clock.now()
    with time_machine.travel(began, tick=False):
        passwords._set(clerk, PASSWORD, must_change=False)
    with time_machine.travel(began + timedelta(days=90), tick=False):
        assert not passwords.must_change(clerk)
        settings.PASSWORD_EXPIRY_DAYS = 90
        assert passwords.must_change(clerk)
        person.sign_in(clerk)
        assert person.client.get("/").url == reverse("password")
        change(person)
        assert person.client.get("/").status_code == 200
    with time_machine.travel(began + timedelta(days=89), tick=False):
        PasswordState.objects.filter(staff=clerk).update(changed_at=began)
        assert not passwords.must_change(clerk)


def test_an_old_password_without_a_date_counts_as_expired(clerk, settings):
    settings.PASSWORD_EXPIRY_DAYS = 90
    assert passwords.must_change(clerk)


class TestIssue:
    """The administrator's new initial password."""

    @pytest.fixture
    def issued(self, person, administrator, clerk):
        person.sign_in(administrator)
        answer = person.post("sign-in-id-act", clerk.public_id, "password")
        page = person.client.get(answer.url).content.decode()
        person.leave()
        return unescape(page.split('class="secret-password"')[1].split("<code>")[1].split("</code>")[0])

    def test_is_shown_once(self, person, administrator, clerk, issued):
        person.sign_in(administrator)
        assert escape(issued) not in person.client.get(reverse("sign-in-id", args=[clerk.public_id])).content.decode()

    def test_must_be_changed_before_anything_else(self, person, clerk, issued):
        assert person.sign_in(clerk, issued).status_code == 302
        for path in ("/", "/notices/", "/passkeys/", "/one-time-code/"):
            assert person.client.get(path).url == reverse("password")
        assert person.client.get("/notices/", headers={"HX-Request": "true"})["HX-Redirect"] == reverse("password")
        assert "先にパスワードを変えてください" in person.client.get(reverse("password")).content.decode()
        change(person, current=issued)
        assert person.is_in

    def test_after_it_a_passkey_is_offered_where_there_can_be_one(self, person, clerk, issued, settings):
        settings.WEBAUTHN_RP_ID = "localhost"
        person.client.defaults["SERVER_NAME"] = "localhost"
        person.sign_in(clerk, issued)
        answer = change(person, current=issued)
        assert answer.url == reverse("passkeys") + "?first=1"
        page = person.client.get(answer.url).content.decode()
        assert f'href="{reverse("passkey-new")}"' in page
        assert '<a class="button" href="/">あとで</a>' in page
        assert "あとで</a>" not in person.client.get(reverse("passkeys")).content.decode()
        assert change(person, "another one 12", current=NEW).url == reverse("home")  # of one's own accord

    def test_after_it_no_passkey_is_offered_where_there_can_be_none(self, person, clerk, issued, settings):
        settings.WEBAUTHN_RP_ID = "testserver"
        person.sign_in(clerk, issued)
        assert change(person, current=issued).url == reverse("home")  # not over TLS

    def test_ends_the_sessions_and_keeps_the_passkeys(self, person, another_browser, administrator, clerk):
        another_browser.sign_in(clerk)
        device, _ = another_browser.register()
        passwords.issue(Actor.of(administrator), Staff.objects.get(pk=clerk.pk))
        assert not another_browser.is_in
        another_browser.use(device)
        assert another_browser.is_in

    def test_is_logged_and_told(self, administrator, clerk, issued):
        row = AccessLog.objects.get(items=["パスワードの再発行"])
        assert (row.staff, clerk.login in row.reason) == (administrator, True)
        assert Notice.objects.filter(staff=clerk, urgent=True, text__contains="再発行").exists()
        assert not AccessLog.objects.filter(reason__contains=issued).exists()

    def test_keeps_every_rule_by_itself(self, settings, administrator, clerk):
        from django.contrib.auth.password_validation import validate_password

        settings.PASSWORD_CLASSES, settings.PASSWORD_MIN_LENGTH = 4, 20
        password = passwords.issue(Actor.of(administrator), clerk)
        validate_password(password)
        assert len(password) == 20

    def test_needs_the_right_on_the_persons_office(self, administrator, clerk):
        elsewhere = factories.staff(at=factories.office("緑区役所"), name="余所 太郎")
        with pytest.raises(Forbidden):
            passwords.issue(Actor.of(administrator), elsewhere)
        with pytest.raises(Forbidden):
            passwords.issue(Actor.of(clerk), administrator)
        assert AccessLog.objects.filter(outcome="refused", file="staff", act="enter").count() == 2

    def test_is_not_for_oneself(self, administrator):
        with pytest.raises(Refusal) as caught:
            passwords.issue(Actor.of(administrator), administrator)
        assert caught.value.code == "own-password"
