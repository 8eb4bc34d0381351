"""名寄せ: two entries of the register that are one person."""

from datetime import date

import pytest

from eligibility import merging, rules, sealing
from eligibility.contacts.acts import SEALED
from eligibility.insurance import derive_all
from eligibility.models import BankAccount, Insured, Merge, Notification, Placement, Talk
from eligibility.receiving import held_periods
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories
from tests.contacts.test_acts import ACCOUNT
from tests.walk.rows import actor_of

REASON = "同じ人と確かめた"
LEFT, BACK = date(2010, 3, 31), date(2015, 4, 1)


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}: ")


@pytest.fixture
def returned(today, counter):
    """Somebody who moved away, and came back under another 宛名番号."""
    old = counter.person(status="2", resident_until=LEFT)
    new = counter.person(resident_from=BACK)
    return old, new


def spans(person):
    return [(span.acquired_on, span.lost_on) for span in held_periods(person)]


class TestMerge:
    def test_the_kept_one_has_the_periods_of_both(self, counter, returned):
        old, new = returned
        [before] = spans(old)
        merging.merge(counter.actor, new, old, REASON)
        assert spans(new) == [before, (BACK, None)]
        assert spans(old) == []

    def test_the_nightly_run_finds_nothing_to_correct(self, counter, returned):
        merging.merge(counter.actor, returned[1], returned[0], REASON)
        assert derive_all(counter.actor, "夜間")[:2] == (0, 0)

    def test_stays_that_overlap_are_one(self, today, counter):
        first, second = counter.person(), counter.person(resident_from=date(2000, 1, 1))
        merging.merge(counter.actor, second, first, REASON)
        assert len(spans(second)) == 1

    def test_what_the_counter_knows_moves(self, counter, returned):
        old, new = returned
        counter.receive(old, "account-set", **ACCOUNT)
        made = merging.merge(counter.actor, new, old, REASON)
        account = BankAccount.objects.get()
        assert account.resident == new
        assert sealing.unseal(new, account.sealed, SEALED) == "7654321\nﾔﾏﾀﾞ ﾀﾛｳ"
        assert Notification.objects.get().resident == new
        assert ["eligibility.bankaccount", account.pk] in made.moved

    def test_the_insured_number_moves_where_the_kept_one_has_none(self, today, counter):
        old = counter.person(status="2", resident_until=LEFT)
        number = Insured.objects.get(resident=old).insured_number
        new = factories.resident(office=counter.staff.office, resident_from=BACK)
        merging.merge(counter.actor, new, old, REASON)
        assert Insured.objects.get(resident=new).insured_number == number
        assert not Insured.objects.filter(resident=old).exists()

    def test_facilities_of_the_same_days_are_named_and_nothing_is_kept(self, today, counter):
        first, second = counter.person(), counter.person()
        for person in (first, second):
            factories.placement(person, facility=counter.exempt, kind="exempt", begun_on=date(2020, 4, 1))
        with refused("placement-overlap"):
            merging.merge(counter.actor, second, first, REASON)
        assert not Merge.objects.exists()
        assert set(Placement.objects.values_list("resident", flat=True)) == {first.pk, second.pk}

    def test_a_reason_is_needed(self, counter, returned):
        with refused("no-reason"):
            merging.merge(counter.actor, returned[1], returned[0], " ")

    def test_nobody_is_merged_with_oneself(self, counter, returned):
        with refused("same-entry"):
            merging.merge(counter.actor, returned[1], returned[1], REASON)

    def test_a_chain_is_refused(self, counter, returned):
        old, new = returned
        third = counter.person()
        merging.merge(counter.actor, new, old, REASON)
        for kept, dropped in ((third, old), (third, new), (old, third)):
            with refused("merged-already"):
                merging.merge(counter.actor, kept, dropped, REASON)

    def test_the_right_is_needed_for_both_offices(self, counter, returned):
        other = factories.resident(office=factories.office("緑区役所"))
        with pytest.raises(Forbidden):
            merging.merge(counter.actor, returned[1], other, REASON)


class TestPreview:
    def test_it_says_what_would_be_and_keeps_nothing(self, counter, returned):
        old, new = returned
        counter.receive(old, "account-set", **ACCOUNT)
        shown = merging.preview(counter.actor, new, old)
        assert [len(part) for part in (shown.before_kept, shown.before_dropped, shown.after)] == [1, 1, 2]
        assert ("口座", 1) in [(name, count) for name, count in shown.moving if "口座" in name]
        assert not Merge.objects.exists()
        assert BankAccount.objects.get().resident == old

    def test_the_premiums_of_the_dropped_one_are_named(self, today, counter):
        decision = factories.assessment()
        dropped = decision.insured.resident
        kept = factories.resident(office=dropped.office)
        actor = actor_of(factories.staff("eligibility.enter", at=dropped.office))
        assert merging.preview(actor, kept, dropped).impacts


class TestUndo:
    def test_both_are_as_before(self, counter, returned):
        old, new = returned
        counter.receive(old, "account-set", **ACCOUNT)
        before = spans(old), spans(new)
        made = merging.merge(counter.actor, new, old, REASON)
        merging.undo(counter.actor, made, "別の人だった")
        assert (spans(old), spans(new)) == before
        account = BankAccount.objects.get()
        assert account.resident == old
        assert sealing.unseal(old, account.sealed, SEALED).startswith("7654321")

    def test_a_number_that_moved_goes_back(self, today, counter):
        old = counter.person(status="2", resident_until=LEFT)
        new = factories.resident(office=counter.staff.office, resident_from=BACK)
        made = merging.merge(counter.actor, new, old, REASON)
        merging.undo(counter.actor, made, "別の人だった")
        assert spans(old)
        assert Insured.objects.get(resident=new) != Insured.objects.get(resident=old)

    def test_what_came_since_stays(self, counter, returned):
        old, new = returned
        made = merging.merge(counter.actor, new, old, REASON)
        talk = factories.talk(new)
        merging.undo(counter.actor, made, "別の人だった")
        assert Talk.objects.get(pk=talk.pk).resident == new

    def test_twice_is_refused(self, counter, returned):
        made = merging.merge(counter.actor, returned[1], returned[0], REASON)
        merging.undo(counter.actor, made, "別の人だった")
        with pytest.raises(Conflict):
            merging.undo(counter.actor, made, "もう一度")

    def test_they_can_be_merged_again(self, counter, returned):
        made = merging.merge(counter.actor, returned[1], returned[0], REASON)
        merging.undo(counter.actor, made, "別の人だった")
        merging.merge(counter.actor, returned[0], returned[1], REASON)
        assert len(spans(returned[0])) == 2


class TestJoined:
    def test_a_stay_goes_on_under_the_other_entry(self):
        first = rules.Stay(date(2000, 1, 1), date(2010, 1, 1), "move_out")
        second = rules.Stay(date(2005, 1, 1))
        assert rules.joined([second, first]) == (rules.Stay(date(2000, 1, 1)),)

    def test_stays_apart_remain_two(self):
        first = rules.Stay(date(2000, 1, 1), date(2010, 1, 1), "move_out")
        second = rules.Stay(date(2010, 1, 1))
        assert rules.joined([second, first]) == (first, second)

    def test_a_stay_within_another_counts_for_nothing(self):
        whole = rules.Stay(date(2000, 1, 1), date(2010, 1, 1), "death")
        assert rules.joined([whole, rules.Stay(date(2001, 1, 1), date(2002, 1, 1), "move_out")]) == (whole,)

    def test_days_elsewhere_are_joined(self):
        spans = [rules.Elsewhere(date(2000, 1, 1), date(2005, 1, 1)), rules.Elsewhere(date(2004, 1, 1))]
        assert rules.joined_elsewhere(spans) == (rules.Elsewhere(date(2000, 1, 1)),)
