"""Guessing is bounded: per id, per address, in the log; and nobody else is hindered."""

import time
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings as live
from django.test import RequestFactory
from django.urls import reverse

from audit.actor import Actor
from audit.identity.services import lockout, passwords
from audit.models import AccessLog
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from tests import factories

LIMIT = live.AXES_FAILURE_LIMIT


@pytest.fixture
def desk(clerk):
    """An attempt from a terminal, without the screens."""

    def attempt(login, password, address="192.0.2.7"):
        request = RequestFactory(REMOTE_ADDR=address, HTTP_USER_AGENT="browser").post("/login/")
        request.actor = Actor(address=address)
        try:
            return passwords.verify(request, login, password).login
        except Refusal as refusal:
            return refusal.code

    return attempt


def refused():
    return AccessLog.objects.filter(act="login", outcome="refused").count()


def test_the_fifth_wrong_password_locks_and_the_right_one_is_refused_too(person, clerk):
    answers = [person.sign_in(clerk, "wrong").status_code for _ in range(LIMIT)]
    assert answers == [200] * (LIMIT - 1) + [429]
    answer = person.sign_in(clerk)
    assert answer.status_code == 429
    assert "一時的に使えません" in answer.content.decode()
    assert not person.is_in


def test_the_lock_ends_after_its_time_and_no_earlier(clerk, desk):
    began = clock.now()
    with time_machine.travel(began, tick=False):
        for _ in range(LIMIT):
            desk(clerk.login, "wrong")
    with time_machine.travel(began + live.AXES_COOLOFF_TIME - timedelta(seconds=1), tick=False):
        assert desk(clerk.login, factories.PASSWORD) == "locked-out"
    with time_machine.travel(began + live.AXES_COOLOFF_TIME + timedelta(seconds=1), tick=False):
        assert desk(clerk.login, factories.PASSWORD) == clerk.login


def test_trying_on_does_not_prolong_the_lock(clerk, desk):
    began = clock.now()
    with time_machine.travel(began, tick=False):
        for _ in range(LIMIT):
            desk(clerk.login, "wrong")
    for minute in (10, 20, 29):
        with time_machine.travel(began + timedelta(minutes=minute), tick=False):
            assert desk(clerk.login, "wrong") == "locked-out"
    with time_machine.travel(began + timedelta(minutes=31), tick=False):
        assert desk(clerk.login, factories.PASSWORD) == clerk.login


def test_a_clock_set_back_does_not_end_a_lock(clerk, desk):
    began = clock.now()
    with time_machine.travel(began, tick=False):
        for _ in range(LIMIT):
            desk(clerk.login, "wrong")
    with time_machine.travel(began - timedelta(days=1), tick=False):
        assert desk(clerk.login, factories.PASSWORD) == "locked-out"


def test_the_lock_is_on_the_id_from_wherever_it_is_tried(clerk, desk):
    for address in range(LIMIT):
        desk(clerk.login, "wrong", f"192.0.2.{address + 1}")
    assert desk(clerk.login, factories.PASSWORD, "198.51.100.9") == "locked-out"


def test_somebody_else_still_signs_in(clerk, desk):
    colleague = factories.staff(name="隣席 秋子")
    for _ in range(LIMIT + 3):
        desk(clerk.login, "wrong")
    assert desk(colleague.login, factories.PASSWORD) == colleague.login


def test_a_success_forgets_the_failures(person, clerk):
    for _ in range(LIMIT - 1):
        person.sign_in(clerk, "wrong")
    person.sign_in(clerk)
    person.leave()
    for _ in range(LIMIT - 1):
        assert person.sign_in(clerk, "wrong").status_code == 200


def test_an_address_that_tries_many_ids_is_stopped_and_others_are_not(clerk, desk, settings):
    settings.ADDRESS_FAILURE_LIMIT = 20
    for number in range(30):
        desk(f"guess{number}", "wrong", "192.0.2.66")
    assert desk(clerk.login, factories.PASSWORD, "192.0.2.66") == "locked-out"
    assert AccessAttempt.objects.count() == 20
    assert desk(clerk.login, factories.PASSWORD, "192.0.2.67") == clerk.login


def test_the_address_is_free_again_after_the_time(clerk, desk, settings):
    settings.ADDRESS_FAILURE_LIMIT = 20
    began = clock.now()
    with time_machine.travel(began, tick=False):
        for number in range(20):
            desk(f"guess{number}", "wrong")
        assert desk(clerk.login, factories.PASSWORD) == "locked-out"
    with time_machine.travel(began + live.AXES_COOLOFF_TIME + timedelta(seconds=1), tick=False):
        assert desk(clerk.login, factories.PASSWORD) == clerk.login


def test_unknown_ids_are_locked_like_known_ones(desk, db):
    assert [desk("nobody", "wrong") for _ in range(LIMIT + 1)] == ["wrong-password"] * (LIMIT - 1) + ["locked-out"] * 2


def test_a_flood_against_a_locked_id_leaves_one_row_a_minute(clerk, desk):
    began = clock.now()
    with time_machine.travel(began, tick=False):
        for _ in range(100):
            desk(clerk.login, "wrong")
        after_a_hundred = refused()
        for _ in range(200):
            desk(clerk.login, "wrong")
        assert refused() == after_a_hundred <= LIMIT + 2
    with time_machine.travel(began + timedelta(minutes=2), tick=False):
        for _ in range(50):
            desk(clerk.login, "wrong")
        assert refused() == after_a_hundred + 1


def test_wrong_attempts_of_one_address_leave_sixty_rows_a_minute_at_most(desk, db, settings):
    settings.ADDRESS_FAILURE_LIMIT = 1_000
    began = clock.now()
    with time_machine.travel(began, tick=False):
        for number in range(80):
            desk(f"guess{number}", "wrong")
    assert refused() == 60


@pytest.mark.slow
def test_ten_thousand_wrong_passwords(clerk, desk):
    colleague = factories.staff(name="隣席 秋子")
    began = time.monotonic()
    for number in range(10_000):
        desk(clerk.login, f"guess {number}")
    assert desk(colleague.login, factories.PASSWORD) == colleague.login
    assert desk(clerk.login, factories.PASSWORD) == "locked-out"
    minutes = (time.monotonic() - began) / 60
    assert refused() <= LIMIT + 2 + minutes + 1
    assert AccessAttempt.objects.count() == 1


def test_the_administrator_unlocks(person, another_browser, clerk, administrator):
    for _ in range(LIMIT):
        another_browser.sign_in(clerk, "wrong")
    person.sign_in(administrator)
    page = person.client.get(reverse("sign-in-ids"), {"state": "locked"}).content.decode()
    assert clerk.login in page
    assert administrator.login not in page.split("<table>")[1]
    person.post("sign-in-id-act", clerk.public_id, "unlock")
    assert not lockout.is_locked(clerk.login)
    assert another_browser.sign_in(clerk).status_code == 302
    assert AccessLog.objects.filter(items=["ロックの解除"], staff=administrator).count() == 1
