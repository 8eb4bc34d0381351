"""突合: what each comparison finds, what one press sets right, and what the next comparison makes of it."""

from datetime import date, timedelta

import pytest

from audit.history import recorded
from eligibility.matching import services
from eligibility.matching.checks import CHECKS
from eligibility.models import Card, ContactSlip, Declaration, Finding, InsuredPeriod, Placement
from eligibility.receiving import held_periods
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories
from tests.counter.conftest import ELSEWHERE, HERE, TODAY
from tests.walk.rows import actor_of

Kind, State = Finding.Kind, Finding.State


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}: ")


def codes(kind):
    return sorted(found.code for found in CHECKS[kind](TODAY))


def run(kind):
    return services.compare(kind, factories.job("match-register"), TODAY)


def only(kind, code):
    run(kind)
    return Finding.objects.get(code=code, state=State.OPEN)


def with_card(counter, **fields):
    person = counter.person(**fields)
    factories.card(person.insured)
    return person


def slip(counter, person=None, **fields):
    values = {
        "direction": "received", "event": "begin", "office": counter.staff.office, "resident": person,
        "insurer_number": ELSEWHERE, "facility": counter.home, "day": date(2025, 4, 1), "exchanged_on": TODAY,
        "name": "山田　太郎", "kana": "ヤマダ　タロウ", "birth_date": date(1937, 3, 4), "sex": "1",
        "created_at": clock.now(),
    }  # fmt: skip
    return ContactSlip.objects.create(**values | fields)


def theirs(counter, person, **fields):
    values = {"facility": counter.home, "kind": "theirs", "insurer_number": ELSEWHERE, "begun_on": date(2025, 4, 1)}
    return factories.placement(person, **values | fields)


class TestRegister:
    def test_a_register_in_order_shows_nothing(self, today, counter):
        with_card(counter)
        assert codes(Kind.REGISTER) == []

    def test_periods_that_do_not_follow_are_found_and_set_right(self, today, counter):
        person = with_card(counter)
        right = held_periods(person)
        InsuredPeriod.objects.update(acquisition_reason="move_in")
        finding = only(Kind.REGISTER, "periods-differ")
        services.correct(counter.actor, finding)
        assert held_periods(person) == right
        assert codes(Kind.REGISTER) == []

    def test_facts_that_contradict_each_other_are_named(self, today, counter):
        person = with_card(counter)
        factories.residence(person, begun_on=date(2000, 1, 1))
        finding = only(Kind.REGISTER, "facts-contradict")
        with refused("no-proposal"):
            services.correct(counter.actor, finding)

    @pytest.mark.parametrize(("days", "found"), [(13, []), (14, ["declared-only"])])
    def test_a_death_that_the_register_does_not_confirm_is_found_after_a_while(self, today, counter, days, found):
        person = with_card(counter)
        counter.receive(person, "death", day=str(TODAY - timedelta(days=days)))
        assert codes(Kind.REGISTER) == found

    def test_a_beginning_that_the_register_does_not_confirm(self, today, counter):
        person = with_card(counter)
        Declaration.objects.create(resident=person, kind="begin", day=date(2026, 1, 5))
        assert "declared-only" in codes(Kind.REGISTER)
        factories.residence(person, begun_on=date(2026, 1, 6))
        assert "declared-only" not in codes(Kind.REGISTER)

    @pytest.mark.parametrize(("until", "found"), [("2026-11-23", ["stay-expired"]), ("2026-11-24", [])])
    def test_a_foreign_resident_whose_permission_has_run_out(self, today, counter, until, found):
        with_card(counter, is_foreign=True, residence_until=until)
        assert codes(Kind.REGISTER) == found

    def test_who_has_no_card_is_given_one_with_one_press(self, today, counter):
        person = counter.person()
        finding = only(Kind.REGISTER, "card-missing")
        services.correct(counter.actor, finding)
        assert Card.objects.get().insured == person.insured
        assert codes(Kind.REGISTER) == []

    def test_a_card_that_is_held_is_refused_with_the_reason(self, today, counter):
        person = counter.person()
        finding = only(Kind.REGISTER, "card-missing")
        factories.hold(person, what="card")
        with refused("held"):
            services.correct(counter.actor, finding)
        finding.refresh_from_db()
        assert finding.state == State.OPEN


class TestSlips:
    def ours(self, counter, **fields):
        person = with_card(counter)
        values = {"facility": counter.abroad, "kind": "ours", "begun_on": date(2026, 4, 1), "insurer_number": HERE}
        return factories.placement(person, **values | fields)

    def test_a_slip_that_was_not_sent_is_recorded_once_sent(self, today, counter):
        row = self.ours(counter)
        services.correct(counter.actor, only(Kind.SLIPS, "slip-unsent"))
        sent = ContactSlip.objects.get()
        assert (sent.placement, sent.event, sent.insurer_number, sent.exchanged_on) == (row, "begin", ELSEWHERE, TODAY)
        assert codes(Kind.SLIPS) == []

    def test_the_end_is_told_as_well(self, today, counter):
        self.ours(counter, ended_on=date(2026, 8, 1), end="returned")
        assert codes(Kind.SLIPS) == ["slip-unsent", "slip-unsent"]

    def test_a_facility_here_needs_no_slip(self, today, counter):
        self.ours(counter, facility=counter.home)
        assert codes(Kind.SLIPS) == []

    def test_a_stay_without_a_slip_of_the_insurer(self, today, counter):
        person = counter.person(insured_elsewhere=True, elsewhere_insurer_number=ELSEWHERE)
        theirs(counter, person)
        assert codes(Kind.SLIPS) == ["slip-missing"]
        slip(counter, person)
        assert codes(Kind.SLIPS) == []

    def test_a_stay_that_the_register_does_not_mark(self, today, counter):
        person = counter.person()
        theirs(counter, person)
        slip(counter, person)
        assert codes(Kind.SLIPS) == ["elsewhere-unregistered"]

    def test_a_mark_of_the_register_without_a_stay(self, today, counter):
        counter.person(insured_elsewhere=True, elsewhere_insurer_number=ELSEWHERE)
        assert codes(Kind.SLIPS) == ["elsewhere-unplaced"]

    def test_a_slip_without_a_stay(self, today, counter):
        slip(counter, with_card(counter))
        assert codes(Kind.SLIPS) == ["slip-unplaced"]

    def test_a_stay_is_brought_in_line_with_the_slip(self, today, counter):
        person = counter.person(insured_elsewhere=True, elsewhere_insurer_number=ELSEWHERE)
        row = theirs(counter, person, begun_on=date(2025, 5, 1), insurer_number="131029")
        slip(counter, person)
        finding = only(Kind.SLIPS, "slip-differs")
        assert [fact[0] for fact in finding.facts] == ["入所日", "保険者番号"]
        services.correct(counter.actor, finding)
        row.refresh_from_db()
        assert (row.begun_on, row.insurer_number) == (date(2025, 4, 1), ELSEWHERE)
        assert codes(Kind.SLIPS) == []

    def test_a_correction_is_taken_back(self, today, counter):
        person = counter.person(insured_elsewhere=True, elsewhere_insurer_number=ELSEWHERE)
        row = theirs(counter, person, begun_on=date(2025, 5, 1))
        slip(counter, person)
        finding = services.correct(counter.actor, only(Kind.SLIPS, "slip-differs"))
        services.take_up(counter.actor, finding)
        row.refresh_from_db()
        finding.refresh_from_db()
        assert (row.begun_on, finding.state) == (date(2025, 5, 1), State.OPEN)

    def test_a_closed_facility(self, today, counter):
        counter.exempt.open_until = date(2026, 3, 31)
        counter.exempt.save()
        factories.placement(counter.person(), facility=counter.exempt)
        assert codes(Kind.SLIPS) == ["facility-closed"]

    @pytest.mark.parametrize(("status", "end"), [("3", "death"), ("2", "move_out"), ("4", "left")])
    def test_who_is_gone_leaves_the_facility_with_one_press(self, today, counter, status, end):
        person = counter.person(status=status, resident_until=date(2026, 9, 9))
        row = factories.placement(person, facility=counter.exempt)
        services.correct(counter.actor, only(Kind.SLIPS, "person-gone"))
        row.refresh_from_db()
        assert (row.ended_on, row.end, row.confirm_by) == (date(2026, 9, 9), end, None)


class TestIdentity:
    def test_a_slip_finds_the_only_person_and_is_linked(self, today, counter):
        person = counter.person()
        row = slip(counter)
        services.correct(counter.actor, only(Kind.IDENTITY, "slip-unlinked"))
        row.refresh_from_db()
        assert row.resident == person
        assert codes(Kind.IDENTITY) == []

    @pytest.mark.parametrize("people", [0, 2])
    def test_nobody_or_several_are_left_to_a_person(self, today, counter, people):
        for _ in range(people):
            counter.person()
        slip(counter)
        with refused("no-proposal"):
            services.correct(counter.actor, only(Kind.IDENTITY, "slip-unlinked"))

    def test_what_differs_is_named(self, today, counter):
        slip(counter, counter.person(), birth_date=date(1937, 3, 5), name="髙山　太郎")
        finding = only(Kind.IDENTITY, "slip-person-differs")
        assert [fact[0] for fact in finding.facts] == ["氏名", "生年月日"]

    def test_variants_of_a_letter_are_the_same_name(self, today, counter):
        person = counter.person(name="髙﨑　太郎", reading="タカサキ　タロウ")
        slip(counter, person, name="高崎　太郎", kana="タカサキ　タロウ")
        assert codes(Kind.IDENTITY) == []


class TestTwice:
    def test_the_same_kana_and_birth(self, today, counter):
        first, second = counter.person(), counter.person()
        [found] = CHECKS[Kind.TWICE](TODAY)
        assert (found.resident_id, found.other_id) == (first.pk, second.pk)

    @pytest.mark.parametrize(
        ("fields", "pairs"),
        [
            ({"name": "山田　太朗", "reading": "ヤマタ　タロウ"}, 1),  # much alike, the same address
            ({"name": "山田　太朗", "reading": "ヤマタ　タロウ", "lot": "9番9号"}, 0),
            ({"name": "山田　太郎", "reading": "ヤマダ　タロ", "lot": "9番9号"}, 1),  # the same name, another reading
            ({"birth_date": date(1937, 3, 5)}, 0),
            ({"sex": "2"}, 0),
            ({"sex": "9"}, 1),
        ],
    )
    def test_how_much_alike(self, today, counter, fields, pairs):
        counter.person()
        counter.person(**fields)
        assert len(list(CHECKS[Kind.TWICE](TODAY))) == pairs

    def test_twins_of_one_household_are_two(self, today, counter):
        counter.person(household_number="7" * 15, name="山田　太一", reading="ヤマダ　タイチ")
        counter.person(household_number="7" * 15, name="山田　太二", reading="ヤマダ　タイジ")
        assert list(CHECKS[Kind.TWICE](TODAY)) == []


class TestKeeping:
    def test_the_same_difference_is_one_result(self, today, counter):
        counter.person()
        assert run(Kind.REGISTER)["新しい違い"] == 1
        assert run(Kind.REGISTER) == {"見つかった違い": 1, "新しい違い": 0, "解消した違い": 0}

    def test_what_has_gone_is_marked(self, today, counter):
        person = counter.person()
        run(Kind.REGISTER)
        factories.card(person.insured)
        assert run(Kind.REGISTER)["解消した違い"] == 1
        assert Finding.objects.get().state == State.GONE

    def test_what_was_left_stays_left_while_it_says_the_same(self, today, counter):
        person = counter.person(is_foreign=True, residence_until=date(2026, 1, 1))
        factories.card(person.insured)
        services.leave(counter.actor, only(Kind.REGISTER, "stay-expired"), "更新中と確かめた")
        run(Kind.REGISTER)
        assert Finding.objects.get().state == State.LEFT
        person.residence_until = date(2026, 2, 1)
        with recorded(counter.actor, "更新"):
            person.save()
        run(Kind.REGISTER)
        assert Finding.objects.get().state == State.OPEN

    def test_leaving_needs_a_reason(self, today, counter):
        counter.person()
        with refused("no-reason"):
            services.leave(counter.actor, only(Kind.REGISTER, "card-missing"), " ")

    def test_twice_is_refused(self, today, counter):
        counter.person()
        finding = only(Kind.REGISTER, "card-missing")
        services.correct(counter.actor, finding)
        with pytest.raises(Conflict):
            services.correct(counter.actor, finding)

    def test_another_office_may_not(self, today, counter):
        counter.person()
        other = actor_of(factories.staff("eligibility.enter", at=factories.office("緑区役所")))
        with pytest.raises(Forbidden):
            services.correct(other, only(Kind.REGISTER, "card-missing"))

    def test_in_bulk_what_cannot_be_is_told_and_the_rest_is_done(self, today, counter):
        people = [counter.person() for _ in range(3)]
        run(Kind.REGISTER)
        factories.hold(people[1], what="card")
        done, not_done = services.correct_all(counter.actor, Finding.objects.filter(code="card-missing"))
        assert (done, [(row.resident, refusal.code) for row, refusal in not_done]) == (2, [(people[1], "held")])

    def test_a_stay_ended_twice_is_refused(self, today, counter):
        person = counter.person(status="3", resident_until=date(2026, 9, 9))
        factories.placement(person, facility=counter.exempt)
        finding = only(Kind.SLIPS, "person-gone")
        Placement.objects.update(ended_on=date(2026, 9, 1), end="left")
        with refused("moved"):
            services.correct(counter.actor, finding)
