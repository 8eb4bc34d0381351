"""Cards at the counter: issued, issued again, lost, returned, and taken back."""

from datetime import date

import pytest

from eligibility import holds, receiving
from eligibility.acts import act_of
from eligibility.cards import documents, queries
from eligibility.cards.sections import Sections
from eligibility.models import Card
from kaigo.common.refusal import Refusal
from tests import factories
from tests.cards.house import text_of

TODAY = "2026-11-24"


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}: ")


def give(counter, person, **typed):
    counter.receive(person, "card-issue", **({"day": TODAY, "handed": "counter"} | typed))
    return Card.objects.latest("pk")


def again(counter, person, reason="lost", **typed):
    counter.receive(person, "card-reissue", **({"day": TODAY, "handed": "counter", "reason": reason} | typed))
    return Card.objects.latest("pk")


class TestIssue:
    def test_an_insured_person_gets_the_first_card_with_what_stands_on_it(self, counter):
        person = counter.person()
        card = give(counter, person)
        assert (card.serial, card.reason, card.issued_on) == (1, "age", date(2026, 11, 24))
        assert card.content["name"] == person.name
        assert card.content["number"] == person.insured.insured_number
        assert card.staff == counter.staff

    def test_it_is_offered_only_while_there_is_none(self, counter):
        person = counter.person()
        kind = act_of("card-issue")
        assert kind.offered(person, date(2026, 11, 24))
        give(counter, person)
        assert not kind.offered(person, date(2026, 11, 24))

    def test_who_is_not_insured_gets_none(self, counter):
        person = factories.resident(office=counter.staff.office, birth_date=date(1990, 1, 1))
        with refused("not-insured") as refusal:
            counter.look(person, "card-issue", day=TODAY, handed="counter")
        assert "資格を得る届出" in refusal.value.ways[0]

    def test_a_second_card_needs_the_re_issue(self, counter):
        person = counter.person()
        give(counter, person)
        with refused("card-held"):
            counter.look(person, "card-issue", day=TODAY, handed="counter")

    def test_a_coming_day_is_refused_in_words(self, counter):
        form = counter.form(counter.person(), "card-issue", day="2026-12-01", handed="counter")
        assert "一斉交付" in form.errors["day"][0]

    def test_while_issue_is_held_nothing_is_made(self, counter, monkeypatch):
        monkeypatch.setattr(holds, "_HOLDS", [lambda resident, what, day: ["住所の調査中"] if what == "card" else []])
        person = counter.person()
        with refused("held") as refusal:
            give(counter, person)
        assert "住所の調査中" in refusal.value.message
        assert not Card.objects.exists()

    def test_the_office_may_give_cards_a_term(self, counter, monkeypatch):
        monkeypatch.setattr("eligibility.cards.services.number", lambda name, day: 3)
        assert give(counter, counter.person()).valid_until == date(2029, 11, 24)

    def test_the_print_is_offered_when_it_is_received(self, counter):
        person = counter.person()
        row = counter.receive(person, "card-issue", day=TODAY, handed="counter")
        (paper,) = act_of("card-issue").papers(row)
        assert str(Card.objects.get().public_id) in paper.url


class TestReissue:
    def test_a_lost_card_ends_and_is_wanted_back_when_found(self, counter):
        person = counter.person()
        first = give(counter, person)
        second = again(counter, person)
        first.refresh_from_db()
        assert (first.end, first.ended_on, first.recover, first.returned_on) == ("lost", date(2026, 11, 24), True, None)
        assert (second.serial, second.replaces, second.reason) == (2, first, "lost")

    def test_a_damaged_one_is_handed_in(self, counter):
        person = counter.person()
        first = give(counter, person)
        again(counter, person, "damaged", handed_in="on")
        first.refresh_from_db()
        assert (first.end, first.recover, first.returned_on) == ("replaced", False, date(2026, 11, 24))

    def test_a_damaged_one_that_stayed_at_home_is_wanted_back(self, counter):
        person = counter.person()
        give(counter, person)
        again(counter, person, "damaged")
        assert list(queries.unreturned(counter.actor)) == [Card.objects.get(serial=1)]

    def test_taken_back_the_card_before_is_in_force_again(self, counter):
        person = counter.person()
        first = give(counter, person)
        row = counter.receive(person, "card-reissue", day=TODAY, handed="counter", reason="lost")
        receiving.withdraw(counter.actor, row, "人の取り違え")
        first.refresh_from_db()
        assert (first.ended_on, first.end, first.recover) == (None, "", False)
        assert Card.objects.get(serial=2).withdrawn
        assert act_of("card-reissue").papers(row) == []

    def test_a_number_of_issue_is_never_used_twice(self, counter):
        person = counter.person()
        give(counter, person)
        row = counter.receive(person, "card-reissue", day=TODAY, handed="counter", reason="lost")
        receiving.withdraw(counter.actor, row, "人の取り違え")
        assert again(counter, person).serial == 3

    def test_without_a_card_the_way_is_shown(self, counter):
        form = counter.form(counter.person(), "card-reissue", day=TODAY, handed="counter", reason="lost")
        assert "「被保険者証の交付」" in form.errors["__all__"][0]

    def test_not_before_the_card_it_replaces(self, counter):
        person = counter.person()
        give(counter, person)
        form = counter.form(person, "card-reissue", day="2026-11-01", handed="counter", reason="lost")
        assert "交付年月日" in form.errors["day"][0]


class TestReturn:
    def test_loss_and_return(self, counter):
        person = counter.person()
        card = give(counter, person)
        counter.receive(person, "card-lost", day=TODAY)
        counter.receive(person, "card-return", card=card, day=TODAY, how="post")
        card.refresh_from_db()
        assert (card.end, card.returned_on, card.returned_how) == ("lost", date(2026, 11, 24), "post")
        assert queries.state_of(card) == "紛失・回収済み"
        assert not queries.unreturned(counter.actor).exists()

    def test_a_card_in_force_ends_with_its_return(self, counter):
        person = counter.person()
        card = give(counter, person)
        counter.receive(person, "card-return", card=card, day=TODAY, how="counter")
        card.refresh_from_db()
        assert (card.end, card.ended_on) == ("returned", date(2026, 11, 24))

    def test_somebody_elses_card_cannot_be_chosen(self, counter):
        card = give(counter, counter.person())
        other = counter.person(name="佐藤　次郎", reading="サトウ　ジロウ")
        form = counter.form(other, "card-return", card=card, day=TODAY, how="counter")
        assert "card" in form.errors


class TestFollowing:
    """Cards follow the insured periods, however these change."""

    def test_death_makes_the_card_wanted(self, counter):
        person = counter.person()
        card = give(counter, person)
        counter.receive(person, "death", day="2026-11-20")
        card.refresh_from_db()
        assert (card.end, card.ended_on, card.recover) == ("disqualified", date(2026, 11, 21), True)

    def test_taking_the_death_back_puts_the_card_in_force(self, counter):
        person = counter.person()
        card = give(counter, person)
        row = counter.receive(person, "death", day="2026-11-20")
        receiving.withdraw(counter.actor, row, "人の取り違え")
        card.refresh_from_db()
        assert (card.end, card.ended_on, card.recover) == ("", None, False)

    def test_a_returned_card_stays_returned(self, counter):
        person = counter.person()
        card = give(counter, person)
        row = counter.receive(person, "death", day="2026-11-20")
        counter.receive(person, "card-return", card=card, day=TODAY, how="counter")
        receiving.withdraw(counter.actor, row, "人の取り違え")
        card.refresh_from_db()
        assert card.end == "disqualified"
        assert act_of("card-issue").offered(person, date(2026, 11, 24))

    def test_a_card_sent_ahead_waits_for_its_day(self, counter):
        person = counter.person()
        card = give(counter, person)
        person.insured.periods.all().delete()
        Card.objects.filter(pk=card.pk).update(issued_on=date(2026, 12, 10))
        from eligibility.cards.services import settle

        query = f"SELECT {person.pk}::bigint AS resident_id"
        assert settle(query, date(2026, 12, 9)) == (0, 0)
        assert settle(query, date(2026, 12, 10)) == (1, 0)


class TestPrint:
    def test_it_says_what_the_card_says(self, counter):
        person = counter.person()
        card = give(counter, person)
        person.name = "変更　太郎"
        person.save()
        words = text_of(documents.card(card))
        assert "介護保険被保険者証" in words
        assert "変更" not in words
        assert card.content["number"] in words
        assert "令和8年11月24日" in words

    def test_the_same_card_gives_the_same_bytes(self, counter):
        card = give(counter, counter.person())
        assert documents.card(card) == documents.card(card)

    def test_what_other_rooms_know_stands_on_the_other_panels(self, counter, monkeypatch):
        known = Sections(
            level="要介護3",
            valid="令和8年4月1日〜令和9年3月31日",
            restrictions=(("支払方法の変更", "令和8年5月1日から"),),
        )
        monkeypatch.setattr("eligibility.cards.sections._PROVIDERS", [lambda insured, day: known])
        words = text_of(documents.card(give(counter, counter.person())))
        assert "要介護3" in words
        assert "支払方法の変更" in words

    @pytest.mark.parametrize(("letters", "size"), [(5, "fit-large"), (16, "fit-medium"), (30, "fit-small")])
    def test_long_names_become_smaller_and_are_never_cut(self, letters, size):
        assert documents.fit("山" * letters) == size

    def test_on_a_printed_form_only_what_differs_is_printed(self, counter, monkeypatch):
        card = give(counter, counter.person())
        resolved = documents.book().resolve(card.issued_on)
        monkeypatch.setattr(
            documents, "card_context", lambda row, made=documents.card_context: made(row) | {"form": True}
        )
        words = text_of(documents.card(card))
        assert resolved.get("card_paper") == "blank"
        assert "要介護状態区分等" not in words
        assert card.content["number"] in words
