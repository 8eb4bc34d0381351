"""抑止・備考・付箋・応対記録."""

from datetime import date, timedelta

import pytest

from audit.models import Notice
from audit.permissions import Refused
from eligibility import holds
from eligibility.contacts import queries, services
from eligibility.contacts.tabs import badges
from eligibility.models import Hold, Remark, StickyNote, Talk
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal
from tests import factories
from tests.walk.rows import actor_of

TODAY = date(2026, 11, 24)


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}: ")


@pytest.fixture
def person(counter):
    return counter.person()


def held(counter, person, **fields):
    return services.hold(counter.actor, person, {"what": "card", "reason": "住所の調査中", "ended_on": None} | fields)


class TestHold:
    def test_it_holds_what_it_names(self, counter, person):
        held(counter, person)
        assert holds.holds_on(person, "card", TODAY) == ["住所の調査中"]
        assert holds.holds_on(person, "letter", TODAY) == []

    def test_all_is_everything(self, counter, person):
        held(counter, person, what="all")
        assert holds.holds_on(person, "letter", TODAY) == ["住所の調査中"]

    def test_no_card_is_issued_meanwhile(self, counter, person):
        held(counter, person)
        with refused("held"):
            counter.look(person, "card-issue", day="2026-11-24", handed="counter")

    def test_it_ends_by_its_day(self, counter, person):
        held(counter, person, ended_on=date(2026, 11, 30))
        assert holds.holds_on(person, "card", date(2026, 11, 30))
        assert not holds.holds_on(person, "card", date(2026, 12, 1))

    def test_it_is_released_with_a_reason(self, counter, person):
        row = held(counter, person)
        Hold.objects.update(begun_on=date(2026, 11, 1))
        services.release(counter.actor, row, "調査が終わった", version=row.row_version)
        row.refresh_from_db()
        assert (row.ended_on, row.end_reason, row.ended_by) == (date(2026, 11, 23), "調査が終わった", counter.staff)
        assert holds.holds_on(person, "card", TODAY) == []

    def test_put_on_and_released_the_same_day_it_never_held(self, counter, person):
        row = held(counter, person)
        services.release(counter.actor, row, "人の取り違え", version=row.row_version)
        assert Hold.objects.get().withdrawn

    def test_no_reason_no_release(self, counter, person):
        row = held(counter, person)
        with refused("no-reason"):
            services.release(counter.actor, row, "  ", version=row.row_version)

    def test_two_at_the_same_time(self, counter, person):
        row = held(counter, person)
        services.release(counter.actor, row, "終わった", version=1)
        with pytest.raises(Conflict):
            services.release(counter.actor, row, "終わった", version=1)

    def test_it_stands_in_the_header(self, counter, person):
        held(counter, person)
        assert badges(person)[0].text == "抑止：被保険者証などの交付"

    def test_another_offices_clerk_is_refused(self, counter, person):
        other = actor_of(factories.staff("eligibility.enter", at=factories.office("若葉区役所", ward_code="105")))
        with pytest.raises(Refused):
            services.hold(other, person, {"what": "card", "reason": "x", "ended_on": None})


class TestRemark:
    def test_a_line_is_written_anew_and_the_one_before_is_kept(self, counter, person):
        services.remark(counter.actor, person, 1, "眼が不自由")
        services.remark(counter.actor, person, 1, "眼が不自由。大きな字で")
        assert [row.text for row in Remark.objects.filter(ended_on=None)] == ["眼が不自由。大きな字で"]
        assert Remark.objects.count() == 2

    def test_the_same_text_changes_nothing(self, counter, person):
        services.remark(counter.actor, person, 1, "眼が不自由")
        services.remark(counter.actor, person, 1, "眼が不自由")
        assert Remark.objects.count() == 1

    def test_an_empty_text_clears(self, counter, person):
        services.remark(counter.actor, person, 2, "眼が不自由")
        assert services.remark(counter.actor, person, 2, "") is None
        assert not queries.everything(person, TODAY)["remarks"].exists()


class TestNote:
    def test_without_a_day_it_stays_for_the_usual_time(self, counter, person):
        services.stick(counter.actor, person, {"kind": "caution", "text": "暴言あり", "ended_on": None})
        assert StickyNote.objects.get().ended_on == TODAY + timedelta(days=30)
        assert [note.text for note in queries.notes(person, TODAY + timedelta(days=30))] == ["暴言あり"]
        assert queries.notes(person, TODAY + timedelta(days=31)) == []

    def test_it_can_be_taken_off(self, counter, person):
        row = services.stick(counter.actor, person, {"kind": "care", "text": "筆談", "ended_on": None})
        services.peel(counter.actor, row)
        assert queries.notes(person, TODAY) == []

    def test_it_stands_in_the_header_with_its_tone(self, counter, person):
        services.stick(counter.actor, person, {"kind": "caution", "text": "暴言あり", "ended_on": None})
        assert [(badge.text, badge.tone) for badge in badges(person)] == [("注意：暴言あり", "danger")]


def said(counter, person, **fields):
    values = {
        "channel": "phone", "at": clock.now(), "speaker": "01", "speaker_name": "", "text": "更新の時期を聞かれた",
        "next_on": None, "handed_to": None,
    }  # fmt: skip
    return services.talk(counter.actor, person, values | fields)


class TestTalk:
    def test_a_record_alone_is_nothing_to_do(self, counter, person):
        said(counter, person)
        assert not queries.open_talks(counter.actor).exists()

    def test_a_next_date_is_waited_for(self, counter, person):
        said(counter, person, next_on=TODAY)
        waits = {item.label: item.count for item in queries.waiting(counter.actor)}
        assert waits["次回予定日が来た応対"] == 1

    def test_a_coming_date_does_not_press_yet(self, counter, person):
        said(counter, person, next_on=TODAY + timedelta(days=1))
        waits = {item.label: item.count for item in queries.waiting(counter.actor)}
        assert waits["次回予定日が来た応対"] == 0

    def test_whoever_takes_it_on_is_told_and_has_it_on_the_list(self, counter, person):
        colleague = factories.staff("eligibility.view", "eligibility.enter", at=counter.staff.office, name="後任 三郎")
        said(counter, person, handed_to=colleague)
        assert "引き継がれました" in Notice.objects.get(staff=colleague).text
        waits = {item.label: item.count for item in queries.waiting(actor_of(colleague))}
        assert waits["引き継がれた応対"] == 1

    def test_a_correction_keeps_the_text_before(self, counter, person):
        row = said(counter, person)
        values = {
            name: getattr(row, name) for name in ("channel", "at", "speaker", "speaker_name", "next_on", "handed_to")
        }
        services.amend(counter.actor, row, values | {"text": "認定の更新の時期"}, version=1)
        assert Talk.objects.get().text == "認定の更新の時期"
        assert [event.text for event in row.events.order_by("pgh_id")] == ["更新の時期を聞かれた", "認定の更新の時期"]

    def test_two_at_the_same_time(self, counter, person):
        row = said(counter, person, next_on=TODAY)
        services.close(counter.actor, row, version=1)
        with pytest.raises(Conflict):
            services.amend(counter.actor, row, {"text": "別の内容"}, version=1)
        assert Talk.objects.get().text == "更新の時期を聞かれた"

    def test_closed_it_waits_no_more(self, counter, person):
        row = said(counter, person, next_on=TODAY)
        services.close(counter.actor, row, version=1)
        assert not queries.open_talks(counter.actor).exists()
        with refused("closed"):
            services.close(counter.actor, row, version=2)

    def test_other_offices_do_not_see_it(self, counter, person):
        said(counter, person, next_on=TODAY)
        other = actor_of(
            factories.staff("eligibility.view", "eligibility.enter", at=factories.office("若葉区役所", ward_code="105"))
        )
        assert not queries.talks(other).exists()
