"""終了時の確認: everything that is still open, on one page."""

from datetime import date

import pytest
from django.urls import reverse

from eligibility.closing import open_of
from eligibility.models import Agent
from tests import factories
from tests.cards.house import text_of
from tests.contacts.test_acts import ACCOUNT, MAILING

TODAY = date(2026, 11, 24)


def lines(person):
    person = type(person).objects.get(pk=person.pk)
    return {line.label: line for group in open_of(person, TODAY).values() for line in group}


@pytest.fixture
def dead(counter):
    person = counter.person()
    counter.receive(person, "card-issue", day="2026-11-24", handed="counter")
    counter.receive(person, "death", day="2026-11-20")
    return person


class TestLines:
    def test_a_card_that_is_out_is_open_until_it_is_back(self, counter, dead):
        assert not lines(dead)["被保険者証（第1回）"].done
        card = dead.insured.cards.get()
        counter.receive(dead, "card-return", card=card, day="2026-11-24", how="counter")
        assert lines(dead)["被保険者証（第1回）"].done

    def test_heirs_are_asked_for_after_a_death_only(self, counter, dead):
        assert not lines(dead)["相続人代表者の届出"].done
        assert "相続人代表者の届出" not in lines(counter.person(name="佐藤　次郎", reading="サトウ　ジロウ"))

    def test_a_representative_settles_it(self, dead):
        Agent.objects.create(kind="heir", name="山田　花子", scope="相続", document="戸籍", **factories.dated(dead))
        assert lines(dead)["相続人代表者の届出"].detail == "山田　花子"
        assert lines(dead)["相続人代表者の届出"].done

    def test_account_and_sending_address(self, counter, dead):
        assert not lines(dead)["還付・給付の振込先の口座"].done
        counter.receive(dead, "account-set", **ACCOUNT | {"purpose": "refund"})
        counter.receive(dead, "mailing-set", **MAILING)
        assert lines(dead)["還付・給付の振込先の口座"].done
        assert lines(dead)["送付先"].done

    def test_a_stay_that_nobody_ended(self, counter):
        person = counter.person()
        counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        assert "あおば荘" in lines(person)["適用除外"].detail

    def test_the_levy_names_its_premiums(self, dead):
        premium = factories.assessment(dead.insured, 2026).premium
        assert f"{premium:,}円" in lines(dead)["令和8年度の保険料"].detail

    def test_open_talks(self, dead):
        factories.talk(dead)
        assert lines(dead)["未了の応対"].detail == "1件"


class TestScreens:
    def test_the_page_says_when_the_insurance_ended(self, counter, client, dead):
        client.force_login(counter.staff)
        page = client.get(reverse("closing", args=[dead.public_id])).content.decode()
        assert "令和8年11月21日に資格を失いました" in page
        assert reverse("person-act", args=[dead.public_id, "card-return"]) in page

    def test_for_somebody_insured_it_says_so(self, counter, client):
        client.force_login(counter.staff)
        page = client.get(reverse("closing", args=[counter.person().public_id])).content.decode()
        assert "今も被保険者です" in page

    def test_the_sheet_has_boxes(self, counter, client, dead):
        client.force_login(counter.staff)
        words = text_of(client.get(reverse("closing-print", args=[dead.public_id])).content)
        assert "□" in words
        assert "相続人代表者の届出" in words
