"""The screens of the cards, used as a clerk would."""

from datetime import date

import pytest
from django.urls import reverse

from eligibility.models import Card
from tests import factories
from tests.cards.house import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(counter, client):
    client.force_login(counter.staff)
    return client


def give(counter, person):
    counter.receive(person, "card-issue", day="2026-11-24", handed="counter")
    return Card.objects.latest("pk")


class TestPages:
    def test_the_tab_lists_the_cards_and_offers_the_print(self, counter, clerk):
        person = counter.person()
        card = give(counter, person)
        page = clerk.get(reverse("person-tab", args=[person.public_id, "cards"])).content.decode()
        assert "年齢到達" in page
        assert reverse("card-print", args=[card.public_id]) in page

    def test_the_print_is_a_pdf(self, counter, clerk):
        card = give(counter, counter.person())
        response = clerk.get(reverse("card-print", args=[card.public_id]))
        assert response["Content-Type"] == "application/pdf"
        assert card.content["number"] in text_of(response.content)

    def test_the_list_filters_by_state(self, counter, clerk):
        person, other = counter.person(), counter.person(name="佐藤　次郎", reading="サトウ　ジロウ")
        give(counter, person)
        give(counter, other)
        counter.receive(other, "card-lost", day="2026-11-24")
        page = clerk.get(reverse("cards"), {"state": "wanted"}).content.decode()
        assert "佐藤　次郎" in page
        assert person.name not in page

    def test_another_offices_card_is_not_there(self, counter, client):
        card = give(counter, counter.person())
        other = factories.staff("eligibility.print", at=factories.office("若葉区役所", ward_code="105"))
        client.force_login(other)
        assert client.get(reverse("card-print", args=[card.public_id])).status_code == 404

    def test_who_comes_of_age_next_month_is_listed_first(self, counter, clerk):
        factories.resident(office=counter.staff.office, birth_date=date(1961, 12, 20), name="六五　花子")
        page = clerk.get(reverse("cards-coming")).content.decode()
        assert "令和8年12月に資格を得る人" in page
        assert "六五　花子" in page

    def test_a_month_that_is_none_shows_the_next(self, counter, clerk):
        page = clerk.get(reverse("cards-coming"), {"first": "いつか"}).content.decode()
        assert "令和8年12月に資格を得る人" in page

    def test_who_turns_100_in_the_year(self, counter, clerk):
        office = counter.staff.office
        factories.resident(office=office, birth_date=date(1927, 3, 31), name="百歳　花子")
        factories.resident(office=office, birth_date=date(1927, 4, 1), name="来年　花子")
        page = clerk.get(reverse("centenarians"), {"year": "2026"}).content.decode()
        assert "百歳　花子" in page
        assert "来年　花子" not in page


class TestUnreturned:
    def test_a_letter_is_made_and_the_day_noted(self, counter, clerk):
        factories.office("本庁", is_head=True, ward_code="")
        person = counter.person()
        card = give(counter, person)
        counter.receive(person, "death", day="2026-11-20")
        response = clerk.post(reverse("cards-unreturned"), {"cards": [str(card.public_id)]})
        assert response["Content-Type"] == "application/pdf"
        assert "ご遺族" in text_of(response.content)
        card.refresh_from_db()
        assert card.reminded_on == date(2026, 11, 24)

    def test_choosing_nobody_says_so(self, counter, clerk):
        page = clerk.post(reverse("cards-unreturned"), {}).content.decode()
        assert "返還をお願いする証を選んでください。" in page


class TestRun:
    def test_it_is_asked_for_seen_and_listed(self, counter, client):
        counter.person(resident_from=date(2026, 11, 5))
        runner = factories.staff("eligibility.view", "eligibility.run", at=counter.staff.office)
        client.force_login(runner)
        posted = {"first": "2026-11-01", "key": "a"}
        response = client.post(reverse("cards-coming"), posted)
        assert client.post(reverse("cards-coming"), posted)["Location"] == response["Location"]
        page = client.get(response["Location"]).content.decode()
        assert "令和8年11月" in page

    def test_without_the_right_to_run_there_is_no_button_and_no_way(self, counter, clerk):
        counter.person(resident_from=date(2026, 11, 5))
        assert "仮実行を始める" not in clerk.get(reverse("cards-coming"), {"first": "2026-11-01"}).content.decode()
        assert clerk.post(reverse("cards-coming"), {"first": "2026-11-01", "key": "b"}).status_code == 403
