"""The monthly run: who comes of age, seen first, approved by somebody else, made once, printed."""

from datetime import date

import pytest

from audit.models import JobRun
from eligibility import holds
from eligibility.cards import jobs, queries
from eligibility.models import Card, Insured
from tests import factories
from tests.cards.house import text_of

DECEMBER = date(2026, 12, 1)


def born(day, **fields):
    return factories.resident(birth_date=day, **fields)


@pytest.fixture
def people(counter):
    """Three who come of age in December 2026 (one of them born on January 1st), and two who do not."""
    office = counter.staff.office
    return {
        "first": born(date(1961, 12, 2), office=office, name="一番　花子", reading="イチバン　ハナコ"),
        "last": born(date(1961, 12, 31), office=office, name="二番　花子", reading="ニバン　ハナコ"),
        "new year": born(date(1962, 1, 1), office=office, name="三番　花子", reading="サンバン　ハナコ"),
        "too early": born(date(1961, 12, 1), office=office, name="前月　花子", reading="ゼンゲツ　ハナコ"),
        "too late": born(date(1962, 1, 2), office=office, name="翌月　花子", reading="ヨクゲツ　ハナコ"),
    }


def names(rows):
    return [row.resident.name for row in rows]


class Run:
    """The run as its screens carry it out."""

    def __init__(self, counter):
        self.counter = counter
        head = factories.office("本庁", is_head=True, ward_code="")
        self.job = JobRun.objects.create(
            kind=jobs.KIND, period="2026-12", parameters={"first": "2026-12-01"}, office=head,
            requested_at="2026-11-24T10:00+09:00", requested_by=counter.staff,
        )  # fmt: skip
        from audit.jobs import Work

        self.work = Work(self.job)

    def look(self):
        jobs.preview(self.work)
        return self.job.counts

    def make(self):
        jobs.commit(self.work)
        return list(Card.objects.order_by("pk"))


@pytest.fixture
def run(counter, people):
    return Run(counter)


class TestComing:
    def test_who_acquires_in_the_month_by_day(self, people):
        assert names(queries.coming(DECEMBER)) == ["一番　花子", "二番　花子", "三番　花子"]
        assert [row.due_on for row in queries.coming(DECEMBER)] == [
            date(2026, 12, 1),
            date(2026, 12, 30),
            date(2026, 12, 31),
        ]

    def test_only_of_the_offices_asked_for(self, people):
        other = factories.office("若葉区役所", ward_code="105")
        assert queries.coming(DECEMBER, [other.pk]) == []
        assert queries.coming(DECEMBER, []) == []

    def test_who_moved_in_this_month_and_has_no_card(self, counter):
        counter.person(resident_from=date(2026, 11, 5))
        (row,) = queries.coming(date(2026, 11, 1))
        assert (row.reason, row.due_on) == ("acquired", date(2026, 11, 5))

    def test_who_has_a_card_is_not_in_it(self, counter):
        person = counter.person(resident_from=date(2026, 11, 5))
        counter.receive(person, "card-issue", day="2026-11-24", handed="counter")
        assert queries.coming(date(2026, 11, 1)) == []

    def test_the_dead_are_not_in_it(self, counter, people):
        from eligibility.models import Residence

        Residence.objects.filter(resident=people["last"]).update(ended_on=date(2026, 11, 20), end="2")
        assert "二番　花子" not in names(queries.coming(DECEMBER))


class TestRun:
    def test_the_preview_gives_no_numbers_and_no_cards(self, run):
        assert run.look() == {"交付する人": 3, "抑止のため除いた人": 0}
        assert not Card.objects.exists()
        assert not Insured.objects.exists()

    def test_the_previewed_people_get_a_number_and_a_card_dated_their_day(self, run, people):
        run.look()
        cards = run.make()
        assert {card.insured.resident for card in cards} == {people[key] for key in ("first", "last", "new year")}
        assert {card.issued_on for card in cards} == {date(2026, 12, 1), date(2026, 12, 30), date(2026, 12, 31)}
        assert all(card.reason == "age" and card.handed == "post" for card in cards)

    def test_numbers_follow_the_day_of_birth(self, run):
        run.look()
        cards = sorted(run.make(), key=lambda card: card.issued_on)
        numbers = [card.insured.insured_number for card in cards]
        assert numbers == sorted(numbers)

    def test_a_second_time_makes_nothing_twice(self, run):
        run.look()
        before = run.make()
        assert run.make() == before
        assert run.job.files.count() == 1

    def test_the_print_file_holds_every_card(self, run, people):
        from audit.files import read_stored

        run.look()
        run.make()
        (file,) = run.job.files.all()
        words = text_of(b"".join(read_stored(file.stored)))
        assert file.rows == 3
        assert all(people[key].name.replace("　", "") in words for key in ("first", "last", "new year"))

    def test_who_is_held_is_left_out_and_listed(self, run, people, monkeypatch):
        held = people["last"].pk
        monkeypatch.setattr(
            holds, "_HOLDS", [lambda resident, what, day: ["住所の調査中"] if resident.pk == held else []]
        )
        assert run.look() == {"交付する人": 2, "抑止のため除いた人": 1}
        assert run.job.issues.get().message == "住所の調査中"
        assert len(run.make()) == 2

    def test_a_name_that_no_font_prints_is_listed_and_the_others_are_printed(self, run, people):
        people["last"].name = "二番　\U0001f600子"
        people["last"].save()
        run.look()
        assert len(run.make()) == 3
        assert run.job.issues.filter(key=Card.objects.get(insured__resident=people["last"]).content["number"]).exists()
        assert run.job.files.get().rows == 2

    def test_with_nobody_there_is_nothing_to_approve(self, counter):
        empty = Run(counter)
        empty.look()
        assert jobs.settled(empty.job)[0] == "done"

    def test_a_card_given_at_the_counter_meanwhile_stays_the_only_one(self, counter):
        run = Run(counter)
        run.job.parameters = {"first": "2026-11-01"}
        person = counter.person(resident_from=date(2026, 11, 5))
        run.look()
        counter.receive(person, "card-issue", day="2026-11-24", handed="counter")
        run.make()
        assert Card.objects.get(insured__resident=person).job is None
