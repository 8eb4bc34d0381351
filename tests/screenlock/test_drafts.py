"""Drafts: kept while somebody types, sealed for that person, offered again, used up, thrown away in time."""

import json
import uuid
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from audit.models import Staff
from audit.screenlock import drafts, services
from audit.screenlock.models import Draft
from audit.screenlock.tasks import clear_kept
from kaigo.common import clock
from kaigo.common.crypto import CryptoError
from kaigo.common.refusal import Refusal
from tests import factories

pytestmark = pytest.mark.django_db
START = datetime(2026, 8, 10, 9, tzinfo=clock.TOKYO)
TYPED = {"reason": ["本人から相談があったため\r\n2行目"], "category": ["a", "b"], "empty": [""]}
BACKGROUND = {"Accept": "application/json", "X-Background": "1"}


@pytest.fixture
def clerk(client):
    staff = factories.staff("eligibility.view", name="窓口 春子")
    with clock.at(START):
        client.force_login(staff)
    return staff


@pytest.fixture
def at_nine():
    with clock.at(START):
        yield


def later(**span):
    return clock.at(START + timedelta(**span))


class TestKeeping:
    def test_gives_back_exactly_what_was_typed(self, clerk, at_nine):
        drafts.save(clerk.pk, "cross-office", TYPED)
        assert drafts.content_of(drafts.find(clerk.pk, "cross-office")) == TYPED

    def test_what_is_typed_next_takes_its_place(self, clerk, at_nine):
        drafts.save(clerk.pk, "cross-office", TYPED)
        drafts.save(clerk.pk, "cross-office", {"reason": ["別"]})
        assert Draft.objects.count() == 1
        assert drafts.content_of(Draft.objects.get()) == {"reason": ["別"]}

    def test_nothing_can_be_read_in_the_database(self, clerk, at_nine):
        drafts.save(clerk.pk, "cross-office", TYPED)
        with connection.cursor() as cursor:
            cursor.execute("SELECT d::text FROM screenlock_draft d")
            row = cursor.fetchone()[0]
        for words in ("本人から", "reason", "本人から".encode().hex(), b"reason".hex()):
            assert words not in row

    @pytest.mark.parametrize("role", ["DATABASE_ROLE_REPORTS"])
    def test_the_reporting_role_reads_neither_drafts_nor_kept_forms(self, role):
        with connection.cursor() as cursor:
            for table in ("screenlock_draft", "screenlock_keptsubmission"):
                cursor.execute("SELECT has_table_privilege(%s, %s, 'SELECT')", [getattr(settings, role), table])
                assert cursor.fetchone()[0] is False

    def test_a_draft_moved_to_somebody_else_does_not_open(self, clerk, at_nine):
        drafts.save(clerk.pk, "cross-office", TYPED)
        other = factories.staff(name="別の職員")
        Draft.objects.update(staff=other)
        with pytest.raises(CryptoError):
            drafts.content_of(drafts.find(other.pk, "cross-office"))

    @pytest.mark.parametrize(
        "name", ["csrfmiddlewaretoken", "submission", "version", "password", "new_password1", "credential", "draft"]
    )
    def test_secrets_and_what_belongs_to_one_showing_are_never_kept(self, clerk, at_nine, name):
        drafts.save(clerk.pk, "cross-office", {name: ["x"], "reason": ["y"]})
        assert drafts.content_of(Draft.objects.get()) == {"reason": ["y"]}

    def test_more_than_fits_is_refused(self, clerk, at_nine):
        with pytest.raises(Refusal, match="長いため"):
            drafts.save(clerk.pk, "cross-office", {"reason": ["あ" * drafts.LARGEST]})
        assert not Draft.objects.exists()

    def test_the_oldest_gives_way_when_there_are_too_many(self, clerk):
        for number in range(drafts.MOST + 2):
            with later(minutes=number):
                drafts.save(clerk.pk, f"form-{number}", {"reason": [str(number)]})
        keys = set(Draft.objects.values_list("key", flat=True))
        assert len(keys) == drafts.MOST
        assert not {"form-0", "form-1"} & keys

    def test_deleting_a_person_deletes_their_drafts(self, at_nine):
        staff = Staff.objects.create_staff("leaving", "x", name="退職 者", office=factories.office())
        drafts.save(staff.pk, "cross-office", TYPED)
        staff.delete()
        assert not Draft.objects.exists()


class TestEnding:
    def test_after_its_hours_it_is_neither_offered_nor_kept(self, clerk, at_nine):
        drafts.save(clerk.pk, "cross-office", TYPED)
        with later(hours=settings.DRAFT_HOURS):
            assert drafts.find(clerk.pk, "cross-office") is not None
        with later(hours=settings.DRAFT_HOURS, seconds=1):
            assert drafts.find(clerk.pk, "cross-office") is None
            clear_kept()
            assert not Draft.objects.exists()

    def test_the_hours_are_a_setting(self, clerk, at_nine, settings):
        settings.DRAFT_HOURS = 1
        drafts.save(clerk.pk, "cross-office", TYPED)
        with later(hours=2):
            assert drafts.clear() == 1

    def test_discarding_leaves_other_people_s_and_other_forms(self, clerk, at_nine):
        other = factories.staff(name="別の職員")
        for who, key in ((clerk, "a"), (clerk, "b"), (other, "a")):
            drafts.save(who.pk, key, TYPED)
        drafts.discard(clerk.pk, "a")
        assert set(Draft.objects.values_list("staff", "key")) == {(clerk.pk, "b"), (other.pk, "a")}


class TestThePage:
    def save(self, client, key="cross-office", **fields):
        return client.post(reverse("draft", args=[key]), fields or {"reason": "相談"}, headers=BACKGROUND)

    def test_keeps_finds_and_discards(self, client, clerk, at_nine):
        assert client.get(reverse("draft", args=["cross-office"])).status_code == 204
        assert self.save(client).status_code == 204
        answer = client.get(reverse("draft", args=["cross-office"]))
        assert answer.json() == {"saved_at": "令和8年8月10日 09:00", "fields": {"reason": ["相談"]}}
        assert answer["Cache-Control"] == "no-store"
        client.post(reverse("draft-discard", args=["cross-office"]))
        assert client.get(reverse("draft", args=["cross-office"])).status_code == 204

    def test_somebody_else_at_the_same_terminal_gets_nothing(self, client, clerk, at_nine):
        self.save(client)
        client.force_login(factories.staff("eligibility.view", name="別の職員"))
        assert client.get(reverse("draft", args=["cross-office"])).status_code == 204
        client.post(reverse("draft-discard", args=["cross-office"]))
        assert Draft.objects.filter(staff=clerk).exists()

    def test_it_outlives_the_session(self, client, clerk, at_nine):
        self.save(client)
        client.post(reverse("logout"))
        assert client.get(reverse("draft", args=["cross-office"])).status_code == 302
        client.force_login(clerk)
        assert client.get(reverse("draft", args=["cross-office"])).json()["fields"] == {"reason": ["相談"]}

    def test_saving_is_no_act_of_the_person(self, client, clerk):
        with clock.at(START):
            client.get("/")
        for minute in range(1, 5):
            with later(minutes=minute):
                assert self.save(client).status_code == 204
        with later(minutes=5):
            assert self.save(client, reason="後").status_code == 423
            assert client.get(reverse("draft", args=["cross-office"]), headers=BACKGROUND).status_code == 423
        assert drafts.content_of(Draft.objects.get()) == {"reason": ["相談"]}

    def test_too_long_a_text_is_said(self, client, clerk, at_nine):
        answer = self.save(client, reason="あ" * drafts.LARGEST)
        assert answer.status_code == 400
        assert "下書きを保存できません" in answer.json()["message"]

    def test_a_key_has_bounds(self, client, clerk, at_nine):
        assert self.save(client, key="k" * 300).status_code == 204
        assert len(Draft.objects.get().key) == 100


class TestUsing:
    """The form 他所属の照会 from entry to done."""

    @pytest.fixture
    def form(self, client):
        other = factories.office("緑区役所")
        person = factories.insured(factories.resident("緑　花子", "ミドリ　ハナコ", office=other))
        staff = factories.staff("eligibility.view", name="窓口 春子")
        client.force_login(staff)
        return {"number": person.insured_number, "reason": "本人が来庁したため", "draft": "cross-office"}

    def post(self, client, **fields):
        return client.post(reverse("cross-office-new"), fields)

    @pytest.fixture
    def category(self, client, form):
        page = client.get(reverse("cross-office-new"))
        assert 'data-draft="cross-office"' in page.content.decode()
        return next(value for value, _ in page.context["form"].fields["category"].choices if value)

    def test_the_page_to_check_keeps_what_was_sent_and_doing_it_uses_it_up(self, client, form, category):
        check = self.post(client, **form, category=category)
        assert "この人を照会しますか" in check.content.decode()
        assert 'name="draft" value="cross-office"' in check.content.decode()
        kept = drafts.content_of(Draft.objects.get())
        assert (kept["number"], kept["reason"]) == ([form["number"]], [form["reason"]])
        done = self.post(client, **form, category=category, confirmed="1", submission=str(uuid.uuid4()))
        assert done.status_code == 302
        assert not Draft.objects.exists()

    def test_a_form_with_errors_is_kept_too(self, client, form):
        page = self.post(client, **form | {"reason": ""})
        assert "error-summary" in page.content.decode()
        assert drafts.content_of(Draft.objects.get())["number"] == [form["number"]]

    def test_a_form_that_was_refused_keeps_its_draft(self, client, form, category):
        self.post(client, **form, category=category)
        self.post(client, **form, category=category, confirmed="1")  # without its submission key
        assert Draft.objects.exists()

    def test_a_form_sent_to_a_locked_screen_keeps_its_draft(self, client, form, category):
        self.post(client, **form, category=category)
        session = client.session
        session[services.LOCKED] = True
        session.save()
        answer = self.post(client, **form, category=category, confirmed="1", submission=str(uuid.uuid4()))
        assert answer.url.startswith("/lock/")
        assert Draft.objects.exists()

    def test_a_form_too_long_for_a_draft_is_answered_all_the_same(self, client, form, monkeypatch):
        monkeypatch.setattr(drafts, "LARGEST", 10)
        assert self.post(client, **form).status_code == 200
        assert not Draft.objects.exists()

    def test_a_form_without_a_draft_leaves_none(self, client, form, category):
        del form["draft"]
        self.post(client, **form, category=category)
        assert not Draft.objects.exists()


def test_every_marked_form_says_which_draft_it_uses_up():
    """A form with data-draft carries the hidden field with the same name; else the draft would never end."""
    import re
    from pathlib import Path

    found = 0
    for path in sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html")):
        for attribute, rest in re.findall(r'data-draft="([^"]+)"(.*?)</form>', path.read_text("utf8"), re.S):
            found += 1
            if attribute == "{% page_draft_name %}":
                assert "{% page_draft %}" in rest, path
                continue
            words = re.search(r"{% draft (.*?) %}", rest)
            assert words, path
            parts = [p.strip('"') if p.startswith('"') else "{{ " + p + " }}" for p in words.group(1).split()]
            assert "-".join(parts) == attribute, path
    assert found >= 15


def test_a_draft_is_plain_json_once_it_is_open(clerk, at_nine):
    drafts.save(clerk.pk, "a", {"n": ["1"]})
    assert json.dumps(drafts.content_of(Draft.objects.get())) == '{"n": ["1"]}'
