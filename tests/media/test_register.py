"""The media register: officers, media, copies and what became of them (E04)."""

from datetime import date, timedelta

import pytest

from audit.actor import Actor
from audit.media import limits, queries, register, work
from audit.media.models import MediaOfficer, Medium, MediumUse
from audit.media.refusals import Barred
from audit.models import Notice, Staff
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal
from tests import factories
from tests.media.conftest import STRANGE, TODAY

pytestmark = pytest.mark.django_db
TOMORROW, LATER = TODAY + timedelta(days=1), TODAY + timedelta(days=10)


@pytest.fixture
def officer(house):
    """fuka, named for the head office's media, at the exporting terminal."""
    house.officer(house.fuka)
    return house.at_desk(house.fuka)


@pytest.fixture
def medium(house):
    return house.medium()


def copy(actor, medium, **fields):
    values = {
        "medium": medium.public_id, "content": "給付実績の照会票", "count": 12, "purpose": "国保連合会への提出",
        "recipient": "国保連合会", "due_on": LATER,
    }  # fmt: skip
    return register.record_copy(actor, **values | fields)


class TestOfficers:
    def appoint(self, house, actor=None, **fields):
        values = {"staff": house.fuka, "office": house.head, "until": None, "reason": "賦課データの提出"} | fields
        return register.appoint(actor or Actor.of(house.kacho), **values)

    def test_a_manager_names_somebody_who_is_told(self, house):
        row = self.appoint(house, until=LATER)
        assert (row.period.lower, row.period.upper) == (TODAY, LATER + timedelta(days=1))
        assert "媒体取扱担当者に指名" in Notice.objects.get(staff=house.fuka).text
        assert limits.duties(Actor.of(house.fuka)) == {house.head.pk}
        with clock.at(LATER):
            assert limits.duties(Actor.of(house.fuka))
        with clock.at(LATER + timedelta(days=1)):
            assert not limits.duties(Actor.of(house.fuka))

    def test_an_expired_id_is_not_offered(self, house):
        assert house.fuka in queries.candidates(frozenset({house.head.pk}))
        Staff.objects.filter(pk=house.fuka.pk).update(valid_until=TODAY - timedelta(days=1))
        assert house.fuka not in queries.candidates(frozenset({house.head.pk}))

    @pytest.mark.parametrize("who", ["fuka", "hogo", "midori"])
    def test_nobody_else_does(self, house, who):
        with pytest.raises(Forbidden):
            self.appoint(house, Actor.of(getattr(house, who)))

    def test_not_oneself(self, house):
        with pytest.raises(Refusal, match="自分を"):
            self.appoint(house, staff=house.kacho)

    def test_not_twice_at_a_time(self, house):
        self.appoint(house)
        with pytest.raises(Conflict):
            self.appoint(house)

    def test_not_until_yesterday_and_nobody_whose_id_cannot_be_used(self, house):
        with pytest.raises(Refusal) as refused:
            self.appoint(house, until=TODAY - timedelta(days=1))
        assert refused.value.field == "until"
        house.fuka.valid_until = TODAY - timedelta(days=1)
        house.fuka.save()
        with pytest.raises(Refusal, match="使えません"):
            self.appoint(house)

    def test_the_duty_ends(self, house):
        row = self.appoint(house)
        with clock.at(LATER):
            register.dismiss(Actor.of(house.kacho), row.public_id)
            assert not limits.duties(Actor.of(house.fuka))
            with pytest.raises(Conflict):
                register.dismiss(Actor.of(house.kacho), row.public_id)
        with clock.at(LATER - timedelta(days=1)):
            assert limits.duties(Actor.of(house.fuka))

    def test_one_that_began_today_is_taken_back(self, house):
        row = self.appoint(house)
        register.dismiss(Actor.of(house.kacho), row.public_id)
        assert not MediaOfficer.objects.exists()

    def test_only_by_who_may_decide(self, house):
        row = self.appoint(house)
        with pytest.raises(Forbidden):
            register.dismiss(Actor.of(house.hogo), row.public_id)


class TestMedia:
    def enter(self, house, actor=None, **fields):
        values = {"number": "USB-012", "kind": "usb", "serial": "S1", "office": house.head, "place": "金庫"} | fields
        return register.register_medium(actor or Actor.of(house.hogo), **values)

    def test_are_registered_once(self, house):
        row = self.enter(house)
        assert (row.registered_on, row.registered_by) == (TODAY, house.hogo)
        with pytest.raises(Conflict) as refused:
            self.enter(house)
        assert refused.value.field == "number"

    def test_by_who_keeps_the_ledger(self, house):
        with pytest.raises(Forbidden):
            self.enter(house, Actor.of(house.fuka))

    def test_are_moved_by_an_officer(self, house, officer, medium):
        register.move_medium(officer, medium.public_id, place="書庫", version=1)
        medium.refresh_from_db()
        assert medium.place == "書庫"
        with pytest.raises(Conflict):
            register.move_medium(officer, medium.public_id, place="机", version=1)
        with pytest.raises(Barred):
            register.move_medium(Actor.of(house.hogo), medium.public_id, place="机", version=2)

    def test_are_disposed_of_with_what_is_on_them(self, house, officer, medium):
        use = copy(officer, medium)
        register.dispose(officer, medium.public_id, how="physical", day=TODAY, version=1)
        use.refresh_from_db()
        assert (use.erased_on, use.erased_how, use.erased_by) == (TODAY, "physical", house.fuka)
        with pytest.raises(Conflict, match="廃棄されています"):
            register.dispose(officer, medium.public_id, how="physical", day=TODAY, version=2)
        assert not queries.usable_media(frozenset({house.head.pk})).exists()

    def test_not_while_somebody_else_has_them(self, officer, medium):
        use = copy(officer, medium)
        register.hand_over(officer, use.public_id, to="国保連合会 係員", day=TODAY, version=1)
        with pytest.raises(Refusal, match="渡したまま"):
            register.dispose(officer, medium.public_id, how="physical", day=TODAY, version=1)
        assert Medium.objects.get().disposed_on is None

    def test_of_another_office_are_not_found(self, house, medium):
        with pytest.raises(NotFound):
            queries.medium_of(Actor.of(house.midori), medium.public_id)


class TestCopying:
    def test_says_who_what_to_which_medium_on_which_terminal(self, house, officer, medium):
        use = copy(officer, medium)
        assert (use.number, use.medium, use.copied_by, use.terminal) == (
            "媒体2026-0001",
            medium,
            house.fuka,
            house.desk,
        )
        assert (use.office, use.count, use.stage) == (house.head, 12, ("waiting", "手元にある"))

    def test_is_only_for_officers_and_refused_attempts_are_logged(self, house, medium):
        with pytest.raises(Barred, match="指名された職員だけ"):
            copy(house.at_desk(house.hogo), medium)
        assert house.refused() == [("media", "enter", house.hogo)]

    def test_only_at_a_terminal_marked_for_it(self, house, officer, medium):
        with pytest.raises(Barred, match="この端末からは"):
            copy(house.at_desk(house.fuka, STRANGE), medium)
        assert not MediumUse.objects.exists()

    def test_not_with_a_day_that_has_passed(self, officer, medium):
        with pytest.raises(Refusal) as refused:
            copy(officer, medium, due_on=TODAY - timedelta(days=1))
        assert refused.value.field == "due_on"


class TestWhatBecameOfIt:
    def test_handed_over_returned_and_erased(self, house, officer, medium):
        use = copy(officer, medium)
        use = register.hand_over(officer, use.public_id, to="国保連合会 係員", day=TODAY, version=1)
        assert use.stage == ("running", "渡している")
        with clock.at(TOMORROW):
            use = register.take_back(officer, use.public_id, day=TOMORROW, version=2)
            assert use.stage == ("waiting", "消去待ち")
            use = register.erase(officer, use.public_id, how="software", day=TOMORROW, version=3)
        assert use.stage == ("done", "消去済み")
        assert (use.handed_by, use.returned_by, use.erased_by) == (house.fuka,) * 3

    def test_erased_by_whom_it_was_handed_to(self, officer, medium):
        use = copy(officer, medium)
        register.hand_over(officer, use.public_id, to="係員", day=TODAY, version=1)
        with pytest.raises(Refusal, match="渡したまま") as refused:
            register.erase(officer, use.public_id, how="software", day=TODAY, version=2)
        assert refused.value.field == "how"
        assert register.erase(officer, use.public_id, how="recipient", day=TODAY, version=2).erased_on == TODAY

    def test_twice_or_out_of_order_is_refused(self, officer, medium):
        use = copy(officer, medium)
        with pytest.raises(Conflict, match="渡していません"):
            register.take_back(officer, use.public_id, day=TODAY, version=1)
        register.hand_over(officer, use.public_id, to="係員", day=TODAY, version=1)
        with pytest.raises(Conflict, match="すでに渡した"):
            register.hand_over(officer, use.public_id, to="係員", day=TODAY, version=2)
        register.erase(officer, use.public_id, how="recipient", day=TODAY, version=2)
        with pytest.raises(Conflict, match="消去済み"):
            register.erase(officer, use.public_id, how="recipient", day=TODAY, version=3)

    @pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TOMORROW])
    def test_days_that_cannot_be(self, officer, medium, day):
        use = copy(officer, medium)
        for act in (
            lambda: register.hand_over(officer, use.public_id, to="係員", day=day, version=1),
            lambda: register.erase(officer, use.public_id, how="software", day=day, version=1),
        ):
            with pytest.raises(Refusal, match="今日までの日"):
                act()

    def test_somebody_was_quicker(self, officer, medium):
        use = copy(officer, medium)
        register.hand_over(officer, use.public_id, to="係員", day=TODAY, version=1)
        with pytest.raises(Conflict, match="別の職員"):
            register.take_back(officer, use.public_id, day=TODAY, version=1)

    def test_a_wrong_row_stays_with_its_reason(self, house, officer, medium):
        use = copy(officer, medium)
        with pytest.raises(Refusal, match="理由"):
            register.void(officer, use.public_id, reason=" ", version=1)
        use = register.void(officer, use.public_id, reason="写せていなかった", version=1)
        assert (use.stage, use.voided_by) == (("voided", "取消し"), house.fuka)
        for act in (register.void, lambda *a, **k: register.erase(*a, how="software", day=TODAY, version=2)):
            with pytest.raises(Conflict):
                act(officer, use.public_id, **({"reason": "x", "version": 2} if act is register.void else {}))

    def test_its_history_is_kept(self, officer, medium):
        from django.apps import apps

        use = copy(officer, medium)
        register.erase(officer, use.public_id, how="software", day=TODAY, version=1)
        events = apps.get_model("media", "MediumUseEvent").objects.filter(pgh_obj_id=use.pk).order_by("pgh_id")
        assert [event.erased_on for event in events] == [None, TODAY]

    def test_another_office_does_not_see_it(self, house, officer, medium):
        use = copy(officer, medium)
        with pytest.raises(NotFound):
            register.erase(house.at_desk(house.midori), use.public_id, how="software", day=TODAY, version=1)


class TestOverdue:
    def test_who_handles_or_keeps_the_register_is_told(self, house, officer, medium):
        copy(officer, medium)
        with clock.at(LATER):
            assert [w for w in work.waiting(Actor.of(house.fuka)) if w.count] == []
        with clock.at(LATER + timedelta(days=1)):
            for person in (house.fuka, house.hogo):
                (waiting,) = [w for w in work.waiting(Actor.of(person)) if w.count]
                assert (waiting.count, waiting.due) == (1, LATER)
            assert [w for w in work.waiting(Actor.of(house.midori)) if w.count] == []

    def test_not_what_was_erased_or_taken_back(self, officer, medium):
        register.erase(officer, copy(officer, medium).public_id, how="software", day=TODAY, version=1)
        register.void(officer, copy(officer, medium).public_id, reason="誤り", version=1)
        with clock.at(date(2027, 1, 1)):
            assert queries.overdue(frozenset({medium.office_id})) == (0, None)
            assert queries.uses(officer, "overdue").count() == 0
        assert queries.uses(officer, "out").count() == 0
        assert queries.uses(officer).count() == 2


def test_an_officer_without_the_ledger_sees_the_own_offices_media(house, medium):
    person = factories.staff("levy.export", at=house.head, name="担当 五郎")
    assert not queries.media(Actor.of(person)).exists()
    house.officer(person)
    assert queries.media(Actor.of(person)).get() == medium
