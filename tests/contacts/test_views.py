"""The screens, used as a clerk would."""

from uuid import uuid4

import pytest
from django.urls import reverse

from audit.models import AccessLog
from eligibility.models import BankAccount, Hold, MailingAddress, Remark, StickyNote, Talk
from tests import factories
from tests.contacts.test_acts import ACCOUNT, MAILING

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(counter, client):
    client.force_login(counter.staff)
    return client


@pytest.fixture
def person(counter):
    return counter.person()


def post(client, url, typed=None):
    return client.post(url, (typed or {}) | {"submission": str(uuid4())})


def page_of(client, name, *args, **asked):
    return client.get(reverse(name, args=args), asked).content.decode()


class TestTalks:
    typed = {"channel": "phone", "at": "2026-11-24T00:00", "speaker": "01", "text": "更新の時期を聞かれた"}

    def test_entered_listed_amended_and_closed(self, counter, clerk, person):
        response = post(clerk, reverse("talk-new", args=[person.public_id]), self.typed | {"next_on": "令和8年12月1日"})
        assert response.status_code == 302
        assert "更新の時期を聞かれた" in page_of(clerk, "person-tab", person.public_id, "talks")
        assert "更新の時期を聞かれた" in page_of(clerk, "talks")
        row = Talk.objects.get()
        post(clerk, reverse("talk", args=[row.public_id]), self.typed | {"text": "直した", "version": "1"})
        post(clerk, reverse("talk-close", args=[row.public_id]), {"version": "2"})
        row.refresh_from_db()
        assert (row.text, row.closed_by) == ("直した", counter.staff)

    def test_what_is_missing_is_said_and_the_rest_stays(self, clerk, person):
        response = post(clerk, reverse("talk-new", args=[person.public_id]), self.typed | {"speaker": ""})
        assert "更新の時期を聞かれた" in response.content.decode()
        assert not Talk.objects.exists()

    def test_a_next_date_in_the_past_is_refused(self, clerk, person):
        response = post(clerk, reverse("talk-new", args=[person.public_id]), self.typed | {"next_on": "令和8年11月1日"})
        assert "今日かそれより後の日" in response.content.decode()

    def test_somebody_elses_change_is_said_and_the_input_stays(self, clerk, person):
        post(clerk, reverse("talk-new", args=[person.public_id]), self.typed)
        row = Talk.objects.get()
        response = post(clerk, reverse("talk", args=[row.public_id]), self.typed | {"text": "私の訂正", "version": "9"})
        page = response.content.decode()
        assert "別の職員がこの記録を変更しました" in page
        assert "私の訂正" in page


class TestNotesAndHolds:
    def test_a_note_stands_on_every_page_until_it_is_taken_off(self, clerk, person):
        post(clerk, reverse("note-new", args=[person.public_id]), {"kind": "caution", "text": "大きな声で話す"})
        assert "注意：大きな声で話す" in page_of(clerk, "person-tab", person.public_id, "eligibility")
        post(clerk, reverse("note-end", args=[StickyNote.objects.get().public_id]))
        assert "大きな声で話す" not in page_of(clerk, "person-tab", person.public_id, "eligibility")

    def test_a_hold_is_put_on_and_released(self, clerk, person):
        post(clerk, reverse("hold-new", args=[person.public_id]), {"what": "all", "reason": "住所の調査中"})
        row = Hold.objects.get()
        assert "住所の調査中" in page_of(clerk, "person-tab", person.public_id, "contacts")
        post(clerk, reverse("hold-release", args=[row.public_id]), {"reason": "終わった", "version": "1"})
        assert Hold.objects.get().end_reason == "終わった"

    def test_remarks_are_written_three_lines_at_once(self, clerk, person):
        post(clerk, reverse("remarks", args=[person.public_id]), {"line_1": "眼が不自由", "line_3": "電話は午後"})
        assert list(Remark.objects.order_by("line").values_list("line", "text")) == [
            (1, "眼が不自由"),
            (3, "電話は午後"),
        ]
        assert "電話は午後" in page_of(clerk, "person-tab", person.public_id, "contacts")


class TestMailing:
    def test_it_waits_for_a_second_person_who_sees_both_addresses(self, counter, clerk, client, person):
        counter.receive(person, "mailing-set", **MAILING)
        row = MailingAddress.objects.get()
        assert "別の職員の確認待ち" in page_of(clerk, "mailing")
        client.force_login(factories.staff("eligibility.view", "eligibility.enter", at=counter.staff.office))
        page = page_of(client, "mailing-confirm", row.public_id)
        assert "千代田区千代田1-1" in page
        assert "都町一丁目" in page
        post(client, reverse("mailing-confirm", args=[row.public_id]), {"version": "1"})
        assert "千代田区千代田1-1" in page_of(client, "person-tab", person.public_id, "contacts")
        row.refresh_from_db()
        assert row.confirmed_at


class TestAccount:
    def test_the_number_shows_with_a_reason_and_the_log_keeps_it(self, counter, clerk, person):
        counter.receive(person, "account-set", **ACCOUNT)
        row = BankAccount.objects.get()
        assert "7654321" not in page_of(clerk, "person-tab", person.public_id, "contacts")
        assert "7654321" not in page_of(clerk, "account", row.public_id)
        response = post(clerk, reverse("account", args=[row.public_id]), {"reason": "振込不能の確認"})
        assert "7654321" in response.content.decode()
        assert AccessLog.objects.filter(reason="振込不能の確認").exists()

    def test_without_a_reason_it_stays_hidden(self, counter, clerk, person):
        counter.receive(person, "account-set", **ACCOUNT)
        response = post(clerk, reverse("account", args=[BankAccount.objects.get().public_id]), {"reason": ""})
        assert "7654321" not in response.content.decode()
