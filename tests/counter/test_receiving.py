"""A notification changes the register by the one rule, is looked at first, and can be taken back."""

from datetime import date

import pytest
from django.db import transaction

from audit.permissions import Refused
from eligibility import receiving
from eligibility.acts import Impact, act_of, acts
from eligibility.models import Declaration, IndividualNumber, Insured, Notification, Placement, Residence, Resident
from kaigo.common import crypto
from kaigo.common.refusal import Conflict, Refusal
from tests import factories
from tests.counter.conftest import ELSEWHERE, spans
from tests.walk.rows import actor_of

SINCE_65 = date(2002, 3, 3)  # born on 昭和12年3月4日


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}: ")


class TestExemption:
    def test_entering_loses_the_next_day_and_leaving_acquires_that_day(self, counter):
        person = counter.person()
        counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        assert spans(person) == [("1", SINCE_65, date(2026, 5, 11), "age", "exempt")]
        counter.receive(person, "exempt-leave", day="2026-10-01", end="returned")
        assert spans(person)[1] == ("1", date(2026, 10, 1), None, "exempt_end", "")

    def test_it_keeps_what_was_entered_and_what_it_changed(self, counter):
        person = counter.person()
        row = counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        assert ["施設", str(counter.exempt)] in [list(line) for line in row.content]
        assert row.before[0][2] is None
        assert row.after[0][2] == "2026-05-11"
        assert (row.event_on, row.staff) == (date(2026, 5, 10), counter.staff)

    def test_the_next_confirmation_is_set_by_the_offices_practice(self, counter):
        person = counter.person()
        counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        assert Placement.objects.get().confirm_by == date(2027, 11, 24)

    def test_a_second_facility_at_the_same_time_is_refused_with_the_way_out(self, counter):
        person = counter.person()
        counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        with refused("placement-overlap") as refusal:
            counter.look(person, "exempt-enter", **counter.entry(counter.exempt, "2026-06-10"))
        assert "退所の届出" in refusal.value.ways[0]
        assert Placement.objects.count() == 1


class TestDomicile:
    def abroad(self, counter):
        person = counter.person(resident_until=date(2026, 9, 1), status="2", taken_over_on=date(2026, 9, 1))
        counter.receive(person, "domicile-enter", **counter.entry(counter.abroad, "2026-09-01"))
        return person

    def test_who_moves_into_a_facility_elsewhere_goes_on_being_insured_here(self, counter):
        person = self.abroad(counter)
        assert spans(person) == [("1", SINCE_65, None, "age", "")]

    def test_a_chain_of_facilities_keeps_the_insurer(self, counter):
        person = self.abroad(counter)
        counter.receive(person, "domicile-move", **counter.entry(counter.next, "2026-10-15"))
        assert spans(person) == [("1", SINCE_65, None, "age", "")]
        assert list(Placement.objects.order_by("begun_on").values_list("begun_on", "ended_on", "end")) == [
            (date(2026, 9, 1), date(2026, 10, 15), "next"),
            (date(2026, 10, 15), None, ""),
        ]

    def test_the_end_loses_as_a_move_does(self, counter):
        person = self.abroad(counter)
        counter.receive(person, "domicile-leave", day="2026-11-01", end="move_out", taken_over_on="2026-11-01")
        assert spans(person) == [("1", SINCE_65, date(2026, 11, 1), "age", "move_out")]

    def test_coming_home_leaves_no_gap(self, counter):
        person = self.abroad(counter)
        Residence.objects.create(resident=person, begun_on=date(2026, 11, 1))
        counter.receive(person, "domicile-leave", day="2026-11-01", end="returned")
        assert spans(person) == [("1", SINCE_65, None, "age", "")]

    def test_who_was_not_insured_here_before_is_refused_and_told_why(self, counter):
        person = counter.person(resident_until=date(2025, 1, 31), status="2")
        with refused("not-insured-before") as refusal:
            counter.look(person, "domicile-enter", **counter.entry(counter.abroad, "2026-09-01"))
        assert "令和7年2月1日に転出で喪失" in refusal.value.message
        assert len(refusal.value.ways) == 2

    def test_a_facility_in_this_city_cannot_be_chosen(self, counter):
        person = counter.person()
        form = counter.form(person, "domicile-enter", **counter.entry(counter.home, "2026-09-01"))
        assert "facility" in form.errors


class TestTheirs:
    def test_another_municipalitys_person_is_not_insured_here(self, counter):
        person = counter.person(resident_from=date(2026, 6, 1))
        counter.receive(person, "theirs-enter", **counter.entry(counter.home, "2026-06-01", insurer_number=ELSEWHERE))
        assert spans(person) == []

    def test_leaving_the_facility_but_staying_in_the_city_acquires(self, counter):
        person = counter.person(resident_from=date(2026, 6, 1))
        counter.receive(person, "theirs-enter", **counter.entry(counter.home, "2026-06-01", insurer_number=ELSEWHERE))
        counter.receive(person, "theirs-leave", day="2026-11-01", end="returned")
        assert spans(person) == [("1", date(2026, 11, 1), None, "elsewhere_end", "")]

    @pytest.mark.parametrize("number", ["121004", "131012", "13101"])
    def test_an_insurer_number_that_cannot_be_is_refused(self, counter, number):
        person = counter.person()
        typed = counter.entry(counter.home, "2026-06-01", insurer_number=number)
        assert "insurer_number" in counter.form(person, "theirs-enter", **typed).errors


class TestSecondCategory:
    YOUNG = {"birth_date": date(1970, 6, 1)}
    TYPED = {
        "insurer_code": "12345678", "insurer_name": "みほん健康保険組合", "symbol": "", "begun_on": "2015-04-01",
        "day": "2026-11-20",
    }  # fmt: skip

    def test_an_application_for_the_card_enters_the_register_and_gets_a_number(self, counter):
        person = counter.person(**self.YOUNG)
        assert not Insured.objects.exists()
        counter.receive(person, "second-apply", **self.TYPED)
        assert spans(person) == [("2", date(2015, 4, 1), None, "cover", "")]
        assert len(Insured.objects.get().insured_number) == 10

    def test_leaving_the_medical_insurance_loses_that_same_day(self, counter):
        person = counter.person(**self.YOUNG)
        counter.receive(person, "second-apply", **self.TYPED)
        counter.receive(person, "second-leave", day="2026-11-22")
        assert spans(person) == [("2", date(2015, 4, 1), date(2026, 11, 22), "cover", "left_cover")]

    @pytest.mark.parametrize(
        ("born", "field"), [(date(1990, 1, 1), "day"), (date(1950, 1, 1), "day"), (date(1970, 1, 1), None)]
    )
    def test_only_from_40_until_65(self, counter, born, field):
        form = counter.form(counter.person(birth_date=born), "second-apply", **self.TYPED)
        assert form.is_valid() == (field is None)
        assert field is None or field in form.errors


class TestDeclared:
    def test_a_death_ahead_of_the_register_loses_the_next_day(self, counter):
        person = counter.person()
        counter.receive(person, "death", day="2026-11-20")
        assert spans(person) == [("1", SINCE_65, date(2026, 11, 21), "age", "death")]

    def test_the_registers_day_takes_its_place(self, counter):
        person = counter.person()
        counter.receive(person, "death", day="2026-11-20")
        person.residences.update(ended_on=date(2026, 11, 19), end="death")
        from eligibility.insurance import derive_person

        derive_person(counter.actor, person, "住民記録")
        assert spans(person) == [("1", SINCE_65, date(2026, 11, 20), "age", "death")]

    def test_the_death_of_who_has_left_is_refused_and_says_what_stands(self, counter):
        person = counter.person(resident_until=date(2026, 9, 1), status="2")
        with refused("already-lost") as refusal:
            counter.look(person, "death", day="2026-11-20")
        assert "令和8年9月1日に転出しています" in refusal.value.message
        assert refusal.value.ways

    def test_a_loss_before_the_acquisition_is_refused(self, counter):
        person = counter.person(resident_from=date(2020, 4, 1))
        with refused("before-acquisition") as refusal:
            counter.look(person, "move-out", day="2019-01-01")
        assert "令和2年4月1日" in refusal.value.message

    def test_acquiring_while_insured_elsewhere_is_refused(self, counter):
        person = counter.person(insured_elsewhere=True, elsewhere_insurer_number=ELSEWHERE)
        with refused("insured-elsewhere"):
            counter.look(person, "official-acquire", day="2026-11-20", reason="調査")

    def test_who_is_no_resident_can_be_acquired_officially_with_a_reason(self, counter):
        person = counter.person(status=Resident.Status.OUTSIDE)
        counter.receive(person, "official-acquire", day="2026-11-20", reason="居住の実態の調査")
        assert spans(person) == [("1", date(2026, 11, 20), None, "official", "")]


class TestLooking:
    def test_a_preview_changes_nothing_and_leaves_no_history(self, counter):
        person = counter.person()
        before = person.row_version
        found = counter.look(person, "death", day="2026-11-20")
        assert [span.lost_on for span in found.after] == [date(2026, 11, 21)]
        assert [span.lost_on for span in found.before] == [None]
        assert any("亡くなった" in step.sentence for step in found.steps)
        assert not Declaration.objects.exists()
        assert not Declaration.pgh_event_model.objects.exists()  # type: ignore[attr-defined]
        assert spans(person)[0][2] is None
        person.refresh_from_db()
        assert person.row_version == before

    def test_what_changes_nothing_is_warned_of(self, counter):
        person = counter.person(birth_date=date(1980, 1, 1))
        found = counter.look(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        assert not found.changed
        assert "変わりません" in found.warnings[0]

    def test_what_depends_on_the_periods_is_shown(self, counter, monkeypatch):
        asked = []

        def impact(resident, day):
            asked.append(day)
            return [Impact("令和8年度の保険料", "計算し直します。")]

        monkeypatch.setattr("eligibility.acts._IMPACTS", [impact])
        found = counter.look(counter.person(), "death", day="2026-11-20")
        assert found.impacts == [Impact("令和8年度の保険料", "計算し直します。")]
        assert asked == [date(2026, 11, 21)]


class TestTwoClerks:
    def test_the_second_is_told_who_did_what_and_nothing_is_written(self, counter):
        person = counter.person()
        seen = person.row_version
        counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        with pytest.raises(Conflict) as conflict:
            counter.receive(person, "exempt-leave", version=seen, day="2026-10-01", end="returned")
        assert "窓口 春子さん" in conflict.value.message
        assert "適用除外施設への入所の届出" in conflict.value.message
        assert Notification.objects.count() == 1
        assert spans(person)[0][2] == date(2026, 5, 11)


class TestTakingBack:
    def test_what_was_written_goes_back_and_the_notification_stays(self, counter):
        person = counter.person()
        before = spans(person)
        row = counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        receiving.withdraw(counter.actor, row, "人違い")
        assert spans(person) == before
        row.refresh_from_db()
        assert (row.withdrawn_reason, row.withdrawn_by) == ("人違い", counter.staff)
        assert Placement.objects.get().withdrawn

    def test_a_change_gets_its_former_values_back(self, counter):
        person = counter.person()
        counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        left = counter.receive(person, "exempt-leave", day="2026-10-01", end="returned")
        receiving.withdraw(counter.actor, left, "日付違い")
        place = Placement.objects.get()
        assert (place.ended_on, place.end, place.confirm_by) == (None, "", date(2027, 11, 24))
        assert spans(person)[0][2] == date(2026, 5, 11)

    def test_what_a_later_one_builds_on_cannot_be_taken_back_first(self, counter):
        person = counter.person()
        entered = counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        counter.receive(person, "exempt-leave", day="2026-10-01", end="returned")
        with refused("built-upon") as refusal:
            receiving.withdraw(counter.actor, entered, "人違い")
        assert "後の届出を先に" in refusal.value.ways[0]

    def test_not_twice_and_not_without_a_reason(self, counter):
        person = counter.person()
        row = counter.receive(person, "death", day="2026-11-20")
        with refused("no-reason"):
            receiving.withdraw(counter.actor, row, " ")
        receiving.withdraw(counter.actor, row, "人違い")
        with refused("withdrawn"):
            receiving.withdraw(counter.actor, row, "人違い")

    def test_after_it_the_same_can_be_received_again(self, counter):
        person = counter.person()
        receiving.withdraw(counter.actor, counter.receive(person, "death", day="2026-11-20"), "人違い")
        counter.receive(person, "death", day="2026-11-20")
        assert spans(person)[0][2] == date(2026, 11, 21)


class TestRights:
    def test_without_the_right_nothing_is_received_looked_at_or_taken_back(self, counter):
        person = counter.person()
        row = counter.receive(person, "death", day="2026-11-20")
        reader = actor_of(factories.staff("eligibility.view", at=counter.staff.office))
        values = {"day": date(2026, 11, 20), "taken_over_on": None}
        for attempt in (
            lambda: receiving.preview(reader, person, act_of("death"), values),
            lambda: receiving.receive(
                reader, row.reception, person, act_of("death"), values, content=[], version=person.row_version
            ),
            lambda: receiving.withdraw(reader, row, "試し"),
            lambda: receiving.open_reception(reader, person, counter.staff.office, {}),
        ):
            with pytest.raises(Refused), transaction.atomic():
                attempt()

    def test_another_office_is_refused(self, counter):
        stranger = factories.resident(office=factories.office("緑区役所"))
        with pytest.raises(Refused), transaction.atomic():
            counter.look(stranger, "death", day="2026-11-20")


class TestTheNumber:
    @pytest.fixture
    def numbered(self, counter):
        person = counter.person()
        lookup = crypto.ring().lookup("999900000013", "individual_number")
        IndividualNumber.objects.create(resident=person, sealed=b"x", lookup=lookup)
        return person

    class Visit:
        def __init__(self, number):
            self.cleaned_data = {"number": number}
            self.was_matched = False

        def matched(self):
            self.was_matched = True

    def test_the_same_number_matches(self, numbered):
        visit = self.Visit("999900000013")
        receiving.check_number(numbered, visit)
        assert visit.was_matched

    def test_another_number_is_refused_without_repeating_it(self, numbered):
        with refused("number-differs") as refusal:
            receiving.check_number(numbered, self.Visit("999900000021"))
        assert "9999" not in str(refusal.value)

    def test_nothing_to_compare_with_says_what_to_do(self, counter):
        with refused("number-not-held") as refusal:
            receiving.check_number(counter.person(), self.Visit("999900000013"))
        assert "職員が補った" in refusal.value.ways[0]


def test_every_kind_of_notification_says_what_it_is():
    assert len(acts()) >= 13
    for kind in acts():
        assert kind.label
        assert kind.help.endswith("。")
        assert len(kind.key) <= 30
