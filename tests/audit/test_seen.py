"""この人を見た人: who has seen one resident's records, for those who review the log."""

import time

import pytest
from django.urls import reverse

from audit.models import AccessLog
from audit.sealing.seals import seal_log
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return factories.resident("山田　太郎", "ヤマダ　タロウ")


def look(client, person):
    return client.get(reverse("seen", args=[person.public_id]))


def test_every_access_to_the_person_and_to_nobody_else(client, person):
    other = factories.resident("別　花子", "ベツ　ハナコ")
    client.force_login(factories.staff("eligibility.view", name="窓口 春子"))
    for one in (person, other, person):
        client.get(reverse("person", args=[one.public_id]))
    client.force_login(factories.staff("access_log.view", name="監査 正"))
    text = look(client, person).content.decode()
    assert "2件のうち" in text
    assert "窓口 春子" in text


def test_refused_attempts_are_told_too(client, person):
    client.force_login(factories.staff("eligibility.view", at=factories.office("緑区役所"), name="余所 次郎"))
    client.get(reverse("person", args=[person.public_id]))
    client.force_login(factories.staff("access_log.view"))
    text = look(client, person).content.decode()
    assert "余所 次郎" in text
    assert "拒否" in text


def test_the_name_is_for_who_may_view_the_register(client, person):
    client.force_login(factories.staff("access_log.view"))
    assert "山田" not in look(client, person).content.decode()
    client.force_login(factories.staff("access_log.view", "eligibility.view"))
    assert "山田　太郎" in look(client, person).content.decode()


def test_looking_is_itself_logged(client, person):
    staff = factories.staff("access_log.view")
    client.force_login(staff)
    look(client, person)
    row = AccessLog.objects.get(route="seen")
    assert (row.staff, row.file, row.subjects) == (staff, "access_log", [person.public_id])


def test_a_reviewer_of_another_office_is_refused_and_logged(client, person):
    client.force_login(factories.staff("access_log.view", at=factories.office("緑区役所")))
    assert look(client, person).status_code == 403
    assert AccessLog.objects.filter(route="seen", outcome="refused", subjects__contains=[person.public_id]).exists()


def test_without_the_right_there_is_neither_link_nor_page(client, person):
    client.force_login(factories.staff("eligibility.view"))
    assert "この人を見た人" not in client.get(reverse("person", args=[person.public_id])).content.decode()
    assert look(client, person).status_code == 403


def test_somebody_unknown_is_not_found(client, db):
    client.force_login(factories.staff("access_log.view"))
    answer = client.get(reverse("seen", args=["00000000-0000-4000-8000-000000000000"]))
    assert answer.status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_log_screen_shows_the_newest_seal(client):
    client.force_login(factories.staff("access_log.view"))
    assert "まだ封印はありません" in client.get("/access-log/").content.decode()
    for _ in range(300):  # other tests' transactions in the same cluster hold the horizon back
        if seal_log():
            break
        time.sleep(0.1)
    assert "指紋" in client.get("/access-log/").content.decode()


def test_who_asks_without_the_right_is_logged_with_whom_they_asked_for(client, person):
    client.force_login(factories.staff("jobs.view", name="余所 次郎"))
    assert client.get(reverse("person", args=[person.public_id])).status_code == 403
    assert AccessLog.objects.get(outcome="refused").subjects == [person.public_id]


def test_an_id_of_nobody_is_not_kept_as_a_subject(client, person):
    client.force_login(factories.staff("jobs.view"))
    client.get(reverse("person", args=[factories.office().public_id]))
    assert AccessLog.objects.get(outcome="refused").subjects == []


class TestTheHousehold:
    """Who is named on somebody else's page was seen as well."""

    @pytest.fixture
    def partner(self, person):
        number = person.memberships.get().household_number
        return factories.resident("山田　花子", "ヤマダ　ハナコ", household_number=number, relationship="02")

    def test_the_tab_that_lists_them_names_them(self, client, person, partner):
        client.force_login(factories.staff("eligibility.view"))
        client.get(reverse("person", args=[person.public_id]))
        assert set(AccessLog.objects.get(route="person").subjects) == {person.public_id, partner.public_id}

    def test_whose_taxation_counted_is_named_under_the_levy(self, client, person, partner):
        insured, record = factories.insured(person), factories.tax_record(partner)
        factories.assessment(insured, household=[[partner.pk, record.pk]])
        client.force_login(factories.staff("eligibility.view", "levy.view"))
        client.get(reverse("person-tab", args=[person.public_id, "levy"]))
        assert set(AccessLog.objects.get(file="levy").subjects) == {person.public_id, partner.public_id}

    def test_the_visitor_s_page_names_the_person_alone(self, client, person, partner):
        client.force_login(factories.staff("eligibility.view"))
        client.get(reverse("person-tab", args=[person.public_id, "eligibility"]), {"visitor": "1"})
        assert AccessLog.objects.get(route="person-tab").subjects == [person.public_id]
