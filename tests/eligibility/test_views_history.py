"""The person page looking back: the story of changes, and how things stood as of two dates."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse

from audit.actor import Actor
from audit.history import recorded
from audit.models import AccessLog, Staff
from eligibility.models import HouseholdMembership, Resident
from kaigo.common import clock
from kaigo.common.wareki import format_short, format_year
from levy.story import PENSION
from tests import factories


@pytest.fixture
def sign_in(client, db):
    def signed_in(*rights, **kwargs):
        staff = factories.staff(*rights, **kwargs)
        client.force_login(staff)
        return staff

    return signed_in


def show(client, name, person, **asked):
    return client.get(reverse(name, args=[person.public_id]), asked)


def rewrite(person, reason="番地の訂正", **fields):
    staff = Staff.objects.first() or factories.staff("eligibility.enter")
    with transaction.atomic(), recorded(Actor.of(staff), reason):
        Resident.objects.filter(pk=person.pk).update(**fields)


def backdate(table, moment):
    """Events carry the database's clock; move them as the owner, for a history that is older than the test."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {table} SET pgh_created_at = %s", [moment])
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


class TestChanges:
    def test_the_story_shows_old_and_new_and_is_logged(self, client, sign_in):
        staff = sign_in("eligibility.view")
        person = factories.resident()
        rewrite(person, lot="4番5号")
        text = show(client, "person-changes", person).content.decode()
        assert "<del>2番3号</del>" in text
        assert "4番5号" in text
        assert "番地の訂正" in text
        row = AccessLog.objects.get(route="person-changes", subjects__contains=[person.public_id])
        assert (row.staff, row.subjects, row.items) == (staff, [person.public_id], ["変更履歴"])

    def test_only_the_files_that_the_reader_may_see(self, client, sign_in):
        sign_in("eligibility.view")
        person = factories.resident()
        factories.tax_record(person, total_income=7_654_321)
        assert "7,654,321" not in show(client, "person-changes", person).content.decode()
        assert "7,654,321" not in show(client, "person-changes", person, file="levy").content.decode()

    def test_a_reader_of_both_files_sees_both_or_one(self, client, sign_in):
        sign_in("eligibility.view", "levy.view")
        person = factories.resident()
        factories.tax_record(person, total_income=7_654_321)
        assert "7,654,321" in show(client, "person-changes", person).content.decode()
        assert "7,654,321" not in show(client, "person-changes", person, file="eligibility").content.decode()
        assert set(AccessLog.objects.filter(route="person-changes").values_list("file", flat=True)) == {
            "eligibility",
            "levy",
        }

    def test_long_stories_have_pages(self, client, sign_in):
        sign_in("eligibility.view")
        person = factories.resident()
        for number in range(25):
            rewrite(person, lot=f"{number}番", reason=f"理由{number:02d}")
        first = show(client, "person-changes", person).content.decode()
        assert "理由24" in first
        assert "理由00" not in first
        assert "理由00" in show(client, "person-changes", person, page=2).content.decode()

    @pytest.mark.parametrize("name", ["person-changes", "person-as-of"])
    def test_another_office_is_refused_and_nothing_leaks(self, client, sign_in, name):
        sign_in("eligibility.view")
        person = factories.resident(office=factories.office("緑区役所"))
        answer = show(client, name, person)
        assert answer.status_code in (403, 404)
        assert "山田" not in answer.content.decode()
        assert not AccessLog.objects.filter(route=name, outcome="allowed").exists()

    def test_a_protected_person_s_address_is_for_those_who_decide(self, client, sign_in):
        person = factories.resident(is_protected=True)
        sign_in("eligibility.view")
        assert "2番3号" not in show(client, "person-changes", person).content.decode()
        sign_in("eligibility.view", "eligibility.decide")
        assert "2番3号" in show(client, "person-changes", person).content.decode()


class TestAsOf:
    @pytest.fixture
    def moved(self, db):
        """Registered long ago at 2番3号, known to have moved since today."""
        person = factories.resident()
        for table in ("eligibility_residentevent", "eligibility_householdmembershipevent"):
            backdate(table, datetime(2026, 1, 10, 9, tzinfo=clock.TOKYO))
        rewrite(person, lot="4番5号")
        return person

    def test_without_dates_it_is_today(self, client, sign_in, moved):
        sign_in("eligibility.view")
        text = show(client, "person-as-of", moved).content.decode()
        assert "4番5号" in text
        assert "as-of-other" not in text

    def test_what_was_not_yet_known_is_not_shown(self, client, sign_in, moved):
        sign_in("eligibility.view")
        text = show(client, "person-as-of", moved, day="R8.2.1", known="令和8年2月1日").content.decode()
        assert "2番3号" in text
        assert "4番5号" not in text
        assert "as-of-other" in text

    def test_before_anything_was_known_it_says_so(self, client, sign_in, moved):
        sign_in("eligibility.view")
        text = show(client, "person-as-of", moved, day="R7.4.1", known="R7.4.1").content.decode()
        assert "この日に当たる内容はありません" in text
        assert "2番3号" not in text

    def test_periods_are_those_of_the_day_in_question(self, client, sign_in, db):
        sign_in("eligibility.view")
        person = factories.resident()
        HouseholdMembership.objects.filter(resident=person).update(household_number="7" * 15)
        today = format_short(clock.today())
        assert "7" * 15 in show(client, "person-as-of", person, day=today, known=today).content.decode()
        assert "7" * 15 not in show(client, "person-as-of", person, day="S60.1.1", known=today).content.decode()

    def test_a_decision_is_shown_from_the_day_on_which_it_was_made(self, client, sign_in, db):
        sign_in("eligibility.view", "levy.view")
        decision = factories.assessment()
        person = decision.insured.resident
        committed = decision.run.committed_at.date()
        day = format_short(date(2026, 7, 1))
        text = show(client, "person-as-of", person, day=day, known=format_short(committed)).content.decode()
        assert "賦課決定" in text
        before = format_short(committed - timedelta(days=1))
        assert "賦課決定</h4>" not in show(client, "person-as-of", person, day=day, known=before).content.decode()

    @pytest.mark.parametrize(("asked", "words"), [({"day": "R8.13.1"}, "日付"), ({"known": "R99.1.1"}, "今日までの日")])
    def test_an_unusable_date_is_refused_in_words(self, client, sign_in, db, asked, words):
        sign_in("eligibility.view")
        answer = show(client, "person-as-of", factories.resident(), **asked)
        assert answer.status_code == 200
        assert 'class="error-summary"' in answer.content.decode()

    def test_looking_back_is_logged_with_its_items(self, client, sign_in, moved):
        sign_in("eligibility.view")
        show(client, "person-as-of", moved)
        assert "住所" in AccessLog.objects.get(route="person-as-of").items


class TestDecisions:
    """賦課決定: tables that only grow are told as well, each later decision as a change of the year's."""

    @pytest.fixture
    def insured(self):
        return factories.insured(factories.resident())

    def test_a_decision_is_told_with_who_asked_and_who_approved(self, client, sign_in, insured):
        decision = factories.assessment(insured)
        job = decision.run.job
        job.requested_by, job.approved_by = factories.staff(name="賦課 一郎"), factories.staff(name="管理 典子")
        job.save()
        sign_in("eligibility.view", "levy.view")
        text = show(client, "person-changes", insured.resident, file="levy").content.decode()
        assert "賦課決定の登録" in text
        assert "賦課 一郎" in text
        assert "承認 管理 典子" in text
        assert f"{decision.premium:,}" in text
        assert format_year(decision.fiscal_year) in text

    def test_without_the_levy_file_nothing_of_it_is_told(self, client, sign_in, insured):
        factories.assessment(insured)
        sign_in("eligibility.view")
        assert "賦課決定" not in show(client, "person-changes", insured.resident).content.decode()

    def test_months_and_years_are_said_in_wareki(self):
        assert PENSION.formats["withholding_from"]("202610") == "R8.10"
        assert PENSION.formats["fiscal_year"](2026) == "令和8年度"
